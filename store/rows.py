"""Frozen values as the columns of their tables, for single rows and for bulk inserts alike."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from store import opening, receipt
from store.decision import Decision
from store.order import Customer, Order, PaymentMethod
from store.policy_file import Policy
from store.returns import Return

Values = dict[str, Any]


def of_customer(customer: Customer, reference: str | None = None) -> Values:
    """Return the row of a customer; `reference` is the shop system's own id."""
    return {
        "id": customer.id,
        "reference": reference,
        "name_first": customer.name_first,
        "name_last": customer.name_last,
        "email": customer.email,
        "phone": customer.phone,
        "tier": customer.tier,
        **asdict(customer.address),
    }


def of_payment_method(method: PaymentMethod) -> Values:
    """Return the row of a payment method."""
    return asdict(method)


def of_order(order: Order) -> Values:
    """Return the row of an order without its parts."""
    return {
        "id": order.id,
        "number": order.number,
        "customer_id": order.customer.id,
        "state": order.state,
        "placed_at": order.placed_at,
        "shipped_at": order.shipped_at,
        "delivered_at": order.delivered_at,
        "address": asdict(order.address),
        "currency": order.currency,
        "shipping": order.shipping,
        "gift_code": order.gift_code,
        "items_changed_at": order.items_changed_at,
    }


def of_items(order: Order) -> list[Values]:
    """Return the rows of an order's items."""
    return [
        {
            "id": item.id,
            "order_id": order.id,
            "position": item.position,
            "product_id": item.product_id,
            "variant_id": item.variant_id,
            "name": item.name,
            "options": item.options,
            "unit_price": item.unit_price,
            "quantity": item.quantity,
            "final_sale": item.final_sale,
            "discount": item.discount,
            "tax": item.tax,
        }
        for item in order.items
    ]


def of_payments(order: Order, return_id: UUID | None = None) -> list[Values]:
    """Return the rows of an order's payments; `return_id` belongs to its refunds."""
    return [
        {
            "order_id": order.id,
            "payment_method_id": payment.payment_method_id,
            "kind": payment.kind,
            "amount": payment.amount,
            "at": payment.at,
            "return_id": return_id if payment.kind == "refund" else None,
            "bonus": payment.bonus,
            "reference": payment.reference,
        }
        for payment in order.payments
    ]


def of_return(return_: Return) -> Values:
    """Return the row of a return without its lines."""
    return {name: value for name, value in vars(return_).items() if name != "lines"}


def of_return_lines(return_: Return) -> list[Values]:
    """Return the rows of a return's lines."""
    return [
        {
            "return_id": return_.id,
            "order_item_id": line.order_item_id,
            "position": position,
            "quantity": line.quantity,
            "reason": line.reason,
            "resolution": line.resolution,
            "exchange_variant_id": line.exchange_variant_id,
            "amount": line.amount,
            "rule_ids": list(line.rule_ids),
            "condition": line.condition,
            "photos": list(line.photos),
            "keep": line.keep,
        }
        for position, line in enumerate(return_.lines)
    ]


def of_policy(policy: Policy, first_used_at: datetime) -> Values:
    """Return the row of the rules of a policy version, as they are kept for the receipts that were made by them."""
    return {
        "digest": policy.digest,
        "version": policy.version,
        "shop": policy.shop.model_dump(mode="json"),
        "rules": policy.rules.model_dump(mode="json"),
        "first_used_at": first_used_at,
    }


def of_decision(
    case: opening.Case, decision: Decision, return_id: UUID | None, policy_digest: str | None = None
) -> Values:
    """Return the row of a decision's receipt; `policy_digest` names the kept rules that it was made by."""
    return {
        "return_id": return_id,
        "order_id": case.order.id,
        "at": case.now,
        "policy_version": decision.policy_version,
        "policy_digest": policy_digest,
        "rule_ids": list(decision.rule_ids),
        "inputs": receipt.inputs(case.order, case.lines, case.now, case.past, case.methods, case.rules.overruled),
        "outcome": receipt.outcome(decision),
    }

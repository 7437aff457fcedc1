"""Returns: what may come back and for what, and opening or calling off one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import links, mails
from casework.desk import Desk
from store import policy, repository, service
from store.decision import Decision, Offer, Past, RequestLine
from store.happenings import Act
from store.order import Order, PaymentMethod, Variant
from store.ports import LabelTicket
from store.returns import Method, Resolution, Return


@dataclass(frozen=True)
class Opening:
    """A return that the customer has said yes to: exactly what the summary showed."""

    order_id: UUID
    lines: tuple[RequestLine, ...]
    resolution: Resolution
    method: Method
    refund_to: str | None
    exchange_variants: Mapping[UUID, str]
    comment: str = ""


@dataclass(frozen=True)
class Label:
    """A label that a customer can open."""

    url: str
    name: str


async def decide(session: AsyncSession, desk: Desk, order: Order, lines: Sequence[RequestLine]) -> Decision:
    """Decide about lines of an order, by the policy that was in force when it was placed."""
    past = Past(returned=await repository.returned_quantities(session, order.id))
    methods = await repository.payment_methods_of(session, order.customer.id)
    rules = desk.book.in_force(order.placed_at)
    return policy.decide(order, lines, rules, desk.clock.now(), past, methods)


async def left_to_return(session: AsyncSession, order: Order) -> dict[UUID, int]:
    """Return how many pieces of each item are not in a return yet."""
    taken = await repository.returned_quantities(session, order.id)
    return {item.id: item.quantity - taken.get(item.id, 0) for item in order.items}


async def exchange_choices(session: AsyncSession, order: Order, item_id: UUID, quantity: int) -> list[Variant]:
    """Return the variants that an item can be exchanged for now, without the one that the customer has."""
    item = order.item(item_id)
    if item is None:
        return []
    variants = await repository.variants_of_product(session, item.product_id)
    others = [variant for variant in variants if variant.id != item.variant_id and variant.stock >= quantity]
    return sorted(others, key=lambda variant: (variant.options_text, variant.id))


async def paid_with(session: AsyncSession, order: Order) -> PaymentMethod | None:
    """Return the method that paid for an order, the largest payment's where there are several."""
    payments = sorted(
        (one for one in order.payments if one.kind == "payment"), key=lambda one: one.amount, reverse=True
    )
    methods = {method.id: method for method in await repository.payment_methods_of(session, order.customer.id)}
    return next((methods[one.payment_method_id] for one in payments if one.payment_method_id in methods), None)


def offer_of(decision: Decision, resolution: str, refund_to: str | None) -> Offer | None:
    """Return the offer of a decision with that resolution (and destination, where there are several)."""
    fitting = [offer for offer in decision.offers if offer.resolution == resolution]
    exact = [offer for offer in fitting if refund_to in (None, "", offer.refund_to)]
    return next(iter(exact or fitting), None)


async def open_return(
    session: AsyncSession, desk: Desk, opening: Opening, conversation_id: UUID, ticket: LabelTicket
) -> Return:
    """Open a return for the customer of a conversation: the row, its events, the receipt, the promise and the
    confirmation by e-mail, at once.

    Raises:
        Conflict: it is no longer eligible, or what was to be exchanged for has sold out.
    """
    opened = await service.open_return(
        session,
        order_id=opening.order_id,
        lines=opening.lines,
        resolution=opening.resolution,
        method=opening.method,
        refund_to=opening.refund_to,
        exchange_variants=opening.exchange_variants,
        book=desk.book,
        act=Act("customer", desk.clock.now(), {"note": opening.comment}, told=True),
        conversation_id=conversation_id,
        ticket=ticket,
    )
    await mails.confirm_return(session, desk, opened.rma)
    return opened


def label_of(desk: Desk, return_: Return) -> Label | None:
    """Return the label of a return as a signed link; None when it has none (yet)."""
    if return_.parcel != "label_issued" or return_.approval != "approved":
        return None
    return Label(links.to_label(desk, return_.rma), f"Return label {return_.rma}.pdf")

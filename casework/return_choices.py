"""What was chosen of a decision about a return: whether it can be had, and what it would do, in lines to say yes to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import proposal, proposal_words
from casework.desk import Desk
from casework.proposal import Instead, Proposal, Refusal
from casework.proposal_words import Choice, Chosen
from casework.wanted import ChangeReturn, OpenReturn
from kit import errors
from store import dates, eligibility, ledger, opening, policy, repository, transfer, windows
from store.decision import Decision, LineVerdict, MethodOffer, Offer
from store.order import Order, Variant
from store.policy_file import Policy
from store.returns import Reason

Kind = Literal["open_return", "change_return"]

_CARD = "a gift card of your own"
_OUTCOME = {"refund": "A refund", "exchange": "An exchange", "store_credit": "Store credit"}


@dataclass(frozen=True)
class Asked:
    """A decision and who asks: `gift` is whoever was given the items, an `agent` has seen what photos would show.

    `subject` names the order or return in the mark; `title` stands above the lines; `reserved` are pieces that are
    kept for this return already, `label_until` is the end of its label as it stands.
    """

    kind: Kind
    subject: str
    title: str
    order: Order
    decision: Decision
    gift: bool = False
    agent: bool = False
    reserved: Mapping[str, int] = field(default_factory=dict)
    label_until: datetime | None = None


async def propose(
    session: AsyncSession, desk: Desk, wish: OpenReturn | ChangeReturn, asked: Asked
) -> Proposal | Refusal:
    """Say what the chosen outcome of a decision would do, or why it cannot be had."""
    refusal = refused(desk, asked)
    if refusal:
        return refusal
    chosen = await _choose(session, desk, wish, asked, await _variants(session, wish), sold_out_too=False)
    if isinstance(chosen, Refusal):
        return chosen
    made = _proposal(desk, asked, chosen)
    if not any(len(named) > 1 for named in wish.exchange_variants.values()):
        return made
    # A yes to "this, or else that" was said while both were there, and holds when only one is.
    before = await _choose(session, desk, wish, asked, await _variants(session, wish), sold_out_too=True)
    return replace(made, earlier=(_proposal(desk, asked, before).mark,)) if isinstance(before, Chosen) else made


def _proposal(desk: Desk, asked: Asked, chosen: Chosen) -> Proposal:
    say = proposal_words.saying(desk.book.shop, asked.order.currency)
    # An agent who does it is the person who decides: nobody waits for another one.
    decision = replace(asked.decision, needs_person=None) if asked.agent else asked.decision
    lines = proposal_words.return_lines(asked.order, decision, chosen, say)
    return proposal.propose(asked.kind, asked.subject, lines, decision.needs_person, asked.title)


def refused(desk: Desk, asked: Asked) -> Refusal | None:
    """Say why the policy refuses, or what it still has to know; None when it does not."""
    decision = asked.decision
    if decision.refused_lines:
        text = " ".join(dict.fromkeys(line.explanation for line in decision.refused_lines))
        rules = tuple(dict.fromkeys(rule for line in decision.refused_lines for rule in line.rule_ids))
        return proposal.refuse(text, rules, *_instead(desk, asked))
    if decision.photo_needed and not asked.agent:
        names = _names(asked.order, [line for line in decision.eligible_lines if line.photo_needed])
        return proposal.refuse(f"For this we need a photo of the {names}.", _rules(decision), "photo", "person")
    if decision.condition_needed and not asked.agent:
        names = _names(asked.order, [line for line in decision.eligible_lines if line.condition_needed])
        return proposal.refuse(f"For this we need to know how the {names} is.", _rules(decision), "condition")
    return None


async def exchange_choices(
    session: AsyncSession, order: Order, item_id: UUID, quantity: int, *, again: bool = False
) -> list[Variant]:
    """Return the variants that an item can be exchanged for now; with `again` the very same first, in place of a
    faulty one.
    """
    item = order.item(item_id)
    if item is None:
        return []
    variants = await repository.variants_of_product(session, item.product_id)
    there = [one for one in variants if one.stock >= quantity and (again or one.id != item.variant_id)]
    return sorted(there, key=lambda variant: (variant.id != item.variant_id, variant.options_text, variant.id))


def is_replaced(desk: Desk, order: Order, reason: Reason | None) -> bool:
    """Tell whether the very same item can be sent once more: what came is faulty, and another one is not."""
    return windows.is_faulty(reason, desk.book.in_force(order.placed_at))


async def sold_out_choices(session: AsyncSession, order: Order, item_id: UUID, quantity: int) -> list[Variant]:
    """Return the other variants of an item of which there are not so many in stock now."""
    item = order.item(item_id)
    variants = await repository.variants_of_product(session, item.product_id) if item else []
    return [one for one in variants if item and one.id != item.variant_id and one.stock < quantity]


async def _choose(
    session: AsyncSession,
    desk: Desk,
    wish: OpenReturn | ChangeReturn,
    asked: Asked,
    variants: Mapping[str, Variant],
    *,
    sold_out_too: bool,
) -> Chosen | Refusal:
    offer, method = _offer(asked, wish), _method(asked, wish)
    if isinstance(offer, Refusal):
        return offer
    if isinstance(method, Refusal):
        return method
    rules = desk.book.in_force(asked.order.placed_at)
    chosen = _worked_out(desk, rules, asked, offer, method)
    if wish.resolution != "exchange":
        return chosen
    choices = _exchange(desk, asked, wish, variants, sold_out_too=sold_out_too)
    if isinstance(choices, Refusal):
        return choices
    return await _with_difference(session, rules, asked, wish, replace(chosen, exchange=choices))


def _worked_out(desk: Desk, rules: Policy, asked: Asked, offer: Offer, method: MethodOffer) -> Chosen:
    parts = policy.parts_after(offer, method) if offer.resolution == "refund" else ()
    now = desk.clock.now()
    today = dates.local_day(now, rules.shop.time_zone)
    end = opening.label_end(now, rules, asked.label_until).date()
    last = None if method.method == "keep" else end
    answer_by = dates.add_business_days(today, ledger.DECISION_DAYS)
    return Chosen(offer, method, parts, (end - today).days, last, answer_by, gift=asked.gift)


def _offer(asked: Asked, wish: OpenReturn | ChangeReturn) -> Offer | Refusal:
    offers = [one for one in asked.decision.offers if one.resolution == wish.resolution]
    if not offers:
        others: list[Instead] = [one for one in ("refund", "exchange", "store_credit") if one != wish.resolution]
        offered = {one.resolution for one in asked.decision.offers}
        possible = [one for one in others if one in offered]
        return proposal.refuse(
            f"{_OUTCOME[wish.resolution]} isn't possible for this.", _rules(asked.decision), *possible
        )
    if wish.resolution == "refund" and wish.refund_to:
        offers = [one for one in offers if one.refund_to == wish.refund_to]
    if len(offers) == 1:
        return offers[0]
    places = [one.destination for one in asked.decision.offers if one.resolution == wish.resolution]
    text = f"The money for this can go to {' or '.join(places)}; please choose one of them."
    return proposal.refuse(text, _rules(asked.decision), "other_method")


def _method(asked: Asked, wish: OpenReturn | ChangeReturn) -> MethodOffer | Refusal:
    ways = policy.methods_for(asked.decision, wish.resolution)
    found = next((one for one in ways if one.method == wish.method), None)
    if found:
        return found
    titles = [one.title for one in ways]
    text = (
        f"It can come back by {' or '.join(titles)}." if "keep" not in {one.method for one in ways} else titles[0] + "."
    )
    return proposal.refuse(f"That way isn't possible for this. {text}", _rules(asked.decision))


async def _variants(session: AsyncSession, wish: OpenReturn | ChangeReturn) -> Mapping[str, Variant]:
    if wish.resolution != "exchange":
        return {}
    return await repository.variants_by_ids(
        session, [one for named in wish.exchange_variants.values() for one in named]
    )


def _exchange(
    desk: Desk, asked: Asked, wish: OpenReturn | ChangeReturn, variants: Mapping[str, Variant], *, sold_out_too: bool
) -> tuple[Choice, ...] | Refusal:
    taken: Counter[str] = Counter()
    choices = []
    for line in asked.decision.eligible_lines:
        wanted = _wanted(asked.order, line, wish.exchange_variants.get(line.order_item_id, ()), variants)
        item = asked.order.item(line.order_item_id)
        same = item is not None and any(one.id == item.variant_id for one in wanted)
        if item is not None and same and not is_replaced(desk, asked.order, line.reason):
            text = f"The {item.name} would be the same again; please choose another option of it."
            return proposal.refuse(text, (), "other_variant", *_other_outcomes(asked.decision))
        there = [one for one in wanted if sold_out_too or _left(asked, taken, one) >= line.quantity]
        if not there:
            names = " and ".join(proposal_words.named(one) for one in wanted)
            verb = "has" if len(wanted) == 1 else "have"
            text = f"{names} {verb} sold out." if wanted else "Please choose what you would like instead."
            return proposal.refuse(text, (), "other_variant", *_other_outcomes(asked.decision))
        taken[there[0].id] += line.quantity
        choices.append(Choice(line, tuple(there)))
    return tuple(choices)


def _left(asked: Asked, taken: Counter[str], variant: Variant) -> int:
    return variant.stock + asked.reserved.get(variant.id, 0) - taken[variant.id]


def _wanted(order: Order, line: LineVerdict, named: Sequence[str], variants: Mapping[str, Variant]) -> list[Variant]:
    item = order.item(line.order_item_id)
    unknown = [one for one in named if one not in variants]
    if unknown:
        raise errors.NotFound(f"variant {unknown[0]}")
    if item is None or any(variants[one].product_id != item.product_id for one in named):
        raise errors.BadInput(f"order {order.number}: not a variant of the same product: {', '.join(named)}")
    return [variants[one] for one in named]


async def _with_difference(
    session: AsyncSession, rules: Policy, asked: Asked, wish: OpenReturn | ChangeReturn, chosen: Chosen
) -> Chosen | Refusal:
    """Name the method that a difference in price goes by, if there may be one and the method can bear it."""
    differences = _differences(asked.order, chosen.exchange)
    if not any(differences):
        return chosen
    if rules.rules.exchange.difference == "same_price_only":
        text = "It can be exchanged for something of the same price only."
        return proposal.refuse(text, (rules.rules.exchange.id,), "other_variant", *_other_outcomes(asked.decision))
    if asked.gift:
        text = "A gift can be exchanged for something that costs no more than it did, or for a gift card."
        more = max(differences) > 0
        return proposal.refuse(text, (), "other_variant", "person") if more else replace(chosen, difference_to=_CARD)
    bears = wish.difference_to or transfer.payer_of_most(asked.order)
    methods = await repository.payment_methods_of(session, asked.order.customer.id)
    method = next((one for one in methods if one.id == bears), None)
    if method is None and wish.difference_to:
        raise errors.NotFound(f"payment method {wish.difference_to} of this customer")
    if method is None:
        return proposal.refuse("Please choose how a difference in price is paid.", (), "other_method", "person")
    worst = max(differences)
    if worst > 0 and not policy.can_pay(method, worst):
        amount = rules.shop.money(worst, asked.order.currency)
        return proposal.refuse(f"{method.label} does not hold the {amount} for the difference.", (), "other_method")
    return replace(chosen, difference_to=method.label)


def _differences(order: Order, choices: Sequence[Choice]) -> list[Decimal]:
    """Return what the exchange costs with all first choices, and with all second ones."""
    firsts = {choice.line.order_item_id: choice.variants[0] for choice in choices}
    seconds = {choice.line.order_item_id: choice.variants[-1] for choice in choices}
    return [proposal_words.exchange_difference(order, choices, one) for one in (firsts, seconds)]


def _instead(desk: Desk, asked: Asked) -> list[Instead]:
    order, decision = asked.order, asked.decision
    if order.state == "pending":
        return ["cancel_order", "person"]
    if order.state in ("processed", "shipped"):
        return ["order_status", "person"]
    if order.state == "cancelled":
        return ["person"]
    rules = desk.book.in_force(order.placed_at)
    found: list[Instead] = []
    if any(rules.rules.quantity_rule in line.rule_ids for line in decision.refused_lines):
        found.append("return_status")
    elif not all(eligibility.is_faulty(line.reason, rules) for line in decision.refused_lines):
        found.append("faulty")
    if decision.eligible_lines or len(order.items) > len(decision.lines):
        found.append("other_items")
    return [*found, "person"]


def _other_outcomes(decision: Decision) -> list[Instead]:
    offered = {one.resolution for one in decision.offers}
    outcomes: tuple[Instead, ...] = ("refund", "store_credit")
    return [one for one in outcomes if one in offered]


def _rules(decision: Decision) -> tuple[str, ...]:
    return decision.rule_ids


def _names(order: Order, lines: Sequence[LineVerdict]) -> str:
    return " and the ".join(item.name for line in lines if (item := order.item(line.order_item_id)))

"""A stored decision in words: what was asked, which rules answered, what is paid, and whether it still replays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store import dates, policy_words, receipt, receipts, repository
from store.decision import Decision, LineAmount, Offer, RequestLine
from store.order import Order
from store.policy_file import Policy, PolicyBook
from store.receipt import Inputs
from store.receipts import Kept
from store.returns import REASON_TITLES, Return

_DECISION = TypeAdapter(Decision)
_TITLES = {"refund": "Refund", "exchange": "Exchange", "store_credit": "Store credit"}


@dataclass(frozen=True)
class Explanation:
    """What a return stands on: lines of words, and where a replay differs from what was stored (nowhere, if all is
    well)."""

    rma: str
    lines: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether the replay gives the stored answer."""
        return not self.differences


async def explain(session: AsyncSession, book: PolicyBook, rma: str) -> Explanation:
    """Explain the decision that a return stands on, which is its newest receipt.

    Raises:
        NotFound: there is no such return, it has no receipt, or nobody has its version of the policy any more.
        BadInput: the receipt cannot be read any more.
    """
    found = await repository.find_return(session, rma)
    if found is None:
        raise errors.NotFound(f"There is no return {rma}.")
    kept = await receipts.of_return(session, found.id)
    if not kept:
        raise errors.NotFound(f"Return {found.rma} has no decision receipt.")
    return of_receipt(found, kept[-1], kept[-1].rules(book), len(kept) - 1, since(kept[-1], book))


def since(kept: Kept, book: PolicyBook) -> str:
    """Say what has become of a receipt's version in the policy file: "" where it stands there as it did."""
    if kept.policy is None:
        return ""
    policies = [book.version(one.id) for one in book.versions]
    alike = [one.version for one in policies if one.digest == kept.policy.digest]
    if kept.policy_version in alike:
        return ""
    if any(one.version == kept.policy_version for one in policies):
        return f"The policy file has other words for version {kept.policy_version} today."
    if alike:
        return f"The policy file calls this version {alike[-1]} today."
    return f"The policy file has no version {kept.policy_version} any more."


def of_receipt(
    return_: Return, kept: Kept, rules: Policy, earlier: int = 0, become_of_version: str = ""
) -> Explanation:
    """Explain one receipt under the rules that it was made by; pure. Raises BadInput when it cannot be read."""
    try:
        asked, stored = receipt.read(kept.inputs), _DECISION.validate_python(kept.outcome)
    except ValidationError as error:
        raise errors.BadInput(
            f"The receipt of return {return_.rma} cannot be read: {error.error_count()} faults"
        ) from error
    again = receipt.outcome(receipt.replay(kept.inputs, rules))
    differing = tuple(_differences(kept.outcome, again, ""))
    source = "that was kept with the decision" if kept.policy else "that the policy file has today"
    day = dates.spoken(dates.local_day(kept.at, rules.shop.time_zone))
    lines = [
        f"Return {return_.rma} for order #{kept.order_number}, decided on {day}",
        f"by policy version {kept.policy_version}, in the wording {source}.",
        *([become_of_version] if become_of_version else []),
        *([f"It was decided {_times(earlier)} before; this is the decision it stands on."] if earlier else []),
        "",
        "What was asked",
        *_asked(asked, rules),
        "",
        "What came out",
        *_verdicts(asked.order, stored),
        *_chosen(return_, stored, asked.order, rules),
        "",
        "By these rules",
        *(f"  {rule}: {policy_words.sentence_of(rules, rule)}" for rule in stored.rule_ids),
        *(f"  set aside by a person: {rule}" for rule in asked.overruled),
        "",
        "Replayed",
        *(("  The same question gets the same answer.",) if not differing else _told(differing)),
    ]
    return Explanation(return_.rma, tuple(lines), differing)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _asked(asked: Inputs, rules: Policy) -> Iterator[str]:
    for line in asked.lines:
        yield f"  {_named(asked.order, line)}"
    order = asked.order
    dated = (("ordered", order.placed_at), ("sent", order.shipped_at), ("delivered", order.delivered_at))
    known = [f"{word} {dates.spoken(moment.date())}" for word, moment in dated if moment]
    yield f"  The order: {order.state}{', ' if known else ''}{', '.join(known)}; tier {order.customer.tier}"
    past = asked.past
    if past is not None and past.returned:
        yield f"  {sum(past.returned.values())} pieces of the order were in returns before"
    if past is not None and past.promised:
        yield f"  {_money(past.promised, order, rules)} of it was promised before"
    if past is not None and past.gift:
        yield "  Asked for by whoever was given the items"


def _named(order: Order, line: RequestLine) -> str:
    item = order.item(line.order_item_id)
    words = [f"{line.quantity} × {item.name if item else line.order_item_id}", REASON_TITLES[line.reason].lower()]
    words += [f"condition {line.condition}"] if line.condition else []
    words += [f"{len(line.photos)} photo{'s' if len(line.photos) != 1 else ''}"] if line.photos else []
    return ", ".join(words)


def _verdicts(order: Order, stored: Decision) -> Iterator[str]:
    for line in stored.lines:
        extra = [
            word
            for word, holds in (("kept by the customer", line.keep), ("photo asked for", line.photo_needed))
            if holds
        ]
        yield f"  {line.explanation}{' ' if extra else ''}{', '.join(extra)} [{', '.join(line.rule_ids)}]"
    if stored.needs_person:
        yield f"  {stored.needs_person}"


def _chosen(return_: Return, stored: Decision, order: Order, rules: Policy) -> Iterator[str]:
    offer = _offer(return_, stored)
    if offer is None:
        yield f"  {_TITLES[return_.resolution]}, which was not among the offers of this decision"
        return
    place = f" to {offer.destination}" if offer.resolution == "refund" else ""
    yield f"  {_TITLES[offer.resolution]}{place}, {offer.when} [{', '.join(offer.rule_ids)}]"
    for line in offer.worked_out:
        yield f"    {_line(line, order, rules)}"
    amounts = [("shipping of the order", offer.shipping), ("bonus", offer.bonus), ("all together", offer.amount)]
    yield from (
        f"    {name}: {_money(amount, order, rules)}" for name, amount in amounts if amount or name == "all together"
    )
    way = next((way for way in stored.methods if way.method == return_.method), None)
    if way is not None and way.fee and offer.resolution != "exchange":
        yield f"    {way.title}: -{_money(way.fee, order, rules)}"
    yield f"    the customer gets: {_money(return_.amount, order, rules)}"
    for part in offer.parts if len(offer.parts) > 1 else ():
        yield f"    of it to {part.destination}: {_money(part.amount, order, rules)}"


def _offer(return_: Return, stored: Decision) -> Offer | None:
    fitting = [offer for offer in stored.offers if offer.resolution == return_.resolution]
    exact = [offer for offer in fitting if offer.refund_to == return_.refund_to]
    return next(iter(exact or fitting), None)


def _line(line: LineAmount, order: Order, rules: Policy) -> str:
    item = order.item(line.order_item_id)
    words = f"{item.name if item else line.order_item_id}: paid {_money(line.paid, order, rules)}"
    words += f", tax {_money(line.tax, order, rules)}" if line.tax else ""
    words += "".join(f", {name} -{_money(fee, order, rules)}" for name, fee in line.fees)
    return f"{words}; goes back {_money(line.net, order, rules)}"


def _money(amount: Any, order: Order, rules: Policy) -> str:
    return rules.shop.money(amount, order.currency)


def _told(differing: tuple[str, ...]) -> Iterator[str]:
    yield "  The answer would be another one today:"
    yield from (f"    {line}" for line in differing)


def _differences(stored: Any, again: Any, place: str) -> Iterator[str]:
    """Go over what was stored and say where it differs; keys that receipts did not have then are left alone."""
    if isinstance(stored, dict) and isinstance(again, dict):
        for key, value in stored.items():
            yield from _differences(value, again.get(key), f"{place}.{key}" if place else key)
    elif isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        for number, (one, other) in enumerate(zip(stored, again, strict=True)):
            yield from _differences(one, other, f"{place}[{number}]")
    elif stored != again:
        yield f"{place}: was {stored}, would be {again}"

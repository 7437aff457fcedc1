"""Trying a policy out before anybody publishes it: what would have been decided otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from casework import proposal_words
from casework.proposal_words import Say
from store import listing, money, past, policy, receipt, receipts, repository
from store.decision import CancelDecision, ChangeDecision, Decision, LineVerdict, Past, RequestLine
from store.listing import OrderFilter, ReturnFilter
from store.order import Order, PaymentMethod
from store.policy_file import Policy, PolicyBook, Shop
from store.receipts import Kept
from store.returns import REASON_TITLES, Condition, Reason

Kind = Literal["verdict", "amount", "fee", "person", "keep", "photo", "order"]

_AS_IT_CAME: Condition = "sealed"
"""What nobody has said of an order: otherwise each rule about conditions would ask, and hide what else flips."""
_WITHOUT_FAULT: Reason = "no_longer_needed"
_RESOLUTIONS = {"refund": "Refund", "exchange": "Value for an exchange", "store_credit": "Store credit"}


@dataclass(frozen=True)
class Answer:
    """What one policy says to a question: in words, and by which rules."""

    text: str
    rule_ids: tuple[str, ...]
    amount: Decimal | None = None
    allowed: bool | None = None


@dataclass(frozen=True)
class Flip:
    """A question to which two policies have different answers."""

    about: str
    question: str
    kind: Kind
    old: Answer
    new: Answer


@dataclass(frozen=True)
class Trial:
    """All flips, and how much was looked at: `unread` are old receipts that nobody can read any more."""

    flips: tuple[Flip, ...]
    orders: int
    returns: int
    questions: int
    currency: str
    locale: str
    unread: int = 0

    def count(self, kind: Kind, allowed: bool | None = None) -> int:
        """Return how many flips of a kind there are; `allowed` counts those to yes, or to no."""
        return sum(flip.kind == kind and (allowed is None or flip.new.allowed is allowed) for flip in self.flips)

    def more(self, resolution: str) -> Decimal:
        """Return by how much all amounts of one resolution change together."""
        found = (flip for flip in self.flips if flip.kind == "amount" and flip.question.endswith(f": {resolution}"))
        return sum(((flip.new.amount or money.ZERO) - (flip.old.amount or money.ZERO) for flip in found), money.ZERO)


@dataclass
class _Found:
    """What has been looked at so far."""

    flips: list[Flip]
    questions: int = 0
    unread: int = 0

    def add(self, flips: Iterable[Flip]) -> None:
        self.questions += 1
        self.flips += flips


async def run(
    session: AsyncSession, old: PolicyBook, new: PolicyBook, last: int, now: datetime, *, binding: bool = False
) -> Trial:
    """Decide about the last orders and returns by both policies, and return where they differ; nothing is written.

    Orders are asked about as they stand now, item by item; returns as they were asked for then. Each book's newest
    version is tried, as if it bound every order; with `binding`, the version of the day on which the order was placed.
    """
    found = _Found([])
    orders = await listing.orders(session, OrderFilter(), last)
    for order in orders:
        before = await past.past_of(session, order, now, old)
        methods = await repository.payment_methods_of(session, order.customer.id)
        rules = tuple(_rules(book, order, binding=binding) for book in (old, new))
        _try_order(found, order, rules[0], rules[1], _Case(now, before, tuple(methods)))
    opened = await listing.returns(session, ReturnFilter(), last)
    for one in opened:
        kept = await receipts.of_return(session, one.id)
        if kept:
            _try_return(found, kept[-1], old, new, binding=binding)
    shop = new.shop
    flips = tuple(found.flips)
    return Trial(flips, len(orders), len(opened), found.questions, shop.currency, shop.locale, found.unread)


def words(trial: Trial) -> tuple[str, ...]:
    """Say what flips, one line each, and what that amounts to."""
    lines = [line for flip in trial.flips for line in _flip_words(flip)]
    return (*lines, *_totals(trial))


def differences(
    about: str, order: Order, asked: Sequence[RequestLine], both: tuple[Decision, Decision], shop: Shop
) -> list[Flip]:
    """Compare two decisions about the same lines, the old one first; amounts are written as the shop does."""
    old, new = both
    found: list[Flip] = []
    for line, before, after in zip(asked, old.lines, new.lines, strict=True):
        item = order.item(line.order_item_id)
        named = f"{line.quantity} × {item.name if item else '?'}, {REASON_TITLES[line.reason].lower()}"
        found += _of_lines(about, named, before, after)
    question = " + ".join(_named(order, line) for line in asked)
    if old.eligible and new.eligible:
        say = proposal_words.saying(shop, order.currency)
        found += _of_amounts(about, question, both, say)
        found += _of_fees(about, question, both, say)
    if old.eligible_lines and new.eligible_lines and (old.needs_person is None) != (new.needs_person is None):
        answers = [_person(decision) for decision in both]
        found.append(Flip(about, question, "person", *answers))
    return found


@dataclass(frozen=True)
class _Case:
    now: datetime
    past: Past
    methods: tuple[PaymentMethod, ...]


def _rules(book: PolicyBook, order: Order, *, binding: bool) -> Policy:
    return book.in_force(order.placed_at) if binding else book.newest()


def _try_order(found: _Found, order: Order, old: Policy, new: Policy, case: _Case) -> None:
    about = f"Order {order.display_number}"
    if order.state in ("pending", "processed"):
        found.add(_of_order(about, order, old, new, case))
        return
    faulty: Reason = next(iter(old.rules.faulty_reasons), "defective")
    for item in order.items if order.state == "delivered" else ():
        left = item.quantity - case.past.returned.get(item.id, 0)
        for reason in (_WITHOUT_FAULT, faulty) if left > 0 else ():
            asked = (RequestLine(item.id, left, reason, _AS_IT_CAME),)
            both = [policy.decide(order, asked, one, case.now, case.past, case.methods) for one in (old, new)]
            found.add(differences(about, order, asked, (both[0], both[1]), new.shop))


def _try_return(found: _Found, kept: Kept, old: PolicyBook, new: PolicyBook, *, binding: bool) -> None:
    try:
        read = receipt.read(kept.inputs)
    except ValidationError:
        found.unread += 1
        return
    rules = [_rules(book, read.order, binding=binding) for book in (old, new)]
    both = [receipt.replay(kept.inputs, one) for one in rules]
    about = f"Return {kept.rma} (order #{kept.order_number})"
    found.add(differences(about, read.order, read.lines, (both[0], both[1]), rules[1].shop))


def _of_order(about: str, order: Order, old: Policy, new: Policy, case: _Case) -> list[Flip]:
    found = []
    cancels = [policy.decide_cancel(order, None, one, case.methods) for one in (old, new)]
    moves = [policy.decide_change_address(order, one) for one in (old, new)]
    swaps = [policy.decide_change_items(order, {}, None, one, case.methods) for one in (old, new)]
    asked: tuple[tuple[str, Sequence[CancelDecision | ChangeDecision]], ...] = (
        ("cancel it", cancels),
        ("change its address", moves),
        ("change its items", swaps),
    )
    for question, both in asked:
        if both[0].allowed != both[1].allowed:
            answers = [Answer(one.explanation, one.rule_ids, allowed=one.allowed) for one in both]
            found.append(Flip(about, question, "order", *answers))
    return found


def _of_lines(about: str, named: str, old: LineVerdict, new: LineVerdict) -> list[Flip]:
    if old.eligible != new.eligible:
        answers = [Answer(one.explanation, one.rule_ids, allowed=one.eligible) for one in (old, new)]
        return [Flip(about, named, "verdict", *answers)]
    found = []
    if old.deadline != new.deadline and old.eligible:
        answers = [Answer(one.explanation, one.rule_ids, allowed=True) for one in (old, new)]
        found.append(Flip(about, f"{named}: until when", "verdict", *answers))
    if old.keep != new.keep:
        text = {True: "It need not be sent back.", False: "It is to be sent back."}
        answers = [Answer(text[one.keep], one.rule_ids, allowed=one.keep) for one in (old, new)]
        found.append(Flip(about, named, "keep", *answers))
    if old.photo_needed != new.photo_needed:
        text = {True: "A photo is asked for.", False: "No photo is asked for."}
        answers = [Answer(text[one.photo_needed], one.rule_ids, allowed=one.photo_needed) for one in (old, new)]
        found.append(Flip(about, named, "photo", *answers))
    return found


def _of_amounts(about: str, question: str, both: tuple[Decision, Decision], say: Say) -> list[Flip]:
    found = []
    for resolution, title in _RESOLUTIONS.items():
        answers = [_amount(decision, resolution, say) for decision in both]
        if answers[0].amount != answers[1].amount:
            found.append(Flip(about, f"{question}: {title.lower()}", "amount", *answers))
    return found


def _amount(decision: Decision, resolution: str, say: Say) -> Answer:
    offer = next((one for one in decision.offers if one.resolution == resolution), None)
    if offer is None:
        return Answer("It is not offered.", ())
    return Answer(say(offer.amount), offer.rule_ids, offer.amount)


def _of_fees(about: str, question: str, both: tuple[Decision, Decision], say: Say) -> list[Flip]:
    old, new = both
    if old.nothing_to_send or new.nothing_to_send:
        return []
    answers = []
    for decision in both:
        ways = [f"{way.title} {say(way.fee)}" for way in decision.methods]
        answers.append(Answer(", ".join(ways), ()))
    different = {(way.method, way.fee) for way in old.methods} != {(way.method, way.fee) for way in new.methods}
    return [Flip(about, f"{question}: the way back", "fee", *answers)] if different else []


def _person(decision: Decision) -> Answer:
    if decision.needs_person is None:
        return Answer("Nobody needs to look.", (), allowed=False)
    return Answer(decision.needs_person, decision.person_rules, allowed=True)


def _named(order: Order, line: RequestLine) -> str:
    item = order.item(line.order_item_id)
    return f"{line.quantity} × {item.name if item else '?'}, {REASON_TITLES[line.reason].lower()}"


def _flip_words(flip: Flip) -> tuple[str, str, str]:
    return (
        f"{flip.about}, {flip.question}",
        f"  old: {_answer_words(flip.old)}",
        f"  new: {_answer_words(flip.new)}",
    )


def _answer_words(answer: Answer) -> str:
    return f"{answer.text} [{', '.join(answer.rule_ids)}]" if answer.rule_ids else answer.text


def _totals(trial: Trial) -> tuple[str, ...]:
    looked = f"{trial.questions} questions about {trial.orders} orders and {trial.returns} returns"
    unread = [f"  receipts that cannot be read any more: {trial.unread}"] if trial.unread else []
    if not trial.flips:
        return (f"{looked}: nothing changes.", *unread)
    lines = [f"  {title}: {count}" for title, count in _counts(trial) if count]
    return (f"{looked}: {len(trial.flips)} answers change.", *lines, *_sums(trial), *unread)


def _counts(trial: Trial) -> tuple[tuple[str, int], ...]:
    verdicts = [flip for flip in trial.flips if flip.kind == "verdict"]
    to_no = sum(flip.new.allowed is False for flip in verdicts)
    to_yes = sum(flip.new.allowed is True and flip.old.allowed is False for flip in verdicts)
    return (
        ("refused, and was allowed", to_no),
        ("allowed, and was refused", to_yes),
        ("another last day", len(verdicts) - to_no - to_yes),
        ("a person is needed, and was not", trial.count("person", allowed=True)),
        ("no person is needed any more", trial.count("person", allowed=False)),
        ("other fees for the way back", trial.count("fee")),
        ("kept, and was to be sent back, or the other way round", trial.count("keep")),
        ("a photo is asked for, or no longer", trial.count("photo")),
        ("cancelling or changing an order", trial.count("order")),
    )


def _sums(trial: Trial) -> list[str]:
    sums = [(title, trial.more(title.lower())) for title in _RESOLUTIONS.values()]
    written = [(title, more, money.format(more, trial.currency, trial.locale)) for title, more in sums]
    return [
        f"  {title.lower()}, all together: {'+' if more > 0 else ''}{text}" for title, more, text in written if more
    ]

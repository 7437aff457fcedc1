"""Notices: each step of an order or return that nobody told the customer is told to them, once, by a sweep.

What is to be told are the events without `told_at`. All that happened to one return (or one order) since the last look
is one message. The message, its notice row and the mark on the events are one transaction: killed at any moment, it is
told once and nothing is lost. The conversation is locked before the events, as everywhere.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import apart, labels, mails, notice_texts, reach
from casework.desk import Desk
from casework.notice_texts import News, Paid, Step, Told
from handoff.ticket import Call, Reason
from kit import errors
from store import dates, notices, personal, repository, transfers
from store import transfer as transferring
from store.notices import Happening
from store.order import Order
from store.policy_file import Policy
from store.returns import Return
from store.transfer import Transfer

MOST_AT_ONCE = 200
"""So many events, or deadlines, one sweep looks at."""
_LETTERS = frozenset(
    ("return", kind) for kind in ("opened", "approved", "rejected", "cancelled", "label_issued", "extended")
)
"""Steps about which there is an e-mail of its own, with all the facts and the label."""

About = tuple[UUID, UUID | None, UUID | None]


@dataclass(frozen=True)
class Case:
    """The order, and the return if it is about one, as they stand."""

    order: Order
    return_: Return | None
    rules: Policy


async def tell_untold(desk: Desk) -> int:
    """Tell customers what happened and nobody told them; returns how many messages left."""
    async with desk.database.transaction() as session:
        found = await notices.untold(session, MOST_AT_ONCE)
    subjects = dict.fromkeys(one.about for one in found)
    return await apart.each(subjects, partial(_tell_subject, desk), "telling what happened to")


async def tell_deadlines(desk: Desk) -> int:
    """Remind customers of parcels that are to be sent soon, once for each deadline; returns how many were reminded."""
    most = max(version.rules.notice_days_before_deadline for version in desk.book.versions)
    async with desk.database.transaction() as session:
        now = desk.clock.now()
        due = await notices.deadlines_until(session, now, now + timedelta(days=most), MOST_AT_ONCE)
    return await apart.each(due, partial(_remind, desk), "reminding of the deadline of")


async def words_about(session: AsyncSession, desk: Desk, about: About) -> str:
    """Return what the sweep would tell about a subject as it stands in this transaction; "" for nothing."""
    case = await _case(session, desk, about)
    told = await _written(session, case, await notices.untold_about(session, about)) if case else None
    return told.text if told else ""


async def _tell_subject(desk: Desk, about: About) -> bool:
    async with desk.database.transaction() as session:
        case = await _case(session, desk, about)
        seen = await notices.untold_about(session, about)
        told = await _written(session, case, seen) if case else None
        if case and told:
            # Locked before the events; whoever else is at it waits here, and then finds nothing to tell.
            await reach.hold(session, desk, case.order, case.return_)
        taken = await notices.take_untold(session, about)
        if case and told and taken != seen:
            told = await _written(session, case, taken) if taken else None
        if case and told and taken:
            await _tell(session, desk, case, told, f"event:{taken[-1].sequence}")
        await notices.mark_told(session, [one.sequence for one in taken], desk.clock.now())
        return bool(told and taken)


async def _tell(session: AsyncSession, desk: Desk, case: Case, told: Told, key: str) -> None:
    order, return_ = case.order, case.return_
    if told.needs_person:
        call = Call(Reason.POLICY, told.needs_person, {"rule": "parcel.lost"})
        await reach.hand_over(session, desk, order, return_, told.text, call, key)
        return
    letter = (
        bool(told.steps & _LETTERS) and return_ is not None and await mails.confirm_return(session, desk, return_.rma)
    )
    files = labels.attachments(desk, return_) if return_ and told.steps & _LETTERS else ()
    await reach.tell(session, desk, order, return_, told.text, files, key, offer=told.offer, mailed=letter)


async def _remind(desk: Desk, rma: str) -> bool:
    async with desk.database.transaction() as session:
        case = await _case_of_return(session, desk, rma)
        if _reminder(desk, case) is None or personal.is_erased(case.order.customer):
            return False
        await reach.hold(session, desk, case.order, case.return_)
        case = await _case_of_return(session, desk, rma)
        found = _reminder(desk, case)
        if found is None:  # sent or called off at this moment
            return False
        key, told = found
        await reach.tell(session, desk, case.order, case.return_, told.text, key=key, offer=told.offer)
        return True


def _reminder(desk: Desk, case: Case) -> tuple[str, Told] | None:
    """Return what to remind of, and its key; None when there is nothing to send, or much time left."""
    return_, rules, shop = case.return_, case.rules.rules, case.rules.shop
    if return_ is None or not labels.has_label(return_) or return_.label_expires_at is None:
        return None
    left = (return_.label_expires_at.date() - dates.local_day(desk.clock.now(), shop.time_zone)).days
    if left > rules.notice_days_before_deadline:
        return None
    more = rules.extension.days if rules.extension and return_.extended_at is None else None
    told = notice_texts.deadline(return_, max(left, 0), more)
    return notices.deadline_key(return_.rma, return_.label_expires_at), told


async def _case(session: AsyncSession, desk: Desk, about: About) -> Case | None:
    """Return what events are about; None when there is nobody to tell: no order, or a customer who was erased.

    What happened to the customer's own data is told along with their newest order.
    """
    customer_id, order_id, return_id = about
    if order_id is None:
        newest = await repository.orders_of_customer(session, customer_id, limit=1)
        order = newest[0] if newest else None
    else:
        order = await repository.order_by_id(session, order_id)
    if order is None or personal.is_erased(order.customer):
        return None
    return_ = await repository.return_by_id(session, return_id) if return_id else None
    return Case(order, return_, desk.book.in_force(order.placed_at))


async def _case_of_return(session: AsyncSession, desk: Desk, rma: str) -> Case:
    return_ = await repository.find_return(session, rma)
    order = await repository.order_by_id(session, return_.order_id) if return_ else None
    if return_ is None or order is None:
        raise errors.NotFound(f"return {rma}")
    return Case(order, return_, desk.book.in_force(order.placed_at))


async def _written(session: AsyncSession, case: Case, happened: list[Happening]) -> Told | None:
    details: dict[Step, dict[str, object]] = {(one.subject, one.kind): one.detail for one in happened}
    moved = await transfers.of_order(session, case.order.id)
    done = [one for one in moved if one.state == "succeeded" and _is_news(one, case, happened)]
    comes = [one for one in moved if one.return_id is None and one.state in transferring.UNDER_WAY]
    return notice_texts.write(
        News(
            case.order,
            case.return_,
            details,
            paid=await _places(session, case, [one for one in done if one.kind == "refund"]),
            charged=await _places(session, case, [one for one in done if one.kind == "charge"]),
            comes=await _places(session, case, [one for one in comes if one.kind == "refund"]),
            exchange_for=await _pieces(session, case.return_),
            shop=case.rules.shop,
        )
    )


def _is_news(one: Transfer, case: Case, happened: list[Happening]) -> bool:
    """Tell whether a transfer belongs to what is told: all of a return's, and of an order's those of these events."""
    if case.return_:
        return one.return_id == case.return_.id
    return any(event.detail.get("transfer") == str(one.id) for event in happened)


async def _places(session: AsyncSession, case: Case, moved: list[Transfer]) -> tuple[Paid, ...]:
    if case.return_ and case.return_.gift:  # how the giver paid is not told
        return ()
    paid = []
    for one in moved:
        method = await repository.payment_method(session, one.payment_method_id)
        amount = case.rules.shop.money(one.amount, one.currency)
        paid.append((amount, method.label if method else "the way it was paid"))
    return tuple(paid)


async def _pieces(session: AsyncSession, return_: Return | None) -> str:
    chosen = (
        [(one.quantity, one.exchange_variant_id) for one in return_.lines if one.exchange_variant_id] if return_ else []
    )
    variants = await repository.variants_by_ids(session, [variant for _, variant in chosen])
    return ", ".join(
        f"{count} × {variants[one].product_name} ({variants[one].options_text})"
        for count, one in chosen
        if one in variants
    )

"""What an agent does to an order, a return or its money: on the same wishes as everybody, audited, and told.

Each act checks first who may do it and whether it is still to be done, orders a label outside of any transaction, and
then changes the books, notes the act, and tells the customer in one transaction. Two agents at once do it once: the
second is told who was first, and when. What cannot be told where the customer is goes out as a notice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import order_checks, order_words, returns, scenes, statuses, wishes
from casework.desk import Desk
from casework.order_views import (
    ItemView as ItemView,
)
from casework.order_views import (
    OrderView as OrderView,
)
from casework.order_views import (
    ReturnView as ReturnView,
)
from casework.order_views import (
    TransferView as TransferView,
)
from casework.order_views import (
    find as find,
)
from casework.order_views import (
    of_conversation as of_conversation,
)
from casework.order_views import (
    view as view,
)
from casework.proposal import By, Proposal, Refusal
from casework.scenes import Done as Done
from casework.scenes import OrderDone as OrderDone
from casework.scenes import Scene
from casework.status_words import ReturnFacts
from casework.wanted import (
    CancelOrder,
    CancelReturn,
    ChangeAddress,
    ChangeAddressOnFile,
    ChangeItems,
    ChangePayment,
    ChangeReturn,
    ExtendReturn,
    OpenReturn,
    Wish,
)
from kit import errors
from store import overriding, repository, service
from store.decision import RequestLine
from store.order import Order
from store.overriding import Overridden
from store.returns import Method, Parcel, Resolution, Return

OrderWish = CancelOrder | ChangeAddress | ChangePayment | ChangeItems | ChangeAddressOnFile


@dataclass(frozen=True)
class Override:
    """A return that an agent opens: what the policy refuses in it is set aside, for a `reason` that is kept.

    `refund_to` is a payment method's id; None takes the only destination there is. An exchange names a variant for
    each item, and in `second_choices` one that is taken when that has just sold out; its difference in price goes by
    `refund_to`.
    """

    order_number: str
    lines: tuple[RequestLine, ...]
    resolution: Resolution
    method: Method
    refund_to: str | None
    reason: str
    exchange_variants: Mapping[UUID, str] = field(default_factory=dict)
    second_choices: Mapping[UUID, str] = field(default_factory=dict)


async def propose(
    session: AsyncSession, desk: Desk, wish: Wish, overruled: frozenset[str] = frozenset()
) -> Proposal | Refusal:
    """Say what a wish would do if an agent carried it out now. Raises as `wishes.propose`."""
    return await wishes.propose(session, desk, wish, By("", None, decides=True, overruled=overruled))


async def despite(session: AsyncSession, desk: Desk, order_number: str, lines: Sequence[RequestLine]) -> Overridden:
    """Return what an override of these lines could be: the rules that it sets aside, offers, methods and amounts.

    Raises:
        NotFound: there is no such order, or an item is not of it.
        Conflict: something refuses that nobody can set aside; the message says what.
    """
    order = await _order(session, order_number)
    return await overriding.work_out(session, order, lines, desk.book, desk.clock.now())


async def approve(desk: Desk, rma: str, agent_name: str, conversation_id: UUID | None) -> Done:
    """Approve a return that waits for a person, with its label; the customer gets the label.

    Raises:
        NotFound, NotAllowed (see `order_checks`), Unavailable (no label to be had),
        Conflict: it was decided already; the message says by whom and when.
    """
    async with desk.database.transaction() as session:
        waiting, _ = await scenes.return_for(session, rma, Scene(agent_name, conversation_id))
        await order_checks.check_waits(session, desk, waiting)
    ticket = await wishes.ticket_for(desk, waiting.rma, waiting.method)
    async with desk.database.transaction() as session:
        held, scene = await scenes.hold(session, rma, Scene(agent_name, conversation_id))
        await order_checks.check_waits(session, desk, held)
        approved = await service.approve(session, held.rma, scenes.act(desk, scene), desk.book, ticket)
        text = order_words.told_approved(approved, agent_name)
        return await scenes.close(session, desk, scene, ("return_approved", text), approved)


async def refuse(desk: Desk, rma: str, agent_name: str, conversation_id: UUID | None, reason: str) -> Done:
    """Refuse a return that waits for a person; the customer is told the reason as it is written.

    Raises:
        NotFound, NotAllowed (see `order_checks`), BadInput (no reason),
        Conflict: it was decided already; the message says by whom and when.
    """
    why = order_checks.reason(reason, "why it is refused; the customer is told")
    async with desk.database.transaction() as session:
        held, scene = await scenes.hold(session, rma, Scene(agent_name, conversation_id))
        await order_checks.check_waits(session, desk, held)
        refused = await service.reject(session, held.rma, scenes.act(desk, scene, reason=why))
        text = order_words.told_refused(refused, agent_name, why)
        return await scenes.close(session, desk, scene, ("return_refused", text), refused, why)


async def cancel_return(desk: Desk, rma: str, agent_name: str, conversation_id: UUID | None, reason: str) -> Done:
    """Call a return off while nothing was sent; what was reserved is free again, and the customer is told why.

    Raises:
        NotFound, NotAllowed (see `order_checks`), BadInput (no reason),
        Conflict: it is too late for that, or it was done already; the message says which.
    """
    why = order_checks.reason(reason, "why it is called off; the customer is told")
    async with desk.database.transaction() as session:
        held, scene = await scenes.hold(session, rma, Scene(agent_name, conversation_id))
        await order_checks.check_not_sent(session, desk, held)
        cancelled = await service.cancel_return(session, held.rma, scenes.act(desk, scene, reason=why))
        text = order_words.told_cancelled(cancelled, agent_name, why)
        return await scenes.close(session, desk, scene, ("return_cancelled", text), cancelled, why)


async def reissue_label(desk: Desk, rma: str, agent_name: str, conversation_id: UUID | None) -> Done:
    """Give an approved return a new label, valid from now; the customer gets it.

    Raises:
        NotFound, NotAllowed (see `order_checks`), Unavailable (no label to be had),
        Conflict: it gets no label as it stands, or got one a moment ago; the message says which.
    """
    async with desk.database.transaction() as session:
        found, _ = await scenes.return_for(session, rma, Scene(agent_name, conversation_id))
        await order_checks.check_label(session, desk, found)
    ticket = await wishes.ticket_for(desk, found.rma, found.method)
    assert ticket is not None, "what is kept gets no label, which was checked"
    async with desk.database.transaction() as session:
        held, scene = await scenes.hold(session, rma, Scene(agent_name, conversation_id))
        await order_checks.check_label(session, desk, held)
        changed = await service.reissue_label(session, held.rma, scenes.act(desk, scene), desk.book, ticket)
        text = order_words.told_label(changed, agent_name)
        return await scenes.close(session, desk, scene, ("label_reissued", text), changed)


async def override(desk: Desk, wanted: Override, agent_name: str, conversation_id: UUID | None) -> Done:
    """Open a return although the policy refuses it, approved by the agent, with its label; the customer is told.

    Which rules were set aside, and why, is kept in the receipt, the event and the audit trail. Rules about money stay.

    Raises:
        NotFound, NotAllowed (see `order_checks`), Unavailable (no label to be had),
        BadInput: no reason, no item, a method that the shop does not have,
        Conflict: it cannot be set aside, or the offer is not there (any more); the message says which.
    """
    why = order_checks.reason(wanted.reason, "why the policy is set aside; it is kept")
    async with desk.database.transaction() as session:
        order = await _order(session, wanted.order_number)
        await order_checks.check_allowed(session, agent_name, conversation_id, order.customer.id)
        await _work_out(session, desk, order, wanted)
    wish = _as_wish(order, wanted)
    ticket = await wishes.prepare(desk, wish)
    async with desk.database.transaction() as session:
        await order_checks.check_allowed(session, agent_name, conversation_id, order.customer.id)
        await repository.lock_order(session, order.id)
        overridden = await _work_out(session, desk, await returns.order_of(session, order.id), wanted)
        scene = await scenes.set_in(session, Scene(agent_name, conversation_id), None)
        done = await wishes.carry_out(session, desk, wish, _by(scene, why, overruled=overridden.overruled), ticket)
        assert done.return_ is not None
        text = order_words.told_exception(done.return_, agent_name, desk.book.shop)
        act = ("return_overridden", text)
        return await scenes.close(session, desk, scene, act, done.return_, why, sorted(overridden.overruled))


async def open_return(
    desk: Desk,
    wish: OpenReturn,
    agent_name: str,
    conversation_id: UUID | None,
    reason: str = "",
    key: str | None = None,
) -> Done:
    """Open a return that the policy allows, for a customer who asked for it; approved by the agent, with its label.

    Raises:
        NotFound, NotAllowed (see `order_checks`), BadInput, Unavailable (no label to be had),
        Refused: the policy refuses it, or it cannot be had; the message says why (`override` sets rules aside).
    """
    return await _wished(desk, wish, Scene(agent_name, conversation_id), "return_opened", reason, key)


async def change_return(
    desk: Desk,
    wish: ChangeReturn,
    agent_name: str,
    conversation_id: UUID | None,
    reason: str = "",
    key: str | None = None,
) -> Done:
    """Have something else for a return of which nothing was sent; the customer is told. Raises as `open_return`."""
    return await _wished(desk, wish, Scene(agent_name, conversation_id), "return_changed", reason, key)


async def extend(
    desk: Desk, rma: str, agent_name: str, conversation_id: UUID | None, reason: str = "", key: str | None = None
) -> Done:
    """Give a customer more time to send a parcel, once; they are told. Raises as `open_return`."""
    return await _wished(desk, ExtendReturn(rma), Scene(agent_name, conversation_id), "return_extended", reason, key)


async def change_order(
    desk: Desk, wish: OrderWish, agent_name: str, conversation_id: UUID | None, reason: str = "", key: str | None = None
) -> OrderDone:
    """Cancel an order, or change its address, payment or items, or the address on file; the customer is told.

    Raises:
        NotFound, NotAllowed (see `order_checks`, or a balance too low), BadInput,
        Refused: it is not possible (any more); the message says why.
    """
    scene = Scene(agent_name, conversation_id)
    async with desk.database.transaction() as session:
        customer_id, _ = await _subject(session, wish)
        await order_checks.check_allowed(session, agent_name, conversation_id, customer_id)
        scene = await scenes.set_in(session, scene, None)
        done = await wishes.carry_out(session, desk, wish, _by(scene, reason, key))
        text = order_words.told_done(done.text, agent_name)
        detail = {"order": done.order.number if done.order else "", "reason": reason}
        told = await scenes.tell(session, desk, scene, (_ORDER_ACTS[type(wish)], text), detail)
        return OrderDone(done.order, told, text if told else "")


async def record_parcel(
    desk: Desk, rma: str, parcel: Parcel, agent_name: str, conversation_id: UUID | None, reason: str = ""
) -> Done:
    """Note what happened to the parcel of a return: `in_transit`, `received`, `inspected` or `lost`; it is told.

    Raises:
        NotFound, NotAllowed (see `order_checks`),
        Conflict: it cannot be so as the return stands; the message says how that is.
    """
    async with desk.database.transaction() as session:
        held, scene = await scenes.hold(session, rma, Scene(agent_name, conversation_id))
        order_checks.check_parcel(held, parcel)
        act = scenes.act(desk, scene, reason=reason)
        changed = await service.record_parcel(session, held.rma, parcel, act, desk.book)
        text = await _told_standing(session, desk, changed, agent_name, order_words.PARCEL_NEWS[parcel])
        return await scenes.close(session, desk, scene, (f"return_{parcel}", text), changed, reason)


async def settle(desk: Desk, rma: str, agent_name: str, conversation_id: UUID | None, reason: str = "") -> Done:
    """Pay out a return whose parcel is checked, give the credit, or have its exchange packed; the customer is told.

    Raises:
        NotFound, NotAllowed (see `order_checks`),
        Conflict: it is not to be paid now; the message says why.
    """
    async with desk.database.transaction() as session:
        held, scene = await scenes.hold(session, rma, Scene(agent_name, conversation_id))
        order_checks.check_settle(await _facts(session, held))
        settled = await service.settle(session, held.rma, scenes.act(desk, scene, reason=reason), desk.book)
        text = await _told_standing(session, desk, settled, agent_name, order_words.SETTLED_NEWS)
        return await scenes.close(session, desk, scene, ("return_settled", text), settled, reason)


async def send_exchange(
    desk: Desk, rma: str, tracking_number: str, agent_name: str, conversation_id: UUID | None
) -> Done:
    """Note that the exchange of a return has left, under a tracking number; the customer is told.

    Raises:
        NotFound, NotAllowed (see `order_checks`), BadInput (no tracking number),
        Conflict: none is ready; the message says why.
    """
    number = order_checks.reason(tracking_number, "the tracking number of the parcel")
    async with desk.database.transaction() as session:
        held, scene = await scenes.hold(session, rma, Scene(agent_name, conversation_id))
        order_checks.check_exchange(await _facts(session, held))
        sent = await service.send_exchange(session, held.rma, scenes.act(desk, scene), number)
        text = order_words.told_exchange_sent(sent, agent_name, number)
        return await scenes.close(session, desk, scene, ("exchange_sent", text), sent)


_ORDER_ACTS: Mapping[type[OrderWish], str] = {
    CancelOrder: "order_cancelled",
    ChangeAddress: "order_address_changed",
    ChangePayment: "order_payment_changed",
    ChangeItems: "order_items_changed",
    ChangeAddressOnFile: "address_on_file_changed",
}


async def _wished(
    desk: Desk,
    wish: OpenReturn | ChangeReturn | ExtendReturn | CancelReturn,
    scene: Scene,
    name: str,
    reason: str,
    key: str | None,
) -> Done:
    async with desk.database.transaction() as session:
        customer_id, _ = await _subject(session, wish)
        await order_checks.check_allowed(session, scene.agent_name, scene.conversation_id, customer_id)
        shown = await propose(session, desk, wish)
        if isinstance(shown, Refusal) and key is None:
            raise wishes.Refused(shown)
    ticket = await wishes.prepare(desk, wish)
    async with desk.database.transaction() as session:
        customer_id, return_ = await _subject(session, wish)
        await order_checks.check_allowed(session, scene.agent_name, scene.conversation_id, customer_id)
        scene = await scenes.set_in(session, scene, return_)
        done = await wishes.carry_out(session, desk, wish, _by(scene, reason, key), ticket)
        assert done.return_ is not None
        text = order_words.told_done(done.text, scene.agent_name)
        return await scenes.close(session, desk, scene, (name, text), done.return_, reason)


def _by(scene: Scene, reason: str, key: str | None = None, overruled: frozenset[str] = frozenset()) -> By:
    where = scene.conversation_id or scene.where
    note = " ".join(reason.split())
    return By(scene.agent_name, where, key=key, note=note, told=scene.tells, decides=True, overruled=overruled)


async def _subject(session: AsyncSession, wish: Wish) -> tuple[UUID, Return | None]:
    """Return whose order a wish is about, and the return, if it is about one; raises NotFound."""
    if isinstance(wish, ChangeAddressOnFile):
        return wish.customer_id, None
    order_id = await wishes.order_of(session, wish)
    assert order_id is not None, "all other wishes are about an order"
    rma = getattr(wish, "rma", None)
    return_ = await repository.find_return(session, rma) if rma else None
    return (await returns.order_of(session, order_id)).customer.id, return_


async def _order(session: AsyncSession, number: str) -> Order:
    found = await repository.find_order(session, number)
    if found is None:
        raise errors.NotFound(f"There is no order {number}")
    return found


def _as_wish(order: Order, wanted: Override) -> OpenReturn:
    exchange = wanted.resolution == "exchange"
    return OpenReturn(
        order_id=order.id,
        lines=wanted.lines,
        resolution=wanted.resolution,
        method=wanted.method,
        refund_to=None if exchange else wanted.refund_to,
        exchange_variants={
            item: (variant, *filter(None, [wanted.second_choices.get(item)]))
            for item, variant in wanted.exchange_variants.items()
        },
        difference_to=wanted.refund_to if exchange else None,
    )


async def _work_out(session: AsyncSession, desk: Desk, order: Order, wanted: Override) -> Overridden:
    await order_checks.check_not_twice(session, desk, order, wanted.lines)
    overridden = await overriding.work_out(session, order, wanted.lines, desk.book, desk.clock.now())
    order_checks.check_offered(overridden.decision, wanted.resolution, wanted.method, wanted.refund_to)
    return overridden


async def _facts(session: AsyncSession, return_: Return) -> ReturnFacts:
    return await statuses.facts_of(session, await returns.order_of(session, return_.order_id), return_)


async def _told_standing(session: AsyncSession, desk: Desk, return_: Return, agent_name: str, news: str) -> str:
    """Say what happened to a return, then its money and what comes next."""
    order = await returns.order_of(session, return_.order_id)
    status = await statuses.return_status(session, desk, order, return_)
    first = news.format(who=agent_name, rma=return_.rma)
    return " ".join([first, *status.money, *status.next])

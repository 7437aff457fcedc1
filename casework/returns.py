"""Returns: what may come back and for what, and opening one."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import done_words, labels, mails, proposal, proposal_words, return_choices
from casework.desk import Desk
from casework.labels import label_of
from casework.proposal import By, Done, Proposal, Refusal
from casework.return_choices import Asked, exchange_choices, is_replaced, sold_out_choices
from casework.wanted import OpenReturn
from conversations import attachments
from kit import errors
from store import happenings, past, policy, repository, service
from store.decision import Decision, RequestLine
from store.happenings import Act
from store.order import Order
from store.ports import LabelTicket
from store.returns import Return

__all__ = [
    "carry_out", "decide", "exchange_choices", "is_replaced", "label_of", "left_to_return", "note_started", "order_of",
    "pieces_of", "propose", "reported", "sold_out_choices", "what_if",
]  # fmt: skip


async def what_if(
    session: AsyncSession, desk: Desk, order: Order, lines: Sequence[RequestLine], gift: bool = False
) -> Decision:
    """Say what lines of an order would give as a refund, an exchange and store credit, side by side.

    Nothing is written. Decides by the policy that was in force when the order was placed. Raises NotFound (an item of
    another order), BadInput (a quantity below one).
    """
    return await decide(session, desk, order, lines, gift=gift)


async def decide(  # noqa: PLR0913
    session: AsyncSession,
    desk: Desk,
    order: Order,
    lines: Sequence[RequestLine],
    *,
    gift: bool = False,
    overruled: frozenset[str] = frozenset(),
    without: UUID | None = None,
) -> Decision:
    """Decide about lines of an order; raises as `what_if`.

    `overruled` are rules that an agent sets aside; `without` is a return that is decided about anew.
    """
    now = desk.clock.now()
    before = await past.past_of(session, order, now, desk.book, without=without, gift=gift)
    methods = await repository.payment_methods_of(session, order.customer.id)
    rules = replace(desk.book.in_force(order.placed_at), overruled=overruled)
    return policy.decide(order, lines, rules, now, before, methods)


async def left_to_return(session: AsyncSession, order: Order) -> dict[UUID, int]:
    """Return how many pieces of each item are not in a return yet."""
    taken = await past.returned_quantities(session, order.id)
    return {item.id: item.quantity - taken.get(item.id, 0) for item in order.items}


async def note_started(session: AsyncSession, desk: Desk, order: Order) -> None:
    """Note that somebody has asked to return something of an order: for some days the window stays as it is now."""
    now = desk.clock.now()
    await repository.lock_order(session, order.id)
    before = await past.past_of(session, order, now, desk.book)
    if before.started_at is None:
        happenings.note(session, happenings.of_order(order), happenings.STARTED, Act("customer", now, told=True))
        await session.flush()


async def propose(
    session: AsyncSession, desk: Desk, wish: OpenReturn, overruled: frozenset[str] = frozenset(), *, agent: bool = False
) -> Proposal | Refusal:
    """Say what opening this return would do; rules in `overruled` are set aside, and an `agent` needs no photo.

    Raises:
        NotFound: there is no such order, item, variant or payment method.
        BadInput: no item, a quantity below one, a variant of another product, or a photo that nobody has sent.
    """
    order = await order_of(session, wish.order_id)
    if not wish.lines:
        raise errors.BadInput(f"order {order.number}: no item was chosen")
    unknown = await attachments.unknown(session, [photo for line in wish.lines for photo in line.photos])
    if unknown:
        raise errors.BadInput(f"photo {unknown[0]} is not known; send it in the conversation first")
    decision = await decide(session, desk, order, wish.lines, gift=wish.gift, overruled=overruled)
    what = "your gift" if wish.gift else f"order {order.display_number}"
    title = f"Here is what I'll do for {what}:"
    asked = Asked("open_return", order.number, title, order, decision, wish.gift, agent)
    return await return_choices.propose(session, desk, wish, asked)


async def carry_out(session: AsyncSession, desk: Desk, wish: OpenReturn, by: By, ticket: LabelTicket | None) -> Done:
    """Open a return: the row, its events, the receipt, the promise, what is reserved, and the confirmation by e-mail.

    Raises:
        Conflict: it is no longer eligible, or what was to be exchanged for has sold out.
    """
    act = replace(proposal.act(by, desk.clock.now()), detail={"note": wish.comment or by.note})
    opened = await service.open_return(
        session,
        order_id=wish.order_id,
        lines=wish.lines,
        resolution=wish.resolution,
        method=wish.method,
        refund_to=wish.refund_to,
        exchange_variants=wish.exchange_variants,
        difference_to=wish.difference_to,
        book=desk.book,
        act=act,
        conversation_id=by.conversation_id,
        ticket=ticket,
        overruled=by.overruled,
        gift=wish.gift,
    )
    if opened.approval == "requested" and by.decides:  # the person who is needed is here
        opened = await service.approve(session, opened.rma, happenings.alone(act, by.actor), desk.book, ticket)
    say = proposal_words.saying(desk.book.shop, opened.currency)
    return await reported(session, desk, opened, done_words.opened(opened, say, await pieces_of(session, opened)))


async def reported(session: AsyncSession, desk: Desk, return_: Return, text: str) -> Done:
    """Confirm a return by e-mail as it stands now, and say what was done."""
    await mails.confirm_return(session, desk, return_.rma)
    return Done(text, return_, await order_of(session, return_.order_id), labels.label_of(desk, return_))


async def pieces_of(session: AsyncSession, return_: Return) -> str:
    """Name what an exchange sends: `1 × Harbour Hoodie (size L, grey)`; empty where nothing is exchanged."""
    chosen = [(one.quantity, one.exchange_variant_id) for one in return_.lines if one.exchange_variant_id]
    variants = await repository.variants_by_ids(session, [variant for _, variant in chosen])
    return ", ".join(f"{count} × {proposal_words.named(variants[one])}" for count, one in chosen if one in variants)


async def order_of(session: AsyncSession, order_id: UUID) -> Order:
    """Return an order; raises NotFound."""
    found = await repository.order_by_id(session, order_id)
    if found is None:
        raise errors.NotFound(f"order {order_id}")
    return found

"""The money of an order that is on its way or back, with the name of its place and when it is there."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from casework import done_words, proposal_words
from casework.desk import Desk
from casework.done_words import Paid
from casework.proposal_words import Say
from store import offers, repository, transfers
from store.order import Order, PaymentMethod
from store.policy_file import Policy
from store.transfer import Transfer

_MOVING = ("requested", "sent", "succeeded", "failed")


async def of_order(session: AsyncSession, desk: Desk, order: Order) -> list[Paid]:
    """Return what goes back for an order itself, without its returns."""
    found = await transfers.of_order(session, order.id)
    refunds = [one for one in found if one.kind == "refund" and one.return_id is None and one.state in _MOVING]
    return await in_words(session, desk, order, refunds)


async def in_words(session: AsyncSession, desk: Desk, order: Order, moved: Iterable[Transfer]) -> list[Paid]:
    """Write transfers as words: the amount, the place, and how long it takes there."""
    methods = await repository.payment_methods_of(session, order.customer.id)
    rules = desk.book.in_force(order.placed_at)
    say = proposal_words.saying(desk.book.shop, order.currency)
    return [_in_words(one, order, methods, rules, say) for one in moved]


def _in_words(one: Transfer, order: Order, methods: list[PaymentMethod], rules: Policy, say: Say) -> Paid:
    place = offers.original_destination(order, one.payment_method_id, methods)
    return done_words.paid_back(one, place.label, offers.days_text(offers.refund_time(place.kind, rules)), say)

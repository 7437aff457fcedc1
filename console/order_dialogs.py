"""The dialogs in which an agent cancels or changes an order, or keeps another address for the customer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from casework import cancellations, order_desk, proposal_words, returns
from casework.desk import Desk
from casework.order_desk import OrderWish
from casework.order_views import OrderView
from casework.proposal_words import Say
from casework.scenes import OrderDone
from casework.wanted import CancelOrder, ChangeAddress, ChangeAddressOnFile, ChangeItems, ChangePayment
from console import notices, return_choices
from console.dialogs import Choice, Foot, Line, Modal, Selection, Tick
from console.forecast import Forecast, Plan
from console.markup import Tag
from console.room import Room
from kit import errors, ids
from store import transfer
from store.order import Address, PaymentMethod
from store.returns import REASON_TITLES, Reason

_AS_ORDERED = ""

type Input = Choice | Line | Selection | Tick


@dataclass(frozen=True)
class Subject:
    """Which order, from which conversation (None: it was looked up), and what is to be looked at again afterwards."""

    room: Room
    view: OrderView
    conversation_id: UUID | None
    changed: Callable[[], None]


@dataclass(frozen=True)
class _Ending:
    """What a dialog does at its end; `wish` is None while there is nothing to be done yet, which `hint` says."""

    title: str
    wish: Callable[[], OrderWish | None]
    hint: str
    done: str
    danger: bool = False


def cancel(subject: Subject) -> None:
    """Ask for the reason, and cancel the order."""
    order = subject.view.order
    titles = {one: REASON_TITLES[one] for one in cancellations.reasons(subject.room.desk, order)}
    with Modal(f"Cancel order {order.display_number}", wide=True) as modal:
        why = Choice("Why", cast("Mapping[str, str]", titles), next(iter(titles), ""))
        ending = _Ending(
            "Cancel the order",
            lambda: CancelOrder(order.id, cast("Reason", why.value)) if why.value else None,
            "Choose why.",
            "is cancelled",
            danger=True,
        )
        _end(subject, modal, ending, [why])


def change_address(subject: Subject) -> None:
    """Ask where an order goes instead."""
    order = subject.view.order
    with Modal(f"Send order {order.display_number} elsewhere", wide=True) as modal:
        lines = _address_lines(order.address)
        on_file = Tick("Keep it as the customer's address on file too")

        def wish() -> ChangeAddress | None:
            address = _address_of(lines)
            moved = address != order.address or (on_file.value and address != order.customer.address)
            return ChangeAddress(order.id, address, on_file.value) if moved else None

        ending = _Ending("Change the address", wish, "This is where it goes now.", "goes to another address")
        _end(subject, modal, ending, [*lines.values(), on_file])


def change_on_file(subject: Subject) -> None:
    """Ask which address is kept for a customer."""
    customer = subject.view.order.customer
    with Modal(f"{customer.name}: address on file", wide=True) as modal:
        lines = _address_lines(customer.address)

        def wish() -> ChangeAddressOnFile | None:
            address = _address_of(lines)
            return ChangeAddressOnFile(customer.id, address) if address != customer.address else None

        ending = _Ending("Keep this address", wish, "This is the address on file.", "has another address on file")
        _end(subject, modal, ending, list(lines.values()))


def change_payment(subject: Subject) -> None:
    """Ask which payment method takes over."""
    order = subject.view.order
    paid = {one.payment_method_id for one in order.payments if one.kind == "payment"}
    others = [one for one in subject.view.payment_methods if one.id not in paid]
    with Modal(f"Pay order {order.display_number} another way", wide=True) as modal:
        labels = _methods(others, _saying(subject))
        method = Choice("Pay with", labels, next(iter(labels), ""))
        hint = "Choose a payment method." if others else "The customer has no other payment method."
        ending = _Ending(
            "Change the payment",
            lambda: ChangePayment(order.id, method.value) if method.value else None,
            hint,
            "is paid another way",
        )
        _end(subject, modal, ending, [method])


async def change_items(subject: Subject) -> None:
    """Ask which other variants of the same products an order has instead."""
    order, say = subject.view.order, _saying(subject)
    async with subject.room.desk.database.transaction() as session:
        choices = {
            item.id: await returns.exchange_choices(session, order, item.id, item.quantity) for item in order.items
        }
    with Modal(f"Change the items of order {order.display_number}", wide=True) as modal:
        chosen: dict[UUID, Selection] = {}
        for item in order.items:
            title = f"{item.quantity} × {item.name}" if item.quantity > 1 else item.name
            labels = {_AS_ORDERED: f"As ordered: {item.options_text or item.name}"}
            labels |= {
                one.id: f"{one.options_text} · {say(one.price)} · {one.stock} in stock" for one in choices[item.id]
            }
            chosen[item.id] = Selection(title, labels)
        payer = transfer.payer_of_most(order) or ""
        method = Selection("A difference in price goes by", _methods(subject.view.payment_methods, say), payer)

        def wish() -> ChangeItems | None:
            variants = {item: one.value for item, one in chosen.items() if one.value}
            return ChangeItems(order.id, variants, method.value) if variants else None

        ending = _Ending("Change the items", wish, "Choose what is sent instead.", "holds other items")
        _end(subject, modal, ending, [*chosen.values(), method])


def _end(subject: Subject, modal: Modal, ending: _Ending, inputs: Sequence[Input]) -> None:
    """End a dialog: what its choices come to, what went wrong, and the buttons."""
    forecast = Forecast(subject.room, ending.hint)
    key = f"console:{ids.new_id()}"

    def plan() -> Plan | None:
        wish = ending.wish()
        return Plan(lambda desk: _do(subject, desk, wish, key), wish) if wish else None

    async def show() -> None:
        await forecast.show(plan())

    async def act() -> None:
        wish = ending.wish()
        if wish is None:
            raise errors.BadInput(ending.hint)
        done = await _do(subject, subject.room.desk, wish, key)
        what = done.order.display_number if done.order else subject.view.order.customer.name
        told = "; the customer has been told" if done.told else ""
        notices.say(f"{what} {ending.done}{told}", "good")
        subject.changed()

    for one in inputs:
        one.on_change(show)
    Foot(modal, ending.title, act, danger=ending.danger)
    modal.on("opened", show, args=[])


async def _do(subject: Subject, desk: Desk, wish: OrderWish, key: str) -> OrderDone:
    return await order_desk.change_order(desk, wish, subject.room.agent.name, subject.conversation_id, key=key)


def _address_lines(address: Address) -> dict[str, Line]:
    with Tag("div", "rd-address"):
        return {
            "street": Line("Street and number", address.street, classes="rd-all"),
            "extra": Line("Flat, floor, company", address.extra, classes="rd-all"),
            "city": Line("City", address.city),
            "region": Line("State or region", address.region),
            "zip": Line("Zip code", address.zip),
            "country": Line("Country (two letters)", address.country),
        }


def _address_of(lines: Mapping[str, Line]) -> Address:
    return Address(**{name: " ".join(line.value.split()) for name, line in lines.items()})


def _saying(subject: Subject) -> Say:
    return proposal_words.saying(subject.room.desk.book.shop, subject.view.order.currency)


def _methods(methods: Sequence[PaymentMethod], say: Say) -> dict[str, str]:
    return {one.id: return_choices.method_of(one, say) for one in methods}

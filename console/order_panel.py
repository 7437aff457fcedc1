"""The order beside the transcript: items with verdicts, returns with their states, and what can be done about them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from casework import explain, order_desk, proposal_words, transfers
from casework.order_checks import OrderAct, ReturnAct, TransferAct
from casework.order_desk import ItemView, OrderView, ReturnView, TransferView
from casework.proposal_words import Say
from console import books, dialogs, forecast, notices, order_dialogs, return_acts, return_card, return_dialog, words
from console.dialogs import Modal, Question
from console.markup import Tag, button
from console.moments import Wall
from console.return_card import Money, Ways
from console.room import Room
from kit import errors
from store import dates
from store.order import Order

ORDER_ACTS: dict[OrderAct, str] = {
    "cancel": "Cancel the order…",
    "change_address": "Address…",
    "change_payment": "Payment…",
    "change_items": "Items…",
    "change_on_file": "Address on file…",
}
"""What can be done to an order besides a return, as it stands on the buttons."""
_NOT_POSSIBLE: dict[OrderAct, str] = {
    "open_return": "return",
    "cancel": "cancel",
    "change_address": "change address",
    "change_payment": "change payment",
    "change_items": "change items",
    "change_on_file": "change address on file",
}
_GOES_SOMEWHERE = frozenset({"pending", "processed", "shipped"})
_STATE = {"pending": "Not packed yet", "processed": "Being packed", "shipped": "On its way", "delivered": "Delivered"}


@dataclass(frozen=True)
class Standing:
    """Where the acts happen: whether this agent may act here."""

    may_act: bool


class OrderPanel:
    """The orders of a conversation's customer, and one that was looked up."""

    def __init__(self, room: Room, conversation_id: UUID, container: Element, changed: Callable[[], None]) -> None:
        self._room = room
        self._conversation_id = conversation_id
        self._changed = changed
        self._standing = Standing(may_act=False)
        self._views: tuple[OrderView, ...] = ()
        self._looked_up: OrderView | None = None
        self._drawn: object = None
        self._about: Collection[str] = ()
        self._opened: dict[str, bool] = {}
        self._asking = False
        with container:
            self._search()
            self._list = Tag("div", "rd-orders")

    @property
    def count(self) -> int:
        """How many orders the customer has, as far as they are open to this conversation."""
        return len(self._views)

    async def refresh(self, standing: Standing, about: Collection[str]) -> None:
        """Read the orders again, and draw them again when anything has changed; `about` are those that matter here."""
        async with self._room.desk.database.transaction() as session:
            self._views = await order_desk.of_conversation(session, self._room.desk, self._conversation_id)
            if self._looked_up:
                self._looked_up = await order_desk.view(session, self._room.desk, self._looked_up.order)
        self._standing = standing
        self._about = about
        self._draw()

    def _search(self) -> None:
        with Tag("form", "rd-look-up", attributes={"role": "search"}) as form:
            look_up = {"placeholder": "Look up an order: number, RMA, e-mail", "aria-label": "Look up another order"}
            field = Tag("input", "rd-input", attributes=look_up)
            self._problem = Tag("p", "rd-problem", attributes={"role": "alert"})
            self._problem.set_visibility(False)
        field.on("keydown.enter", self._look_up, js_handler="(event) => emit(event.target.value)")
        form.on("submit", js_handler="(event) => event.preventDefault()")

    async def _look_up(self, event: GenericEventArguments) -> None:
        text = str(event.args).strip()
        if not text:
            return
        async with self._room.desk.database.transaction() as session:
            found = await order_desk.find(session, self._room.desk, text)
        self._problem.text = "" if found else f"There is no order under “{text}”."
        self._problem.set_visibility(found is None)
        if found:
            self._looked_up = found
            self._opened[found.order.number] = True
            self._draw()

    def _close_look_up(self) -> None:
        self._looked_up = None
        self._draw()

    def _draw(self) -> None:
        wanted = (tuple(map(_still, self._views)), self._looked_up and _still(self._looked_up), self._standing)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        self._list.clear()
        with self._list:
            if self._looked_up:
                with Tag("p", "rd-label rd-looked-up", "Looked up"):
                    button("rd-link", "Close").on("click", self._close_look_up)
                self._order(self._looked_up, self._conversation_id if self._is_theirs() else None, opened=True)
            if not self._views:
                Tag("p", "rd-empty", "No order is open to this conversation: the customer has not proved who they are.")
            shown = self._looked_up.order.id if self._looked_up else None
            for view in sorted(self._views, key=lambda one: not self._matters(one)):
                if view.order.id == shown:
                    continue
                self._order(view, self._conversation_id, opened=self._matters(view) or len(self._views) == 1)

    def _order(self, view: OrderView, conversation_id: UUID | None, *, opened: bool) -> None:
        order = view.order
        wall, say = self._wall(), self._saying(order)
        details = Tag("details", "rd-order")
        if self._opened.setdefault(order.number, opened):
            details.props["open"] = True
        details.on("toggle", partial(self._toggled, order.number), js_handler="(event) => emit(event.target.open)")
        with details:
            with Tag("summary"):
                Tag("b", "rd-selectable", order.display_number)
                Tag("span", f"rd-state rd-state-{order.state}", _STATE.get(order.state, order.state.capitalize()))
                Tag("span", "rd-amount", say(order.total))
                Tag("span", "rd-quiet rd-order-when", _order_line(order, wall))
            if order.state in _GOES_SOMEWHERE and order.address.one_line():
                Tag("p", "rd-quiet", f"Goes to {order.address.one_line()}", {"dir": "auto"})
            for item in view.items:
                _item(item, say)
            self._order_acts(view, conversation_id)
            may = self._may_act(conversation_id)
            retry = partial(self._transfer, conversation_id) if may else None
            books.transfers([one for one in view.transfers if one.transfer.return_id is None], wall, say, retry)
            books.promises([one for one in view.promises if one.return_id is None], wall)
            for one in view.returns:
                self._return(view, one, conversation_id)
            receipts = partial(_receipts, view) if view.receipts else None
            books.history(view.timeline, wall, f"Everything that happened to {order.display_number}", receipts)

    def _is_theirs(self) -> bool:
        """Tell whether what was looked up is an order of this conversation's customer."""
        shown = self._looked_up.order.id if self._looked_up else None
        return any(one.order.id == shown for one in self._views)

    def _matters(self, view: OrderView) -> bool:
        """The orders that the conversation is about, and those of which something waits, stand first and are open."""
        waits = any(one.return_.approval == "requested" for one in view.returns)
        return waits or view.order.display_number in self._about

    def _toggled(self, number: str, event: GenericEventArguments) -> None:
        self._opened[number] = bool(event.args)

    def _order_acts(self, view: OrderView, conversation_id: UUID | None) -> None:
        """Draw what can be done to the order, and fold away why the rest cannot."""
        if not self._may_act(conversation_id):
            return
        if "open_return" in view.possible:
            pressed = button("rd-button rd-wide", "Open a return for the customer…")
            pressed.on("click", partial(self._open_return, view, conversation_id, None), args=[])
        with Tag("div", "rd-acts"):
            for act, title in ORDER_ACTS.items():
                if act in view.possible:
                    pressed = button("rd-button rd-small", title)
                    pressed.on("click", partial(self._change_order, act, view, conversation_id), args=[])
        _why_not(view)

    def _open_return(self, view: OrderView, conversation_id: UUID | None, one: ReturnView | None) -> None:
        return_ = one.return_ if one else None
        return_dialog.show(return_dialog.Subject(self._room, view, conversation_id, self._changed, return_))

    async def _change_order(self, act: OrderAct, view: OrderView, conversation_id: UUID | None) -> None:
        subject = order_dialogs.Subject(self._room, view, conversation_id, self._changed)
        with ui.context.client.content:  # the button may be drawn anew before the dialog opens
            if act == "change_items":
                await order_dialogs.change_items(subject)
            else:
                _DIALOGS[act](subject)

    def _return(self, order: OrderView, view: ReturnView, conversation_id: UUID | None) -> None:
        return_id = view.return_.id
        moving = Money(
            [one for one in order.transfers if one.transfer.return_id == return_id],
            [one for one in order.promises if one.return_id == return_id],
            self._saying(order.order),
        )
        may = self._may_act(conversation_id)

        async def act(name: ReturnAct) -> None:
            if name == "change":
                self._open_return(order, conversation_id, view)
            else:
                await self._ask(name, view, conversation_id)

        ways = Ways(
            act=act if may else None,
            transfer=partial(self._transfer, conversation_id) if may else None,
            explain=partial(self._explain, view.return_.rma),
        )
        return_card.build(view, moving, self._wall(), ways)

    async def _ask(self, act: ReturnAct, view: ReturnView, conversation_id: UUID | None) -> None:
        """Ask before an act, with what it comes to; what stops it is said at once."""
        if self._asking:
            return
        self._asking = True
        client, return_, name = ui.context.client, view.return_, self._room.agent.name
        rehearsed = return_acts.plan_of(act, return_.rma, name, conversation_id, return_acts.TO_BE_WRITTEN)
        try:
            outlook = await forecast.look_ahead(self._room, rehearsed)
        finally:
            self._asking = False

        async def done(text: str) -> None:
            plan = return_acts.plan_of(act, return_.rma, name, conversation_id, text)
            notices.say(return_acts.said(await plan.act(self._room.desk)), "good")
            self._changed()

        with client.content:
            if outlook.problem:
                notices.say(outlook.problem, "bad")
                self._changed()
            else:
                say = proposal_words.saying(self._room.desk.book.shop, return_.currency)
                dialogs.ask(return_acts.question_of(act, return_, outlook, say), done)

    def _transfer(self, conversation_id: UUID | None, act: TransferAct, view: TransferView) -> None:
        """Ask before money is tried again or given up."""
        desk, name, transfer = self._room.desk, self._room.agent.name, view.transfer

        async def done(reason: str) -> None:
            if act == "retry":
                await transfers.retry_transfer(desk, transfer.id, name, conversation_id)
            else:
                await transfers.call_off_transfer(desk, transfer.id, name, reason, conversation_id)
            notices.say("It is tried again." if act == "retry" else "It is called off.", "good")
            self._changed()

        dialogs.ask(transfer_question(act, view, proposal_words.saying(desk.book.shop, transfer.currency)), done)

    async def _explain(self, rma: str) -> None:
        """Show the decision that a return stands on, in words."""
        client = ui.context.client
        try:
            async with self._room.desk.database.transaction() as session:
                explained = await explain.explain(session, self._room.desk.book, rma)
        except errors.HouseError as error:
            with client.content:
                notices.say(words.trouble(error), "bad")
            return
        with client.content, Modal(f"The decision on {rma}", wide=True), Tag("div", "rd-explained"):
            for before, line in zip(("-", *explained.lines), explained.lines, strict=False):
                if line.startswith("  "):
                    Tag("p", "rd-explained-line", line.strip())
                elif line:
                    Tag("p", "", line) if before else Tag("h3", "rd-label", line)

    def _may_act(self, conversation_id: UUID | None) -> bool:
        """An order that was looked up is not this customer's: every agent may act on it, as on the order page."""
        return conversation_id is None or self._standing.may_act

    def _saying(self, order: Order) -> Say:
        return proposal_words.saying(self._room.desk.book.shop, order.currency)

    def _wall(self) -> Wall:
        return Wall(self._room.desk.book.shop.time_zone, self._room.desk.clock.now())


def transfer_question(act: TransferAct, view: TransferView, say: Say) -> Question:
    """Return what is asked before money is tried again or given up."""
    transfer = view.transfer
    what = "refund" if transfer.kind == "refund" else "charge"
    way = "to" if transfer.kind == "refund" else "from"
    about = f"The {what} of {say(transfer.amount)} {way} {view.place}"
    if act == "retry":
        lines = [f"{about} is asked for once more.", "The customer is told when the money has moved."]
        return Question(f"Try the {what} again?", lines, "Try again")
    lines = [f"{about} does not happen, and is promised no longer.", "The customer is not told; write to them."]
    hint = "It is kept."
    return Question(f"Call the {what} off?", lines, "Call off", danger=True, reason="Reason", reason_hint=hint)


def _why_not(view: OrderView) -> None:
    """Say what is not possible, and folded below it why."""
    if not view.refused:
        return
    with Tag("details", "rd-history rd-why-not"):
        Tag("summary", "", f"Not possible: {', '.join(_NOT_POSSIBLE[act] for act in view.refused)}")
        for sentence in dict.fromkeys(view.refused.values()):
            Tag("p", "", sentence)


def _receipts(view: OrderView) -> None:
    for one in view.receipts:
        Tag("p", "rd-quiet rd-receipt", books.receipt(one))


_DIALOGS: dict[OrderAct, Callable[[order_dialogs.Subject], None]] = {
    "cancel": order_dialogs.cancel,
    "change_address": order_dialogs.change_address,
    "change_payment": order_dialogs.change_payment,
    "change_on_file": order_dialogs.change_on_file,
}


def _order_line(order: Order, wall: Wall) -> str:
    if order.delivered_at:
        return f"delivered {wall.day(order.delivered_at).replace('Today', 'today').replace('Yesterday', 'yesterday')}"
    return f"ordered {wall.day(order.placed_at)}" if order.placed_at else ""


def _item(view: ItemView, say: Say) -> None:
    item = view.item
    with Tag("div", "rd-item"):
        with Tag("p"):
            Tag("b", "", f"{item.quantity} × {item.name}" if item.quantity > 1 else item.name)
            Tag("span", "rd-amount", say(item.unit_price * item.quantity))
        if item.options:
            Tag("p", "rd-quiet", item.options_text)
        _verdict(view)


def _verdict(view: ItemView) -> None:
    """Say whether the item may come back; what is in a return already needs no verdict."""
    if view.left_to_return == 0:
        Tag("p", "rd-quiet", "In a return already.")
        return
    verdict = view.verdict
    with Tag("p", "rd-verdict" if verdict.eligible else "rd-verdict rd-verdict-refused"):
        Tag("span", "", verdict.explanation)
        Tag("code", "rd-rules", ", ".join(verdict.rule_ids))
    if view.if_faulty.eligible and not verdict.eligible:
        until = f" until {dates.spoken(view.last_day_if_faulty)}" if view.last_day_if_faulty else ""
        Tag("p", "rd-quiet", f"With a fault it may come back{until}.")


def _still(view: OrderView) -> OrderView:
    """The same without the links to labels, which are made anew each time."""
    returns = tuple(replace(one, label_url="yes" if one.label_url else None) for one in view.returns)
    return replace(view, returns=returns)

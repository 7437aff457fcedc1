"""The order beside the transcript: items with verdicts, returns with their states, and what can be done about them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from casework import order_desk, order_words
from casework.order_checks import Act
from casework.order_desk import ItemView, OrderView, ReturnView
from casework.order_words import Entry
from console import dialogs, notices, override_dialog
from console.dialogs import Question
from console.markup import Tag, button
from console.moments import Wall
from console.room import Room
from store import dates, money
from store.order import Order
from store.returns import Return

ACTS: dict[Act, str] = {
    "approve": "Approve",
    "refuse": "Refuse",
    "cancel": "Call off",
    "new_label": "New label",
}
"""What can be done to a return, as it stands on the buttons."""
_STATE = {"pending": "Not packed yet", "processed": "Being packed", "shipped": "On its way", "delivered": "Delivered"}
_WHEN_DONE = frozenset({"approved", "inspected", "refunded", "exchanged", "credited"})
_WHEN_BAD = frozenset({"rejected", "cancelled", "lost", "expired"})


@dataclass(frozen=True)
class Standing:
    """Where the acts happen: whether this agent may act here, and whether the customer would be told in the chat."""

    may_act: bool
    tells: bool


class OrderPanel:
    """The orders of a conversation's customer, and one that was looked up."""

    def __init__(self, room: Room, conversation_id: UUID, container: Element, changed: Callable[[], None]) -> None:
        self._room = room
        self._conversation_id = conversation_id
        self._changed = changed
        self._standing = Standing(may_act=False, tells=False)
        self._views: tuple[OrderView, ...] = ()
        self._looked_up: OrderView | None = None
        self._drawn: object = None
        self._about: Collection[str] = ()
        self._opened: dict[str, bool] = {}
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
                self._order(self._looked_up, None, opened=True)
            if not self._views:
                Tag("p", "rd-empty", "No order is open to this conversation: the customer has not proved who they are.")
            for view in sorted(self._views, key=lambda one: not self._matters(one)):
                self._order(view, self._conversation_id, opened=self._matters(view) or len(self._views) == 1)

    def _order(self, view: OrderView, conversation_id: UUID | None, *, opened: bool) -> None:
        order = view.order
        wall = self._wall()
        details = Tag("details", "rd-order")
        if self._opened.setdefault(order.number, opened):
            details.props["open"] = True
        details.on("toggle", partial(self._toggled, order.number), js_handler="(event) => emit(event.target.open)")
        with details:
            with Tag("summary"):
                Tag("b", "rd-selectable", order.display_number)
                Tag("span", f"rd-state rd-state-{order.state}", _STATE.get(order.state, order.state.capitalize()))
                Tag("span", "rd-amount", money.format(order.total, order.currency))
                Tag("span", "rd-quiet rd-order-when", _order_line(order, wall))
            for item in view.items:
                _item(item, order)
            self._override(view, conversation_id)
            for one in view.returns:
                self._return(one, order, conversation_id, wall)
            _history(view.timeline, wall, f"Everything that happened to {order.display_number}")

    def _matters(self, view: OrderView) -> bool:
        """The orders that the conversation is about, and those of which something waits, stand first and are open."""
        waits = any(one.return_.approval == "requested" for one in view.returns)
        return waits or view.order.display_number in self._about

    def _toggled(self, number: str, event: GenericEventArguments) -> None:
        self._opened[number] = bool(event.args)

    def _override(self, view: OrderView, conversation_id: UUID | None) -> None:
        left = [item for item in view.items if item.left_to_return > 0]
        if not left or view.order.state != "delivered" or not self._may_act(conversation_id):
            return
        opening = override_dialog.Opening(view.order, tuple(left), conversation_id, self._tells(conversation_id))
        pressed = button("rd-button rd-wide", "Open a return for the customer…")
        pressed.on("click", lambda: override_dialog.show(self._room, opening, self._changed))

    def _return(self, view: ReturnView, order: Order, conversation_id: UUID | None, wall: Wall) -> None:
        return_ = view.return_
        with Tag("section", "rd-return rd-return-waits" if return_.approval == "requested" else "rd-return"):
            with Tag("header"):
                Tag("b", "rd-selectable", return_.rma)
                Tag("span", "rd-amount", money.format(return_.amount, return_.currency))
            Tag("p", "", order_words.content(return_))
            what = order_words.RESOLUTION[return_.resolution]
            Tag("p", "rd-quiet", f"{what} to {view.refund_to}" if view.refund_to else what)
            _states(return_)
            if return_.needs_person and return_.approval == "requested":
                Tag("p", "rd-needs", f"A person decides: {return_.needs_person}")
            self._acts(view, conversation_id)
            _history(view.events, wall, f"History of {return_.rma}", _receipt(view))

    def _acts(self, view: ReturnView, conversation_id: UUID | None) -> None:
        may = self._may_act(conversation_id)
        if not (view.label_url or (view.acts and may)):
            return
        with Tag("div", "rd-acts"):
            for act in view.acts if may else ():
                classes = "rd-button rd-main" if act == "approve" else "rd-button"
                button(classes, ACTS[act]).on("click", partial(self._ask, act, view.return_, conversation_id))
            if view.label_url:
                attributes = {"href": view.label_url, "target": "_blank", "rel": "noopener noreferrer"}
                Tag("a", "rd-link", "Label (PDF)", attributes)

    def _ask(self, act: Act, return_: Return, conversation_id: UUID | None) -> None:
        tells = self._tells(conversation_id)
        question = question_of(act, return_, self._room.agent.name, tells=tells)

        async def done(reason: str) -> None:
            result = await _do(self._room, act, return_.rma, conversation_id, reason)
            notices.say(f"{return_.rma}: {order_words.standing(result.return_).lower()}{_told(result.told)}", "good")
            self._changed()

        dialogs.ask(question, done)

    def _may_act(self, conversation_id: UUID | None) -> bool:
        """An order that was looked up is not this customer's: every agent may act on it, as on the order page."""
        return conversation_id is None or self._standing.may_act

    def _tells(self, conversation_id: UUID | None) -> bool:
        return conversation_id is not None and self._standing.tells

    def _wall(self) -> Wall:
        return Wall(self._room.desk.book.shop.time_zone, self._room.desk.clock.now())


def question_of(act: Act, return_: Return, agent_name: str, *, tells: bool) -> Question:
    """Return what is asked before an act: what will happen, and what the customer will read (if `tells`)."""
    amount = money.format(return_.amount, return_.currency)
    content = order_words.content(return_)
    gets = f"{order_words.RESOLUTION[return_.resolution]} of {amount} once the parcel is checked."
    untold = [] if tells else ["The customer is not told in this chat."]
    labelled = replace(return_, approval="approved", parcel="label_issued")

    def told(text: Callable[[str], str]) -> Callable[[str], str] | None:
        return text if tells else None

    if act == "approve":
        lines = [f"{content} may come back.", "A label is made and sent to the customer.", gets, *untold]
        text = order_words.told_approved(labelled, agent_name)
        return Question(f"Approve {return_.rma}?", lines, "Approve", told=told(lambda _: text))
    if act == "new_label":
        lines = ["A new label is made; the old one should not be used any more.", *untold]
        text = order_words.told_label(replace(labelled, label_expires_at=None), agent_name)
        return Question(f"New label for {return_.rma}?", lines, "Make a new label", told=told(lambda _: text))
    refuses = act == "refuse"
    write = order_words.told_refused if refuses else order_words.told_cancelled
    return Question(
        heading=f"{'Refuse' if refuses else 'Call off'} {return_.rma}?",
        lines=[f"{content} does not come back, and {amount} is not paid.", *untold],
        act="Refuse" if refuses else "Call off",
        danger=True,
        reason="Reason",
        reason_hint="It is kept, and the customer reads it as you write it." if tells else "It is kept.",
        told=told(lambda reason: write(return_, agent_name, reason or "…")),
    )


async def _do(room: Room, act: Act, rma: str, conversation_id: UUID | None, reason: str) -> order_desk.Done:
    desk, name = room.desk, room.agent.name
    if act == "approve":
        return await order_desk.approve(desk, rma, name, conversation_id)
    if act == "refuse":
        return await order_desk.refuse(desk, rma, name, conversation_id, reason)
    if act == "cancel":
        return await order_desk.cancel_return(desk, rma, name, conversation_id, reason)
    return await order_desk.reissue_label(desk, rma, name, conversation_id)


def _told(told: bool) -> str:
    return "; the customer has been told" if told else ""


def _order_line(order: Order, wall: Wall) -> str:
    if order.delivered_at:
        return f"delivered {wall.day(order.delivered_at).replace('Today', 'today').replace('Yesterday', 'yesterday')}"
    return f"ordered {wall.day(order.placed_at)}" if order.placed_at else ""


def _item(view: ItemView, order: Order) -> None:
    item = view.item
    with Tag("div", "rd-item"):
        with Tag("p"):
            Tag("b", "", f"{item.quantity} × {item.name}" if item.quantity > 1 else item.name)
            Tag("span", "rd-amount", money.format(item.unit_price * item.quantity, order.currency))
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


def _states(return_: Return) -> None:
    """Draw the three states side by side: approval, parcel, payment."""
    three = (
        ("Approval", return_.approval, order_words.APPROVAL[return_.approval]),
        ("Parcel", return_.parcel, order_words.PARCEL[return_.parcel]),
        ("Payment", return_.settlement, order_words.SETTLEMENT[return_.settlement]),
    )
    with Tag("ul", "rd-states"):
        for title, state, words in three:
            kind = "done" if state in _WHEN_DONE else "bad" if state in _WHEN_BAD else "open"
            with Tag("li", f"rd-step rd-step-{kind}"):
                Tag("span", "rd-label", title)
                Tag("span", "", words)


def _receipt(view: ReturnView) -> str:
    """Say under which rules a return was opened, and which were set aside."""
    receipt = view.receipt
    if receipt is None:
        return ""
    aside = f"; set aside: {', '.join(receipt.overruled)}" if receipt.overruled else ""
    return f"Decided by policy {receipt.policy_version}: {', '.join(receipt.rule_ids)}{aside}"


def _history(entries: Sequence[Entry], wall: Wall, title: str, receipt: str = "") -> None:
    if not entries:
        return
    with Tag("details", "rd-history"):
        Tag("summary", "", title)
        with Tag("ol"):
            for entry in entries:
                with Tag("li"):
                    Tag("time", "", wall.short(entry.at), {"title": wall.full(entry.at)})
                    Tag("span", "", entry.sentence, {"dir": "auto"})
        if receipt:
            Tag("p", "rd-quiet rd-receipt", receipt)


def _still(view: OrderView) -> OrderView:
    """The same without the links to labels, which are made anew each time."""
    returns = tuple(replace(one, label_url="yes" if one.label_url else None) for one in view.returns)
    return replace(view, returns=returns)

"""Where is my refund, my return, my order, my label: one form, whichever number or address is known."""

from datetime import date

from actions import texts
from actions.agenda import Agenda
from actions.call import Call, DeskAction
from actions.form import Form
from actions.identity_steps import Identity, OrderStep, evidence
from casework import returns, statuses
from casework.statuses import Standing
from conversations.message import Choice
from store import money
from store.dates import spoken
from store.order import Order
from store.returns import Return

WANTS = frozenset({"refund_status", "return_status", "order_status", "request_label"})


class SubmitStatus(DeskAction):
    """Rasa calls this when it is known whose order it is."""

    action_name = "action_submit_status_form"

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    async def act(self, call: Call) -> None:
        """Say how it stands; then go on with the agenda."""
        if call.slots.get("outcome") == "with_person":
            call.mark("with_person")
            return
        standing = await statuses.of_order(call.session, call.conversation, call.slots.get("order") or "")
        if standing:
            tell(call, call.slots.get("want") or "order_status", standing)
        else:
            tell_in_general(call, await statuses.in_general(call.session, call.conversation))
        call.set("unfinished", call.slots.get("want"))  # "and what about H206001?"
        call.clear("want")
        await self._agenda.go_on(call, closing=bool(call.slots.get("agenda")))


def tell(call: Call, want: str, standing: Standing) -> None:
    """Say how an order and its returns stand, beginning with what was asked for."""
    if want == "request_label":
        _tell_label(call, standing)
    elif standing.returns and want != "order_status":
        for return_ in _meant(call, standing):
            call.say(return_status(return_), cards=[texts.return_card(return_)], attachments=_label(call, return_))
    else:
        call.say(order_status(standing.order, asked_for_return=want != "order_status"), buttons=_after_order(standing))


def tell_in_general(call: Call, standing: Standing | None) -> None:
    """Say what may be said to somebody of whom only an e-mail or phone is known: no items, amounts or numbers."""
    if standing is None:
        call.say(texts.NOTHING_IN_GENERAL, buttons=texts.PERSON_CHOICE)
        return
    open_return = next((one for one in standing.returns if one.is_open), None) or next(iter(standing.returns), None)
    state = f"your newest return: {texts.return_state(open_return)}" if open_return else _general_order(standing.order)
    call.say(f"In general terms, {state}. {texts.MORE_WITH_NUMBER}", expects=("order", "text"))


def return_status(return_: Return) -> str:
    """Say how a return stands, with dates and amounts."""
    amount = money.format(return_.amount, return_.currency)
    opening = f"Return {return_.rma}, opened on {spoken(return_.opened_at.date())}: {texts.return_state(return_)}."
    return f"{opening} {_money(return_, amount)}".strip()


def _money(return_: Return, amount: str) -> str:
    settled = f" on {spoken(return_.settled_at.date())}" if return_.settled_at else ""
    match return_.settlement, return_.approval:
        case "refunded", _:
            return f"We refunded {amount}{settled}."
        case "credited", _:
            return f"We gave you {amount} store credit{settled}."
        case "exchanged", _:
            return f"We sent you the exchange{settled}."
        case _, "cancelled":
            return "Nothing is to be sent and nothing will be refunded."
        case _, "rejected":
            return "Nothing will be refunded for it."
        case _, "requested":
            return "A person on our team decides about it; please don't send anything yet."
        case _:
            return _under_way(return_, amount)


def _under_way(return_: Return, amount: str) -> str:
    if return_.parcel in {"none", "label_issued"}:
        until = f" by {spoken(return_.label_expires_at.date())}" if return_.label_expires_at else ""
        return f"Please send the parcel{until}; {_worth(return_, amount)} follows once we have checked it."
    due = f", by {spoken(return_.refund_due_on)}" if return_.refund_due_on else ""
    return f"{_worth(return_, amount).capitalize()} follows once it is checked{due}."


def _worth(return_: Return, amount: str) -> str:
    kind = {"refund": "refund", "store_credit": "store credit", "exchange": "exchange"}[return_.resolution]
    return f"your {kind}" if return_.resolution == "exchange" else f"your {kind} of {amount}"


def order_status(order: Order, *, asked_for_return: bool) -> str:
    """Say how an order stands, with dates and tracking."""
    dates: dict[str, date | None] = {
        "delivered": order.delivered_at.date() if order.delivered_at else None,
        "shipped": order.shipped_at.date() if order.shipped_at else None,
    }
    when = dates.get(order.state)
    state = {
        "pending": "has been placed and not been packed yet",
        "processed": "is being packed",
        "shipped": "is on its way to you",
        "delivered": "was delivered",
        "cancelled": "was cancelled",
    }[order.state]
    since = {"shipped": ", sent", "delivered": ""}.get(order.state, "")
    sentences = [f"Order {order.display_number} {state}{f'{since} on {spoken(when)}' if when else ''}."]
    if order.state in {"shipped", "delivered"} and order.tracking_numbers:
        sentences.append(f"Tracking number: {', '.join(order.tracking_numbers)}.")
    refunded = sum((payment.amount for payment in order.payments if payment.kind == "refund"), money.ZERO)
    if refunded:
        sentences.append(f"{money.format(refunded, order.currency)} of it has been refunded.")
    if asked_for_return:
        sentences.append("There is no return for it yet.")
    return " ".join(sentences)


def _meant(call: Call, standing: Standing) -> list[Return]:
    """Return the returns to tell about: the one that was named, else those that are open, else the newest."""
    named = [one for one in standing.returns if one.rma == evidence(call).rma]
    return named or [one for one in standing.returns if one.is_open] or [standing.returns[0]]


def _tell_label(call: Call, standing: Standing) -> None:
    ready = [one for one in standing.returns if returns.label_of(call.desk, one)]
    for return_ in ready:
        call.say(texts.label_again(return_), attachments=_label(call, return_))
    if not ready and standing.returns:
        call.say(texts.no_label(standing.returns[0]), buttons=texts.PERSON_CHOICE)
    elif not ready:
        number = standing.order.number
        start = (("Start a return", Choice("start_return", "order_id", number)),)
        call.say(texts.no_return_yet(standing.order), buttons=(*start, *texts.PERSON_CHOICE))


def _label(call: Call, return_: Return) -> list[dict[str, str]]:
    label = returns.label_of(call.desk, return_)
    return [{"url": label.url, "media_type": "application/pdf", "name": label.name}] if label else []


def _after_order(standing: Standing) -> texts.Buttons:
    number = standing.order.number
    if standing.order.state == "delivered":
        return (("Start a return", Choice("start_return", "order_id", number)), *texts.PERSON_CHOICE)
    if standing.order.state == "pending":
        return (("Cancel the order", Choice("cancel_order", "order_id", number)), *texts.PERSON_CHOICE)
    return texts.PERSON_CHOICE


def _general_order(order: Order) -> str:
    state = {"pending": "not packed yet", "processed": "being packed", "shipped": "on its way to you"}
    return f"your newest order is {state.get(order.state, order.state)}"


def build(agenda: Agenda) -> Form:
    """Put the form together."""
    steps = (Identity("look", general_is_enough=True), OrderStep("look", optional=True))
    form = Form("status_form", WANTS, steps, SubmitStatus(agenda))
    agenda.add(form)
    return form

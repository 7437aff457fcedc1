"""Where is my refund, my return, my order, my label: one form, whichever number or address is known."""

import re

from actions import after_status, facts, facts_texts, status_texts, texts
from actions.agenda import Agenda
from actions.call import Call, DeskAction
from actions.form import Form
from actions.identity_steps import Identity, evidence
from actions.order_step import OrderStep
from casework import identities, labels, status_words, statuses
from casework.statuses import Standing
from store.order import Order
from store.returns import Return

WANTS = frozenset({"refund_status", "return_status", "order_status", "request_label", "ask_order"})


class OrderIfNeeded(OrderStep):
    """The order; a question about facts names one where it needs one, and may be about all of them."""

    async def fill(self, call: Call) -> None:
        """Take the order that is meant; where facts are asked for, the answer finds out which it is about."""
        if call.slots.get("want") == "ask_order":
            call.set(self.slot, "")
            return
        await super().fill(call)


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
        want = call.slots.get("want") or "order_status"
        if want == "ask_order":
            await _answer(call)
        else:
            await self._tell_status(call, want)
        call.set("unfinished", "order_status" if want == "ask_order" else want)  # "and what about H206001?"
        call.clear("want")
        await self._agenda.go_on(call, closing=bool(call.slots.get("agenda")))

    async def _tell_status(self, call: Call, want: str) -> None:
        number = call.slots.get("order") or ""
        standing = await statuses.of_order(call.session, call.conversation, number, gift=True)
        if standing:
            await tell(call, want, standing)
        else:
            tell_in_general(call, await statuses.in_general(call.session, call.conversation))


async def _answer(call: Call) -> None:
    """Answer a question about orders; who has proved too little for it hears what may be told."""
    if await facts.answer_order(call, str((call.slots.get("noted") or {}).get("text") or call.text)):
        return
    number = evidence(call).order_number or ""
    named = await statuses.of_order(call.session, call.conversation, number, gift=True)
    standing = await statuses.in_general(call.session, call.conversation)
    if named:
        await tell(call, "order_status", named)
    elif standing is not None and not identities.may(call.conversation, "look", standing.order):
        tell_in_general(call, standing)
    else:
        call.say(facts_texts.NOT_FOUND, buttons=texts.PERSON_CHOICE, expects=("order", "text"))


async def tell(call: Call, want: str, standing: Standing) -> None:
    """Say how an order and its returns stand, beginning with what was asked for."""
    order = standing.order
    if want == "request_label":
        _tell_label(call, standing)
    elif standing.returns and (want != "order_status" or identities.only_as_gift(call.conversation, order)):
        for return_ in _meant(call, standing):
            await _tell_return(call, order, return_)
    elif identities.only_as_gift(call.conversation, order):
        buttons = texts.start_return(order.number) + texts.PERSON_CHOICE
        call.say(status_texts.no_return(order, gift=True), buttons=buttons)
    else:
        text = (await statuses.order_status(call.session, call.desk, order)).text
        if want != "order_status" and order.state != "cancelled" and _means_a_return(call):
            text = f"{text} {status_texts.no_return_for_it()}"
        call.say(text, buttons=after_status.of_order(call, order))


async def _tell_return(call: Call, order: Order, return_: Return) -> None:
    status = await statuses.return_status(call.session, call.desk, order, return_)
    call.say(
        status.text,
        buttons=after_status.of_return(call, order, return_),
        cards=[status_texts.return_card(return_)],
        attachments=_label(call, return_),
    )


def tell_in_general(call: Call, standing: Standing | None) -> None:
    """Say what may be said to somebody of whom only an e-mail or phone is known: no items, amounts or numbers."""
    if standing is None:
        call.say(texts.NOTHING_IN_GENERAL, buttons=texts.PERSON_CHOICE)
        return
    open_return = next((one for one in standing.returns if one.is_open), None) or next(iter(standing.returns), None)
    state = (
        f"your newest return: {status_words.state(open_return)}"
        if open_return
        else status_texts.general_order(standing.order)
    )
    call.say(f"In general terms, {state}. {texts.MORE_WITH_NUMBER}", expects=("order", "text"))


def _meant(call: Call, standing: Standing) -> list[Return]:
    """Return the returns to tell about: the one that was named, else those that are open, else the newest."""
    named = [one for one in standing.returns if one.rma == evidence(call).rma]
    return named or [one for one in standing.returns if one.is_open] or [standing.returns[0]]


def _tell_label(call: Call, standing: Standing) -> None:
    ready = [one for one in standing.returns if labels.has_label(one)]
    for return_ in ready:
        buttons = after_status.of_return(call, standing.order, return_)
        call.say(status_texts.label_again(return_), buttons=buttons, attachments=_label(call, return_))
    if not ready and standing.returns:
        newest = standing.returns[0]
        call.say(status_texts.no_label(newest), buttons=after_status.of_return(call, standing.order, newest))
    elif not ready:
        gift = identities.only_as_gift(call.conversation, standing.order)
        buttons = texts.start_return(standing.order.number) + texts.PERSON_CHOICE
        call.say(status_texts.no_return_yet(standing.order, gift=gift), buttons=buttons)


def _means_a_return(call: Call) -> bool:
    """Tell whether something that comes back is meant: "when do I get it?" may be about a parcel that is on its way."""
    said = str((call.slots.get("noted") or {}).get("text") or "")
    return not said or bool(re.search(r"refund|return|money|back|credit|exchang", said, re.IGNORECASE))


def _label(call: Call, return_: Return) -> list[dict[str, str]]:
    return list(labels.attachments(call.desk, return_))


def build(agenda: Agenda) -> Form:
    """Put the form together."""
    steps = (Identity("look", general_is_enough=True, gift=True), OrderIfNeeded("look", optional=True, gift=True))
    form = Form("status_form", WANTS, steps, SubmitStatus(agenda))
    agenda.add(form)
    return form

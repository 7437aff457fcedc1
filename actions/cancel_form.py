"""Cancelling an order that has not been packed, and calling off a return that has not been sent."""

import re

from actions import cancel_texts, noted, reading, texts, yes_no
from actions.agenda import Agenda
from actions.call import Call, DeskAction
from actions.form import Form, Step
from actions.identity_steps import Identity, OrderStep, evidence
from actions.return_state import fingerprint, order_of
from casework import cancellations
from conversations.message import Choice
from kit import errors
from store.order import Order
from store.returns import REASON_TITLES, Return

WANTS = frozenset({"cancel_order", "cancel_return"})


_CANCEL_IT = re.compile(
    r"^\W*(?:(?:yes|yeah|yep|ok|okay|sure|please|just)\W+)*cancel(?:\W+(?:it|that|the|this|my|order|return|please))*\W*$",
    re.IGNORECASE,
)
"""In a form about cancelling, "cancel it" is a yes and no word to stop."""


class CancelReason(Step):
    """For an order: why, as far as the policy asks; for a return: whether there is one to call off."""

    slot = "cancel_reason"

    def recognises(self, call: Call) -> bool:
        """Saying it again is no wish to stop."""
        return bool(_CANCEL_IT.match(call.text))

    async def fill(self, call: Call) -> None:
        """End the form when it cannot be cancelled; else take the reason that was given."""
        order = await order_of(call)
        if call.slots.get("want") == "cancel_return":
            if await returns_meant(call, order):
                call.set(self.slot, "other")
                return
            if order.state != "pending":
                call.say(cancel_texts.no_return(order), buttons=texts.PERSON_CHOICE)
                call.set("outcome", "refused")
                return
            call.set("want", "cancel_order")  # there is no return, so it is the order that was meant
        decision = await cancellations.decide_order(call.session, call.desk, order)
        if decision.allowed and self._only_some_items(call, order):
            call.say(cancel_texts.whole_order_only(order), buttons=cancel_texts.whole_order_choices(order))
            call.set("outcome", "refused")
            return
        if not decision.allowed:
            call.say(decision.explanation, buttons=texts.after_refusal(order))
            call.set("outcome", "refused")
            return
        self._take(call, cancellations.reasons(call.desk, order))

    def _only_some_items(self, call: Call, order: Order) -> bool:
        product = (call.slots.get("noted") or {}).get("product")
        picked = reading.items(str(product), order.items) if product else reading.Picked({})
        one = (call.slots.get("noted") or {}).get("quantity") == 1 and len(order.items) > 1
        return one or 0 < len(picked.items) < len(order.items)

    def _take(self, call: Call, allowed: tuple[str, ...]) -> None:
        pressed = call.choice(self.slot)
        told = pressed.value if pressed else noted.take(call, "reason")
        if told is None and self.asked(call):
            titles = [(reason, REASON_TITLES[reason]) for reason in REASON_TITLES]
            is_words = len(call.text) > 1 and (yes_no.read(call.text) is None or self.recognises(call))
            told = reading.option(call.text, titles) or ("other" if is_words else None)
        if told is not None and told not in allowed and "other" in allowed:
            told = "other"
        if told in allowed:
            call.set(self.slot, told)

    async def ask(self, call: Call) -> None:
        """Ask why."""
        order = await order_of(call)
        buttons = tuple(
            (REASON_TITLES[reason], Choice("inform", self.slot, reason))
            for reason in cancellations.reasons(call.desk, order)
        )
        call.say(cancel_texts.WHY, buttons=buttons, expects=("reason", "choice"))


class ConfirmCancel(Step):
    """The summary of a cancellation, and a clear yes or no to it."""

    slot = "confirm"

    def recognises(self, call: Call) -> bool:
        """Saying it again is a yes."""
        return bool(_CANCEL_IT.match(call.text))

    async def fill(self, call: Call) -> None:
        """Read a yes or a no."""
        pressed = call.choice(self.slot)
        said = "yes" if self.recognises(call) else yes_no.read(call.text)
        answer = pressed.value if pressed else said if self.asked(call) else None
        if answer in {"yes", "no"}:
            call.set(self.slot, answer)

    async def ask(self, call: Call) -> None:
        """Show exactly what will happen."""
        summary = await summary_of(call, await order_of(call))
        call.set("shown", fingerprint(summary))
        call.say(summary, buttons=texts.YES_NO, expects=("confirm", "yes_no"))


class SubmitCancel(DeskAction):
    """Rasa calls this when the cancel form has ended, whichever way."""

    action_name = "action_submit_cancel_form"

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    async def act(self, call: Call) -> None:
        """Cancel on a yes; then go on with the agenda."""
        outcome = call.slots.get("outcome")
        if outcome == "with_person":
            call.mark("with_person")
            return
        if outcome is None and call.slots.get("confirm") == "yes":
            await self._cancel(call)
        elif outcome is None:
            call.say(texts.NOTHING_DONE)
        call.clear("want", "confirm")
        await self._agenda.go_on(call, closing=outcome != "refused" or bool(call.slots.get("agenda")))

    async def _cancel(self, call: Call) -> None:
        order = await order_of(call)
        try:
            if fingerprint(await summary_of(call, order)) != call.slots.get("shown"):
                raise errors.Conflict("what would happen is no longer what was shown")
            async with call.session.begin_nested():
                await self._do(call, order)
        except errors.Conflict:
            call.say(cancel_texts.TOO_LATE, buttons=texts.PERSON_CHOICE)

    async def _do(self, call: Call, order: Order) -> None:
        if call.slots.get("want") == "cancel_return":
            for return_ in await returns_meant(call, order):
                await cancellations.cancel_return(call.session, call.desk, return_)
                call.say(cancel_texts.return_called_off(return_))
            return
        decision = await cancellations.decide_order(call.session, call.desk, order)
        await cancellations.cancel_order(call.session, call.desk, order, call.slots["cancel_reason"])
        call.say(cancel_texts.order_cancelled(order, decision))


async def returns_meant(call: Call, order: Order) -> list[Return]:
    """Return the returns to call off: the one that was named, else the newest that can be."""
    found = await cancellations.returns_to_call_off(call.session, order)
    named = [one for one in found if one.rma == evidence(call).rma]
    return named or found[:1]


async def summary_of(call: Call, order: Order) -> str:
    """Write what will happen on a yes."""
    if call.slots.get("want") == "cancel_return":
        found = await returns_meant(call, order)
        return cancel_texts.return_summary(found)
    decision = await cancellations.decide_order(call.session, call.desk, order)
    return cancel_texts.order_summary(order, decision)


def build(agenda: Agenda) -> Form:
    """Put the form together."""
    steps = (Identity("write"), OrderStep("write"), CancelReason(), ConfirmCancel())
    form = Form("cancel_form", WANTS, steps, SubmitCancel(agenda))
    agenda.add(form)
    return form

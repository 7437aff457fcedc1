"""Cancelling an order that has not been packed, and calling off a return that has not been sent."""

import re

from actions import cancel_texts, confirm, noted, reading, return_texts, texts, yes_no
from actions.agenda import Agenda
from actions.call import Call
from actions.confirm import Confirm, Submit
from actions.form import Form, Step
from actions.identity_steps import Identity, evidence
from actions.order_step import OrderStep
from actions.pointing import goods
from actions.return_state import is_gift, order_of
from casework import cancellations, orders
from casework.wishes import CancelOrder, CancelReturn, Wish
from conversations.message import Choice
from kit import errors
from store.order import Order, OrderState
from store.returns import REASON_TITLES, Return, may_cancel

WANTS = frozenset({"cancel_order", "cancel_return"})


_CANCEL_IT = re.compile(
    r"^\W*(?:(?:yes|yeah|yep|ok|okay|sure|please|just)\W+)*cancel(?:\W+(?:it|that|the|this|my|order|return|please))*\W*$",
    re.IGNORECASE,
)
"""In a form about cancelling, "cancel it" is a yes and no word to stop."""


_OR_RETURN = re.compile(
    r"\bor (?:else )?(?:\w+ )?(?:return|send)\b|\b(?:otherwise|else|if not)\b[^.?!]{0,20}\b(?:return|send)",
    re.IGNORECASE,
)


class CancelReason(Step):
    """For an order: why, as far as the policy asks; for a return: whether there is one to call off."""

    slot = "cancel_reason"

    def recognises(self, call: Call) -> bool:
        """Saying it again is no wish to stop."""
        return bool(_CANCEL_IT.match(call.text))

    async def fill(self, call: Call) -> None:
        """End the form when it cannot be cancelled; else take the reason that was given."""
        order = await order_of(call)
        gift = is_gift(call, order)
        if gift and call.slots.get("want") != "cancel_return":
            call.say(cancel_texts.ONLY_A_GIFT, buttons=texts.PERSON_CHOICE)
            call.set("outcome", "refused")
            return
        if call.slots.get("want") == "cancel_return":
            if await returns_meant(call, order):
                call.set(self.slot, "other")
                return
            if order.state != "pending" or gift:
                call.say(cancel_texts.no_return(order, gift=gift), buttons=texts.PERSON_CHOICE)
                call.set("outcome", "refused")
                return
            call.set("want", "cancel_order")  # there is no return, so it is the order that was meant
        decision = await cancellations.decide_order(call.session, call.desk, order)
        if decision.allowed and self._only_some_items(call, order):
            call.say(cancel_texts.whole_order_only(order), buttons=cancel_texts.whole_order_choices(order))
            call.set("outcome", "refused")
            return
        if not decision.allowed:
            call.say(decision.explanation, buttons=return_texts.after_refusal(order))
            call.set("outcome", "refused")
            _return_instead(call, order)
            return
        self._take(call, cancellations.reasons(call.desk, order))

    def _only_some_items(self, call: Call, order: Order) -> bool:
        text = str((call.slots.get("noted") or {}).get("text") or "")
        picked = goods.point(text, order.items, call.alike).pieces if text else {}
        one = (call.slots.get("noted") or {}).get("quantity") == 1 and len(order.items) > 1
        return one or 0 < len(picked) < len(order.items)

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


def _return_instead(call: Call, order: Order) -> None:
    """Go on with a return where that was said to do as well: "cancel or return everything"."""
    said = call.slots.get("noted") or {}
    if order.state == "delivered" and _OR_RETURN.search(str(said.get("text") or "")):
        want = {"intent": "start_return", "noted": said, "evidence": {"order_number": order.number}, "as_before": True}
        call.set("agenda", [want, *(call.slots.get("agenda") or [])])


async def returns_meant(call: Call, order: Order) -> list[Return]:
    """Return the returns to call off: the one that was named, whether it can be or not, else the newest that can be."""
    every = await orders.returns_of(call.session, call.conversation, order)
    found = [one for one in every if may_cancel(one)]
    said = str((call.slots.get("noted") or {}).get("text") or "")
    named = [one for one in every if one.rma == evidence(call).rma and (one in found or _names(said, one.rma))]
    return named or found[:1]


def _names(said: str, rma: str) -> bool:
    """Tell whether a return's number stands in the words, or a button that means it was pressed."""
    digits = re.sub(r"\D", "", rma)
    return not said or digits in re.sub(r"\D", "", said)


def _state(call: Call) -> OrderState | None:
    """Only an order can be cancelled before it is sent; a return can be called off afterwards."""
    return "pending" if call.slots.get("want") == "cancel_order" else None


async def wish_of(call: Call) -> Wish:
    """Return what is to be cancelled.

    Raises:
        Conflict: there is no return any more that could be called off.
    """
    order = await order_of(call)
    if call.slots.get("want") != "cancel_return":
        return CancelOrder(order.id, call.slots["cancel_reason"])
    found = await returns_meant(call, order)
    if not found:
        raise errors.Conflict(f"order {order.number}: no return can be called off any more")
    return CancelReturn(found[0].rma)


def build(agenda: Agenda) -> Form:
    """Put the form together."""
    steps = (
        Identity("write", gift=True),
        OrderStep("write", state=_state, gift=True),
        CancelReason(),
        Confirm(wish_of, again=_CANCEL_IT),
    )
    submit = Submit("cancel_form", "cancel_order", agenda, wish_of, ("cancel_reason",))
    return confirm.build(agenda, "cancel_form", WANTS, steps, submit)

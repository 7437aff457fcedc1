"""What agents do to a return: how it is called, what is asked before it, and how it is done."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from uuid import UUID

from casework import order_desk, order_words
from casework.desk import Desk
from casework.order_checks import ReturnAct
from casework.order_views import ReturnView
from casework.proposal_words import Say
from casework.scenes import Done, OrderDone
from casework.wanted import ExtendReturn
from console.dialogs import Question
from console.forecast import NOT_TOLD, Outlook, Plan
from store.returns import Parcel, Return

TITLES: Mapping[ReturnAct, str] = {
    "approve": "Approve",
    "refuse": "Refuse",
    "settle": "Pay",
    "send_exchange": "Send the exchange…",
    "inspect": "Parcel checked",
    "receive": "Parcel arrived",
    "in_transit": "Parcel on its way",
    "change": "Change…",
    "extend": "More time",
    "new_label": "New label",
    "lost": "Parcel lost",
    "cancel": "Call off",
}
"""What can be done to a return, as it stands on the buttons, and in their sequence."""
NEXT: frozenset[ReturnAct] = frozenset({"approve", "settle", "send_exchange", "inspect"})
"""What is to be done next, where it can be done."""
TO_BE_WRITTEN = "⟨…⟩"
"""Stands in the customer's text for what the agent still writes."""
_PARCELS: Mapping[ReturnAct, Parcel] = {
    "receive": "received",
    "in_transit": "in_transit",
    "inspect": "inspected",
    "lost": "lost",
}
_SETTLE = {"refund": "Pay the refund", "store_credit": "Give the credit", "exchange": "Have it packed"}


def title_of(act: ReturnAct, return_: Return) -> str:
    """Return what stands on the button of an act."""
    return _SETTLE[return_.resolution] if act == "settle" else TITLES[act]


def in_sequence(view: ReturnView) -> list[ReturnAct]:
    """Return what can be done to a return, what is to be done next first."""
    return [act for act in TITLES if act in view.possible]


def plan_of(act: ReturnAct, rma: str, agent_name: str, conversation_id: UUID | None, text: str) -> Plan:
    """Return how an act is done; `text` is the reason or the number that it needs, if it needs one."""
    where = (agent_name, conversation_id)

    async def do(desk: Desk) -> Done:
        if act in _PARCELS:
            return await order_desk.record_parcel(desk, rma, _PARCELS[act], *where)
        if act in _WITH_TEXT:
            return await _WITH_TEXT[act](desk, rma, text, *where)
        return await _PLAIN[act](desk, rma, *where)

    return Plan(do, ExtendReturn(rma) if act == "extend" else None)


def question_of(act: ReturnAct, return_: Return, outlook: Outlook, say: Say) -> Question:
    """Return what is asked before an act: what will happen, and what the customer will read."""
    lines = [*(outlook.lines or _LINES[act](return_, say)), *([] if outlook.told else [NOT_TOLD])]
    title = title_of(act, return_).removesuffix("…")
    question = Question(
        heading=f"{title}: {return_.rma}?",
        lines=lines,
        act=title,
        danger=act in ("refuse", "cancel", "lost"),
        told=(lambda text: filled(outlook.told, text)) if outlook.told else None,
        told_as=outlook.told_as,
    )
    if act in ("refuse", "cancel"):
        tells = TO_BE_WRITTEN in outlook.told
        hint = "It is kept, and the customer reads it as you write it." if tells else "It is kept."
        return replace(question, reason="Reason", reason_hint=hint)
    if act == "send_exchange":
        return replace(question, reason="Tracking number", brief=True)
    return question


def filled(told: str, text: str) -> str:
    """Put what the agent has written into the customer's text, as it will stand there."""
    plain = " ".join(text.split()) or "…"
    sentence = plain if plain.endswith((".", "!", "?", "…")) else f"{plain}."
    return told.replace(f"{TO_BE_WRITTEN}.", sentence).replace(TO_BE_WRITTEN, plain)


def said(done: Done | OrderDone) -> str:
    """Say to the agent what was done, and whether the customer has read it."""
    assert isinstance(done, Done), "an act on a return comes to a return"
    told = "; the customer has been told" if done.told else ""
    return f"{done.return_.rma}: {order_words.standing(done.return_).lower()}{told}"


async def _send_exchange(desk: Desk, rma: str, text: str, name: str, conversation_id: UUID | None) -> Done:
    return await order_desk.send_exchange(desk, rma, text, name, conversation_id)


async def _refuse(desk: Desk, rma: str, text: str, name: str, conversation_id: UUID | None) -> Done:
    return await order_desk.refuse(desk, rma, name, conversation_id, text)


async def _cancel(desk: Desk, rma: str, text: str, name: str, conversation_id: UUID | None) -> Done:
    return await order_desk.cancel_return(desk, rma, name, conversation_id, text)


def _approve_lines(return_: Return, say: Say) -> list[str]:
    keeps = return_.method == "keep"
    label = "Nothing is sent back." if keeps else "A label is made and goes to the customer."
    after = "" if keeps else " once the parcel is checked"
    return [f"{order_words.content(return_)} may come back.", label, f"{_gets(return_, say)}{after}."]


def _off_lines(return_: Return, say: Say) -> list[str]:
    return [f"{order_words.content(return_)} does not come back, and {say(return_.amount)} is not paid."]


def _settle_lines(return_: Return, say: Say) -> list[str]:
    if return_.resolution != "exchange":
        return [f"{_gets(return_, say)} is paid now."]
    lines = ["What was reserved may be packed; write down its tracking number when it leaves."]
    difference = say(abs(return_.price_difference))
    if return_.price_difference > 0:
        lines.append(f"The customer pays {difference} for the difference first.")
    elif return_.price_difference < 0:
        lines.append(f"The customer gets {difference} back for the difference.")
    return lines


def _gets(return_: Return, say: Say) -> str:
    return f"{order_words.RESOLUTION[return_.resolution]} of {say(return_.amount)}"


_WITH_TEXT = {"refuse": _refuse, "cancel": _cancel, "send_exchange": _send_exchange}
_PLAIN = {
    "approve": order_desk.approve,
    "new_label": order_desk.reissue_label,
    "extend": order_desk.extend,
    "settle": order_desk.settle,
}
_LINES: Mapping[ReturnAct, Callable[[Return, Say], list[str]]] = {
    "approve": _approve_lines,
    "refuse": _off_lines,
    "cancel": _off_lines,
    "settle": _settle_lines,
    "new_label": lambda *_: ["A new label is made; the old one should not be used any more."],
    "extend": lambda *_: [],
    "in_transit": lambda *_: ["The parcel is noted as on its way to us."],
    "receive": lambda *_: ["The parcel is noted as arrived. It is checked next."],
    "inspect": lambda *_: ["The parcel is noted as checked. Paying is the next step."],
    "lost": lambda *_: ["The parcel is noted as lost. Nothing is paid by this."],
    "send_exchange": lambda *_: ["What was reserved is noted as sent, under this tracking number."],
}

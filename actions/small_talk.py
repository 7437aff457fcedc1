"""What belongs to no want: misunderstandings, what is out of scope, changes of mind."""

import re
import unicodedata

from actions import after_notice, finer, people, texts, yes_no
from actions.agenda import Agenda, merge_evidence, wants_of
from actions.call import Call, DeskAction, Want
from actions.noted import evidence_of
from handoff.ticket import Reason


class Fallback(DeskAction):
    """The message was not understood: say so and offer choices; the second time in a row a person comes."""

    action_name = "action_default_fallback"

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    async def act(self, call: Call) -> None:
        """Admit it, or bring a person; a question for facts needs no intent to be understood."""
        if await self._agenda.take_up_named(call):
            return
        failures = int(call.slots.get("failures") or 0) + 1
        if failures >= call.desk.handoff.not_understood:
            detail = f"The bot did not understand {failures} messages in a row; the last: {call.text[:300]}"
            await people.hand_over(call, Reason.BOT_FAILED, detail)
            return
        call.set("failures", failures)
        if call.form:
            call.say(texts.NOT_AN_ANSWER)
        else:
            call.say(texts.NOT_UNDERSTOOD, buttons=texts.MAIN_CHOICES)


class Unprompted(DeskAction):
    """A yes, a no or a bare detail that answers nothing: ask what it is about."""

    action_name = "action_unprompted"

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    async def act(self, call: Call) -> None:
        """Inside a form it is an answer that did not fit; outside it may finish what was left open."""
        if call.form:
            if not await self._agenda.add_elsewhere(call):
                await Fallback(self._agenda).act(call)
            return
        if await self._answers_what_was_said(call) or await self._is_a_want(call):
            return
        merge_evidence(call, evidence_of(call.entities).__dict__)
        if call.intent in {"inform", "change_return"} and not call.entities:
            await Fallback(self._agenda).act(call)
            return
        call.say(texts.WHAT_ABOUT, buttons=texts.MAIN_CHOICES)

    async def _answers_what_was_said(self, call: Call) -> bool:
        """Take a yes or a no to what was offered last: a person, a notice's next step, something else."""
        if call.intent == "affirm" and await people.was_offered(call):
            await people.hand_over(call, Reason.ASKED_FOR, "The customer said yes to a person.")
            return True
        if await self._answers_notice(call):
            return True
        if call.intent == "deny" and await people.said_last(call, texts.ANYTHING_ELSE):
            call.say(texts.NOTHING_ELSE)
            return True
        return False

    async def _is_a_want(self, call: Call) -> bool:
        """Take up what is a want for all its details."""
        if call.choices or _extends(call) or _changes_the_return(call):
            await self._agenda.take_up(call, [_about_a_return(call)])
            return True
        if await self._agenda.take_up_named(call):
            return True
        unfinished = call.slots.get("unfinished") if evidence_of(call.entities).given else None
        want = _want_by_verb(call) or _want_by_detail(call) or unfinished
        if want:
            await self._agenda.take_up(call, [Want(want, call.text, call.entities)])
        return want is not None

    async def _answers_notice(self, call: Call) -> bool:
        """Take up what a notice offered, or leave it; returns whether the message is a bare yes or no to a notice."""
        answer = None if call.choices else yes_no.read(call.text) or _BARE.get(call.intent)
        if answer is None or call.entities or not await after_notice.is_last(call):
            return False
        offered = await after_notice.offered(call)
        if offered and answer == "yes":
            await self._agenda.take_up(call, [offered])
        else:
            call.say(texts.LEFT_ALONE if offered else texts.NOTED)
        return True


_BARE = {"affirm": "yes", "deny": "no"}
"""Intents of a bare yes or no, however it is put: "great", "super"."""
_VERBS = (
    ("exchange_item", re.compile(r"\b(exchang\w*|swap\w*)\b", re.IGNORECASE)),
    ("start_return", re.compile(r"\b(return\w*|send\w*\s+(it|them|this|these|\w+\s)?.*\bback)\b", re.IGNORECASE)),
    ("cancel_order", re.compile(r"\bcancel\w*\b", re.IGNORECASE)),
)
"""A detail that comes with one of these verbs is a want, though its many numbers made it look like a bare answer."""


def _changes_the_return(call: Call) -> bool:
    """Tell whether a return is to become something else: it is named, or an outcome for the one just talked about."""
    if finer.changes_a_return(call.text):
        return True
    outcome = call.entity("resolution") or call.entity("return_method")
    return call.intent == "change_return" and bool(outcome and call.slots.get("order"))


_CALLS_OFF = re.compile(r"\bcall\w*\s+(?:\w+\s+){1,3}off\b|\bcall\w*\s+off\b", re.IGNORECASE)
"""How a return is called off; with no return, the order is what was meant."""


def _extends(call: Call) -> bool:
    """Tell whether more time is wanted to send a parcel: said in full, or short where a return is talked about."""
    rma = (call.slots.get("evidence") or {}).get("rma")
    return finer.extends(call.text) or (rma is not None and finer.wants_longer(call.text))


def _about_a_return(call: Call) -> Want:
    """Outside a form a correction speaks of a return that stands."""
    if call.choices:
        return wants_of(call)[0]
    want = "extend_return" if _extends(call) else "change_return"
    return finer.want_of(Want(want, call.text, call.entities))


def _want_by_detail(call: Call) -> str | None:
    """A fault or an outcome that is told of goods or an order is a want: "the bottle leaks, refund my PayPal"."""
    told = {entity["entity"]: entity["value"] for entity in call.entities}
    about = told.keys() & {"product", "order_id"}
    if not about:
        return None
    if told.get("resolution") == "exchange":
        return "exchange_item"
    return "report_problem" if "reason" in told else "start_return" if "resolution" in told else None


def _want_by_verb(call: Call, *, entities_needed: bool = True) -> str | None:
    if entities_needed and not call.entities:
        return None
    return next((want for want, verb in _VERBS if verb.search(call.text)), None)


def _is_another_script(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    latin = [char for char in letters if unicodedata.name(char, "").startswith("LATIN")]
    return len(letters) > 1 and len(latin) < len(letters) / 2


class OutOfScope(DeskAction):
    """Not ours: say so kindly, with what can be done."""

    action_name = "action_out_of_scope"

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    async def act(self, call: Call) -> None:
        """Say what this desk is for; what a message plainly names or asks of goods is not out of scope."""
        if await self._agenda.take_up_named(call):
            return
        if _is_another_script(call.text):
            call.say(texts.ENGLISH_ONLY, buttons=texts.PERSON_CHOICE)
            return
        call.say(texts.OUT_OF_SCOPE, buttons=() if call.form else texts.MAIN_CHOICES)


class Stop(DeskAction):
    """Forget it: the form and the agenda are dropped and nothing is written."""

    action_name = "action_stop"

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    async def act(self, call: Call) -> None:
        """Drop what was under way; with nothing under way, "cancel it" means the order that was talked about."""
        under_way = call.form or call.slots.get("agenda")
        if not under_way and call.slots.get("order") and _CALLS_OFF.search(call.text) and not call.choices:
            await self._agenda.take_up(call, [Want("cancel_return", call.text, call.entities)])
            return
        if not under_way and call.slots.get("order") and _want_by_verb(call, entities_needed=False) == "cancel_order":
            await self._agenda.take_up(call, [Want("cancel_order", call.text, call.entities)])
            return
        call.say(texts.STOPPED if under_way else texts.NOTHING_TO_STOP, buttons=texts.MAIN_CHOICES)
        call.clear("agenda", "want", "outcome", "failures")
        call.leave_form()

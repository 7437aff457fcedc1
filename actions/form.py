"""The engine under the forms: steps that are filled from what was said and asked for when they are not.

Rasa runs the loop (which form is active, which slot is asked). The desk decides what answers a question: a bare answer
is judged by what is being asked and not by its intent, and a question in the middle is not an answer.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from actions import acts, answers, facts_asked, noted, people
from actions.call import Call, DeskAction

ANSWER_INTENTS = frozenset({"inform", "affirm", "deny", "change_return", "nlu_fallback", ""})
"""Intents under which a message in a form is read as an answer first."""
LONG_ENOUGH_TO_BE_A_QUESTION = 3
"""Words; a shorter message is first tried as an answer, whatever its intent."""
SURE = 0.8
"""Confidence from which somebody in a form is taken to want a person without naming one."""
_STORY_WORDS = 5
_ON_THE_WAY = (
    "evidence", "mismatch", "outcome", "unsure_items", "chosen_variants", "chosen_seconds", "address_read",
    "either_order",
    "fitting_variants",
    "items_change",
)  # fmt: skip
"""Slots that hold a part of an answer."""
_WHAT_ABOUT = frozenset({"order", "items", "change"})
_STORY = frozenset({"identity", "items", "change", "reason", "cancel_reason", "resolution"})
"""Questions that are often answered with more than was asked, which is kept for the questions to come."""
_MISREAD = frozenset({"refund_status", "return_status", "request_label"})
"""Intents whose words are also answers in a form: refund, return, label."""
_PART = re.compile(r"(?:(?!\s+and\b)[^.?!;,])+[?]?")
_QUESTION = re.compile(
    r"\?|^\W*(who|what|when|where|why|which|how|do|does|did|can|could|is|are|was|will|would|has|have)\b", re.IGNORECASE
)


class Step(ABC):
    """One slot of a form."""

    slot: str

    @abstractmethod
    async def fill(self, call: Call) -> None:
        """Set the slot if what was said, noted or proved answers it, or if it needs no answer."""

    @abstractmethod
    async def ask(self, call: Call) -> None:
        """Ask the customer."""

    def recognises(self, call: Call) -> bool:
        """Tell whether the message names a value of this step's own kind, whatever else it sounds like."""
        return call.entity(self.slot) is not None

    def asked(self, call: Call) -> bool:
        """Tell whether this step's question is the one that the present message may answer."""
        return call.form is not None and call.asked == self.slot and not call.choices


@dataclass(frozen=True)
class Form:
    """A form of the domain: its steps in order, the intents of the wants that it serves, and its submit action."""

    name: str
    wants: frozenset[str]
    steps: tuple[Step, ...]
    submit: DeskAction
    kin: frozenset[str] = frozenset()
    """Wants whose words answer what the form is about, while that is asked: "swap the boots" in a change of items."""

    @property
    def slots(self) -> tuple[str, ...]:
        """All slots of the form, in the order in which they are asked."""
        return tuple(step.slot for step in self.steps)


async def fill(form: Form, call: Call) -> bool:
    """Fill what can be filled, step by step; returns whether the form is complete or has ended itself."""
    for step in form.steps:
        if call.slots.get(step.slot) is None:
            await step.fill(call)
        if _ended(call):
            return True
        if call.slots.get(step.slot) is None:
            return False
    return True


def _ended(call: Call) -> bool:
    """A step ends the form by naming an outcome: refused, or given to a person."""
    return call.slots.get("outcome") is not None


def is_aside(call: Call, form: Form) -> bool:
    """Tell whether a message in a form is about something else: a question, another want, a word for a person."""
    if call.choices:
        return call.choices[0].intent != "inform"
    if facts_asked.asks(call.text, call.intent):
        return True
    if acts.another_change(call.text, call.entities, call.slots.get("change")):
        return True
    own = form.wants | form.kin if call.asked in _WHAT_ABOUT else form.wants
    if call.intent in ANSWER_INTENTS or call.intent in own:
        return False
    asked = _asked_step(form, call)
    if not is_question(call.text) and _corrects(form, call):
        return False
    if _leaves(call, asked):
        return True
    if len(call.text.split()) < LONG_ENOUGH_TO_BE_A_QUESTION:
        return False
    return is_question(call.text) or not asked.recognises(call)


def _leaves(call: Call, asked: Step) -> bool:
    """Tell whether the customer wants a person, or to stop."""
    if call.intent == "talk_to_human":
        return people.are_named(call.text) or call.confidence > SURE
    return call.intent == "stop" and not call.entities and not asked.recognises(call)


def _corrects(form: Form, call: Call) -> bool:
    """Tell whether a message names another answer than the one that stands: "no wait, refund" asks no status."""
    return call.intent in _MISREAD and any(
        call.entity(step.slot) is not None and call.entity(step.slot) != call.slots[step.slot]
        for step in form.steps
        if isinstance(step, Correctable) and call.slots.get(step.slot) is not None
    )


def is_question(text: str) -> bool:
    """Tell whether a text is put as a question."""
    return bool(_QUESTION.search(text))


def _tells_besides(call: Call) -> bool:
    """Tell whether a detail stands outside the question: "to my card, and how long …?", not "how long is a refund?"."""
    parts = [(part.start(), part.end()) for part in _PART.finditer(call.text)]
    telling = [(start, end) for start, end in parts if not is_question(call.text[start:end].removeprefix("and "))]
    return any(start <= int(entity.get("start") or 0) < end for entity in call.entities for start, end in telling)


def _tells_more(call: Call) -> bool:
    """Tell whether an answer is a story: what is to be done, or goods, stand in it besides what was asked."""
    if len(call.text.split()) < _STORY_WORDS or call.text.rstrip().endswith("?"):
        return False
    return call.entity("product") is not None or bool(acts.read(call.text, call.entities))


def _asked_step(form: Form, call: Call) -> Step:
    return next((step for step in form.steps if step.slot == call.asked), form.steps[0])


class Validate(DeskAction):
    """Rasa calls this for each message in the form; no slot set means: not an answer, let the rules have it."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.action_name = f"validate_{form.name}"

    async def act(self, call: Call) -> None:
        """Read the message as an answer, unless it is about something else or nothing was asked yet."""
        if call.asked is None:
            return
        if is_aside(call, self.form):
            if not self._answers_too(call):
                return
            await answers.answer(call, call.text, call.vector)
        await self._note(call)
        before = self._progress(call)
        if await fill(self.form, call):
            call.end_form()
        if self._progress(call) == before and not call.said and not (self._agrees(call) or self._told_ahead(call)):
            call.events.clear()
            return
        call.set("failures", None)  # a form that sets no slot would count as having rejected the message

    def _answers_too(self, call: Call) -> bool:
        """Tell whether a question about the policy comes with an answer: "to my card, and how long does that take?"."""
        asks = call.intent == "ask_policy" and not call.choices
        return asks and _asked_step(self.form, call).recognises(call) and _tells_besides(call)

    def _agrees(self, call: Call) -> bool:
        """Tell whether the message says again what is chosen already; that is no misunderstanding."""
        return any(
            call.entity(slot) is not None and call.entity(slot) == call.slots.get(slot) for slot in self.form.slots
        )

    def _told_ahead(self, call: Call) -> bool:
        """Tell whether the message answers a question that is still to come; it has been noted."""
        return any(
            call.slots.get(slot) is None and slot != call.asked and call.entity(slot) is not None
            for slot in self.form.slots
        )

    async def _note(self, call: Call) -> None:
        """Keep what the message tells besides the answer; what corrects an earlier answer replaces it."""
        told = noted.of_message(call)
        if call.asked in _STORY and not call.choices and _tells_more(call):
            noted.add_words(call)
        if told:
            kept = {**(call.slots.get("noted") or {}), **told}
            call.set("noted", kept)
        for step in self.form.steps:
            stands = isinstance(step, Correctable) and call.slots.get(step.slot) is not None
            if isinstance(step, Correctable) and stands and await step.corrected(call):
                _keep_for_later(call, step.dependants)
                call.clear(step.slot, *step.dependants)
                if step.slot == "order":
                    return  # whatever else is said is about the other order

    def _progress(self, call: Call) -> list[object]:
        return [call.slots.get(slot) for slot in (*self.form.slots, *_ON_THE_WAY)]


def _keep_for_later(call: Call, slots: tuple[str, ...]) -> None:
    """What was chosen before a correction stays chosen if it still can be; the steps take it from what was noted."""
    kept = dict(call.slots.get("noted") or {})
    for slot in ("resolution", "return_method"):
        if slot in slots and call.slots.get(slot) and slot not in kept:
            kept[slot] = call.slots[slot]
    if "cancel_reason" in slots and call.slots.get("cancel_reason"):
        kept.setdefault("reason", call.slots["cancel_reason"])
    call.set("noted", kept)


class Correctable(Step):
    """A step whose answer may be changed later on: "no, store credit"."""

    dependants: tuple[str, ...] = ()

    @abstractmethod
    async def corrected(self, call: Call) -> bool:
        """Tell whether the present message gives another answer than the one that stands."""


class Ask(DeskAction):
    """Rasa calls this to ask for one slot of one form."""

    def __init__(self, form: Form, step: Step) -> None:
        self.form = form
        self.step = step
        self.action_name = f"action_ask_{form.name}_{step.slot}"

    async def act(self, call: Call) -> None:
        """Ask for the slot."""
        await self.step.ask(call)

"""The end of every form that changes something: what would happen, a clear yes or no to it, and carrying it out.

What is shown is the use case's own proposal, and the yes carries its mark: when something else would happen by then,
nothing does, and the new proposal is shown.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from actions import form, offered, people, status_texts, texts, wrap_up, yes_no
from actions.agenda import Agenda
from actions.call import Call, DeskAction
from actions.form import Form, Step
from casework import proposal, wishes
from casework.desk import Desk
from casework.proposal import By, Done, Proposal, Refusal
from casework.wishes import Wish
from conversations import repository as conversations
from handoff.ticket import Reason
from kit import errors
from store.ports import LabelTicket

_CANCELS = re.compile(r"\b(?:cancel\w*|call\w* (?:\w+ )?off)\b", re.IGNORECASE)
_REFUSED_TOO_OFTEN = 3
"""Refusals of the same in a row, after which a person looks at it."""
log = logging.getLogger(__name__)
WishOf = Callable[[Call], Awaitable[Wish]]

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in Wish.__args__}


class Confirm(Step):
    """The summary, and a clear yes or no to it; nothing else counts.

    `again` is how a customer says yes by repeating what they want: "cancel it", asked whether to cancel.
    """

    slot = "confirm"

    def __init__(self, wish_of: WishOf, again: re.Pattern[str] | None = None) -> None:
        self._wish_of = wish_of
        self._again = again

    def recognises(self, call: Call) -> bool:
        """Tell a yes or a no, whatever it sounds like: "no, please don't process it" calls nothing else off."""
        return self._says_again(call) or yes_no.read(call.text) is not None

    def _says_again(self, call: Call) -> bool:
        return bool(self._again and self._again.match(call.text))

    async def fill(self, call: Call) -> None:
        """Read a yes or a no to the summary that was shown last; end the form where there is nothing to say yes to."""
        pressed = call.choice(self.slot)
        said = "yes" if self._says_again(call) else yes_no.read(call.text)
        if said == "yes" and _calls_off(call):
            said = None
        answer = pressed.value if pressed else said if self.asked(call) else None
        if answer in {"yes", "no"}:
            call.set(self.slot, answer)
            return
        found = await wishes.propose(call.session, call.desk, await self._wish_of(call))
        if isinstance(found, Refusal):
            await offered.refuse(call, found)
        elif (
            self.asked(call)
            and not _calls_off(call)
            and found.mark == call.slots.get("shown")
            and yes_no.agrees(call.text, in_words(found))
        ):
            call.set(self.slot, "yes")

    async def ask(self, call: Call) -> None:
        """Show exactly what will happen, and wait."""
        wish = await self._wish_of(call)
        found = await wishes.propose(call.session, call.desk, wish)
        if isinstance(found, Proposal):
            call.set("shown", found.mark)
            call.set("wish", stored(wish))
            call.say(in_words(found), buttons=texts.YES_NO, expects=("confirm", "yes_no"))


class Submit(DeskAction):
    """Rasa calls this when a form has ended, whichever way; `again` are the slots that are chosen again when what was
    shown has moved."""

    def __init__(self, served: str, want: str, agenda: Agenda, wish_of: WishOf, again: tuple[str, ...] = ()) -> None:
        self.action_name = f"action_submit_{served}"
        self._want = want
        self._agenda = agenda
        self._wish_of = wish_of
        self._again = again

    async def prepare(self, slots: dict[str, Any], message_id: UUID, desk: Desk) -> LabelTicket | None:
        """Order the label that a yes would need before the transaction opens; an unused one is never shown."""
        if slots.get("confirm") != "yes" or not slots.get("wish"):
            return None
        try:
            return await wishes.prepare(desk, read(slots["wish"]))
        except errors.NotFound:
            return None

    async def act(self, call: Call) -> None:
        """Do what was shown, or say that nothing was changed; then go on with the agenda."""
        outcome = call.slots.get("outcome")
        if outcome is None and call.slots.get("confirm") == "yes":
            outcome = await self._carry_out(call)
        elif outcome is None:
            call.say(texts.NOTHING_DONE)
        call.clear("confirm", "wish")
        if outcome == "refused" and await _insisted(call):
            return
        if outcome in {"with_person", "shown_again"}:
            call.mark(outcome)
            return
        call.clear("want")
        closing = outcome != "refused" or bool(call.slots.get("agenda"))
        await self._agenda.go_on(call, closing=closing)
        if not call.said:
            call.mark("form_ended")

    async def _carry_out(self, call: Call) -> str:
        try:
            wish = await self._wish_of(call)
            async with call.session.begin_nested():
                done = await wishes.carry_out(call.session, call.desk, wish, await _by(call), call.room.prepared)
        except errors.Conflict as moved:
            log.info("conversation %s: a yes was not carried out: %s", call.conversation.id, moved)
            return await self._show_again(call)
        if done.handed_over:
            return "with_person"
        call.clear("refusals")
        say_done(call, done)
        call.set("done", [*(call.slots.get("done") or []), wrap_up.in_short(wish, done)])
        return "done"

    async def _show_again(self, call: Call) -> str:
        """Something moved between the summary and the yes: the yes does not cover it."""
        call.say(texts.MOVED_MEANWHILE)
        call.clear("confirm", "shown", "wish", *self._again)
        served = self._agenda.form_of(call.slots.get("want") or self._want)
        if await form.fill(served, call):
            return str(call.slots["outcome"])
        call.set("want", call.slots.get("want") or self._want)
        call.follow_with(served.name)
        return "shown_again"


def _calls_off(call: Call) -> bool:
    """Tell whether something is to be cancelled where that is not what was shown: "yes, cancel it" to a return."""
    cancels = str(call.slots.get("want") or "").startswith("cancel")
    return not cancels and bool(_CANCELS.search(call.text))


async def _insisted(call: Call) -> bool:
    """Bring a person to who asks again and again for what is refused; returns whether one comes."""
    about = f"{call.slots.get('want')} {call.slots.get('order') or ''}".strip()
    before = call.slots.get("refusals") or {}
    count = before.get("count", 0) + 1 if before.get("about") == about else 1
    call.set("refusals", {"about": about, "count": count})
    if count < _REFUSED_TOO_OFTEN:
        return False
    call.clear("refusals", "want")
    detail = f"The same was asked {count} times and refused each time; the last: {call.text[:300]}"
    await people.hand_over(call, Reason.POLICY, detail)
    return True


async def _by(call: Call) -> By:
    """Return who says yes, to what, and with which message."""
    message = await conversations.message(call.session, call.room.message_id)
    return By(
        "customer",
        call.conversation.id,
        mark=call.slots.get("shown"),
        key=f"message:{call.room.message_id}",
        note=call.slots.get("comment") or "",
        told=True,
        counter=call.conversation.owner_counter,
        trigger={"seq": message.seq, "words": [call.text[:200]]} if message else {},
    )


def say_done(call: Call, done: Done) -> None:
    """Tell what was done, with the return as a card and its label."""
    cards = [status_texts.return_card(done.return_)] if done.return_ else []
    label = done.label
    attachments = [{"url": label.url, "media_type": "application/pdf", "name": label.name}] if label else []
    call.say(done.text, cards=cards, attachments=attachments)


def in_words(shown: Proposal) -> str:
    """Write a proposal with the question for a yes."""
    return f"{proposal.in_words(shown)}\n{texts.SHALL_I}"


def stored(wish: Wish) -> dict[str, Any]:
    """Return a wish as the dialogue keeps it, for the label that is ordered before anything is written."""
    kind = type(wish)
    return {"kind": kind.__name__, "wish": TypeAdapter(kind).dump_python(wish, mode="json")}


def read(kept: dict[str, Any]) -> Wish:
    """Read what `stored` wrote."""
    wish: Wish = TypeAdapter(_KINDS[kept["kind"]]).validate_python(kept["wish"])
    return wish


def build(
    agenda: Agenda,
    name: str,
    wants: frozenset[str],
    steps: tuple[Step, ...],
    submit: DeskAction,
    kin: frozenset[str] = frozenset(),
) -> Form:
    """Put a form together and let the agenda know the wants that it serves."""
    made = Form(name, wants, steps, submit, kin)
    agenda.add(made)
    return made

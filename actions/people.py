"""When a person is wanted, or should be."""

import re

from actions import texts
from actions.call import Call, DeskAction
from casework import handovers
from conversations import repository as conversations
from conversations.message import Author
from handoff import ticket
from handoff.ticket import Reason

_PEOPLE = re.compile(
    r"\b(?:persons?|people|humans?|agents?|some ?one|somebody|representatives?|reps?|operators?|support|staff|managers?"
    r"|supervisors?|real|live|team|colleagues?|service|talk|speak|call|phone|anyone|anybody|employees?|boss|advisors?"
    r"|assistants?|connect|transfer|escalate|put me through|hand me|chat with)\b",
    re.IGNORECASE,
)


def are_named(text: str) -> bool:
    """Tell whether a text names a person to talk to; among other wants nothing else brings one."""
    return bool(_PEOPLE.search(text))


class HandOver(DeskAction):
    """The customer asked for a person: they get one, at any moment."""

    action_name = "action_hand_over"

    async def act(self, call: Call) -> None:
        """Put the conversation into the queue."""
        await hand_over(call, Reason.ASKED_FOR, "The customer asked for a person.")


class Complaint(DeskAction):
    """The customer complains: say sorry and offer a person; a second complaint brings one."""

    action_name = "action_complaint"

    async def act(self, call: Call) -> None:
        """Offer a person, or bring one."""
        complaints = int(call.slots.get("complaints") or 0) + 1
        if complaints >= call.desk.handoff.complaints:
            await hand_over(call, Reason.COMPLAINT, f"The customer complained {complaints} times: {call.text[:300]}")
            return
        call.set("complaints", complaints)
        call.say(texts.SORRY, buttons=(*texts.PERSON_CHOICE, *texts.STATUS_CHOICES))


async def was_offered(call: Call) -> bool:
    """Tell whether the last thing that the bot said asks whether a person should come."""
    return await said_last(call, texts.SORRY)


async def said_last(call: Call, text: str) -> bool:
    """Tell whether this is the last thing that the bot said."""
    last = await conversations.newest_of(call.session, call.conversation.id, Author.BOT)
    return last is not None and last.text == text


async def hand_over(call: Call, reason: Reason, detail: str, first: str = "") -> None:
    """Give the conversation to a person; the words for it are part of the change of owner, after `first`."""
    message = await conversations.message(call.session, call.room.message_id)
    trigger = {"seq": message.seq, "words": [call.text[:200]], "rule": f"dialogue.{reason}"} if message else {}
    why = ticket.Call(reason, detail, trigger)
    await handovers.hand_over(call.session, call.desk, call.conversation.id, why, first)
    call.mark("with_person")

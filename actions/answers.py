"""Policy questions: the shop's own answers, with the numbers of the policy filled in."""

from actions import texts
from actions.call import Call
from casework import orders
from conversations.message import SAY, Choice
from faq.entry import Entry


async def answer(call: Call, text: str, vector: str | None) -> None:
    """Answer a question, offer the nearest ones, or admit that there is no answer."""
    chosen = call.choice("topic")
    entry = call.room.library.entries.get(str(chosen.value)) if chosen else None
    if entry is None:
        match = call.room.library.find(text, vector)
        if match.kind == "did_you_mean":
            call.say(texts.DID_YOU_MEAN, buttons=_candidates(match.candidates))
            return
        entry = match.entry if match.kind == "answer" else None
    if entry is None:
        call.say(texts.NO_ANSWER, buttons=texts.PERSON_CHOICE)
        return
    order = await orders.get(call.session, call.conversation, call.slots.get("order") or "", "look")
    text = call.room.library.answer(entry, call.desk.clock.now(), order)
    call.say(text, buttons=_follow_up(call, entry))


def _candidates(entries: tuple[Entry, ...]) -> texts.Buttons:
    buttons = tuple((entry.title, Choice("ask_policy", "topic", entry.key)) for entry in entries)
    return (*buttons, *texts.PERSON_CHOICE)


def _follow_up(call: Call, entry: Entry) -> texts.Buttons:
    """Offer what usually comes next; inside a form its own question comes next."""
    if call.form or call.slots.get("want"):
        return ()
    return tuple((reply.title, Choice(SAY, value=reply.say)) for reply in entry.follow_up)

"""Policy questions: the shop's own answers, with the numbers of the policy filled in."""

from actions import texts
from actions.call import Call
from casework import orders
from conversations.message import SAY, Choice
from faq.entry import Entry


async def answer(call: Call, text: str, vector: str | None) -> None:
    """Answer a question, offer the nearest ones, or admit that there is no answer."""
    chosen = call.choice("topic")
    if chosen:
        await answer_topic(call, str(chosen.value))
        return
    match = call.room.library.find(text, vector)
    if match.kind == "did_you_mean":
        call.say(texts.DID_YOU_MEAN, buttons=_candidates(match.candidates))
    elif match.kind == "answer" and match.entry:
        await answer_topic(call, match.entry.key)
    else:
        call.say(texts.NO_ANSWER, buttons=texts.PERSON_CHOICE)


async def answer_topic(call: Call, key: str) -> None:
    """Give the answer of one entry, with the numbers of the known order's policy if there is one."""
    entry = call.room.library.entries.get(key)
    if entry is None:  # an entry that was taken away while its button stood there
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

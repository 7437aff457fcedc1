"""Policy questions: the shop's own answers, with the numbers of the policy filled in."""

import asyncio

from actions import texts
from actions.call import Call
from casework import orders
from conversations.message import SAY, Choice
from faq import masking, repository
from faq.entry import Entry
from faq.gaps import Near
from faq.matcher import Match
from store.order import Order


async def answer(call: Call, text: str, vector: str | None) -> None:
    """Answer a question, or each of several; offer the nearest answers, or admit that there is none."""
    chosen = call.choice("topic")
    if chosen:
        await repository.settle(call.session, call.conversation.id, str(chosen.value))
        await answer_topic(call, str(chosen.value))
        return
    # Off the event loop: clauses of a message with several questions are encoded here.
    matches = await asyncio.to_thread(call.room.library.find_each, text, vector)
    answered = [match.entry for match in matches if match.kind == "answer" and match.entry]
    if len(answered) > 1:
        await _answer_each(call, answered)
    elif answered:
        await answer_topic(call, answered[0].key)
    else:
        await _keep(call, text, vector, matches[0])
        _offer(call, matches[0])


async def answer_topic(call: Call, key: str) -> None:
    """Give the answer of one entry, with the numbers of the known order's policy if there is one."""
    entry = call.room.library.entries.get(key)
    if entry is None:  # an entry that was taken away while its button stood there
        call.say(texts.NO_ANSWER, buttons=texts.PERSON_CHOICE)
        return
    call.say(_text(call, entry, await _order(call)), buttons=_follow_up(call, entry))


async def _answer_each(call: Call, entries: list[Entry]) -> None:
    """Answer several questions, one message each; a button after each would ask more than was answered."""
    order = await _order(call)
    for entry in entries:
        call.say(_text(call, entry, order))


def _offer(call: Call, match: Match) -> None:
    if match.kind == "did_you_mean":
        call.say(texts.DID_YOU_MEAN, buttons=_candidates(match.candidates))
    else:
        call.say(texts.NO_ANSWER, buttons=texts.PERSON_CHOICE)


async def _keep(call: Call, text: str, vector: str | None, match: Match) -> None:
    """Keep a question that has no answer for whoever writes answers (`returndesk faq gaps`)."""
    if not text.strip() or match.kind == "answer":
        return
    near = await asyncio.to_thread(call.room.library.nearest, text, vector)
    order = await _order(call)
    names = [(call.slots.get("evidence") or {}).get("name"), order.customer.name if order else None]
    masked = masking.mask(text, [name for name in names if name])
    found = [Near(entry.key, score) for entry, score in near]
    await repository.keep(call.session, call.conversation.id, masked, match.kind, found, call.desk.clock.now())


async def _order(call: Call) -> Order | None:
    return await orders.get(call.session, call.conversation, call.slots.get("order") or "", "look")


def _text(call: Call, entry: Entry, order: Order | None) -> str:
    return call.room.library.answer(entry, call.desk.clock.now(), order)


def _candidates(entries: tuple[Entry, ...]) -> texts.Buttons:
    buttons = tuple((entry.title, Choice("ask_policy", "topic", entry.key)) for entry in entries)
    return (*buttons, *texts.PERSON_CHOICE)


def _follow_up(call: Call, entry: Entry) -> texts.Buttons:
    """Offer what usually comes next; inside a form its own question comes next."""
    if call.form or call.slots.get("want"):
        return ()
    return tuple((reply.title, Choice(SAY, value=reply.say)) for reply in entry.follow_up)

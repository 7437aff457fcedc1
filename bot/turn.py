"""The turn loop: takes a stored message, has it answered once and stores the answer; safe to run again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bot import dialogue, replies, texts
from casework import handovers, surveys, waiting_room
from casework.desk import Desk
from conversations import buttons, outbox, repository, transcript
from conversations import dialogue as dialogue_state
from conversations.conversation import Conversation, Owner
from conversations.message import SAY, Author, Choice, Draft, Message, State
from handoff import escalation, hearing
from handoff import surveys as asked
from handoff.mood import Reading
from handoff.ticket import Call, Reason
from kit import ids

PATIENCE_SECONDS = 12.0
"""How long a turn keeps trying an unreachable brain before a person is called; a brain restarts in less."""
RETRY_SECONDS = 0.5
PLEASANTRIES = frozenset({"thank", "goodbye"})
"""Intents whose polite reply would mock somebody who is upset and says it with sarcasm."""
PHOTO = "photo"
"""The slot that a picture answers."""
ANSWER = "inform"
"""The intent of whatever answers a question and is no text."""
_LOOK_BACK = 12
"""Among so many messages the last reply of the bot's is found."""
FAILED_TRIES = 2
"""How often a turn that the brain itself fails is tried; the second failure brings a person."""

log = logging.getLogger(__name__)

Vectors = list[dict[str, str]]


@dataclass(frozen=True)
class Heard:
    """What was made of a message's words, once: vectors for the brain, its mood, and answers that an agent may use.

    The answers are looked for when they are asked for, since most messages are the bot's.
    """

    vectors: Vectors
    mood: Reading
    answers: Callable[[], Sequence[dict[str, Any]]]


Hear = Callable[[str], Awaitable[Heard]]


@dataclass(frozen=True)
class Begun:
    """A message that the brain is to answer, and the conversation as it stood when the turn began."""

    message: Message
    conversation: Conversation
    heard: Heard | None = None


class Turns:
    """Answers messages, one at a time per conversation (the job's lock sees to that)."""

    def __init__(self, desk: Desk, brain: dialogue.Brain, hear: Hear) -> None:
        self._desk = desk
        self._brain = brain
        self._hear = hear

    async def take(self, message_id: UUID) -> None:
        """Answer a message, unless it has been answered or a person has the conversation."""
        begun = await self._begin(message_id)
        if begun is None:
            return
        reply = await self._ask(begun)
        if reply is None:
            await self._give_to_person(begun)
        else:
            await self._finish(begun, reply)

    async def _begin(self, message_id: UUID) -> Begun | None:
        """Take a message up; None when it is done with: by a person's screen, the waiting room, a survey or a rule.

        What the brain is to answer is only looked at here. It is written with its reply, where all is looked at again
        under the lock: another worker may have answered it, or a person taken it.
        """
        async with self._desk.database.look() as session:
            found = await repository.message_and_conversation(session, message_id)
            if found is None or found[0].state is not State.RECEIVED:
                return None
            message, conversation = found
            said = _said(message)
            heard = await self._hear(said) if said else None
            if heard:
                mood = await hearing.in_story(session, message, heard.mood, self._desk.handoff)
                heard = replace(heard, mood=mood)
            begun = Begun(message, conversation, heard)
            if self._is_for_the_brain(begun) and await asked.waiting(session, conversation.id) is None:
                if heard:  # a note that a second run would make again; an action that calls a person reads it
                    await transcript.set_mood(session, message, {**heard.mood.to_json(), "answers": []})
                return begun
        return await self._settle(begun)

    def _is_for_the_brain(self, begun: Begun) -> bool:
        """Tell whether nothing but the brain can have to do with a message; a survey may still wait for it."""
        message, conversation = begun.message, begun.conversation
        if conversation.owner is not Owner.BOT or message.press is not None or not message.text:
            return False
        decision = escalation.decide(begun.heard.mood, self._desk.handoff) if begun.heard else None
        return not (decision and decision.brings_person) and not escalation.accepts(message.text)

    async def _settle(self, looked_at: Begun) -> Begun | None:
        """Take a message up that may be somebody else's than the brain's; None when it is done with."""
        heard = looked_at.heard
        async with self._desk.database.transaction() as session:
            conversation = await repository.lock(session, looked_at.conversation.id)
            message = await repository.message(session, looked_at.message.id)
            if message is None or message.state is not State.RECEIVED:
                return None
            if heard:
                answers = [] if conversation.owner is Owner.BOT else list(heard.answers())
                await transcript.set_mood(session, message, {**heard.mood.to_json(), "answers": answers})
            if conversation.owner is not Owner.BOT:
                await self._pass_to_person(session, conversation, message)
                return None
            if not _is_urgent(heard) and await surveys.receive(session, self._desk, conversation, message):
                return None
            if message.press is not None and not message.choices:
                return await self._press(session, conversation, message)
            return await self._take_words(session, Begun(message, conversation, heard))

    async def _pass_to_person(self, session: AsyncSession, conversation: Conversation, message: Message) -> None:
        if conversation.owner is Owner.QUEUE:
            await waiting_room.receive(session, self._desk, conversation, message)
        await transcript.mark_answered(session, message)

    async def _take_words(self, session: AsyncSession, begun: Begun) -> Begun | None:
        message = begun.message
        if _is_the_photo(begun):
            return begun
        if not message.text and not message.choices:
            text = texts.KEPT if message.content.get("attachments") else texts.EMPTY
            await self._note(session, begun.conversation, message, text)
            await transcript.mark_answered(session, message)
            return None
        # What was said to a person or while waiting for one was theirs to read, and calls nobody a second time.
        is_new = message.owner_counter == begun.conversation.owner_counter
        decision = escalation.decide(begun.heard.mood, self._desk.handoff) if begun.heard and is_new else None
        if decision and decision.brings_person:
            call = escalation.call_for(decision, message.seq)
            await handovers.hand_over(session, self._desk, begun.conversation.id, call)
            return None
        if is_new and escalation.accepts(message.text) and await self._has_just_offered(session, message):
            call = escalation.accepted(message.text, message.seq)
            await handovers.hand_over(session, self._desk, begun.conversation.id, call)
            return None
        return begun

    async def _has_just_offered(self, session: AsyncSession, message: Message) -> bool:
        """Tell whether the bot's last reply offered a person and ended with no other question for a yes or a no."""
        found = await repository.transcript(session, message.conversation_id, message.seq - _LOOK_BACK, _LOOK_BACK)
        before = [one for one in found if one.seq < message.seq]
        start = max((place for place, one in enumerate(before) if one.author is Author.CUSTOMER), default=-1) + 1
        said = [one for one in before[start:] if one.author is Author.BOT]
        asks = (said[-1].content.get("expects") or {}).get("input") if said else None
        return asks != "yes_no" and any(one.text == self._desk.handoff.mood.offer_words for one in said)

    async def _press(self, session: AsyncSession, conversation: Conversation, message: Message) -> Begun | None:
        """Read a press; its choices are kept with the message, so that a second run sees what the first one saw."""
        press = await buttons.read(session, conversation, message.press or "", self._desk.clock.now())
        title = press.title or buttons.UNKNOWN
        await transcript.set_pressed(session, message, title, [choice.to_json() for choice in press.choices])
        if press.validity is not buttons.Validity.LIVE:
            await self._note(session, conversation, message, texts.BUTTON[press.validity])
            await transcript.mark_answered(session, message)
            return None
        stored = await repository.message(session, message.id)
        assert stored is not None
        return Begun(stored, conversation)

    async def _ask(self, begun: Begun) -> dialogue.TurnReply | None:
        """Ask the brain; None when it could not answer and a person has to."""
        said = _said(begun.message)
        heard = begun.heard or (await self._hear(said) if said else None)
        vectors = heard.vectors if heard else []
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        failed = 0
        while True:
            try:
                reply = await self._brain.turn(_request(begun, vectors))
                if reply.messages:
                    return reply
                raise dialogue.TurnFailed("the brain said nothing at all")
            except dialogue.TurnFailed as error:
                failed += 1
                log.error("turn of message %s failed: %s", begun.message.id, error)
            except dialogue.BrainUnreachable as error:
                log.warning("the brain is unreachable for message %s: %s", begun.message.id, error)
            if not await self._tell_trouble(begun) or failed >= FAILED_TRIES:
                return None
            if asyncio.get_running_loop().time() > deadline:
                return None
            await asyncio.sleep(RETRY_SECONDS)

    async def _finish(self, begun: Begun, reply: dialogue.TurnReply) -> None:
        """Store replies, new state and the message's own state in one transaction, if the bot still owns it."""
        async with self._desk.database.transaction() as session:
            conversation = await repository.lock(session, begun.conversation.id)
            first = await transcript.mark_answered(session, begun.message, reply.intent, reply.confidence)
            if not first or conversation.owner_counter != begun.conversation.owner_counter:
                return
            drafts = [Draft(texts.STATE_LOST)] if reply.state_reset else []
            drafts += await self._offer(session, begun, reply)
            sender = outbox.Sender(Author.BOT, begun.conversation.owner_counter, reply_to=begun.message.id)
            await outbox.send_from(session, conversation, drafts, sender, self._desk.clock.now())
            await dialogue_state.keep_in(session, conversation, reply.state)

    async def _offer(self, session: AsyncSession, begun: Begun, reply: dialogue.TurnReply) -> list[Draft]:
        """Put the offer of a person before the reply to somebody who is upset, once in an episode.

        Whoever is thanked for sarcasm feels mocked: there the offer stands alone, as often as needed.
        """
        drafts = replies.drafts(reply.messages)
        decision = escalation.decide(begun.heard.mood, self._desk.handoff) if begun.heard else None
        if decision is None or decision.brings_person:
            return drafts
        if reply.intent in PLEASANTRIES:
            return [Draft(decision.rule.says, buttons=(texts.PERSON_BUTTON,))]
        offered = any(_offers_person(draft) for draft in drafts)
        if offered or await repository.has_said(session, begun.conversation.episode_id, decision.rule.says):
            return drafts
        return [Draft(decision.rule.says, buttons=(texts.PERSON_BUTTON,)), *drafts]

    async def _give_to_person(self, begun: Begun) -> None:
        async with self._desk.database.transaction() as session:
            if await self._still_ours(session, begun):
                detail = "The bot could not answer: the brain failed or did not answer."
                call = Call(Reason.BRAIN_DOWN, detail, {"seq": begun.message.seq, "rule": "brain_down"})
                await handovers.hand_over(session, self._desk, begun.conversation.id, call)

    async def _tell_trouble(self, begun: Begun) -> bool:
        """Tell the customer, once per message, that something of ours does not answer; False when it is over for us."""
        async with self._desk.database.transaction() as session:
            conversation = await self._still_ours(session, begun)
            if conversation and not await repository.has_reply(session, begun.message.id, Author.SYSTEM):
                await self._note(session, conversation, begun.message, texts.TROUBLE)
            return conversation is not None

    async def _still_ours(self, session: AsyncSession, begun: Begun) -> Conversation | None:
        """Lock the conversation; None when it has changed hands since the turn began, or the message is answered."""
        conversation = await repository.lock(session, begun.conversation.id)
        message = await repository.message(session, begun.message.id)
        if message is None or message.state is not State.RECEIVED:
            return None
        if conversation.owner_counter == begun.conversation.owner_counter:
            return conversation
        await transcript.mark_answered(session, message)
        return None

    async def _note(self, session: AsyncSession, conversation: Conversation, message: Message, text: str) -> None:
        """Say something in the desk's own name; the buttons of the bot's newest reply stay live."""
        sender = outbox.Sender(Author.SYSTEM, conversation.owner_counter, reply_to=message.id)
        await outbox.send(session, conversation.id, [Draft(text)], sender, self._desk.clock.now())


def _said(message: Message) -> str | None:
    """Return the words to understand; None for a button that names its meaning itself."""
    if not message.choices:
        return message.text
    first = message.choices[0]
    return str(first.value) if first.intent == SAY else None


def _is_the_photo(begun: Begun) -> bool:
    """Tell whether a file without words answers the dialogue's question for a photo."""
    state = begun.conversation.dialogue_state or {}
    asked = state.get("requested_slot") == PHOTO if state.get("loop") else False
    return asked and not begun.message.text and not begun.message.choices and bool(_pictures(begun.message))


def _pictures(message: Message) -> list[str]:
    """Return the ids of the pictures that came with a message."""
    files = message.content.get("attachments") or []
    return [str(file["id"]) for file in files if str(file["media_type"]).startswith("image/")]


def _is_urgent(heard: Heard | None) -> bool:
    """Tell whether a message speaks of the law or of somebody's safety: that is never only a comment."""
    return heard is not None and heard.mood.reason in (Reason.LEGAL, Reason.SAFETY)


def _offers_person(draft: Draft) -> bool:
    return any(button["choice"]["intent"] == "talk_to_human" for button in draft.buttons if button.get("choice"))


def _request(begun: Begun, vectors: Vectors) -> dialogue.TurnRequest:
    message, conversation = begun.message, begun.conversation
    said = _said(message)
    choices = message.choices if said is None else ()
    intent = choices[0].intent if choices else ANSWER if _is_the_photo(begun) else None
    said = None if intent else said
    return dialogue.TurnRequest(
        turn_id=str(ids.new_id()),
        state=conversation.dialogue_state,
        text=said,
        payload=f"/{intent}" if intent else None,
        language=conversation.language,
        channel=conversation.channel,
        vectors=vectors,
        metadata=_metadata(begun, said, choices, vectors),
    )


def _metadata(begun: Begun, said: str | None, choices: tuple[Choice, ...], vectors: Vectors) -> dict[str, Any]:
    return {
        "message_id": str(begun.message.id),
        "conversation_id": str(begun.conversation.id),
        "owner_counter": begun.conversation.owner_counter,
        "text": said if said is not None else begun.message.text,
        "choices": [choice.to_json() for choice in choices],
        "vector": vectors[0]["vector"] if vectors else None,
        "pictures": _pictures(begun.message),
    }

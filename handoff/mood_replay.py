"""Stored conversations under other rules: what would have been different; nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import repository as conversations
from conversations.conversation import Owner
from conversations.message import Author, Message
from handoff import escalation, mood_story
from handoff.escalation import Decision
from handoff.mood import Reading
from handoff.rules import HandoffRules, Then


@dataclass(frozen=True)
class Step:
    """What the rules decide at one message of a conversation: its number, the customer's words, the rule, the score."""

    seq: int
    text: str
    rule_id: str
    score: float
    words: tuple[str, ...]
    person: bool


@dataclass(frozen=True)
class Change:
    """One stretch of a conversation with the bot that would have gone otherwise: its first step then and now."""

    conversation_id: UUID
    before: Step | None
    after: Step | None

    @property
    def kind(self) -> str:
        """What is different, in a word or two."""
        if self.before is None:
            return "handed over" if self.after and self.after.person else "offered"
        if self.after is None:
            return "not any more"
        if self.before.person != self.after.person:
            return "handed over" if self.after.person else "only offered"
        return "sooner" if self.after.seq < self.before.seq else "later"


@dataclass(frozen=True)
class Replay:
    """What was replayed, how often a person came or was offered before and after, and what would change."""

    conversations: int
    messages: int
    before: int
    after: int
    changes: tuple[Change, ...]


async def run(session: AsyncSession, rules: HandoffRules, other: HandoffRules, last: int) -> Replay:
    """Replay the newest conversations, by the scores that are stored with their messages."""
    found = await conversations.owned_by(session, *Owner)
    newest = sorted(found, key=lambda one: one.last_message_at, reverse=True)[:last]
    transcripts = [await conversations.transcript(session, one.id, limit=None) for one in newest]
    return compare(transcripts, rules, other)


def compare(transcripts: Sequence[Sequence[Message]], rules: HandoffRules, other: HandoffRules) -> Replay:
    """Return what other rules would have made of transcripts; pure."""
    stretches = [stretch for messages in transcripts for stretch in _stretches(messages)]
    pairs = [(stretch, first_step(stretch, rules), first_step(stretch, other)) for stretch in stretches]
    changes = [Change(stretch[0].conversation_id, was, now) for stretch, was, now in pairs if _differ(was, now)]
    read = sum(one.mood is not None for stretch in stretches for one in stretch)
    before, after = sum(was is not None for _, was, _ in pairs), sum(now is not None for _, _, now in pairs)
    return Replay(len(transcripts), read, before, after, tuple(changes))


def first_step(messages: Sequence[Message], rules: HandoffRules) -> Step | None:
    """Return where a person comes first, else where one is offered first; None when the bot goes on throughout."""
    steps = [step for message in messages if (step := _step(message, messages, rules))]
    return next((step for step in steps if step.person), steps[0] if steps else None)


def _step(message: Message, messages: Sequence[Message], rules: HandoffRules) -> Step | None:
    if message.mood is None or message.press is not None:
        return None
    reading = Reading.from_json(message.mood)
    alone = _without_the_story(reading)
    earlier = mood_story.before(messages, message)
    decision = escalation.decide(mood_story.heard(alone, message.text, earlier, rules.conversation), rules)
    return _told(message, decision) if decision else None


def _without_the_story(reading: Reading) -> Reading:
    """Return what a reading was before the earlier messages added to it."""
    found = tuple(name for name in reading.found if name not in mood_story.SIGNS)
    if reading.rule in mood_story.SIGNS:
        return Reading(reading.own, found=found, calms=reading.calms)
    return replace(reading, score=reading.own, found=found, alone=None)


def _told(message: Message, decision: Decision) -> Step:
    reading, person = decision.reading, decision.rule.then is Then.PERSON
    return Step(message.seq, message.text, decision.rule_id, reading.score, reading.words, person)


def _stretches(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Yield the customer's messages of each stretch in which nobody else took the conversation."""
    said = [one for one in messages if one.author is Author.CUSTOMER]
    for _, stretch in groupby(said, key=lambda one: one.owner_counter):
        yield list(stretch)


def _differ(was: Step | None, now: Step | None) -> bool:
    if was is None or now is None:
        return was is not now
    return (was.seq, was.person) != (now.seq, now.person)

"""What the messages before say about the mood of the newest one; pure.

Nobody has to curse to be at the end of their tether: asking the same for the third time, not being understood again, a
tone that falls from message to message. A word of thanks ends the story; what was before it is forgiven.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rapidfuzz import fuzz

from conversations.message import Author, Message
from handoff import mood
from handoff.mood import Reading
from handoff.phrases import Sign
from handoff.rules import Story

SAME_WANT = "mood.same_want"
MISREAD = "mood.misread"
FALLING = "mood.falling"
STILL_UPSET = "mood.still_upset"
SIGNS = (SAME_WANT, MISREAD, FALLING, STILL_UPSET)
NOT_UNDERSTOOD = "nlu_fallback"
"""The intent of a message that the bot did not understand."""
FORGOTTEN_AFTER = timedelta(days=1)
"""What was said longer ago is no part of the story."""

_TENSE = 0.6
"""From this score of its own on an earlier message counts as upset."""
_UNEASY = 0.25
_FALLEN_TO = 0.3
_FALLEN_BY = 0.25
_LEAST_WORDS = 3
_LEAST_LETTERS = 8
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Earlier:
    """One message that the customer wrote before: its words, its own score, whether it thanked or praised, whether the
    bot understood it.
    """

    text: str
    score: float = 0.0
    calms: bool = False
    understood: bool = True


def before(messages: Sequence[Message], newest: Message) -> tuple[Earlier, ...]:
    """Return what the customer wrote before the newest message, oldest first.

    Presses of buttons are no words, and what was said before somebody else had the conversation is over.
    """
    return tuple(
        _earlier(one)
        for one in messages
        if one.author is Author.CUSTOMER
        and one.seq < newest.seq
        and one.owner_counter == newest.owner_counter
        and one.press is None
        and one.text
        and newest.created_at - one.created_at < FORGOTTEN_AFTER
    )


def _earlier(message: Message) -> Earlier:
    reading = Reading.from_json(message.mood or {})
    return Earlier(message.text, reading.own, reading.calms, message.intent != NOT_UNDERSTOOD)


def heard(reading: Reading, text: str, earlier: Sequence[Earlier], story: Story) -> Reading:
    """Return the reading of a message with what the messages before add to it, or with what its thanks take away."""
    if reading.reason in mood.URGENT:
        return reading
    if reading.calms:
        return replace(reading, score=round(reading.score * story.calms, 3), alone=reading.score)
    signs = tuple(_signs(reading, text, _since_the_last_thanks(earlier, story.looks_back), story))
    if not signs:
        return reading
    score = mood.combined(reading.score, signs)
    found = (*reading.found, *(sign.rule for sign in signs))
    added = replace(reading, score=score, found=found, alone=reading.score)
    if score < mood.NAMED_FROM or reading.rule:
        return added
    strongest = max(signs, key=lambda sign: sign.weight)
    return replace(added, words=(mood.cut(text),), rule=strongest.rule, reason="mood")


def _since_the_last_thanks(earlier: Sequence[Earlier], looks_back: int) -> Sequence[Earlier]:
    recent = earlier[-looks_back:] if looks_back else ()
    thanks = max((place for place, one in enumerate(recent) if one.calms), default=-1)
    return recent[thanks + 1 :]


def _signs(reading: Reading, text: str, earlier: Sequence[Earlier], story: Story) -> Iterator[Sign]:
    same = sum(_says_the_same(one.text, text, story.alike_from) for one in earlier)
    directly = bool(earlier) and _says_the_same(earlier[-1].text, text, story.alike_from)
    if same and (directly or len(_WORD.findall(text)) >= _LEAST_WORDS):
        yield Sign(SAME_WANT, text, 0, story.said_often if same > 1 else story.said_twice)
    misread = _misread_at_the_end(earlier)
    if misread:
        yield Sign(MISREAD, text, 0, 1 - (1 - story.misread) ** misread)
    scores = [*(one.score for one in earlier[-2:]), reading.score]
    if len(scores) > 2 and scores == sorted(scores) and scores[-1] >= max(_FALLEN_TO, scores[0] + _FALLEN_BY):
        yield Sign(FALLING, text, 0, story.falling)
    if reading.score >= _UNEASY and any(one.score >= _TENSE for one in earlier[-2:]):
        yield Sign(STILL_UPSET, text, 0, story.still_upset)


def _misread_at_the_end(earlier: Sequence[Earlier]) -> int:
    for count, one in enumerate(reversed(earlier)):
        if one.understood:
            return count
    return len(earlier)


def _says_the_same(earlier: str, text: str, alike_from: float) -> bool:
    """Tell whether two messages say the same; the same question about another number is another question."""
    if set(_NUMBER.findall(earlier)) != set(_NUMBER.findall(text)):
        return False
    plain = [" ".join(_WORD.findall(one.lower())) for one in (earlier, text)]
    if min(sum(sign.isalpha() for sign in one) for one in plain) < _LEAST_LETTERS:
        return False
    return fuzz.token_sort_ratio(*plain) / 100 >= alike_from

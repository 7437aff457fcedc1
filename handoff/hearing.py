"""A message's mood within its conversation: what it says by itself, and what the messages before add to it."""

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import repository as conversations
from conversations.message import Message
from handoff import mood_story
from handoff.mood import Reading
from handoff.rules import HandoffRules

_MESSAGES_PER_TURN = 4
"""So many messages of all sides stand for one of the customer's, at the most usual."""


async def in_story(session: AsyncSession, message: Message, reading: Reading, rules: HandoffRules) -> Reading:
    """Return the reading of a message with what the conversation says; one short query."""
    story = rules.conversation
    if message.press is not None or not message.text or story.looks_back == 0:
        return reading
    far = story.looks_back * _MESSAGES_PER_TURN
    found = await conversations.transcript(session, message.conversation_id, max(0, message.seq - far - 1), far)
    return mood_story.heard(reading, message.text, mood_story.before(found, message), story)

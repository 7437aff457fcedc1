"""The action journal: what a call answered is told again, and the same call is never made twice."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from conversations import errors, journal, repository
from conversations.message import Message
from tests.conversations.conftest import NOW, Talk

ANSWER: dict[str, Any] = {"events": [], "responses": [{"custom": {"text": "Done."}}]}


async def asked(talk: Talk) -> Message:
    """Return a message of the customer's."""
    return (await talk.receive()).message


async def call(talk: Talk, message: Message, answer: dict[str, Any] = ANSWER) -> dict[str, Any] | None:
    """Make the message's first call; returns what it was told to have answered before."""
    async with talk.database.transaction() as session:
        _, known = await journal.enter(session, talk.id, message.id, 0)
        if known is None:
            await asyncio.sleep(0.05)
            await journal.record(session, message.id, 0, "action_try", answer, NOW)
        return known


async def test_a_call_is_told_what_it_answered_the_first_time(talk: Talk) -> None:
    message = await asked(talk)

    assert [await call(talk, message), await call(talk, message)] == [None, ANSWER]


async def test_another_call_of_the_same_message_is_new(talk: Talk) -> None:
    message = await asked(talk)
    await call(talk, message)

    async with talk.database.transaction() as session:
        conversation, known = await journal.enter(session, talk.id, message.id, 1)

    assert (conversation.id, known) == (talk.id, None)


async def test_a_call_that_is_made_twice_at_the_same_moment_is_done_once(talk: Talk) -> None:
    message = await asked(talk)

    outcomes = await asyncio.gather(call(talk, message), call(talk, message), return_exceptions=True)

    assert sorted(type(outcome) for outcome in outcomes if outcome is not None) in ([], [IntegrityError])
    async with talk.database.look() as look:
        assert await journal.replay(look, message.id, 0) == ANSWER


async def test_a_call_without_an_effect_does_not_wait_for_the_disk_and_one_with_an_effect_does(talk: Talk) -> None:
    message = await asked(talk)
    setting = select(func.pg_catalog.current_setting("synchronous_commit"))
    async with talk.database.transaction() as session:
        await session.execute(select(func.set_config("synchronous_commit", "on", True)))
        await journal.record(session, message.id, 0, "action_try", ANSWER, NOW)
        assert await session.scalar(setting) == "off"
    async with talk.database.transaction() as session:
        await session.execute(select(func.set_config("synchronous_commit", "on", True)))
        await repository.set_claims(session, talk.id, {"trusted": True})
        await journal.record(session, message.id, 1, "action_try", ANSWER, NOW)
        assert await session.scalar(setting) == "on"


async def test_a_conversation_that_is_gone_has_no_calls(talk: Talk) -> None:
    message = await asked(talk)

    with pytest.raises(errors.ConversationNotFound):
        async with talk.database.transaction() as session:
            await journal.enter(session, uuid4(), message.id, 0)

"""The way in: stored once, before anybody acknowledges it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from conversations import errors, repository
from conversations.message import State
from tests.conversations.conftest import NOW, Talk


async def test_a_message_is_stored_as_received_and_its_turn_is_deferred_under_its_lock(
    talk: Talk,
) -> None:
    accepted = await talk.receive("where is my refund?")

    assert accepted.message.state is State.RECEIVED
    assert [message.text for message in await talk.transcript()] == ["where is my refund?"]
    assert await talk.jobs_waiting() == [(str(talk.id), str(accepted.message.id))]


async def test_a_second_delivery_of_the_same_message_is_acknowledged_and_stored_once(talk: Talk) -> None:
    first = await talk.receive("hello", "m1")
    second = await talk.receive("hello", "m1")

    assert second.repeated
    assert second.message.id == first.message.id
    assert len(await talk.transcript()) == 1
    assert len(await talk.jobs_waiting()) == 1


async def test_many_deliveries_at_once_get_numbers_without_gap_or_double(talk: Talk) -> None:
    await asyncio.gather(*(talk.receive(f"text {n}", f"m{n % 10}") for n in range(20)))

    numbers = [message.seq for message in await talk.transcript()]
    assert numbers == list(range(1, 11))


async def test_control_characters_are_dropped_and_the_rest_is_kept(talk: Talk) -> None:
    accepted = await talk.receive("a\x00b\u202ec\ud800 <script>\n'; DROP TABLE messages; --")

    assert accepted.message.text == "abc <script>\n'; DROP TABLE messages; --"


async def test_a_text_that_is_too_long_is_refused_with_a_reason(talk: Talk) -> None:
    await talk.receive("x" * 10_000, "longest")
    with pytest.raises(errors.UnreadableMessage, match="10,000"):
        await talk.receive("x" * 10_001, "too long")


async def test_after_a_day_of_silence_the_next_message_opens_a_new_episode_and_keeps_the_transcript(talk: Talk) -> None:
    await talk.receive("hello", "m1")
    before = await talk.get()
    await replace(talk, now=NOW + timedelta(hours=25)).receive("hello again", "m2")

    after = await talk.get()
    assert after.episode_id != before.episode_id
    assert len(await talk.transcript()) == 2


@pytest.mark.parametrize(("claims", "left"), [({"proved": [1]}, {}), ({"proved": [1], "trusted": True},) * 2])
async def test_what_was_proved_ends_with_the_episode_unless_the_shop_vouched_for_it(
    talk: Talk, claims: dict[str, object], left: dict[str, object]
) -> None:
    async with talk.database.transaction() as session:
        await repository.set_claims(session, talk.id, claims)
    await replace(talk, now=NOW + timedelta(hours=25)).receive("hello again", "m2")

    assert (await talk.get()).claims == left


async def test_within_the_day_the_episode_goes_on(talk: Talk) -> None:
    before = await talk.get()
    await replace(talk, now=NOW + timedelta(hours=23)).receive("hello again", "m2")

    assert (await talk.get()).episode_id == before.episode_id

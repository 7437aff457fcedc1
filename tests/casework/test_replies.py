"""An agent's reply until it leaves: it can be undone, does not leave past something unread, and is never lost."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from casework import handovers, replies
from conversations.message import Author, Message
from handoff import errors
from handoff.agent import Role
from handoff.held import HeldReply
from handoff.service import Reply
from handoff.ticket import Outcome
from kit import errors as kit_errors
from tests.casework.shift import PNG, Customer, Shift

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)


async def helped(shift: Shift) -> Customer:
    """A customer whom Ana has."""
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    return customer


async def seen_by_now(customer: Customer) -> int:
    """Return the number of the newest message."""
    return (await customer.transcript())[-1].seq


async def comes_due(shift: Shift, reply: HeldReply) -> Message | None:
    """Let the seconds pass and the reply's job run."""
    await shift.stand_at(reply.due_at)
    async with shift.desk.database.transaction() as session:
        return await replies.leave_when_due(session, shift.desk, reply.id)


async def undo(shift: Shift, reply: HeldReply, name: str = "Ana") -> HeldReply:
    """Take it back."""
    async with shift.desk.database.transaction() as session:
        return await replies.undo(session, shift.desk, reply.id, name)


async def send_now(shift: Shift, reply: HeldReply, seen: int | None = None, name: str = "Ana") -> Message | None:
    """Send it at once."""
    async with shift.desk.database.transaction() as session:
        return await replies.send_now(session, shift.desk, reply.id, name, seen)


async def test_a_reply_waits_for_the_seconds_of_the_setting_and_then_leaves_by_its_job(shift: Shift) -> None:
    customer = await helped(shift)
    reply = await customer.is_written("Your refund is on its way.", seen=await seen_by_now(customer))

    assert reply.due_at - shift.now == timedelta(seconds=shift.desk.settings.undo_seconds)
    assert [one.id for one in await customer.held()] == [reply.id]
    assert await customer.heard(Author.AGENT) == []
    assert await _jobs(shift) == [(f"reply:{reply.id}", str(reply.id), reply.due_at)]
    await comes_due(shift, reply)
    assert await customer.heard(Author.AGENT) == ["Your refund is on its way."]
    assert (await customer.held(), await customer.held_state(reply)) == ([], "sent")


async def test_a_reply_that_was_undone_never_leaves(shift: Shift) -> None:
    customer = await helped(shift)
    reply = await customer.is_written("Your refund is $900.", seen=await seen_by_now(customer))
    await undo(shift, reply)

    assert await comes_due(shift, reply) is None
    assert await send_now(shift, reply) is None
    assert (await customer.heard(Author.AGENT), await customer.held_state(reply)) == ([], "undone")
    assert ("Ana", "undid_reply") in await customer.audited()


async def test_what_has_left_cannot_be_undone(shift: Shift) -> None:
    customer = await helped(shift)
    reply = await customer.is_written("Hello.", seen=await seen_by_now(customer))
    await comes_due(shift, reply)

    with pytest.raises(kit_errors.Conflict, match="left already"):
        await undo(shift, reply)


async def test_nobody_undoes_or_sends_the_reply_of_another(shift: Shift) -> None:
    customer = await helped(shift)
    reply = await customer.is_written("Hello.", seen=await seen_by_now(customer))
    for refused in (undo(shift, reply, "Ben"), send_now(shift, reply, name="Ben")):
        with pytest.raises(kit_errors.NotFound):
            await refused

    assert await customer.held_state(reply) == "held"


async def test_undoing_and_leaving_at_the_same_moment_end_in_one_of_the_two(shift: Shift) -> None:
    customer = await helped(shift)
    for number in range(5):
        reply = await customer.is_written(f"Reply {number}", seen=await seen_by_now(customer))
        await asyncio.gather(comes_due(shift, reply), undo(shift, reply), return_exceptions=True)
        left = f"Reply {number}" in await customer.heard(Author.AGENT)

        assert await customer.held_state(reply) == ("sent" if left else "undone")


async def test_a_job_that_runs_twice_sends_once(shift: Shift) -> None:
    customer = await helped(shift)
    reply = await customer.is_written("Hello.", seen=await seen_by_now(customer))
    await comes_due(shift, reply)
    await comes_due(shift, reply)
    await shift.sweep()

    assert await customer.heard(Author.AGENT) == ["Hello."]


async def test_a_reply_whose_worker_died_leaves_with_the_next_sweep_and_not_before_it_is_late(shift: Shift) -> None:
    customer = await helped(shift)
    reply = await customer.is_written("Hello.", seen=await seen_by_now(customer))
    await shift.stand_at(reply.due_at + timedelta(seconds=1))
    await shift.sweep()
    assert await customer.heard(Author.AGENT) == []
    await shift.wait(seconds=5)
    await shift.sweep()

    assert await customer.heard(Author.AGENT) == ["Hello."]


async def test_a_reply_to_an_old_view_is_refused_at_once_with_what_was_missed(shift: Shift) -> None:
    customer = await helped(shift)
    seen = await seen_by_now(customer)
    await customer.says("It was the green one.")
    with pytest.raises(errors.StaleView) as stale:
        await customer.is_written("The blue one, then.", seen=seen)

    assert [message.text for message in stale.value.missed] == ["It was the green one."]
    assert await customer.held() == []


async def test_words_that_come_in_within_the_seconds_hold_the_reply_back_until_the_agent_has_seen_them(
    shift: Shift,
) -> None:
    customer = await helped(shift)
    reply = await customer.is_written("The blue one, then.", seen=await seen_by_now(customer))
    newer = await customer.says("It was the green one.")
    assert await comes_due(shift, reply) is None

    (stale,) = await customer.held()
    assert (stale.state.value, await customer.heard(Author.AGENT)) == ("stale", [])
    async with shift.desk.database.transaction() as session:
        assert [one.text for one in await replies.missed_by(session, stale)] == ["It was the green one."]
    assert await send_now(shift, reply) is None, "without having seen it"
    await send_now(shift, reply, newer.seq)
    assert await customer.heard(Author.AGENT) == ["The blue one, then."]


async def test_a_stale_reply_can_be_taken_back(shift: Shift) -> None:
    customer = await helped(shift)
    reply = await customer.is_written("The blue one, then.", seen=await seen_by_now(customer))
    await customer.says("It was the green one.")
    await comes_due(shift, reply)
    await undo(shift, reply)

    assert (await customer.held(), await customer.held_state(reply)) == ([], "undone")


async def test_a_reply_that_asks_for_no_view_leaves_unless_something_comes_in_after_it_was_written(
    shift: Shift,
) -> None:
    customer = await helped(shift)
    await customer.says("It was the green one.")
    reply = await customer.is_written("Thank you.")
    await comes_due(shift, reply)

    assert await customer.heard(Author.AGENT) == ["Thank you."]


async def test_a_reply_is_refused_when_a_supervisor_has_taken_over_before_it_left(shift: Shift) -> None:
    customer = await helped(shift)
    sam = await shift.agent("Sam", role=Role.SUPERVISOR)
    reply = await customer.is_written("We can't refund it.", seen=await seen_by_now(customer))
    await customer.is_taken_over(sam)
    await comes_due(shift, reply)

    assert (await customer.heard(Author.AGENT), await customer.held_state(reply)) == ([], "refused")


async def test_finishing_within_the_seconds_lets_the_last_reply_leave_first(shift: Shift) -> None:
    customer = await helped(shift)
    reply = await customer.is_written("You get your money back.", seen=await seen_by_now(customer))
    await handovers.finish(shift.desk, customer.id, "Ana", (Outcome.INFORMED, "Goodbye."))
    await comes_due(shift, reply)

    said = [message.text for message in await customer.transcript()]
    assert said.index("You get your money back.") < next(place for place, line in enumerate(said) if "Goodbye." in line)
    assert said.count("You get your money back.") == 1


async def test_finishing_is_refused_while_a_reply_is_held_that_missed_something(shift: Shift) -> None:
    customer = await helped(shift)
    reply = await customer.is_written("You get your money back.", seen=await seen_by_now(customer))
    await customer.says("I want to keep it after all.")
    with pytest.raises(errors.StaleView):
        await handovers.finish(shift.desk, customer.id, "Ana", (Outcome.INFORMED, ""))

    assert (await customer.get()).agent_name == "Ana"
    assert await customer.held_state(reply) == "held"


async def test_passing_on_within_the_seconds_lets_the_last_reply_leave_first(shift: Shift) -> None:
    customer = await helped(shift)
    await shift.agent("Ben")
    await customer.is_written("Ben knows more about this.", seen=await seen_by_now(customer))
    await customer.is_passed("agent:Ben")

    assert await customer.heard(Author.AGENT) == ["Ben knows more about this."]


async def test_finishing_while_the_replies_jobs_run_ends_without_a_deadlock_and_with_each_reply_once(
    shift: Shift,
) -> None:
    customer = await helped(shift)
    seen = await seen_by_now(customer)
    written = [await customer.is_written(f"Part {number}", seen=seen) for number in range(4)]
    finishing = handovers.finish(shift.desk, customer.id, "Ana", (Outcome.INFORMED, ""))
    results = await asyncio.gather(finishing, *(comes_due(shift, one) for one in written), return_exceptions=True)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert sorted(await customer.heard(Author.AGENT)) == [f"Part {number}" for number in range(4)]


async def test_only_who_has_the_conversation_writes_in_it(shift: Shift) -> None:
    customer = await helped(shift)

    with pytest.raises(errors.NotTheOwner, match="Ana has this conversation, not Ben"):
        await customer.is_written("Hello.", "Ben")


@pytest.mark.parametrize("nothing", ["", "  \n ", "\x00\u202e"])
async def test_an_empty_reply_is_refused(shift: Shift, nothing: str) -> None:
    customer = await helped(shift)

    with pytest.raises(kit_errors.BadInput, match="empty"):
        await customer.is_written(nothing)


async def test_a_file_leaves_with_its_reply_and_not_before(shift: Shift) -> None:
    customer = await helped(shift)
    async with shift.desk.database.transaction() as session:
        file_id = await replies.attach(session, shift.desk, customer.id, "../label.png", PNG)
        reply = Reply(customer.id, "Ana", "", await seen_by_now(customer), (file_id,))
        held = await replies.hold(session, shift.desk, reply)
    assert [message.content.get("attachments") or [] for message in await customer.transcript()] == [[], []]
    await comes_due(shift, held)

    last = (await customer.transcript())[-1]
    assert last.content["attachments"] == [{"id": str(file_id), "media_type": "image/png", "name": "label.png"}]


@pytest.mark.parametrize("data", [b"", b"MZ\x90\x00", b"<svg onload=alert(1)>", PNG + b"0" * 10 * 1024 * 1024])
async def test_a_file_of_another_kind_or_too_large_is_refused_in_words(shift: Shift, data: bytes) -> None:
    customer = await helped(shift)

    with pytest.raises(kit_errors.BadInput, match=r"larger than 10 MB|can be sent"):
        async with shift.desk.database.transaction() as session:
            await replies.attach(session, shift.desk, customer.id, "photo.png", data)


async def test_the_file_of_another_conversation_does_not_leave(shift: Shift) -> None:
    customer = await helped(shift)
    other = await shift.waiting_customer()
    async with shift.desk.database.transaction() as session:
        foreign = await replies.attach(session, shift.desk, other.id, "photo.png", PNG)
        reply = Reply(customer.id, "Ana", "Look at this.", None, (foreign, UUID(int=7)))
        held = await replies.hold(session, shift.desk, reply)
    await comes_due(shift, held)

    assert (await customer.transcript())[-1].content["attachments"] == []


async def _jobs(shift: Shift) -> list[tuple[object, ...]]:
    query = text(
        "SELECT lock, args->>'held_id', scheduled_at FROM procrastinate_jobs WHERE task_name = 'reply' ORDER BY id"
    )
    async with shift.desk.database.transaction() as session:
        return [tuple(row) for row in await session.execute(query)]

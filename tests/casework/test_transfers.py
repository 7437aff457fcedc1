"""Money on its way: once at the provider whatever dies, tried again, given to a person, and the customer told."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import procrastinate
import pytest
from sqlalchemy import text

from casework import transfers
from conversations import repository as conversations
from conversations.conversation import Owner
from handoff import notes
from handoff.ticket import Reason
from kit import errors, ids
from store import transfers as books
from store.happenings import Act
from store.transfer import Transfer
from tests.casework.till import ANA, NOW, Till

pytest_plugins = ["tests.casework.till_fixtures"]


class Killed(BaseException):
    """The worker dies here."""


# It goes well.


async def test_a_refund_is_sent_and_written_down_with_the_providers_reference(till: Till) -> None:
    wish = await till.wants()
    done = await transfers.send(till.desk, wish)

    assert done is not None
    assert (done.state, done.provider_reference) == ("succeeded", till.stripe.refunds[0]["id"])
    assert till.stripe.refunds[0]["amount"] == 8900
    assert await till.refunded() == [(Decimal("89.00"), done.provider_reference)]
    assert await till.events() == ["requested", "sent", "succeeded"]


async def test_a_charge_is_taken_from_the_saved_card_and_written_down(till: Till) -> None:
    wish = await till.wants("12.50", "charge", key="items:1")
    done = await transfers.send(till.desk, wish)

    assert done is not None
    assert done.state == "succeeded"
    assert till.stripe.payments[done.provider_reference].amount == 1250


async def test_what_was_charged_later_can_be_refunded_by_the_books_own_reference(till: Till) -> None:
    charged = await transfers.send(till.desk, await till.wants("150.00", "charge", key="items:1"))
    assert charged is not None
    await transfers.send(till.desk, await till.wants("120.00", key="order:2"))
    assert till.stripe.refunds[0]["payment_intent"] == charged.provider_reference


async def test_the_same_job_delivered_twice_is_one_refund(till: Till) -> None:
    wish = await till.wants()
    first = await transfers.send(till.desk, wish)
    again = await transfers.send(till.desk, wish)

    assert again == first
    assert len(till.stripe.asked_to_move) == 1
    assert len(await till.refunded()) == 1


async def test_jobs_for_the_same_transfer_at_the_same_moment_are_one_refund(till: Till) -> None:
    wish = await till.wants()
    till.stripe.seconds = 0.1
    answers = await asyncio.gather(*(transfers.send(till.desk, wish) for _ in range(5)), return_exceptions=True)

    assert {type(one) for one in answers} <= {Transfer, errors.Unavailable}
    assert (await till.get(wish)).state == "succeeded"
    assert len(till.stripe.refunds) == 1
    assert len(await till.refunded()) == 1


async def test_a_transfer_that_nobody_knows_is_no_trouble(till: Till) -> None:
    assert await transfers.send(till.desk, ids.new_id()) is None


async def test_a_refund_of_what_was_paid_in_several_payments_goes_back_on_each(till: Till) -> None:
    more = await transfers.send(till.desk, await till.wants("30.00", "charge", key="items:1"))
    assert more is not None
    done = await transfers.send(till.desk, await till.wants("125.00", key="order:2"))

    assert done is not None
    assert done.state == "succeeded"
    assert [(one["payment_intent"], one["amount"]) for one in till.stripe.refunds] == [
        ("pi_paid", 10000),
        (more.provider_reference, 2500),
    ]
    assert await till.refunded() == [(Decimal("125.00"), done.provider_reference)]


# Something dies.


async def test_a_worker_killed_before_it_asked_has_lost_nothing(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = await till.wants()

    async def die(*_: Any) -> str:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(transfers, "_ask", die)
        with pytest.raises(Killed):
            await transfers.send(till.desk, wish)
    assert (await till.get(wish)).state == "sent"

    await transfers.send(till.desk, wish)
    assert (await till.get(wish)).state == "succeeded"
    assert len(till.stripe.refunds) == 1


async def test_a_worker_killed_between_the_provider_and_the_books_is_one_refund_at_the_provider(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = await till.wants()

    async def die(*_: Any) -> Transfer:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(transfers, "_write_down", die)
        with pytest.raises(Killed):
            await transfers.send(till.desk, wish)
    assert len(till.stripe.refunds) == 1
    assert await till.refunded() == []

    till.stripe.forget_keys()  # even a day later
    done = await transfers.send(till.desk, wish)
    assert done is not None
    assert done.provider_reference == till.stripe.refunds[0]["id"]
    assert len(till.stripe.refunds) == 1
    assert len(await till.refunded()) == 1


async def test_a_worker_killed_each_time_ends_with_a_person_and_not_with_a_loop(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = await till.wants()

    async def die(*_: Any) -> str:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(transfers, "_ask", die)
        for _ in range(transfers.MOST_TRIES - 1):
            with pytest.raises(Killed):
                await transfers.send(till.desk, wish)
    till.stripe.looks = ["drop"]
    failed = await transfers.send(till.desk, wish)
    assert failed is not None
    assert failed.state == "failed"


async def test_the_sweep_gives_a_job_to_what_has_none_and_only_to_that(till: Till) -> None:
    wish = await till.wants()
    gift = await till.wants("5.00", method="gift_maya", key="order:gift")

    assert await transfers.send_due(till.desk) == 1
    assert await transfers.send_due(till.desk) == 0
    assert await till.jobs() == [str(wish)]
    assert (await till.get(gift)).state == "succeeded"  # ours: no provider is asked


async def test_sweeps_at_the_same_moment_give_one_job(till: Till) -> None:
    wish = await till.wants()
    await asyncio.gather(*(transfers.send_due(till.desk) for _ in range(4)))
    assert await till.jobs() == [str(wish)]


async def test_what_was_left_as_sent_is_taken_up_again(till: Till) -> None:
    wish = await till.wants()
    async with till.session() as session:
        await books.mark_sent(session, wish, NOW)
    await transfers.send_due(till.desk)
    await till.jobs_are("failed")

    assert await transfers.send_due(till.desk) == 1
    await transfers.send(till.desk, wish)
    assert (await till.get(wish)).state == "succeeded"


# The provider is down.


async def test_a_worker_does_what_the_sweep_gave_it_and_tries_again_by_itself(till: Till) -> None:
    app = till.desk.jobs._app
    retry = procrastinate.RetryStrategy(max_attempts=transfers.MOST_TRIES, wait=0)

    @app.task(name=transfers.TRANSFER_TASK, retry=retry)
    async def transfer(transfer_id: str) -> None:
        await transfers.send(till.desk, UUID(transfer_id))

    wish = await till.wants()
    till.stripe.trouble = ["drop", "lost"]
    await transfers.send_due(till.desk)
    for _ in range(3):
        await app.run_worker_async(
            queues=[transfers.TRANSFER_TASK], wait=False, install_signal_handlers=False, delete_jobs="successful"
        )

    assert ((await till.get(wish)).state, len(till.stripe.refunds)) == ("succeeded", 1)
    assert await till.jobs() == []


async def test_a_provider_that_is_down_is_asked_again_until_it_is_up(till: Till) -> None:
    wish = await till.wants()
    till.stripe.trouble = ["drop", (503, b""), "lost"]
    for attempt in (1, 2, 3):
        with pytest.raises(errors.Unavailable):
            await transfers.send(till.desk, wish)
        waiting = await till.get(wish)
        assert (waiting.state, waiting.attempts) == ("requested", attempt)
        assert waiting.problem

    done = await transfers.send(till.desk, wish)
    assert done is not None
    assert (done.state, done.problem) == ("succeeded", "")
    assert len(till.stripe.refunds) == 1
    assert await till.told() == []
    assert (await till.conversation()).owner is Owner.BOT


async def test_after_the_last_try_a_person_comes_and_nobody_pretends_to_know(till: Till) -> None:
    wish = await till.wants()
    till.stripe.looks = ["drop"] * transfers.MOST_TRIES
    failed = await till.tries(wish)

    assert failed is not None
    assert (failed.state, failed.attempts) == ("failed", transfers.MOST_TRIES)
    (news,) = await till.told()
    assert "$89.00" in news
    assert "we don't know yet" in news
    assert "did not go through" not in news
    assert (await till.conversation()).owner is Owner.QUEUE


async def test_without_a_provider_nothing_is_lost(till: Till) -> None:
    wish = await till.wants()
    with pytest.raises(errors.Unavailable, match="no payment provider"):
        await transfers.send(replace(till.desk, payments=None), wish)
    assert (await till.get(wish)).state == "requested"


# The provider refuses.


async def test_a_refusal_is_told_once_and_goes_to_a_person_with_the_providers_words(till: Till) -> None:
    till.stripe.payments["pi_paid"].left = 0
    wish = await till.wants()
    failed = await transfers.send(till.desk, wish)
    await transfers.send(till.desk, wish)  # delivered twice

    assert failed is not None
    assert failed.state == "failed"
    assert "has already been refunded" in failed.problem
    (news,) = await till.told()
    assert "#H204518" in news
    assert "$89.00" in news
    assert "Visa ending 4242" in news
    assert "did not go through" in news
    ticket = await till.ticket()
    assert ticket is not None
    assert ticket.reason is Reason.PAYMENT
    assert "has already been refunded" in ticket.detail
    assert "has already been refunded" not in news
    assert await till.refunded() == []


async def test_a_failure_is_an_event_for_the_shops_systems_of_which_no_notice_goes_out(till: Till) -> None:
    till.stripe.payments["pi_paid"].left = 0
    await transfers.send(till.desk, await till.wants())
    assert await till.events() == ["requested", "sent", "failed"]
    assert "failed" not in await till.untold()


async def test_the_truth_is_told_before_the_person_is_announced(till: Till) -> None:
    till.stripe.payments["pi_paid"].left = 0
    await transfers.send(till.desk, await till.wants())
    async with till.session() as session:
        said = [one.text for one in await conversations.transcript(session, till.conversation_id)]
    truth = next(place for place, words in enumerate(said) if "did not go through" in words)
    person = next(place for place, words in enumerate(said) if "A person on our team looks into it" in words)
    assert truth < person


async def test_a_charge_that_is_declined_says_that_nothing_was_taken(till: Till) -> None:
    till.stripe.saved_card(declines="insufficient_funds")
    await transfers.send(till.desk, await till.wants("12.50", "charge", key="items:1"))
    (news,) = await till.told()
    assert "$12.50" in news
    assert "nothing was taken" in news


async def test_an_agent_who_has_the_conversation_finds_what_the_provider_said_in_a_note(till: Till) -> None:
    await till.hires(ANA)
    await till.claimed_by(ANA)
    till.stripe.payments["pi_paid"].left = 0
    await transfers.send(till.desk, await till.wants())

    assert (await till.conversation()).agent_name == ANA
    assert len(await till.told()) == 1
    async with till.session() as session:
        (note,) = await notes.of(session, till.conversation_id)
    assert "has already been refunded" in note.text


async def test_a_payment_that_stripe_never_saw_is_a_persons(till: Till) -> None:
    async with till.session() as session:
        await session.execute(text("UPDATE payments SET reference = ''"))
    failed = await transfers.send(till.desk, await till.wants())
    assert failed is not None
    assert "Without the id of a Stripe payment" in failed.problem
    assert not till.stripe.requests


# Gift cards are ours: no provider is asked, and no job runs.


async def test_a_gift_card_with_too_little_on_it_is_told_once_and_goes_to_a_person(till: Till) -> None:
    wish = await till.wants("9.00", "charge", method="gift_maya", key="items:1")
    assert (await till.get(wish)).state == "failed"

    assert await transfers.tell_failed(till.desk) == 1
    assert await transfers.tell_failed(till.desk) == 0
    (news,) = await till.told()
    assert "$9.00 was to be paid with Gift card ending 77" in news
    assert "nothing was taken" in news
    ticket = await till.ticket()
    assert ticket is not None
    assert "does not have enough left" in ticket.detail


async def test_what_a_provider_refused_is_not_told_a_second_time_by_the_sweep(till: Till) -> None:
    till.stripe.payments["pi_paid"].left = 0
    await transfers.send(till.desk, await till.wants())
    assert await transfers.tell_failed(till.desk) == 0
    assert len(await till.told()) == 1


# Two workers, one of which everybody takes for dead.


async def test_what_the_provider_did_is_written_down_although_another_worker_gave_up_on_it(till: Till) -> None:
    wish = await till.wants()
    slow = await transfers._take(till.desk, wish)
    assert slow is not None
    async with till.session() as session:
        await books.fail(session, wish, "another worker saw a refusal", NOW)

    done = await transfers._write_down(till.desk, slow[0], "re_slow")
    assert done.state == "succeeded"
    assert await till.refunded() == [(Decimal("89.00"), "re_slow")]


async def test_a_refusal_that_comes_after_another_worker_succeeded_tells_nobody_anything(till: Till) -> None:
    wish = await till.wants()
    slow = await transfers._take(till.desk, wish)
    assert slow is not None
    await transfers.send(till.desk, wish)

    stands = await transfers._give_up(till.desk, slow[0], "refused", sure=True)
    assert stands.state == "succeeded"
    assert await till.told() == []
    assert (await till.conversation()).owner is Owner.BOT


async def test_money_that_moved_although_it_was_called_off_goes_to_a_person(till: Till) -> None:
    wish = await till.wants()
    slow = await transfers._take(till.desk, wish)
    assert slow is not None
    async with till.session() as session:
        await books.put_back(session, wish, "lost", NOW)
        await books.call_off(session, wish, Act("shop", NOW, told=True))

    await transfers._write_down(till.desk, slow[0], "re_slow")
    ticket = await till.ticket()
    assert ticket is not None
    assert ticket.reason is Reason.PAYMENT
    assert "called off" in ticket.detail
    assert "re_slow" in ticket.detail
    (news,) = await till.told()
    assert "although it had been called off" in news

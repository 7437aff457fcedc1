"""A promise that comes due unkept: the customer is told first, then a person has it; once each."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from casework import promises, reach
from conversations.conversation import Owner
from handoff import notes
from handoff import repository as handoffs
from handoff.ticket import Reason
from store import ledger
from tests.casework.harbour import ANA
from tests.casework.post import HERE, MAYA, Post
from tests.smtp_server import text_of

pytestmark = pytest.mark.database
pytest_plugins = ["tests.casework.post_fixtures"]

DUE = datetime(2026, 11, 21, 7, 59, 59, tzinfo=UTC)
"""The end of 20 November in the shop."""
WORDS = "$129.00 to Visa ending 4242, 5 to 10 business days after we have checked the parcel"


async def promise(post: Post, number: str = "H203950", rma: str | None = HERE, kind: str = "refund") -> UUID:
    """Let something have been promised, and nothing else be late."""
    await post.rows("UPDATE promises SET kept_at = :now WHERE kept_at IS NULL RETURNING 1", now=post.now)
    order = await post.order(number)
    return_ = await post.stored(rma) if rma else None
    values = {"id": uuid4(), "order": order.id, "return": return_.id if return_ else None, "kind": kind}
    await post.rows(
        'INSERT INTO promises (id, order_id, return_id, text, amount, due_at, kind) '
        'VALUES (:id, :order, :return, :text, 129, :due, :kind) RETURNING 1',
        **values, text=WORDS, due=DUE,
    )  # fmt: skip
    return values["id"]  # type: ignore[return-value]


async def test_the_customer_is_told_first_and_then_a_person_has_it(post: Post) -> None:
    await post.prove(order_number="H203950", email=MAYA)
    await post.says("hello")
    await promise(post)

    assert await promises.watch(post.desk) == 1
    told, queued = [one.text for one in await post.told()]
    assert told == (
        f"About your return {HERE}: I told you that you get $129.00 to Visa ending 4242 by 20 November 2026. "
        "That hasn't happened, and I'm sorry."
    )
    assert queued.startswith("A person on our team looks into it now.")
    assert (await post.get()).owner is Owner.QUEUE
    async with post.session() as session:
        ticket = await handoffs.open_of(session, post.id)
    assert ticket is not None
    assert (ticket.reason, ticket.detail) == (
        Reason.PROMISE,
        f"Promised by 20 November 2026, and not kept: {WORDS}.",
    )


async def test_it_is_late_once(post: Post) -> None:
    await post.prove(order_number="H203950", email=MAYA)
    await post.says("hello")
    await promise(post)
    counts = await asyncio.gather(*(promises.watch(post.desk) for _ in range(3)))
    post.wait(days=3)

    assert sum(counts) == 1
    assert await promises.watch(post.desk) == 0
    assert len(await post.told()) == 2


async def test_before_it_is_due_or_once_it_is_kept_nothing_happens(post: Post) -> None:
    one = await promise(post)
    await post.rows("UPDATE promises SET due_at = :due WHERE id = :id RETURNING 1", due=post.now + timedelta(1), id=one)
    assert await promises.watch(post.desk) == 0
    async with post.session() as session:
        await ledger.keep_promises(session, (await post.stored(HERE)).id, post.now)
    post.wait(days=2)

    assert await promises.watch(post.desk) == 0
    assert await post.notices("H203950") == []


async def test_an_agent_who_has_the_customer_finds_it_in_a_note(post: Post) -> None:
    await post.prove(order_number="H203950", email=MAYA)
    await post.says("hello")
    await post.hire(ANA)
    await post.hand_over(Reason.ASKED_FOR)
    await post.claim()
    await promise(post)

    assert await promises.watch(post.desk) == 1
    assert (await post.get()).agent_name == ANA
    assert (await post.told())[-1].text.endswith("I'm sorry. A person on our team looks into it now.")
    async with post.session() as session:
        (note,) = await notes.of(session, post.id)
    assert note.text == f"Promised by 20 November 2026, and not kept: {WORDS}."


async def test_who_has_no_conversation_is_told_by_one_email_and_a_person_finds_the_case(post: Post) -> None:
    await promise(post, "H205120", None)

    assert await promises.watch(post.desk) == 1
    own = await post.own("H205120")
    assert own is not None
    assert own.owner is Owner.QUEUE
    (mail,) = await post.unseen()
    assert str(mail["To"]) == MAYA
    text = text_of(mail)
    assert text.index("That hasn't happened, and I'm sorry.") < text.index("A person on our team looks into it now.")


async def test_a_decision_that_nobody_made_is_told_in_its_own_words(post: Post) -> None:
    await post.prove(order_number="H203950", email=MAYA)
    await post.says("hello")
    await promise(post, kind="decision")
    await promises.watch(post.desk)

    assert "I told you that a person decides by 20 November 2026." in (await post.told())[0].text


async def test_nothing_is_marked_late_that_could_not_be_told(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await promise(post)

    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(reach, "hand_over", fails)
    assert await promises.watch(post.desk) == 0
    monkeypatch.undo()
    (row,) = await post.rows("SELECT late_at FROM promises WHERE id = :id", id=one)
    assert row.late_at is None
    assert await promises.watch(post.desk) == 1

"""One customer's data is handed out in full, and erased so that nobody is left in it and the books still balance."""

import base64
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from casework import notices, privacy, promises, reach
from conversations import attachments, inbox, outbox, transcript
from conversations import repository as conversations
from conversations.conversation import Owner
from conversations.message import Author, Draft
from faq import repository as questions
from handoff import held, notes
from handoff.service import Reply
from handoff.ticket import Reason
from kit import errors, ids
from store import personal, records, service
from store.happenings import Act
from store.identity import Claim
from tests.casework.harbour import ANA
from tests.casework.post import HERE, LABEL, MAYA, PRIYA, Post

pytestmark = pytest.mark.database
pytest_plugins = ["tests.casework.post_fixtures"]

PNG = b"\x89PNG\r\n\x1a\n" + b"a photo"
SUMS = {
    "payments": "SELECT kind, count(*), sum(amount), sum(bonus) FROM payments GROUP BY kind ORDER BY kind",
    "transfers": "SELECT kind, state, count(*), sum(amount) FROM transfers GROUP BY 1, 2 ORDER BY 1, 2",
    "orders": "SELECT state, count(*), sum(shipping), min(placed_at), max(placed_at) FROM orders GROUP BY 1 ORDER BY 1",
    "items": "SELECT count(*), sum(unit_price * quantity), sum(discount), sum(tax) FROM order_items",
    "returns": "SELECT settlement, count(*), sum(amount), sum(fee) FROM returns GROUP BY settlement ORDER BY 1",
    "lines": "SELECT count(*), sum(quantity), sum(amount) FROM return_lines",
    "balances": "SELECT kind, count(*), sum(balance) FROM payment_methods GROUP BY kind ORDER BY kind",
    "stock": "SELECT count(*), sum(stock) FROM variants",
    "events": "SELECT subject, kind, count(*), min(at) FROM events GROUP BY 1, 2 ORDER BY 1, 2",
    "promises": "SELECT count(*), sum(amount), min(due_at) FROM promises",
}
"""What the books must say before and after."""
WORDS = (
    *("maya.torres", "Maya Torres", "Maya  Torres", "Torres", "2418 SE Alder", "Visa ending 4242"),
    *("5035550142", "503) 555-0142", "503-555-0142", "503.555.0142"),
)
EVERYTHING = """
    SELECT c.table_name, c.column_name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, 2
"""


async def sums(post: Post) -> dict[str, list[tuple[Any, ...]]]:
    """Read the books."""
    return {name: [tuple(row) for row in await post.rows(query)] for name, query in SUMS.items()}


async def places(post: Post, words: Sequence[str]) -> set[str]:
    """Return all columns of the database, of whatever type, in which one of some words stands."""
    found = set()
    for table, column in await post.rows(EVERYTHING):
        for word in words:
            shown = f'"{column}"::text'  # of bytes, PostgreSQL shows the hexadecimal digits
            found_in = f"{shown} ILIKE '%' || :word || '%' OR {shown} LIKE '%' || :hex || '%'"
            query = f'SELECT 1 FROM "{table}" WHERE {found_in} LIMIT 1'
            if await post.rows(query, word=word, hex=word.encode().hex()):
                found.add(f"{table}.{column}: {word}")
    return found


async def live(post: Post) -> None:
    """Let Maya have a long story with the shop: words, files, a person, notes, a survey, e-mails, promises, notices."""
    await post.hire(ANA)
    await post.prove(order_number="H203950", email=MAYA)
    await post.says("Hi, I am Maya Torres, maya.torres@example.com, (503) 555-0142, 2418 SE Alder Street")
    async with post.session() as session:
        talk = await conversations.get(session, post.id)
        file = attachments.read("Maya Torres.png", PNG)
        assert file is not None
        inbound = inbox.Inbound(talk.channel, talk.address, str(ids.new_id()), "", files=(file,))
        accepted = await inbox.accept(session, inbound, post.desk.jobs, post.now, timedelta(hours=24))
        await transcript.set_mood(session, accepted.message, {"score": 0.1, "words": ["Maya Torres"]})
        await transcript.mark_answered(session, accepted.message)
        await conversations.set_contact(session, post.id, {"email": MAYA, "phone": "+15035550142"})
        answer = {"said": [{"text": "Hello Maya Torres"}]}
        query = "INSERT INTO action_journal VALUES (:id, 1, 'action', CAST(:answer AS jsonb), :now)"
        values = {"id": accepted.message.id, "answer": json.dumps(answer), "now": post.now}
        await session.execute(text(query), values)
    await post.remember(evidence={"email": MAYA, "name": "Maya Torres"})
    await post.hand_over(Reason.COMPLAINT, "Maya Torres wrote again", words=["Torres"])
    await post.claim()
    async with post.session() as session:
        await questions.keep(session, post.id, "does Maya Torres need a receipt", "none", [], post.now)
        await notes.add(session, post.id, ANA, "Maya Torres called from 503-555-0142.", post.now)
        await held.add(session, Reply(post.id, ANA, "Dear Maya Torres", 1), post.now, post.now)
        await service.record_parcel(session, HERE, "inspected", Act(ANA, post.now), post.desk.book)
    await notices.tell_untold(post.desk)
    await post.unseen()
    async with post.session() as session:
        query = (
            "INSERT INTO surveys (id, episode_id, conversation_id, ticket_id, agent_name, rating, comment, at) "
            "VALUES (:id, :id, :talk, :id, 'Ana Lopes', 4, 'Thanks, Maya Torres', :now)"
        )
        await session.execute(text(query), {"id": uuid4(), "talk": post.id, "now": post.now})
    await elsewhere(post)


async def elsewhere(post: Post) -> None:
    """Let her data also stand where nobody would look for it."""
    stranger = await post.another("stranger")
    await stranger.says("my neighbour is Maya  Torres (maya.torres@example.com), her phone is +1 503.555.0142")
    about = json.dumps({"customer": {"email": MAYA, "name": "Maya Torres"}, "order": "H203950"})
    values = {"id": uuid4(), "now": post.now, "about": about, "body": about.encode(), "other": b'{"order": "H1"}'}
    async with post.session() as session:
        for query in [
            "INSERT INTO inbound_events VALUES (:id, 'shop', 'e1', 'order.created', :about, 'done', '', :now)",
            "INSERT INTO imports VALUES ('d1', 'orders.csv', 1, jsonb_build_array(:about), :now, NULL)",
            "INSERT INTO api_keys VALUES (:id, 'shop', 'rd_1', 'digest', '{}', :now, NULL, NULL)",
            "INSERT INTO idempotency_keys VALUES (:id, 'k1', 'd', 200, '{}', :body, :now)",
            "INSERT INTO idempotency_keys VALUES (:id, 'k2', 'd', 200, '{}', :other, :now)",
            "INSERT INTO webhooks VALUES (:id, 'https://shop.test', 's', '{}', :now, NULL)",
            "INSERT INTO webhook_deliveries VALUES (:id, :id, 1, 'x', :about, 'queued', 0, NULL, '', :now, NULL)",
        ]:
            bound = text(query.replace(":about", "CAST(:about AS jsonb)"))
            await session.execute(bound, {name: values[name] for name in values if f":{name}" in query})


async def erase(post: Post, email: str = MAYA, *, force: bool = True) -> privacy.Erased:
    """Erase somebody."""
    async with post.session() as session:
        return await privacy.erase(session, post.desk, email, "command line", force=force)


async def test_the_export_holds_all_that_is_known_and_is_json(post: Post) -> None:
    await live(post)
    async with post.session() as session:
        document = await privacy.export(session, post.desk, " Maya.Torres@Example.com ")
    read = json.loads(json.dumps(document))

    assert (read["format"], read["version"], read["email"]) == ("returndesk.customer", 1, MAYA)
    (person,) = read["customers"]
    assert person["profile"]["name_last"] == "Torres"
    assert person["profile"]["street"] == "2418 SE Alder Street"
    assert "Visa ending 4242" in [one["label"] for one in person["payment_methods"]]
    order = next(one for one in person["orders"] if one["number"] == "H203950")
    assert [one["rma"] for one in order["returns"]] == [HERE]
    for name in ("items", "payments", "events", "decisions", "promises", "notices"):
        assert order[name], name
    assert order["returns"][0]["lines"]
    talk = next(one for one in read["conversations"] if one["id"] == str(post.id))
    assert "2418 SE Alder Street" in talk["messages"][0]["text"]
    assert base64.b64decode(talk["attachments"][0]["base64"]) == PNG
    assert talk["notes"][0]["text"] == "Maya Torres called from 503-555-0142."
    assert talk["surveys"][0]["comment"] == "Thanks, Maya Torres"
    assert talk["mails"][0]["address"] == MAYA


async def test_the_export_holds_nobody_elses_words(post: Post) -> None:
    await live(post)
    async with post.session() as session:
        document = await privacy.export(session, post.desk, MAYA)

    whole = json.dumps(document)
    assert "my neighbour is" not in whole
    assert PRIYA not in whole


async def test_after_erasing_nothing_in_the_database_says_who_it_was_and_the_books_say_the_same(post: Post) -> None:
    await live(post)
    assert len(await places(post, WORDS)) > 20
    before = await sums(post)
    done = await erase(post)

    assert await places(post, WORDS) == set()
    assert await sums(post) == before
    assert (done.customers, done.conversations) == (1, 1)
    assert await post.rows("SELECT 1 FROM customers WHERE erased_at IS NOT NULL") != []


async def test_what_belongs_to_others_stays(post: Post) -> None:
    await live(post)
    await erase(post)

    (said,) = await post.rows("SELECT text FROM messages WHERE text LIKE 'my neighbour%'")
    assert said.text == "my neighbour is (erased) ((erased)), her phone is (erased)"
    assert [row.key for row in await post.rows("SELECT key FROM idempotency_keys")] == ["k2"]
    (payload,) = await post.rows("SELECT payload FROM webhook_deliveries")
    assert payload.payload == {"customer": {"email": "(erased)", "name": "(erased)"}, "order": "H203950"}
    (priya,) = await post.rows("SELECT street FROM customers WHERE email = :email", email=PRIYA)
    assert priya.street == "1207 Kinney Avenue"
    assert (await post.order("H206006")).address.street == "1207 Kinney Avenue"


async def test_a_running_conversation_is_ended_and_what_was_on_its_way_does_not_leave(post: Post) -> None:
    await live(post)
    before = await post.get()
    await erase(post)

    after = await post.get()
    assert (after.owner, after.agent_name) == (Owner.BOT, None)
    assert after.owner_counter > before.owner_counter
    assert after.address != before.address
    assert (after.claims, after.contact, after.dialogue_state, after.topic) == ({}, {}, None, None)
    async with post.session() as session:
        stale = outbox.Sender(Author.AGENT, before.owner_counter, ANA)
        assert await outbox.send(session, post.id, [Draft("Dear Maya Torres")], stale, post.now) == []
        assert await conversations.find(session, "web", before.address) is None
    left = len(await post.deliver())
    assert len(await post.unseen()) == left
    assert await post.rows("SELECT 1 FROM handoffs WHERE stage IN ('queued', 'claimed')") == []


async def test_messages_stay_as_empty_lines_with_author_and_time(post: Post) -> None:
    await live(post)
    query = "SELECT seq, author, created_at FROM messages WHERE conversation_id = :id ORDER BY seq"
    before = await post.rows(query, id=post.id)
    await erase(post)

    assert await post.rows(query, id=post.id) == before
    texts = await post.rows("SELECT DISTINCT text FROM messages WHERE conversation_id = :id", id=post.id)
    assert [row.text for row in texts] == ["(erased)"]


async def test_the_audit_trail_says_that_it_was_done_and_not_of_whom(post: Post) -> None:
    await live(post)
    await erase(post)

    (row,) = await post.rows("SELECT actor, conversation_id, detail FROM audit WHERE act = 'customer_erased'")
    assert (row.actor, row.conversation_id) == ("command line", None)
    assert set(row.detail) == {"customers", "orders", "conversations", "messages", "forced"}


async def test_it_is_refused_while_something_is_open_and_nothing_is_changed(post: Post) -> None:
    before = await post.rows("SELECT * FROM customers ORDER BY id")
    with pytest.raises(errors.Conflict) as refused:
        await erase(post, force=False)

    assert f"return {HERE} is open" in str(refused.value)
    assert "order #H205120 is pending" in str(refused.value)
    assert "Nothing was erased" in str(refused.value)
    assert await post.rows("SELECT * FROM customers ORDER BY id") == before


async def test_who_has_nothing_open_is_erased_without_force(post: Post) -> None:
    await post.rows("UPDATE returns SET approval = 'cancelled', settlement = 'closed' RETURNING 1")
    await post.rows("UPDATE orders SET state = 'delivered' WHERE state <> 'cancelled' RETURNING 1")
    done = await erase(post, PRIYA, force=False)

    assert done.customers == 1
    assert await places(post, (PRIYA, "Priya Shah", "1207 Kinney")) == set()


async def test_nobody_is_told_anything_any_more_and_the_sweeps_go_on(post: Post) -> None:
    await live(post)
    async with post.session() as session:
        await service.settle(session, HERE, Act("warehouse", post.now), post.desk.book)
    await erase(post)
    post.wait(days=60)
    messages = await post.rows("SELECT count(*) AS number FROM messages")
    await notices.tell_untold(post.desk)
    await notices.tell_deadlines(post.desk)
    await promises.watch(post.desk)

    assert await post.rows("SELECT 1 FROM events WHERE told_at IS NULL") == []
    order = await post.order("H203950")
    assert personal.is_erased(order.customer)
    async with post.session() as session:
        assert await reach.tell(session, post.desk, order, None, "Hello", key="x") is None
    assert all("erased" not in str(mail["To"]) for mail in await post.deliver())
    assert len(messages) == 1


async def test_a_receipt_still_explains_its_decision(post: Post) -> None:
    return_ = await post.stored(LABEL)
    async with post.session() as session:
        before = await records.receipts_of(session, [return_.id])
    await erase(post, PRIYA)
    async with post.session() as session:
        after = await records.receipts_of(session, [return_.id])

    assert after[return_.id].rule_ids == before[return_.id].rule_ids
    assert after[return_.id].sentences == before[return_.id].sentences


async def test_an_address_without_orders_is_found_in_the_conversation_that_left_it(post: Post) -> None:
    await post.says("write to me please")
    async with post.session() as session:
        await conversations.set_contact(session, post.id, {"email": "nobody@example.net"})
    done = await erase(post, "nobody@example.net", force=False)

    assert (done.customers, done.conversations) == (0, 1)
    with pytest.raises(errors.NotFound):
        await erase(post, "nobody@example.net", force=False)


async def test_who_was_given_something_is_not_shown_to_who_paid_for_it_nor_erased_with_them(post: Post) -> None:
    giftee = await post.another("giftee")
    await giftee.says("the boots that I was given are too small")
    order = await post.order("H206006")
    claim = Claim("write", order.customer.id, (order.id,), gift=True)
    async with post.session() as session:
        await conversations.set_claims(session, giftee.id, {"proved": [claim.to_json()], "wrong": 0})
    await post.rows(
        "UPDATE returns SET gift = true, conversation_id = :id WHERE rma = :rma RETURNING 1", id=giftee.id, rma=LABEL
    )
    async with post.session() as session:
        document = json.dumps(await privacy.export(session, post.desk, PRIYA))
    await erase(post, PRIYA)

    assert LABEL not in document
    assert "the boots that I was given" not in document
    assert [one.text for one in await giftee.said(Author.CUSTOMER)] == ["the boots that I was given are too small"]

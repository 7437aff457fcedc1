"""Search finds words as they are written, numbers however they are written, and stays on the index."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as sql
from sqlalchemy.dialects import postgresql

from casework import search
from casework.search import Hit
from conversations import repository as conversations
from conversations import search as transcripts
from conversations.message import Author
from conversations.search import Query
from tests.casework.harbour import Harbour

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.harbour_fixtures",)

MANY = 100_000


async def find(harbour: Harbour, text: str, limit: int = 50) -> list[Hit]:
    """Search."""
    async with harbour.session() as session:
        return await search.find(session, harbour.desk, text, limit)


async def snippets(harbour: Harbour, text: str) -> list[str]:
    """Search, and return what is shown."""
    return [hit.snippet for hit in await find(harbour, text)]


def marked(hit: Hit) -> list[str]:
    """Return the marked words."""
    return [hit.snippet[start:end] for start, end in hit.marks]


async def test_words_are_found_in_any_form_newest_first_with_their_places(empty_harbour: Harbour) -> None:
    await empty_harbour.says("I am returning two mugs")
    empty_harbour.wait(minutes=1)
    await empty_harbour.asks("Your mug can be returned.")
    second, first = await find(empty_harbour, "return mug")

    assert (first.author, first.snippet, marked(first)) == (
        Author.CUSTOMER,
        "I am returning two mugs",
        ["returning", "mugs"],
    )
    assert (second.author, second.seq, second.channel) == (Author.BOT, 2, "web")
    assert second.at - first.at == timedelta(minutes=1)


async def test_what_looks_like_markup_stands_in_the_snippet_as_it_was_written(empty_harbour: Harbour) -> None:
    await empty_harbour.says("the label says <b>fragile</b> & more")

    assert await snippets(empty_harbour, "fragile label") == ["the label says <b>fragile</b> & more"]


async def test_it_reads_phrases_or_and_not(empty_harbour: Harbour) -> None:
    await empty_harbour.says("the zip is broken")
    await empty_harbour.says("the broken zip of my jacket")
    await empty_harbour.says("where is my parcel")

    assert await snippets(empty_harbour, '"broken zip"') == ["the broken zip of my jacket"]
    assert await snippets(empty_harbour, "broken -jacket") == ["the zip is broken"]
    assert len(await snippets(empty_harbour, "jacket or parcel")) == 2
    assert await snippets(empty_harbour, "zip parcel") == []


async def test_the_last_word_may_be_unfinished(empty_harbour: Harbour) -> None:
    await empty_harbour.says("my headphones are silent")

    assert [marked(hit) for hit in await find(empty_harbour, "silent headph")] == [["headphones", "silent"]]
    assert await snippets(empty_harbour, "headph silent") == []
    assert await snippets(empty_harbour, '"headph"') == []


async def test_what_names_nothing_to_look_for_finds_nothing(empty_harbour: Harbour) -> None:
    await empty_harbour.says("hello there")

    for typed in ("", "   ", "the", "-refund", "the -refund", '"', "or", "- -", "!!!", ":* & |", "\x00", "(", "a'b\\"):
        assert await find(empty_harbour, typed) == []


@pytest.mark.parametrize("typed", ["H204518", "#h204518", "# H 204518", "order H-204518", "204518", "h204 518"])
async def test_an_order_is_found_however_it_was_written_and_is_typed(empty_harbour: Harbour, typed: str) -> None:
    for written in ("#H204518", "order h 204518", "it is H-204518.", "number 204518"):
        await empty_harbour.says(written)
    await empty_harbour.says("order #H204777")

    assert len(await find(empty_harbour, typed)) == 4


@pytest.mark.parametrize("typed", ["RMA-4829-1563", "rma 48291563", "4829 1563", "RMA4829-1563", "return 4829-1563"])
async def test_a_return_is_found_however_it_was_written_and_is_typed(empty_harbour: Harbour, typed: str) -> None:
    for written in ("Your return number is RMA-4829-1563.", "rma 48291563", "RMA 4829 1563", "it says 4829-1563"):
        await empty_harbour.says(written)
    await empty_harbour.says("RMA-1000-0016")

    assert len(await find(empty_harbour, typed)) == 4


async def test_an_e_mail_finds_who_wrote_it_and_who_it_belongs_to(empty_harbour: Harbour) -> None:
    await empty_harbour.says("I am Maya.Torres@example.com")
    proved = await empty_harbour.another("proved")
    await proved.prove(order_number="H204518", zip="97214")
    await proved.says("and where is my refund")
    left = await empty_harbour.another("left")
    await left.says("call me")
    async with left.session() as session:
        await conversations.set_contact(session, left.id, {"email": "maya.torres@example.com"})
    other = await empty_harbour.another("other")
    await other.says("I am jonas.weber@example.com")
    found = await find(empty_harbour, "maya.torres@EXAMPLE.com")

    assert {hit.conversation_id for hit in found} == {empty_harbour.id, proved.id, left.id}
    (by_customer,) = (hit for hit in found if hit.conversation_id == proved.id)
    assert (by_customer.customer, by_customer.snippet, by_customer.marks) == (
        "Maya Torres",
        "and where is my refund",
        (),
    )


async def test_a_phone_number_and_an_order_find_conversations_that_do_not_name_them(empty_harbour: Harbour) -> None:
    await empty_harbour.prove(order_number="H204518", zip="97214")
    await empty_harbour.says("one pair, please")
    opened = await empty_harbour.opens("H204518", "Trail Runner")

    asked = await empty_harbour.another("asked only")
    await asked.prove(order_number="H204777", zip="97214")
    await asked.says("is it late")
    assert [hit.snippet for hit in await find(empty_harbour, "H204777")] == ["is it late"]
    await asked.prove(order_number="H206001", zip="60614")
    for typed in ("(503) 555-0142", "+1 503 555 0142", "H204518", opened.rma):
        assert [hit.snippet for hit in await find(empty_harbour, typed)] == ["one pair, please"]


async def test_a_customer_cannot_write_a_mark(empty_harbour: Harbour) -> None:
    await empty_harbour.says("a \x02refund\x03 <b>refund</b>")
    (hit,) = await find(empty_harbour, "refund")

    assert marked(hit) == ["refund", "refund"]
    assert "\x02" not in hit.snippet


async def test_there_are_no_more_hits_than_asked_for(empty_harbour: Harbour) -> None:
    for _ in range(4):
        await empty_harbour.says("refund")

    assert len(await find(empty_harbour, "refund", limit=3)) == 3


async def test_at_a_hundred_thousand_messages_the_index_is_used(empty_harbour: Harbour) -> None:
    conversation = await empty_harbour.get()
    async with empty_harbour.session() as session:
        await session.execute(
            sql(
                "INSERT INTO messages (id, conversation_id, episode_id, seq, author, text, content, choices, state, "
                "channel, owner_counter, created_at) SELECT gen_random_uuid(), :talk, :episode, n, 'customer', "
                "'Message ' || n || ' about parcel ' || (n % 5000) || ' and the jacket', '{}', '[]', 'answered', "
                "'web', 0, now() FROM generate_series(1, :many) n"
            ),
            {"talk": conversation.id, "episode": conversation.episode_id, "many": MANY},
        )
    async with empty_harbour.session() as session:
        await session.execute(sql("ANALYZE messages"))
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        looked_for = transcripts.statement("'4711' & 'parcel'", 50)
        statement = looked_for.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        connection = await session.connection()
        plan = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE) {str(statement).replace('%', '%%')}")
        lines = [str(row[0]) for row in plan]

    assert any("ix_messages_words" in line for line in lines)
    assert not any("Seq Scan on messages" in line for line in lines)
    assert len(await find(empty_harbour, "4711 parcel")) == MANY // 5000


def test_the_last_word_of_the_last_side_is_unfinished() -> None:
    assert transcripts.read('a "b c" or d -e fg') == Query(('a "b c"', "d -e"), "fg")
    assert transcripts.read("refund or") == Query(("refund", ""))
    assert transcripts.read('"open phrase') == Query(('"open phrase',))
    assert transcripts.read("a or bc") == Query(("a", ""), "bc")


@given(st.text(max_size=60).filter(lambda text: not set(text) & {"\x02", "\x03", "\x04"}))
def test_a_text_without_marks_stays_as_it_is(text: str) -> None:
    assert transcripts.read_marks(text) == (text, ())

"""Canned replies: checked at the start, found by a few letters, and never sent with a hole that nobody sees."""

from pathlib import Path

import pytest

from casework import canned
from casework.canned import CannedReply, Filled
from kit import errors
from kit.settings import PROJECT_ROOT
from store import policy_file
from tests.casework.harbour import ANA, NOW, Harbour

pytest_plugins = ("tests.casework.harbour_fixtures",)

BOOK = policy_file.read(PROJECT_ROOT / "policy" / "harbour-and-pine.yml")
SHIPPED = canned.read(PROJECT_ROOT / "policy" / "canned-replies.yml", canned.variables_of(BOOK, NOW))
GOOD = """# replies
replies:
  - {name: hello, title: Say hello, text: "Hello {customer}"}
"""


def names(typed: str) -> list[str]:
    """Return the names of the shipped replies that fit."""
    return [reply.name for reply in canned.matching(SHIPPED, typed)]


async def filled(harbour: Harbour, text: str) -> Filled:
    """Fill a reply of that text."""
    reply = CannedReply(name="try", title="Try", text=text)
    async with harbour.session() as session:
        return await canned.fill(session, harbour.desk, reply, harbour.id, ANA)


def test_the_shipped_replies_use_known_variables_only() -> None:
    assert SHIPPED.replies[0].name == "hello"
    assert SHIPPED.named("refund-time") is not None
    assert SHIPPED.named("nothing") is None


@pytest.mark.parametrize(
    ("added", "line", "reason"),
    [
        ("  - {name: hello, title: Again, text: Hi}", 4, "hello: another reply has this name"),
        ("  - {name: Two Words, title: T, text: Hi}", 4, r"replies\[1\].name: String should match pattern"),
        ("  - name: late\n    title: Sorry\n    text: ''", 6, r"replies\[1\].text: String should have at least 1"),
        ("  - {name: late, title: Sorry}", 4, r"replies\[1\].text: Field required"),
        ("  - {name: late, title: Sorry, text: Hi, words: Hi}", 4, r"replies\[1\].words: Extra inputs"),
        ("  - {name: late, title: Sorry, text: 'Hi {customer'}", 4, "late: a brace stands alone"),
        ("  - {name: late, title: Sorry, text: 'Hi {custmer}'}", 4, "late: unknown variable {custmer}"),
        ("other: 1", 4, "other: Extra inputs"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_reason(added: str, line: int, reason: str) -> None:
    with pytest.raises(errors.BadInput, match=f"canned.yml, line {line}: {reason}"):
        canned.parse(GOOD + added + "\n", "canned.yml", {"customer"})


@pytest.mark.parametrize("text", ["", "replies: [", "- 1", "replies: {a: b}", "just words"])
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(errors.BadInput, match="canned"):
        canned.parse(text, "canned.yml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.BadInput, match=r"none\.yml"):
        canned.read(tmp_path / "none.yml")


def test_nothing_typed_shows_all_in_the_order_of_the_file() -> None:
    assert names("") == names("/") == [reply.name for reply in SHIPPED.replies]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("/he", "hello"),
        ("approved", "approved"),
        ("Photo", "photo"),
        ("box", "no-box"),
        ("ask for a ph", "photo"),
        ("goodby", "goodbye"),
        ("godbye", "goodbye"),
        ("refnd time", "refund-time"),
        ("sorry", "late"),
    ],
)
def test_a_reply_is_found_by_the_beginning_of_a_word_and_in_spite_of_a_slip(typed: str, first: str) -> None:
    assert names(typed)[:1] == [first]


def test_what_is_like_no_reply_finds_none() -> None:
    assert names("xylophone") == []
    assert names("!!!") == [reply.name for reply in SHIPPED.replies]


async def test_variables_are_filled_from_what_was_proved_opened_and_decided(empty_harbour: Harbour) -> None:
    await empty_harbour.prove(order_number="H204518", zip="97214")
    opened = await empty_harbour.opens("H204518", "Wool Sweater")
    text = "{customer}, {agent}: {order}, {item}, {rma}, {refund_amount} to {refund_to}. {shop_name}: {label_validity}."

    assert await filled(empty_harbour, text) == Filled(
        f"Maya, Ana Lopes: #H204518, Wool Sweater, {opened.rma}, $64.00 to Visa ending 4242. Harbour & Pine: 14 days.",
        (),
    )


async def test_what_is_not_known_stays_as_a_gap_that_can_be_seen(empty_harbour: Harbour) -> None:
    assert await filled(empty_harbour, "Hello {customer}, {refund_amount} for {rma}, {refund_amount}.") == Filled(
        "Hello there, [refund_amount] for [rma], [refund_amount].", ("refund_amount", "rma")
    )


async def test_who_has_proved_nothing_is_not_called_by_a_name(empty_harbour: Harbour) -> None:
    await empty_harbour.prove(email="maya.torres@example.com")

    assert (await filled(empty_harbour, "Hello {customer}")).text == "Hello there"


async def test_a_return_that_waits_for_a_person_comes_before_newer_ones(empty_harbour: Harbour) -> None:
    waiting = await empty_harbour.opens("H206001", "Compact Camera")
    empty_harbour.wait(minutes=1)
    await empty_harbour.opens("H206005", "Stone Mug")

    assert (await filled(empty_harbour, "{rma} {item}")).text == f"{waiting.rma} Compact Camera"


async def test_the_items_that_are_only_wanted_so_far_are_named(empty_harbour: Harbour) -> None:
    await empty_harbour.prove(order_number="H204518", zip="97214")
    order = await empty_harbour.order("H204518")
    items = [{"item": str(one.id), "quantity": 1} for one in order.items[:2]]
    await empty_harbour.remember(order="H204518", items=items)

    assert (await filled(empty_harbour, "the {item}")).text == "the Trail Runner and Camp Mug"


async def test_every_shipped_reply_can_be_filled_in_any_conversation(empty_harbour: Harbour) -> None:
    for reply in SHIPPED.replies:
        async with empty_harbour.session() as session:
            result = await canned.fill(session, empty_harbour.desk, reply, empty_harbour.id, ANA)
        assert "{" not in result.text
        assert all(f"[{gap}]" in result.text for gap in result.gaps)

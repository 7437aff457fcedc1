"""Facts about goods and orders are answered from the books, without disturbing what is under way."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

import encoder
from actions import confirm, facts
from actions.call import Call, Room
from actions.library import Library
from actions.likeness import Likeness
from casework.wanted import CancelOrder, ChangeItems
from conversations import repository as conversations
from kit import ids
from store.order import describe_options
from tests.casework.harbour import Harbour

pytest_plugins = ["tests.casework.harbour_fixtures"]

MAYA = {"order_number": "H204518", "email": "maya.torres@example.com"}
THEO = {"order_number": "H207003", "email": "theo.marchand@example.com"}


@dataclass
class Asked:
    """What came of a question."""

    answered: bool
    text: str
    events: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="session")
def alike() -> Likeness:
    """The sentence encoder."""
    return Likeness(encoder.Encoder().encode)


@dataclass
class Desk:
    """Asks for facts in one customer's conversation."""

    harbour: Harbour
    alike: Likeness

    async def goods(self, text: str, **slots: Any) -> Asked:
        """Ask about goods."""
        return await self._ask(facts.answer_goods, text, slots)

    async def order(self, text: str, **slots: Any) -> Asked:
        """Ask about orders."""
        return await self._ask(facts.answer_order, text, slots)

    async def _ask(self, answer: Any, text: str, slots: dict[str, Any]) -> Asked:
        async with self.harbour.session() as session:
            conversation = await conversations.lock(session, self.harbour.id)
            library = cast("Library", None)
            room = Room(self.harbour.desk, library, session, conversation, ids.new_id(), self.alike)
            form = "return_form" if slots else None
            call = Call(room, text, "", 0.9, (), (), (), dict(slots), form, None, None)
            answered = await answer(call, text)
        return Asked(answered, "\n".join(str(one["text"]) for one in call.said), call.events)


@pytest.fixture
async def desk(empty_harbour: Harbour, alike: Likeness) -> Desk:
    """The desk, with a customer of whom nothing is known."""
    return Desk(empty_harbour, alike)


async def test_how_many_options_counts_only_what_is_in_stock(desk: Desk) -> None:
    await desk.harbour.set_stock("cotton-tshirt-s-white", 0)

    asked = await desk.goods("how many t-shirt options are available right now?")

    assert asked.answered
    assert "11 options of our Cotton T-Shirt are in stock, of 12" in asked.text


async def test_goods_are_listed_with_prices_and_narrowed_by_what_is_said(desk: Desk) -> None:
    asked = await desk.goods("do you have the day backpack in green?")

    assert "$92.00" in asked.text
    assert "green" in asked.text
    assert "black" not in asked.text


async def test_the_cheapest_of_a_product_is_named_with_its_options(desk: Desk) -> None:
    asked = await desk.goods("what is the cheapest iron pan and its options?")

    assert "$54.00" in asked.text
    assert "size: 24 cm" in asked.text


async def test_nothing_below_a_price_is_said_so_with_what_comes_nearest(desk: Desk) -> None:
    asked = await desk.goods("any compact cameras below $300?")

    assert "No Compact Camera like that" in asked.text
    assert "$449.00" in asked.text


async def test_several_products_of_one_kind_are_told_apart(desk: Desk) -> None:
    asked = await desk.goods("which mugs do you sell?")

    assert "Camp Mug" in asked.text
    assert "Stone Mug" in asked.text


async def test_what_is_no_product_is_left_to_others(desk: Desk) -> None:
    asked = await desk.goods("do you have a showroom in Boston?")

    assert not asked.answered
    assert asked.text == ""


async def test_the_same_again_is_looked_up_for_the_item_that_the_form_is_about(desk: Desk) -> None:
    await desk.harbour.prove(**MAYA)
    order = await desk.harbour.order("H204518")
    slots = {"order": "H204518", "items": [{"item": str(order.items[0].id), "quantity": 1}]}

    asked = await desk.goods("is the same one in stock?", **slots)

    assert f"The same {order.items[0].name} ({describe_options(order.items[0].options)}) is in stock" in asked.text
    assert asked.events == []


async def test_orders_that_were_not_proved_are_not_looked_at(desk: Desk) -> None:
    asked = await desk.order("how much did I pay for order H204518?")

    assert not asked.answered
    assert asked.text == ""


async def test_another_customers_order_is_not_told_about(desk: Desk) -> None:
    await desk.harbour.prove(**MAYA)

    asked = await desk.order("how much did I pay for order H207003?")

    assert "H207003" not in asked.text


async def test_a_gift_card_holder_hears_nothing_of_what_was_paid(desk: Desk) -> None:
    await desk.harbour.prove(gift_code="GIFT-7Q4M-2X9K")

    asked = await desk.order("how much did I pay for order H207004?")

    assert not asked.answered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how much did I pay for order H204518?", "comes to $181.00"),
        ("what was the price of the camp mugs I bought?", "2 × $14.00"),
        ("what size is the sweater I ordered?", "size: M"),
        ("what items are in order H204518?", "Trail Runner"),
        ("what is the most expensive item in my order?", "Trail Runner (size: 9, color: blue), $89.00"),
        ("what's the cheapest item in order H204518", "Camp Mug"),
        ("where was my order sent to?", "2418 SE Alder Street"),
        ("which card did I pay with for that order?", "Visa ending 4242"),
        ("what is my gift card balance?", "Gift card ending 7310"),
        ("what's the tracking number of order H204518?", "tracking number of order #H204518"),
    ],
)
async def test_a_question_about_ones_own_order_is_answered_from_the_books(desk: Desk, text: str, expected: str) -> None:
    await desk.harbour.prove(**MAYA)

    asked = await desk.order(text)

    assert asked.answered
    assert expected.casefold() in asked.text.casefold()
    assert asked.events == []


async def test_what_remains_leaves_out_what_goes_back(desk: Desk) -> None:
    await desk.harbour.prove(**MAYA)
    await desk.harbour.opens("H204518", "Trail Runner")

    asked = await desk.order("what did I pay in total for the remaining items?")

    assert "you paid $92.00 in total" in asked.text
    assert "Wool Sweater" in asked.text
    assert "Trail Runner" not in asked.text


async def test_what_one_gets_back_adds_up_what_was_agreed_here_and_what_is_shown(desk: Desk) -> None:
    await desk.harbour.prove(**MAYA)
    await desk.harbour.opens("H204518", "Trail Runner")

    alone = await desk.order("how much will I get back in total?")
    assert "$89.00" in alone.text

    pending = await desk.harbour.order("H205120")
    await desk.harbour.prove(order_number="H205120", email="maya.torres@example.com")
    wish = CancelOrder(pending.id, "no_longer_needed")
    both = await desk.order("how much will I get back in total?", wish=confirm.stored(wish))

    assert f"${89 + pending.total}" in both.text
    assert "once you say yes" in both.text


async def test_nothing_agreed_is_no_answer_about_money(desk: Desk) -> None:
    await desk.harbour.prove(**MAYA)

    assert not (await desk.order("how much will I get back in total?")).answered


async def test_an_order_that_was_cancelled_here_counts_with_what_comes_back(desk: Desk) -> None:
    await desk.harbour.prove(order_number="H205120", email="maya.torres@example.com")
    order = await desk.harbour.order("H205120")
    message = await desk.harbour.says("yes")
    await desk.harbour.says_yes(CancelOrder(order.id, "no_longer_needed"), key=f"message:{message.id}")

    asked = await desk.order("what is the total refund amount?")

    assert f"${order.total}" in asked.text
    assert "#H205120" in asked.text


async def test_a_change_of_items_counts_with_its_difference(desk: Desk) -> None:
    await desk.harbour.prove(order_number="H205120", email="maya.torres@example.com")
    order = await desk.harbour.order("H205120")
    methods = await desk.harbour.methods("H205120")
    wish = ChangeItems(order.id, {order.items[0].id: "rain-jacket-l-yellow"}, methods["Visa ending 4242"].id)

    asked = await desk.order("how much do I have to pay today in total?", wish=confirm.stored(wish))

    assert asked.answered
    assert "nothing is to be paid" in asked.text

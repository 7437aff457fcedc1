"""What customers write while they wait, and what they are told: where they stand, and how an address is left."""

import pytest

from conversations.conversation import Owner
from tests.casework.shift import BACK, RULES, SATURDAY, Customer, Shift

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)

TEXTS = RULES.texts


async def told_after(customer: Customer, words: str) -> str:
    async with customer.step() as step:
        await customer.says(words)
    return " | ".join(step.told)


async def test_who_asks_how_long_it_takes_hears_their_place(shift: Shift) -> None:
    await shift.agent()
    await shift.waiting_customer()
    customer = await shift.waiting_customer()
    await customer.says("my lamp is broken")

    assert (await told_after(customer, "how long does it take?")).startswith("You are number 2 in the queue.")
    shown = (await customer.transcript())[-1].content["buttons"]
    assert [button["title"] for button in shown] == [BACK]


async def test_the_same_is_not_said_twice_within_a_moment_but_later_it_is(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()

    assert await told_after(customer, "hello?")
    assert not await told_after(customer, "hello??")
    await shift.wait(seconds=61)
    assert await told_after(customer, "is anyone there?")


async def test_who_asks_and_has_left_an_address_hears_when_and_where_they_are_answered(shift: Shift) -> None:
    await shift.stand_at(SATURDAY)
    customer = await shift.waiting_customer()
    await customer.says("maya@example.com")

    told = await told_after(customer, "when will someone answer?")
    assert "maya@example.com" in told
    assert "on Monday at 9:00" in told


@pytest.mark.parametrize("words", ["no", "I don't have an e-mail", "why do you need that?"])
async def test_who_leaves_no_address_hears_what_it_means_and_is_promised_nothing(shift: Shift, words: str) -> None:
    customer = await shift.waiting_customer()

    told = await told_after(customer, words)
    assert told.startswith("That's fine: an address is only there so that they can reach you")
    assert "on the list" not in told
    assert (await customer.get()).contact == {}
    assert await customer.owner() is Owner.QUEUE


async def test_a_slip_in_an_address_is_asked_about_and_a_yes_puts_it_right(shift: Shift) -> None:
    customer = await shift.waiting_customer()

    assert "Did you mean robin@gmail.com?" in await told_after(customer, "robin@gmial.com")
    told = await told_after(customer, "yes")
    assert "to robin@gmail.com" in told
    assert "Did you mean" not in told
    assert (await customer.get()).contact == {"email": "robin@gmail.com", "from": "customer"}


async def test_a_yes_without_a_slip_changes_no_address(shift: Shift) -> None:
    customer = await shift.waiting_customer()
    await customer.says("robin@gmail.com")
    await customer.says("yes")

    assert (await customer.get()).contact == {"email": "robin@gmail.com", "from": "customer"}

"""Exchanges: stock that is reserved, a second choice, and a difference in price."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from casework.proposal import By
from casework.wanted import OpenReturn
from kit import errors
from store import exchange, transfers
from store.tables import VariantRow
from tests.casework.harbour import Harbour

pytest_plugins = ["tests.casework.harbour_fixtures"]
pytestmark = pytest.mark.database

SMALL, LARGE = "wool-sweater-s-grey", "wool-sweater-l-grey"


@pytest.fixture
async def harbour(empty_harbour: Harbour) -> Harbour:
    """A shop with two other sizes of the sweater on the shelf."""
    await empty_harbour.set_stock(SMALL, 3)
    await empty_harbour.set_stock(LARGE, 3)
    return empty_harbour


async def swap(harbour: Harbour, *variants: str, number: str = "H204518", **more: object) -> OpenReturn:
    """The sweater for another, by preference."""
    (line,) = await harbour.lines(number, "Wool Sweater")
    order = await harbour.order(number)
    wanted = {line.order_item_id: variants}
    return OpenReturn(order.id, (line,), "exchange", "drop_off_qr", exchange_variants=wanted, **more)  # type: ignore[arg-type]


async def price(harbour: Harbour, variant_id: str, amount: str) -> None:
    """Put another price on a variant."""
    async with harbour.session() as session:
        row = await session.get(VariantRow, variant_id)
        assert row is not None
        row.price = Decimal(amount)


async def test_an_exchange_names_what_is_sent_and_reserves_it(harbour: Harbour) -> None:
    asked = await swap(harbour, LARGE)
    shown = await harbour.shown(asked)
    done = await harbour.says_yes(asked, to=shown)

    assert shown.lines == (
        "Take back Wool Sweater (size M, grey)",
        "Send you 1 × Wool Sweater (size L, grey) once it has arrived; same price. Reserved for you after your yes",
        "You send it: Drop-off with a QR code (free); the label works for 14 days, until 7 December 2026",
    )
    assert done.text.endswith(
        "As soon as it has arrived we send you 1 × Wool Sweater (size L, grey), reserved for you now."
    )
    assert await harbour.stock(LARGE) == 2
    assert done.return_ is not None
    async with harbour.session() as session:
        (kept,) = await exchange.of_return(session, done.return_.id)
    assert (kept.variant_id, kept.state) == (LARGE, "reserved")


async def test_a_second_choice_is_part_of_the_yes_and_taken_when_the_first_sells_out_meanwhile(
    harbour: Harbour,
) -> None:
    asked = await swap(harbour, LARGE, SMALL)
    shown = await harbour.shown(asked)
    await harbour.set_stock(LARGE, 0)
    done = await harbour.says_yes(asked, to=shown)

    assert "If that has just sold out, Wool Sweater (size S, grey) instead; same price" in shown.lines
    assert done.return_ is not None
    assert done.return_.lines[0].exchange_variant_id == SMALL


async def test_when_the_first_has_sold_out_before_only_the_second_is_shown(harbour: Harbour) -> None:
    await harbour.set_stock(LARGE, 0)
    shown = await harbour.shown(await swap(harbour, LARGE, SMALL))
    assert shown.lines[1].startswith("Send you 1 × Wool Sweater (size S, grey)")


async def test_without_a_second_choice_what_sold_out_meanwhile_is_refused(harbour: Harbour) -> None:
    asked = await swap(harbour, LARGE)
    shown = await harbour.shown(asked)
    await harbour.set_stock(LARGE, 0)
    with pytest.raises(errors.Conflict, match=r"Wool Sweater \(size L, grey\) has sold out"):
        await harbour.says_yes(asked, to=shown)
    assert (await harbour.refused(asked)).possible == ("other_variant", "refund", "store_credit")


async def test_of_two_who_want_the_last_piece_at_once_one_gets_it(harbour: Harbour) -> None:
    await harbour.set_stock(LARGE, 1)
    asked = await swap(harbour, LARGE)
    both = await asyncio.gather(
        *(harbour.carries_out(asked, By("shop", None)) for _ in range(2)), return_exceptions=True
    )
    assert sum(isinstance(one, errors.Conflict) for one in both) == 1
    assert await harbour.stock(LARGE) == 0


async def test_a_dearer_variant_names_what_is_paid_and_with_what(harbour: Harbour) -> None:
    await price(harbour, LARGE, "69.00")
    asked = await swap(harbour, LARGE)
    shown = await harbour.shown(asked)
    done = await harbour.says_yes(asked, to=shown)

    assert "you pay $5.00 more" in shown.lines[1]
    assert shown.lines[2] == "The difference in price goes by Visa ending 4242, once we have checked the parcel"
    assert done.text.endswith("You then pay $5.00 for the difference.")
    assert done.return_ is not None
    assert done.return_.price_difference == Decimal("5.00")


async def test_a_cheaper_variant_gives_back_to_a_chosen_method(harbour: Harbour) -> None:
    await price(harbour, SMALL, "60.00")
    card = (await harbour.methods("H204518"))["Gift card ending 7310"]
    asked = await swap(harbour, SMALL, difference_to=card.id)
    shown = await harbour.shown(asked)
    done = await harbour.says_yes(asked, to=shown)

    assert "you get $4.00 back" in shown.lines[1]
    assert "goes by Gift card ending 7310" in shown.lines[2]
    assert done.return_ is not None
    assert done.return_.refund_to == card.id


async def test_a_method_that_cannot_bear_the_difference_is_refused(harbour: Harbour) -> None:
    await price(harbour, LARGE, "999.00")
    card = (await harbour.methods("H204518"))["Gift card ending 7310"]
    refusal = await harbour.refused(await swap(harbour, LARGE, difference_to=card.id))
    assert refusal.text == "Gift card ending 7310 does not hold the $935.00 for the difference."
    assert refusal.possible == ("other_method",)


async def test_somebody_elses_payment_method_is_not_known(harbour: Harbour) -> None:
    await price(harbour, LARGE, "69.00")
    with pytest.raises(errors.NotFound):
        await harbour.shown(await swap(harbour, LARGE, difference_to="card_jonas"))


async def test_another_product_is_no_exchange(harbour: Harbour) -> None:
    with pytest.raises(errors.BadInput, match="not a variant of the same product"):
        await harbour.shown(await swap(harbour, "camp-mug-white"))
    with pytest.raises(errors.NotFound):
        await harbour.shown(await swap(harbour, f"unknown-{uuid4()}"))


async def test_the_same_again_is_no_exchange(harbour: Harbour) -> None:
    refusal = await harbour.refused(await swap(harbour, "wool-sweater-m-grey"))
    assert refusal.text == "The Wool Sweater would be the same again; please choose another option of it."


async def test_a_faulty_item_is_replaced_by_the_very_same_at_no_cost(harbour: Harbour) -> None:
    await price(harbour, "wool-sweater-m-grey", "99.00")
    wish = await swap(harbour, "wool-sweater-m-grey")
    broken = replace(wish, lines=tuple(replace(line, reason="defective") for line in wish.lines))
    shown = await harbour.shown(broken)
    assert not any("$" in line for line in shown.lines)
    done = await harbour.says_yes(broken)
    assert done.return_ is not None
    assert (done.return_.resolution, done.return_.price_difference) == ("exchange", Decimal("0.00"))
    assert [line.exchange_variant_id for line in done.return_.lines] == ["wool-sweater-m-grey"]


async def test_without_a_variant_it_is_asked_what_is_wanted(harbour: Harbour) -> None:
    assert (await harbour.refused(await swap(harbour))).text == "Please choose what you would like instead."


async def test_a_gift_is_not_exchanged_for_something_dearer(harbour: Harbour) -> None:
    await price(harbour, LARGE, "69.00")
    refusal = await harbour.refused(await swap(harbour, LARGE, gift=True))
    assert "costs no more than it did" in refusal.text
    assert "$" not in refusal.text


async def test_nothing_moves_before_the_parcel_is_checked(harbour: Harbour) -> None:
    await price(harbour, LARGE, "69.00")
    done = await harbour.says_yes(await swap(harbour, LARGE))
    assert done.return_ is not None
    async with harbour.session() as session:
        assert await transfers.of_return(session, done.return_.id) == []

"""Numbers as people write them, amounts and days as they read them, and the states of a return."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import errors, ids
from store import dates, money, repository, returns
from store.returns import Approval, Parcel, Return, Settlement


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("H204518", "H204518"),
        ("#H204518", "H204518"),
        ("h204518", "H204518"),
        ("# H 204518", "H204518"),
        ("order H-204518", "H204518"),
        ("H 204 518", "H204518"),
        ("my order is h204518, 2 mugs please", "H204518"),
        ("#W2378156", "W2378156"),
        ("204518", "204518"),
        ("order 204518", "204518"),
        ("H2045", None),
        ("RMA-4829-1563", None),
        ("rma 48291563", None),
        ("my zip is 97214", None),
        ("call 5035550142", None),
        ("nothing here", None),
        ("", None),
    ],
)
def test_an_order_number_is_found_however_it_is_written(text: str, number: str | None) -> None:
    assert repository.normalise_order_number(text) == number


@pytest.mark.parametrize(
    "text", ["RMA-1000-0016", "rma 10000016", "rma 1000 0016", "10000016", "it's RMA1000-0016, please"]
)
def test_a_return_number_is_found_however_it_is_written(text: str) -> None:
    assert repository.normalise_rma(text) == "RMA-1000-0016"


@pytest.mark.parametrize("text", ["RMA-1000-0017", "RMA-1000-001", "100000160", "H204518", ""])
def test_a_slip_in_a_return_number_is_noticed(text: str) -> None:
    assert repository.normalise_rma(text) is None


def test_our_own_return_numbers_are_read_back() -> None:
    for _ in range(50):
        number = ids.new_rma_number()
        assert repository.normalise_rma(number.lower().replace("-", " ")) == number


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("89", "USD", "$89.00"),
        ("1089.5", "USD", "$1,089.50"),
        ("-5.95", "USD", "-$5.95"),
        ("0.005", "EUR", "€0.01"),
        ("-0.001", "USD", "$0.00"),
        ("12", "CHF", "12.00 CHF"),
    ],
)
def test_money_reads_as_customers_write_it(amount: str, currency: str, text: str) -> None:
    assert money.format(Decimal(amount), currency, "en_US") == text


@given(st.decimals(-10_000, 10_000, places=4))
def test_rounding_moves_an_amount_by_half_a_cent_at_most(amount: Decimal) -> None:
    assert abs(money.cents(amount, "USD") - amount) <= Decimal("0.005")
    assert money.cents(-amount, "USD") == -money.cents(amount, "USD")


@pytest.mark.parametrize(("days", "expected"), [(0, 20), (1, 22), (5, 26), (6, 29)])
def test_business_days_skip_the_weekend(days: int, expected: int) -> None:
    saturday = date(2026, 6, 20)
    assert dates.add_business_days(saturday, days) == date(2026, 6, expected)


def test_a_day_ends_at_midnight_of_the_shop() -> None:
    end = dates.end_of_day(date(2026, 6, 20), "America/Los_Angeles")
    assert end == datetime(2026, 6, 21, 6, 59, 59, tzinfo=UTC)
    assert dates.local_day(end, "America/Los_Angeles") == date(2026, 6, 20)


def a_return(approval: Approval = "approved", parcel: Parcel = "none", settlement: Settlement = "open") -> Return:
    zero = Decimal(0)
    new = uuid.uuid4()
    opened = datetime(2026, 6, 20, tzinfo=UTC)
    states = (approval, parcel, settlement, "refund", "store")
    return Return(new, "RMA-1000-0016", new, new, *states, zero, zero, "USD", opened, ())  # type: ignore[arg-type]


def test_a_parcel_goes_its_way_and_not_back() -> None:
    way: list[Parcel] = ["label_issued", "in_transit", "received", "inspected"]
    current = a_return()
    for step in way:
        current = returns.move(current, parcel=step)
    for back in way:
        with pytest.raises(errors.Conflict):
            returns.move(current, parcel=back)


@pytest.mark.parametrize("final", ["rejected", "cancelled"])
def test_what_was_rejected_or_cancelled_stays_so(final: Approval) -> None:
    for approval in ("requested", "approved", "rejected", "cancelled"):
        with pytest.raises(errors.Conflict):
            returns.move(a_return(final), approval=approval)


def test_a_return_is_settled_once() -> None:
    settled = returns.move(a_return(), settlement="refunded")
    with pytest.raises(errors.Conflict):
        returns.move(settled, settlement="credited")


@pytest.mark.parametrize(
    ("approval", "parcel", "settlement", "may"),
    [
        ("requested", "none", "open", True),
        ("approved", "label_issued", "open", True),
        ("approved", "in_transit", "open", False),
        ("approved", "received", "open", False),
        ("approved", "label_issued", "refunded", False),
        ("cancelled", "none", "closed", False),
        ("rejected", "none", "closed", False),
    ],
)
def test_a_return_can_be_called_off_until_it_is_sent(
    approval: Approval, parcel: Parcel, settlement: Settlement, may: bool
) -> None:
    assert returns.may_cancel(a_return(approval, parcel, settlement)) is may

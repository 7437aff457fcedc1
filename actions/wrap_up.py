"""What was done, in a phrase each: said together at the end when a customer wanted several things."""

from collections.abc import Callable, Mapping
from typing import Any

from casework.proposal import Done
from casework.wanted import (
    CancelOrder,
    CancelReturn,
    ChangeAddress,
    ChangeAddressOnFile,
    ChangeItems,
    ChangePayment,
    ChangeReturn,
    ExtendReturn,
    NewLabel,
    OpenReturn,
)
from casework.wishes import Wish

_PHRASES: Mapping[type[Any], Callable[[Done], str]] = {
    OpenReturn: lambda done: f"{_kind(done)} {_rma(done)}{_of_order(done)} is open",
    ChangeReturn: lambda done: f"{_kind(done)} {_rma(done)} is changed",
    CancelReturn: lambda done: f"return {_rma(done)} is called off",
    ExtendReturn: lambda done: f"return {_rma(done)} has more time",
    NewLabel: lambda done: f"return {_rma(done)} has a new label",
    CancelOrder: lambda done: f"order {_order(done)} is cancelled",
    ChangeAddress: lambda done: f"order {_order(done)} has its new address",
    ChangePayment: lambda done: f"order {_order(done)} is paid as you chose",
    ChangeItems: lambda done: f"the items of order {_order(done)} are changed",
    ChangeAddressOnFile: lambda done: "your address on file is changed",
}


def in_short(wish: Wish, done: Done) -> str:
    """Return what was done: `order #H205120 is cancelled`."""
    return " ".join(_PHRASES[type(wish)](done).split())


def _kind(done: Done) -> str:
    return "exchange" if done.return_ and done.return_.resolution == "exchange" else "return"


def _rma(done: Done) -> str:
    return done.return_.rma if done.return_ else ""


def _order(done: Done) -> str:
    return done.order.display_number if done.order else ""


def _of_order(done: Done) -> str:
    return f" for order {_order(done)}" if done.order else ""

"""The state machines of the books: what may follow what, and that nothing else may."""

import itertools
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from kit import errors
from store import happenings, returns, transfer
from store import order as ordering
from store.order import ORDER_MOVES, ORDER_STATES
from store.returns import APPROVAL_MOVES, EXCHANGE_MOVES, PARCEL_MOVES, SETTLEMENT_MOVES, Exchange, Return
from store.transfer import TRANSFER_MOVES, TRANSFER_STATES, Transfer
from tests.store import made

RETURN = Return(
    id=uuid.UUID(int=3), rma="RMA-1000-0016", order_id=uuid.UUID(int=7), customer_id=made.MAYA.id, approval="requested",
    parcel="none", settlement="open", resolution="refund", method="drop_off_qr", amount=Decimal("10.00"),
    fee=Decimal("0.00"), currency="USD", opened_at=made.NOW, lines=(),
)  # fmt: skip
EXCHANGE = Exchange(uuid.UUID(int=4), RETURN.id, uuid.UUID(int=5), "trail-runner-9-blue", 1, "reserved")
TRANSFER = Transfer(
    id=uuid.UUID(int=6), key="return:RMA-1000-0016:1", kind="refund", order_id=RETURN.order_id, return_id=RETURN.id,
    payment_method_id="visa", amount=Decimal("10.00"), currency="USD", state="requested", requested_at=made.NOW,
)  # fmt: skip

# Written out once more, and not taken from the code: this is what the house promises.
APPROVAL = {"requested": {"approved", "rejected", "cancelled"}, "approved": {"cancelled"}}
PARCEL = {
    "none": {"label_issued", "received"},
    "label_issued": {"in_transit", "received", "lost", "expired"},
    "in_transit": {"received", "lost"},
    "received": {"inspected"},
    "lost": {"received"},
    "expired": {"label_issued", "in_transit", "received"},
}
SETTLEMENT = {"open": {"refunded", "exchanged", "credited", "closed"}}
EXCHANGES = {"reserved": {"ready", "released"}, "ready": {"sent", "released"}}
TRANSFERS = {
    "requested": {"sent", "succeeded", "failed", "cancelled"},
    "sent": {"succeeded", "failed", "requested"},
    "failed": {"requested", "cancelled"},
}
ORDERS = {"pending": {"processed", "shipped", "cancelled"}, "processed": {"shipped", "cancelled"},
          "shipped": {"delivered"}}  # fmt: skip

Move = Callable[[str, str], str]


def move_return(machine: str) -> Move:
    def go(old: str, new: str) -> str:
        before: dict[str, Any] = {machine: old}
        wanted: dict[str, Any] = {machine: new}
        return str(getattr(returns.move(replace(RETURN, **before), **wanted), machine))

    return go


def move_exchange(old: str, new: str) -> str:
    return returns.move_exchange(replace(EXCHANGE, state=old), new).state  # type: ignore[arg-type]


def move_transfer(old: str, new: str) -> str:
    return transfer.move(replace(TRANSFER, state=old), new).state  # type: ignore[arg-type]


def move_order(old: str, new: str) -> str:
    return ordering.move(made.order(made.item(), state=old), new).state  # type: ignore[arg-type]


MACHINES: dict[str, tuple[Mapping[str, frozenset[str]], Mapping[str, set[str]], Move]] = {
    "approval": (APPROVAL_MOVES, APPROVAL, move_return("approval")),  # type: ignore[dict-item]
    "parcel": (PARCEL_MOVES, PARCEL, move_return("parcel")),  # type: ignore[dict-item]
    "settlement": (SETTLEMENT_MOVES, SETTLEMENT, move_return("settlement")),  # type: ignore[dict-item]
    "exchange": (EXCHANGE_MOVES, EXCHANGES, move_exchange),  # type: ignore[dict-item]
    "transfer": (TRANSFER_MOVES, TRANSFERS, move_transfer),  # type: ignore[dict-item]
    "order": (ORDER_MOVES, ORDERS, move_order),  # type: ignore[dict-item]
}
PAIRS = [
    (name, old, new)
    for name, (moves, _, _) in MACHINES.items()
    for old, new in itertools.product(sorted(moves), sorted(moves))
]


@pytest.mark.parametrize(("name", "old", "new"), PAIRS, ids=[f"{m}: {old} to {new}" for m, old, new in PAIRS])
def test_each_machine_allows_these_moves_and_refuses_all_others(name: str, old: str, new: str) -> None:
    _, allowed, move = MACHINES[name]
    if new in allowed.get(old, set()):
        assert move(old, new) == new
    else:
        with pytest.raises(errors.Conflict, match=f"from {old} to {new}"):
            move(old, new)


@pytest.mark.parametrize("name", MACHINES)
def test_every_move_leads_to_a_state_of_the_same_machine(name: str) -> None:
    moves, _, _ = MACHINES[name]
    assert {state for states in moves.values() for state in states} <= set(moves)


def test_the_machines_know_all_states() -> None:
    assert set(ORDER_MOVES) == set(ORDER_STATES)
    assert set(TRANSFER_MOVES) == set(TRANSFER_STATES)


def test_what_may_still_move_money_is_counted_as_under_way() -> None:
    assert {"requested", "sent", "failed"} == transfer.UNDER_WAY
    for state in set(TRANSFER_STATES) - transfer.UNDER_WAY:
        assert "succeeded" not in TRANSFER_MOVES[state]


@pytest.mark.parametrize(
    ("approval", "parcel", "settlement", "possible"),
    [
        ("requested", "none", "open", True),
        ("approved", "label_issued", "open", True),
        ("approved", "expired", "open", True),
        ("approved", "in_transit", "open", False),
        ("approved", "lost", "open", False),
        ("approved", "none", "refunded", False),
        ("rejected", "none", "closed", False),
        ("cancelled", "label_issued", "closed", False),
    ],
)
def test_a_return_is_called_off_while_nothing_was_sent(
    approval: Any, parcel: Any, settlement: Any, possible: bool
) -> None:
    one = replace(RETURN, approval=approval, parcel=parcel, settlement=settlement)
    assert returns.may_cancel(one) is possible


def test_a_moved_return_keeps_everything_else() -> None:
    moved = returns.move(RETURN, approval="approved", parcel="label_issued")
    assert replace(moved, approval="requested", parcel="none") == RETURN


def test_details_without_a_value_are_left_out_and_inner_steps_are_nobodys_news() -> None:
    rows: list[Any] = []
    session: Any = type("Session", (), {"add": rows.append})
    act = happenings.Act("Ana", made.NOW, {"why": "Was ill", "note": ""}, key="k")
    happenings.note(session, happenings.of_return(RETURN), "approved", act, version=None)
    happenings.note(session, happenings.About("transfer", made.MAYA.id), "sent", happenings.alone(act))
    approved, sent = rows
    assert (approved.detail, approved.key, approved.told_at) == ({"why": "Was ill"}, "k", None)
    assert (sent.detail, sent.key, sent.actor, sent.told_at) == ({}, None, "policy", made.NOW)


# --- where money goes when several payments share an order


def paid(**amounts: str) -> ordering.Order:
    total = str(sum(Decimal(amount) for amount in amounts.values()))
    return made.order(made.item(price=total), paid=amounts)


def refund(method: str, amount: str, state: str = "requested", bonus: str = "0.00") -> Transfer:
    return replace(
        TRANSFER, order_id=uuid.UUID(int=7), payment_method_id=method, amount=Decimal(amount), state=state,  # type: ignore[arg-type]
        bonus=Decimal(bonus),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "before", "expected"),
    [
        ({"visa": "30.00"}, [], {"visa": "30.00"}),
        ({"visa": "30.00", "gift": "20.00"}, [], {"visa": "30.00", "gift": "20.00"}),
        ({"visa": "90.00"}, [], {"visa": "80.00", "gift": "10.00"}),
        ({"visa": "50.00"}, [("visa", "60.00", "sent")], {"visa": "20.00", "gift": "30.00"}),
        ({"visa": "50.00"}, [("visa", "60.00", "cancelled")], {"visa": "50.00"}),
        ({"other_card": "50.00"}, [("visa", "60.00", "failed")], {"other_card": "50.00"}),
        ({"visa": "0.00"}, [], {}),
    ],
)
def test_a_refund_fits_into_what_each_payment_can_take_back(
    parts: dict[str, str], before: list[tuple[str, str, str]], expected: dict[str, str]
) -> None:
    order = paid(visa="80.00", gift="40.00")
    wanted = [(method, Decimal(amount)) for method, amount in parts.items()]
    fitted = transfer.fit(wanted, order, [refund(*one) for one in before])
    assert dict(fitted) == {method: Decimal(amount) for method, amount in expected.items()}
    assert sum((amount for _, amount in fitted), Decimal(0)) == sum(amount for _, amount in wanted)


def test_a_refund_that_fits_nowhere_is_refused() -> None:
    with pytest.raises(errors.Conflict, match=r"10\.00 more"):
        transfer.fit([("visa", Decimal("130.00"))], paid(visa="80.00", gift="40.00"), [])


def test_a_bonus_is_not_counted_against_what_was_paid() -> None:
    order = paid(visa="80.00")
    assert transfer.still_to_refund(order, [refund("credit", "88.00", bonus="8.00")]) == Decimal("0.00")
    assert transfer.still_to_refund(order, [refund("credit", "44.00", bonus="4.00")]) == Decimal("40.00")


def test_the_method_that_paid_the_most_is_known() -> None:
    assert transfer.payer_of_most(paid(visa="20.00", gift="40.00")) == "gift"
    assert transfer.payer_of_most(replace(paid(visa="20.00"), payments=())) is None


def test_an_item_in_another_variant_costs_what_that_costs_and_never_less_than_nothing() -> None:
    item = replace(made.item(price="50.00", quantity=2), discount=Decimal("80.00"), tax=Decimal("1.50"))
    variant = ordering.Variant("v2", item.product_id, item.name, {"color": "red"}, Decimal("30.00"), 5)
    changed = ordering.with_variants(made.order(item), {item.id: variant}).items[0]
    assert (changed.variant_id, changed.options, changed.unit_price) == ("v2", {"color": "red"}, Decimal("30.00"))
    assert (changed.discount, changed.tax, changed.paid) == (Decimal("60.00"), Decimal("1.50"), Decimal("1.50"))
    dearer = ordering.with_variants(made.order(item), {item.id: replace(variant, price=Decimal("70.00"))}).items[0]
    assert dearer.paid - item.paid == Decimal("40.00")

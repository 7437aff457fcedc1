"""Changing orders: cancelled, sent elsewhere, paid in another way, other variants, on their way; once, and exactly."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from kit.db import Database
from store import order_changes, repository, tables, transfers
from store.happenings import Act
from store.order import Address, Order
from store.policy_file import PolicyBook
from tests.store import made

pytestmark = pytest.mark.database
BOOK = made.book()
CUSTOMER = Act("customer", made.NOW)
SHOP = Act("shop", made.NOW)
HOME = Address("12 New Street", "", "Bend", "OR", "97701", "US")

Deed = Callable[[AsyncSession], Awaitable[Any]]


async def the_order(shop: Database, number: str = "H207007") -> Order:
    async with shop.transaction() as session:
        order = await repository.find_order(session, number)
    assert order is not None
    return order


async def do(shop: Database, deed: Deed) -> Any:
    async with shop.transaction() as session:
        return await deed(session)


async def cancel(shop: Database, order: Order, act: Act = CUSTOMER, book: PolicyBook = BOOK) -> Order:
    deed: Deed = lambda session: order_changes.cancel_order(session, order.id, "no_longer_needed", act, book)  # noqa: E731
    found: Order = await do(shop, deed)
    return found


async def pay_with(shop: Database, order: Order, method: str, act: Act = CUSTOMER) -> Order:
    deed: Deed = lambda session: order_changes.change_payment(session, order.id, method, act, BOOK)  # noqa: E731
    found: Order = await do(shop, deed)
    return found


async def change(
    shop: Database, order: Order, variant: str, method: str = "card_rosa", act: Act = CUSTOMER, book: PolicyBook = BOOK
) -> Order:
    item = next(one for one in order.items if variant.startswith(one.product_id))
    async with shop.transaction() as session:
        return await order_changes.change_items(session, order.id, {item.id: variant}, method, act, book)


async def stock(shop: Database, variant_id: str) -> int:
    async with shop.transaction() as session:
        return (await repository.variants_by_ids(session, [variant_id]))[variant_id].stock


async def set_variant(shop: Database, variant_id: str, **values: Any) -> None:
    async with shop.transaction() as session:
        row = await session.get(tables.VariantRow, variant_id)
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)


async def balance(shop: Database, method_id: str) -> Decimal:
    async with shop.transaction() as session:
        method = await repository.payment_method(session, method_id)
    assert method is not None
    assert method.balance is not None
    return method.balance


async def events(shop: Database, order: Order) -> list[str]:
    async with shop.transaction() as session:
        query = select(tables.EventRow).where(tables.EventRow.order_id == order.id, tables.EventRow.subject == "order")
        return [row.kind for row in await session.scalars(query.order_by(tables.EventRow.sequence))]


async def promises(shop: Database, order: Order) -> list[tuple[str, bool]]:
    async with shop.transaction() as session:
        query = select(tables.PromiseRow).where(tables.PromiseRow.order_id == order.id)
        rows = await session.scalars(query.order_by(tables.PromiseRow.text))
        return [(row.text, row.kept_at is not None) for row in rows]


async def transfers_of(shop: Database, order: Order) -> list[tuple[str, str, Decimal, str]]:
    async with shop.transaction() as session:
        found = await transfers.of_order(session, order.id)
    return sorted((one.kind, one.payment_method_id, one.amount, one.state) for one in found)


def with_rules(**changes: Any) -> PolicyBook:
    """The demo shop's policy with other rules for changing orders."""
    (version, *_) = BOOK.versions
    assert version.rules.change_order is not None
    rule = version.rules.change_order.model_copy(update=changes)
    rules = version.rules.model_copy(update={"change_order": rule})
    return replace(BOOK, versions=(version.model_copy(update={"rules": rules}),))


# --- cancelling


async def test_a_cancelled_order_gives_everything_back_once(shop: Database) -> None:
    order = await the_order(shop)
    before = await stock(shop, "steel-bottle-steel")
    act = replace(CUSTOMER, key="cancel-1")
    cancelled = await cancel(shop, order, act)
    assert (cancelled.state, await stock(shop, "steel-bottle-steel")) == ("cancelled", before + 2)
    assert await promises(shop, order) == [("$133.95 to Visa ending 3007, 5-7 business days", False)]
    assert await cancel(shop, order, act) == cancelled
    assert await stock(shop, "steel-bottle-steel") == before + 2
    assert await events(shop, order) == ["cancelled"]
    await made.pay(shop, order.id)
    assert (await the_order(shop)).refunded == order.total == Decimal("133.95")
    assert await promises(shop, order) == [("$133.95 to Visa ending 3007, 5-7 business days", True)]
    with pytest.raises(errors.Conflict, match="already been cancelled"):
        await cancel(shop, order)


async def test_of_two_who_cancel_at_the_same_moment_one_does(shop: Database) -> None:
    order = await the_order(shop)
    same = replace(CUSTOMER, key="same")
    results = await asyncio.gather(*(cancel(shop, order, same) for _ in range(4)))
    assert {one.state for one in results} == {"cancelled"}
    assert await events(shop, order) == ["cancelled"]
    other = await the_order(shop, "H205120")
    acts = [replace(CUSTOMER, key=f"k{number}") for number in range(4)]
    answers = await asyncio.gather(*(cancel(shop, other, act) for act in acts), return_exceptions=True)
    assert sum(isinstance(one, Order) for one in answers) == 1
    assert await transfers_of(shop, other) == [("refund", "card_maya", Decimal("144.00"), "requested")]


async def test_a_key_belongs_to_one_deed(shop: Database) -> None:
    order, act = await the_order(shop), replace(CUSTOMER, key="mine")
    await do(shop, lambda session: order_changes.change_address(session, order.id, HOME, act, BOOK))
    with pytest.raises(errors.Conflict, match="used for something else"):
        await cancel(shop, order, act)
    with pytest.raises(errors.Conflict, match="used for something else"):
        await cancel(shop, await the_order(shop, "H205120"), act)


async def test_an_order_paid_in_two_ways_is_refunded_in_two_ways(shop: Database) -> None:
    order = await the_order(shop, "H207003")
    async with shop.transaction() as session:
        row = await session.get(tables.OrderRow, order.id)
        assert row is not None
        row.state = "pending"
    await cancel(shop, order)
    assert await transfers_of(shop, order) == [
        ("refund", "card_theo", Decimal("80.00"), "requested"),
        ("refund", "gift_card_theo", Decimal("40.00"), "succeeded"),
    ]
    assert await balance(shop, "gift_card_theo") == Decimal("100.00")
    assert await promises(shop, order) == [
        ("$40.00 to Gift card ending 9163, at once", True),
        ("$80.00 to Mastercard ending 8841, 5-7 business days", False),
    ]


# --- addresses


async def test_a_pending_order_is_sent_elsewhere_and_the_file_stays(shop: Database) -> None:
    order = await the_order(shop)
    changed = await do(shop, lambda session: order_changes.change_address(session, order.id, HOME, CUSTOMER, BOOK))
    assert (changed.address, changed.customer.address) == (HOME, order.customer.address)
    assert await events(shop, order) == ["address_changed"]


async def test_an_order_that_is_packed_keeps_its_address(shop: Database) -> None:
    order = await the_order(shop, "H206007")
    with pytest.raises(errors.Conflict, match="being packed"):
        await do(shop, lambda session: order_changes.change_address(session, order.id, HOME, CUSTOMER, BOOK))
    assert (await the_order(shop, "H206007")).address == order.address


async def test_the_address_on_file_changes_and_orders_keep_theirs(shop: Database) -> None:
    order, act = await the_order(shop), replace(CUSTOMER, key="moved")
    for _ in range(2):
        await do(shop, lambda s: order_changes.change_customer_address(s, order.customer.id, HOME, act))
    after = await the_order(shop)
    assert (after.customer.address, after.address) == (HOME, order.address)
    async with shop.transaction() as session:
        query = select(tables.EventRow).where(tables.EventRow.subject == "customer")
        (event,) = await session.scalars(query)
    assert (event.kind, event.order_id) == ("address_changed", None)
    assert event.detail == {"before": asdict(order.customer.address)}


# --- paying in another way


async def test_another_card_is_charged_before_the_first_is_refunded(shop: Database) -> None:
    order = await the_order(shop, "H205120")
    async with shop.transaction() as session:
        session.add(
            tables.PaymentMethodRow(id="paypal_maya", customer_id=order.customer.id, kind="paypal", label="PayPal")
        )
    await pay_with(shop, order, "paypal_maya")
    assert await transfers_of(shop, order) == [("charge", "paypal_maya", Decimal("144.00"), "requested")]
    await made.pay(shop, order.id)
    assert ("refund", "card_maya", Decimal("144.00"), "requested") in await transfers_of(shop, order)
    await made.pay(shop, order.id)
    after = await the_order(shop, "H205120")
    assert (after.paid_with("card_maya"), after.paid_with("paypal_maya")) == (Decimal("0.00"), Decimal("144.00"))
    assert await promises(shop, order) == [("$144.00 to Visa ending 4242, 5-7 business days", True)]
    cancelled = await cancel(shop, order)
    assert cancelled.state == "cancelled"
    assert ("refund", "paypal_maya", Decimal("144.00"), "requested") in await transfers_of(shop, order)


async def test_a_gift_card_pays_at_once_as_far_as_it_reaches(shop: Database) -> None:
    order = await the_order(shop)
    with pytest.raises(errors.Conflict, match=r"does not have enough balance for \$133\.95"):
        await pay_with(shop, order, "gift_card_rosa")
    async with shop.transaction() as session:
        row = await session.get(tables.PaymentMethodRow, "gift_card_rosa")
        assert row is not None
        row.balance = Decimal("140.00")
    await pay_with(shop, order, "gift_card_rosa")
    assert await balance(shop, "gift_card_rosa") == Decimal("6.05")
    assert await transfers_of(shop, order) == [
        ("charge", "gift_card_rosa", Decimal("133.95"), "succeeded"),
        ("refund", "card_rosa", Decimal("133.95"), "requested"),
    ]


async def test_a_charge_that_is_called_off_leaves_everything_as_it_was(shop: Database) -> None:
    order = await the_order(shop, "H205120")
    async with shop.transaction() as session:
        session.add(
            tables.PaymentMethodRow(id="paypal_maya", customer_id=order.customer.id, kind="paypal", label="PayPal")
        )
    await pay_with(shop, order, "paypal_maya")
    async with shop.transaction() as session:
        (charge,) = await transfers.of_order(session, order.id)
        await transfers.mark_sent(session, charge.id, made.NOW)
    with pytest.raises(errors.Conflict, match="just being made"):
        await cancel(shop, order)
    with pytest.raises(errors.Conflict, match="under way already"):
        await change(shop, order, "rain-jacket-l-yellow", "card_maya")
    async with shop.transaction() as session:
        await transfers.fail(session, charge.id, "declined", made.NOW)
        await transfers.call_off(session, charge.id, Act("Ana", made.NOW))
    after = await the_order(shop, "H205120")
    assert (after.paid_with("card_maya"), await promises(shop, order)) == (Decimal("144.00"), [])


async def test_nobody_pays_with_what_belongs_to_somebody_else(shop: Database) -> None:
    order = await the_order(shop)
    with pytest.raises(errors.NotFound, match="of this customer"):
        await pay_with(shop, order, "card_maya")
    with pytest.raises(errors.Conflict, match="already"):
        await pay_with(shop, order, "card_rosa")


# --- other variants


async def test_another_size_takes_its_piece_and_gives_the_first_back(shop: Database) -> None:
    order = await the_order(shop)
    before = {name: await stock(shop, name) for name in ("harbour-hoodie-m-grey", "harbour-hoodie-l-grey")}
    changed = await change(shop, order, "harbour-hoodie-l-grey", act=replace(CUSTOMER, key="larger"))
    assert changed.items[0].options == {"size": "L", "color": "grey"}
    assert (changed.items_changed_at, changed.total) == (made.NOW, order.total)
    assert await stock(shop, "harbour-hoodie-m-grey") == before["harbour-hoodie-m-grey"] + 1
    assert await stock(shop, "harbour-hoodie-l-grey") == before["harbour-hoodie-l-grey"] - 1
    assert await change(shop, order, "harbour-hoodie-l-grey", act=replace(CUSTOMER, key="larger")) == changed
    assert await events(shop, order) == ["items_changed"]
    assert await transfers_of(shop, order) == []


async def test_a_dearer_variant_is_charged_and_a_cheaper_one_given_back(shop: Database) -> None:
    order = await the_order(shop)
    await set_variant(shop, "steel-bottle-blue", price=Decimal("30.25"), stock=3)
    await set_variant(shop, "steel-bottle-green", price=Decimal("20.00"), stock=3)
    dearer = await change(shop, order, "steel-bottle-blue", "gift_card_rosa")
    assert dearer.total == order.total + Decimal("4.50")
    assert await balance(shop, "gift_card_rosa") == Decimal("55.50")
    cheaper = await change(shop, order, "steel-bottle-green")
    assert cheaper.total == order.total - Decimal("16.00")
    assert await transfers_of(shop, order) == [
        ("charge", "gift_card_rosa", Decimal("4.50"), "succeeded"),
        ("refund", "card_rosa", Decimal("20.50"), "requested"),
    ]
    await made.pay(shop, order.id)
    after = await the_order(shop)
    assert after.paid - after.refunded == after.total


async def test_a_discount_never_makes_a_cheaper_variant_cost_less_than_nothing(shop: Database) -> None:
    order = await the_order(shop)
    bottle = order.items[1]
    async with shop.transaction() as session:
        row = await session.get(tables.OrderItemRow, bottle.id)
        payment = await session.scalar(select(tables.PaymentRow).where(tables.PaymentRow.order_id == order.id))
        assert row is not None
        assert payment is not None
        row.discount, payment.amount = Decimal("50.00"), payment.amount - Decimal("50.00")
    await set_variant(shop, "steel-bottle-blue", price=Decimal("20.00"), stock=3)
    changed = await change(shop, order, "steel-bottle-blue")
    assert (changed.items[1].discount, changed.items[1].paid) == (Decimal("40.00"), Decimal("0.00"))
    assert await transfers_of(shop, order) == [("refund", "card_rosa", Decimal("6.00"), "requested")]


async def test_what_has_sold_out_changes_nothing(shop: Database) -> None:
    order = await the_order(shop)
    with pytest.raises(errors.Conflict, match="out of stock"):
        await change(shop, order, "harbour-hoodie-l-navy")
    assert await the_order(shop) == order
    assert (await stock(shop, "harbour-hoodie-m-grey"), await events(shop, order)) == (14, [])


async def test_items_change_once_where_the_shop_says_so(shop: Database) -> None:
    order, book = await the_order(shop), with_rules(items_once=True)
    await change(shop, order, "harbour-hoodie-l-grey", book=book)
    with pytest.raises(errors.Conflict, match="which can be done once"):
        await change(shop, order, "steel-bottle-blue", book=book)
    final = with_rules(items_once=True, items_final=True)
    with pytest.raises(errors.Conflict, match="cannot be cancelled any more"):
        await cancel(shop, order, book=final)


async def test_an_unknown_item_variant_or_nothing_at_all_is_refused(shop: Database) -> None:
    order, other = await the_order(shop), await the_order(shop, "H205120")
    wrong: list[tuple[dict[Any, str], type[Exception]]] = [
        ({}, errors.BadInput),
        ({other.items[0].id: "harbour-hoodie-l-grey"}, errors.NotFound),
        ({order.items[0].id: "no-such-thing"}, errors.NotFound),
        ({order.items[0].id: "steel-bottle-blue"}, errors.Conflict),
    ]
    for variants, error in wrong:
        with pytest.raises(error):
            await do(
                shop,
                lambda s, v=variants: order_changes.change_items(s, order.id, v, "card_rosa", CUSTOMER, BOOK),  # type: ignore[misc]
            )


async def test_the_last_piece_goes_to_one_of_two_orders(shop: Database) -> None:
    first, second = await the_order(shop), await the_order(shop, "H205120")
    await set_variant(shop, "rain-jacket-l-yellow", stock=1)
    await set_variant(shop, "harbour-hoodie-l-grey", stock=1)
    # The same order twice and another one at the same moment: one change of the order, no piece sold twice.
    results = await asyncio.gather(
        change(shop, first, "harbour-hoodie-l-grey"),
        change(shop, first, "harbour-hoodie-l-grey"),
        change(shop, second, "rain-jacket-l-yellow", "card_maya"),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["Conflict", "Order", "Order"]
    assert await stock(shop, "harbour-hoodie-l-grey") == 0


async def test_a_cancellation_and_a_change_at_the_same_moment_wait_for_each_other(shop: Database) -> None:
    order = await the_order(shop)
    before = await stock(shop, "harbour-hoodie-m-grey") + await stock(shop, "harbour-hoodie-l-grey")
    await asyncio.gather(
        cancel(shop, order),
        change(shop, order, "harbour-hoodie-l-grey"),
        do(shop, lambda session: order_changes.record_shipment(session, order.id, "HPO1", "Harbour Post", SHOP)),
        return_exceptions=True,
    )
    after = await the_order(shop)
    pieces = await stock(shop, "harbour-hoodie-m-grey") + await stock(shop, "harbour-hoodie-l-grey")
    assert after.state in ("cancelled", "shipped")
    assert pieces == before + (1 if after.state == "cancelled" else 0)
    assert (await transfers_of(shop, order) == []) is (after.state == "shipped")


# --- on its way


async def test_an_order_goes_from_the_shelf_to_the_door(shop: Database) -> None:
    order, act = await the_order(shop), replace(SHOP, key="parcel-1")
    await do(shop, lambda session: order_changes.record_processing(session, order.id, SHOP))
    for _ in range(2):
        shipped = await do(shop, lambda s: order_changes.record_shipment(s, order.id, "HPO1", "Harbour Post", act))
    assert (shipped.state, shipped.shipped_at, shipped.tracking_numbers) == ("shipped", made.NOW, ("HPO1",))
    more = await do(shop, lambda s: order_changes.record_shipment(s, order.id, "HPO2", "Harbour Post", SHOP))
    assert more.tracking_numbers == ("HPO1", "HPO2")
    delivered = await do(shop, lambda session: order_changes.record_delivery(session, order.id, SHOP))
    assert (delivered.state, delivered.delivered_at) == ("delivered", made.NOW)
    assert await events(shop, order) == ["processed", "shipped", "shipped", "delivered"]


@pytest.mark.parametrize(
    ("number", "step"),
    [
        ("H207007", "deliver"),
        ("H206007", "process"),
        ("H206002", "process"),
        ("H204518", "ship"),
        ("H204518", "process"),
        ("H204518", "deliver"),
    ],
)
async def test_no_order_goes_back_or_skips_its_way(shop: Database, number: str, step: str) -> None:
    order = await the_order(shop, number)
    steps: dict[str, Deed] = {
        "process": lambda session: order_changes.record_processing(session, order.id, SHOP),
        "ship": lambda session: order_changes.record_shipment(session, order.id, "HPO9", "Harbour Post", SHOP),
        "deliver": lambda session: order_changes.record_delivery(session, order.id, SHOP),
    }
    with pytest.raises(errors.Conflict, match="cannot go from"):
        await do(shop, steps[step])
    assert await the_order(shop, number) == order


async def test_a_decision_about_a_change_is_kept_with_the_rules_that_made_it(shop: Database) -> None:
    order = await the_order(shop)
    await cancel(shop, order)
    async with shop.transaction() as session:
        row = await session.scalar(select(tables.DecisionRow).where(tables.DecisionRow.order_id == order.id))
        assert row is not None
        version = await session.get(tables.PolicyVersionRow, row.policy_digest)
    assert (row.rule_ids, row.inputs["reason"]) == (["cancel.pending", "refund.original_method"], "no_longer_needed")
    assert version is not None
    assert version.version == row.policy_version == "2024-01"

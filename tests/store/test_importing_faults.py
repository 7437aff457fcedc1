"""Rows that are wrong: each kind of fault is reported with its line, its field and the reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit import errors
from kit.db import Database
from tests.store import importing_files as files

pytestmark = pytest.mark.database

Break = Callable[[dict[str, Any]], object]

BROKEN: list[tuple[Break, str, str]] = [
    (lambda o: o.update(number="12"), '"number"', "number: is not an order number"),
    (lambda o: o.update(number="204518"), '"number"', "number: is not an order number"),
    (lambda o: o.pop("number"), "{", "number: is missing"),
    (lambda o: o.update(state="eaten"), '"state"', "state: should be 'pending', 'processed'"),
    (lambda o: o.pop("state"), "{", "state: is missing"),
    (lambda o: o.update(placed_at="2026-02-01T10:00:00"), '"placed_at"', "placed_at: has no time zone"),
    (lambda o: o.update(placed_at="yesterday"), '"placed_at"', "placed_at: "),
    (lambda o: o.update(placed_at="0001-01-01T00:00:00+14:00"), '"placed_at"', "placed_at: is not a moment"),
    (lambda o: o["customer"].update(first_name="A\0"), '"first_name"', "customer.first_name: contains a null"),
    (lambda o: o.update(placed_at="2026-03-01T10:00:00Z"), "{", "do not follow each other"),
    (lambda o: o.update(shipping="-1"), '"shipping"', "shipping: is too small"),
    (lambda o: o.update(currency="dollars"), '"currency"', "currency: is not written as it should be"),
    (lambda o: o.update(colour="blue"), '"colour"', "colour: is no field of our format"),
    (lambda o: o.pop("customer"), "{", "needs either a customer or a customer_id"),
    (lambda o: o.update(customer_id="C-1"), "{", "needs either a customer or a customer_id"),
    (lambda o: o["customer"].update(email="nowhere"), '"email"', "customer.email: is not written as it should be"),
    (lambda o: o["customer"].update(phone="12"), '"phone"', "customer.phone: is not a phone number"),
    (lambda o: o["customer"]["address"].update(country="USA"), '"country"', "customer.address.country: "),
    (lambda o: o.update(items=[]), '"items"', "items: there is none"),
    (lambda o: (o["items"].pop(), o["items"][0].pop("name")), "{", "items[0].name: is missing"),
    (lambda o: o["items"][1].pop("product_id"), "{", "items[1].product_id: is missing"),
    (lambda o: o["items"][1].pop("name"), "{", "items[1].name: is missing"),
    (lambda o: o["items"][1].update(unit_price="1,250"), '"unit_price"', "items[1].unit_price: is not an amount"),
    (lambda o: o["items"][1].update(unit_price=12.505), '"unit_price"', "items[1].unit_price: has more than two"),
    (lambda o: o["items"][1].update(unit_price=-1), '"unit_price"', "items[1].unit_price: is too small"),
    (lambda o: o["items"][1].update(quantity=0), '"quantity"', "items[1].quantity: is too small"),
    (lambda o: o["items"][1].update(discount="25.01"), "{", "items[1]: the discount is higher than the price"),
    (lambda o: o["items"][1].update(tax="-2"), '"tax"', "items[1].tax: is too small"),
    (lambda o: o["items"][0].update(options="9"), '"options"', "items[0].options: is not written as options are"),
    (lambda o: o["items"][1].update(variant_id="runner-9"), '"variant_id"', "items[1].variant_id: belongs to product"),
    (lambda o: o["payments"][0].update(amount=-1), '"amount"', "payments[0].amount: is too small"),
    (lambda o: o["payments"][0]["method"].update(kind="cash"), '"kind"', "payments[0].method.kind: should be 'card'"),
    (lambda o: o["payments"][0]["method"].update(balance=5), '"method"', "only a gift card or store credit has"),
    (lambda o: o["payments"][0]["method"].update(id="pm-2"), '"id"', "payments[0].method.id: this payment method bel"),
    (lambda o: o["payments"][0].update(kind="refund"), "{", "more was refunded than was paid"),
    (lambda o: o["parcels"][0].update(items=[3]), "{", "a parcel names an item beyond the last one, 2"),
    (lambda o: o["parcels"][0].pop("tracking_number"), "{", "parcels[0].tracking_number: is missing"),
    (lambda o: o.update(number="#H700002"), '"number"', "number: stood in this file before"),
    (lambda o: o.update(gift_code="PINE-1"), '"gift_code"', "gift_code: order H700002 has this gift code"),
]


@pytest.mark.parametrize(("break_it", "on_the_line", "reason"), BROKEN)
async def test_a_wrong_order_in_json_is_reported_with_its_line(
    database: Database, tmp_path: Path, break_it: Break, on_the_line: str, reason: str
) -> None:
    orders = [files.order(2, gift_code="PINE-1"), files.order(1), files.order(3)]
    break_it(orders[1])
    path = files.written(tmp_path, "o.json", files.in_json(orders))
    report = await files.run(database, path, "skip")
    assert report.counts == {("order", "created"): 2}
    (fault,) = report.wrong
    assert reason in f"{fault.field}: {fault.reason}"
    assert fault.field.startswith("orders[1]")
    assert on_the_line in path.read_text(encoding="utf-8").splitlines()[fault.line - 1]


Row = dict[str, str]
BROKEN_ROWS: list[tuple[Callable[[list[Row]], object], int, str, str]] = [
    (lambda rows: [row.update(order_number="12") for row in rows], 4, "order_number", "is not an order number"),
    (lambda rows: rows[0].update(state="eaten"), 4, "state", "should be 'pending'"),
    (lambda rows: rows[0].pop("state"), 4, "state", "is missing"),
    (lambda rows: rows[1].update(state="shipped"), 5, "state", "says something else than an earlier row"),
    (lambda rows: rows[0].update(placed_at="2026-02-01T10:00:00"), 4, "placed_at", "has no time zone"),
    (lambda rows: rows[0].update(customer_email="nowhere"), 4, "customer_email", "is not written as it should be"),
    (lambda rows: rows[0].pop("customer_email"), 4, "customer_email", "is missing"),
    (lambda rows: rows[1].update(unit_price="cheap"), 5, "unit_price", "is not an amount; write 1299.00"),
    (lambda rows: rows[1].pop("unit_price"), 5, "unit_price", "is missing"),
    (lambda rows: rows[1].update(quantity="1.5"), 5, "quantity", "integer"),
    (lambda rows: rows[1].update(discount="99"), 5, "", "the discount is higher than the price of the line"),
    (lambda rows: rows[0].update(options="blue"), 4, "options", "is not written as options are"),
    (lambda rows: rows[0].update(final_sale="perhaps"), 4, "final_sale", "boolean"),
    (lambda rows: rows[1].update(payment_amount="-3"), 5, "payment_amount", "is too small"),
    (lambda rows: rows[1].update(payment_method="cash"), 5, "payment_method", "should be 'card'"),
    (lambda rows: rows[0].update(payment_method_id="pm-2"), 4, "payment_method_id", "belongs to another customer"),
    (lambda rows: rows[0].pop("tracking_number"), 4, "tracking_number", "is missing"),
    (lambda rows: rows[0].update(gift_code="PINE-1"), 4, "gift_code", "has this gift code"),
]


@pytest.mark.parametrize(("break_it", "line", "column", "reason"), BROKEN_ROWS)
async def test_a_wrong_row_of_csv_is_reported_with_its_line_and_column(
    database: Database, tmp_path: Path, break_it: Callable[[list[Row]], object], line: int, column: str, reason: str
) -> None:
    rows = [files.csv_rows(one) for one in (files.order(2, gift_code="PINE-1"), files.order(1), files.order(3))]
    break_it(rows[1])
    path = files.written(tmp_path, "o.csv", files.in_csv(row for one in rows for row in one))
    report = await files.run(database, path, "skip")
    assert report.counts == {("order", "created"): 2}
    (fault,) = report.wrong
    assert (fault.line, fault.field) == (line, column)
    assert reason in fault.reason


async def test_rows_of_one_order_that_do_not_follow_each_other_are_refused(database: Database, tmp_path: Path) -> None:
    first, second = (files.csv_rows(files.order(number)) for number in (1, 2))
    path = files.written(tmp_path, "o.csv", files.in_csv([first[0], *second, first[1]]))
    report = await files.run(database, path, "skip")
    assert [(fault.line, fault.field) for fault in report.wrong] == [(5, "order_number")]
    assert "follow each other" in report.wrong[0].reason


async def test_an_order_number_may_be_written_differently_in_each_row(database: Database, tmp_path: Path) -> None:
    rows = files.csv_rows(files.order(1))
    rows[1]["order_number"] = "h 700001"
    report = await files.run(database, files.written(tmp_path, "o.csv", files.in_csv(rows)))
    assert report.counts == {("order", "created"): 1}


async def test_a_row_without_an_order_number_is_reported(database: Database, tmp_path: Path) -> None:
    rows = files.csv_rows(files.order(1))
    rows[1]["order_number"] = ""
    report = await files.run(database, files.written(tmp_path, "o.csv", files.in_csv(rows)), "skip")
    assert [(fault.line, fault.field, fault.reason) for fault in report.wrong] == [
        (3, "order_number", "no order number")
    ]
    assert report.counts == {}


async def test_a_row_with_a_cell_too_many_is_reported(database: Database, tmp_path: Path) -> None:
    head = "order_number,state,customer_id,product_id,product_name,unit_price\n"
    path = files.written(tmp_path, "o.csv", head + "H700001,pending,C-1,lamp,Desk Lamp, large,59.00\n")
    report = await files.run(database, path, "skip")
    assert str(report.wrong[0]) == "line 2: 7 cells where the first line names 6 columns (order H700001)"


async def test_lines_are_counted_through_cells_with_line_breaks(database: Database, tmp_path: Path) -> None:
    first, second = files.csv_rows(files.order(1)), files.csv_rows(files.order(2))
    first[0]["customer_street"] = "12 Alder Street\nDoor 4"
    second[0]["state"] = "eaten"
    path = files.written(tmp_path, "o.csv", files.in_csv([*first, *second]))
    report = await files.run(database, path, "skip")
    assert [fault.line for fault in report.wrong] == [5]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("o.csv", "", "line 1: column 'order_number' is missing"),
        ("o.csv", "order_number,state,product_id,product_name,unit_price,colour\n", "unknown column 'colour'"),
        ("o.csv", "order_number,state,state,product_id,product_name,unit_price\n", "column 'state' stands twice"),
        ("o.json", "", "line 1: not JSON"),
        ("o.json", "[]", "line 1: not JSON: { expected"),
        ("o.json", '{"orders": [\n {"number": 1},\n {"number"\n ]}', "line 4: not JSON"),
        ("o.json", '{"orders": [],\n "sales": []}', "line 2: the object has the lists products, customers, orders"),
        ("o.json", '{"orders": []}\n{}', "line 2: something stands after the end"),
        ("o.json", '{"orders": [' + "[" * 100_000, "nested too deeply"),
    ],
)
async def test_what_is_not_our_format_is_refused_with_the_line(
    database: Database, tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(errors.BadInput) as caught:
        await files.run(database, files.written(tmp_path, name, text), "skip")
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["o.csv", "o.json"])
async def test_a_file_that_is_not_in_utf8_is_refused_with_the_line(
    database: Database, tmp_path: Path, name: str
) -> None:
    orders = [files.order(1), files.order(2)]
    orders[1]["items"][0]["name"] = "Caf@ Table"
    rows = [row for one in orders for row in files.csv_rows(one)]
    text = files.in_csv(rows) if name == "o.csv" else files.in_json(orders)
    path = tmp_path / name
    path.write_bytes(text.replace("Caf@", "Café").encode("latin-1"))
    line = 1 + [*text.splitlines()].index(next(one for one in text.splitlines() if "Caf@" in one))
    with pytest.raises(errors.BadInput, match=f"line {line}: not UTF-8"):
        await files.run(database, path)


async def test_a_broken_line_of_json_lines_is_a_fault_and_the_next_ones_are_read(
    database: Database, tmp_path: Path
) -> None:
    good = files.in_lines([files.order(1), files.order(2)]).splitlines()
    text = "\n".join([good[0], '{"order": {', '{"sale": {}}', good[1], ""])
    report = await files.run(database, files.written(tmp_path, "o.jsonl", text), "skip")
    assert report.counts == {("order", "created"): 2}
    assert [fault.line for fault in report.wrong] == [2, 3]


async def test_a_file_that_is_not_there_is_named(database: Database, tmp_path: Path) -> None:
    with pytest.raises(errors.BadInput, match=r"gone\.csv"):
        await files.run(database, tmp_path / "gone.csv")


async def test_an_order_whose_payments_do_not_add_up_is_taken_with_a_warning(
    database: Database, tmp_path: Path
) -> None:
    one = files.order(1)
    one["payments"].pop()
    report = await files.run(database, files.written(tmp_path, "o.json", files.in_json([one])), "stop")
    assert not report.stopped
    assert report.counts == {("order", "created"): 1}
    assert [(fault.warning, fault.reason) for fault in report.faults] == [
        (True, "99.95 was paid and the order comes to 129.95")
    ]


async def test_a_report_never_repeats_what_the_row_says_of_a_person(database: Database, tmp_path: Path) -> None:
    one = files.order(1)
    one["customer"] |= {"email": "ada at example", "phone": "secret", "last_name": 5}
    report = await files.run(database, files.written(tmp_path, "o.json", files.in_json([one])), "skip")
    written = " ".join(str(fault) for fault in report.faults)
    assert len(report.wrong) == 3
    assert "ada at" not in written
    assert "secret" not in written

"""Reads our CSV: one row per line of an order; the rows of one order follow each other."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit import errors
from store import importing_schema
from store.importing_record import Fault, Location, Record

_CUSTOMER_ADDRESS = {f"customer_{part}": ("customer", "address", part) for part in ("street", "extra", "city")}
_CUSTOMER_ADDRESS |= {f"customer_{part}": ("customer", "address", part) for part in ("region", "zip", "country")}
_SHIP_ADDRESS = {f"ship_{part}": ("address", part) for part in ("street", "extra", "city", "region", "zip", "country")}
OF_THE_ORDER: dict[str, Location] = {
    "order_number": ("number",),
    **{name: (name,) for name in ("state", "placed_at", "shipped_at", "delivered_at", "cancelled_at")},
    **{name: (name,) for name in ("currency", "shipping", "gift_code")},
    "customer_id": ("customer", "id"),
    "customer_first_name": ("customer", "first_name"),
    "customer_last_name": ("customer", "last_name"),
    "customer_email": ("customer", "email"),
    "customer_phone": ("customer", "phone"),
    "customer_tier": ("customer", "tier"),
    **_CUSTOMER_ADDRESS,
    **_SHIP_ADDRESS,
}
"""Columns that say the same in all rows of an order, or stand in the first only."""
OF_THE_ITEM: dict[str, Location] = {
    "product_id": ("product_id",),
    "variant_id": ("variant_id",),
    "product_name": ("name",),
    **{name: (name,) for name in ("category", "tags", "options", "unit_price", "quantity", "discount", "tax")},
    "final_sale": ("final_sale",),
}
OF_THE_PAYMENT: dict[str, Location] = {
    "payment_method_id": ("method", "id"),
    "payment_method": ("method", "kind"),
    "payment_label": ("method", "label"),
    "payment_method_reference": ("method", "reference"),
    "payment_balance": ("method", "balance"),
    "payment_kind": ("kind",),
    "payment_amount": ("amount",),
    "payment_at": ("at",),
    "payment_reference": ("reference",),
}
OF_THE_PARCEL: dict[str, Location] = {"tracking_number": ("tracking_number",), "carrier": ("carrier",)}
COLUMNS = (*OF_THE_ORDER, *OF_THE_ITEM, *OF_THE_PAYMENT, *OF_THE_PARCEL)
NEEDED = ("order_number", "state", "product_id", "product_name", "unit_price")
_SEPARATORS = ",;\t"
_LONGEST_CELL = 10_000

_Row = tuple[int, dict[str, str]]
"""The line on which a row begins, and its cells that are not empty."""


def records(path: Path) -> Iterator[Record]:
    """Read the orders of a CSV file one by one.

    Raises:
        BadInput: it is no text in UTF-8, or its first line does not name the columns that we know.
    """
    try:
        with path.open("rb") as file:
            yield from _orders(file)
    except OSError as error:
        raise errors.BadInput(f"{path.name}: {error.strerror}") from error


class _Lines:
    """The lines of a file as text, with what has been read so far."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.bytes = 0
        self.line = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw: bytes = self._file.readline(_LONGEST_CELL * len(COLUMNS))
        if not raw:
            raise StopIteration
        self.line += 1
        self.bytes += len(raw)
        try:
            # The mark with which spreadsheets begin a file is no part of the first column's name.
            return raw.decode("utf-8-sig" if self.line == 1 else "utf-8")
        except UnicodeDecodeError:
            raise errors.BadInput(f"line {self.line}: not UTF-8; save the file as CSV in UTF-8") from None


@dataclass
class _Group:
    """Rows of one order as they come."""

    number: str
    line: int
    rows: list[_Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    end: int = 0


def _orders(file: Any) -> Iterator[Record]:
    lines = _Lines(file)
    names, separator = _header(lines)
    group: _Group | None = None
    for line, row, broken in _rows(lines, names, separator):
        number = _normalised(row.get("order_number", ""))
        if group is None or (number and number != group.number):
            if group is not None:
                yield _record(group)
            group = _Group(number, line)
        problem = broken if broken is not None or number else "no order number"
        if problem is not None:
            group.faults.append(Fault(line, group.number, "" if number else "order_number", problem))
        else:
            group.rows.append((line, row))
        group.end = lines.bytes
    if group is not None:
        yield _record(group)


def _rows(lines: _Lines, names: list[str], separator: str) -> Iterator[tuple[int, dict[str, str], str | None]]:
    """Read rows: the line on which each begins, its cells that are not empty, and what is wrong with it."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = lines.line + 1
        cells, problem = _next_row(reader)
        if cells is None and problem is None:
            return
        row = {name: cell.strip() for name, cell in zip(names, cells or [], strict=False) if cell.strip()}
        if problem is None and row and len(cells or ()) != len(names):
            problem = f"{len(cells or ())} cells where the first line names {len(names)} columns"
        if row or problem is not None:
            yield line, row, problem


def _normalised(number: str) -> str:
    return importing_schema.order_number(number) or number


def _next_row(reader: Any) -> tuple[list[str] | None, str | None]:
    try:
        return next(reader, None), None
    except csv.Error as error:
        return None, f"not CSV: {error}"


def _header(lines: _Lines) -> tuple[list[str], str]:
    first = next(lines, "")
    separator = max(_SEPARATORS, key=first.count)
    names = [name.strip().lower() for name in next(csv.reader([first], delimiter=separator), [])]
    problems = [f"unknown column {name!r}" for name in names if name not in COLUMNS]
    problems += [f"column {name!r} stands twice" for name in sorted({one for one in names if names.count(one) > 1})]
    problems += [f"column {name!r} is missing" for name in NEEDED if name not in names]
    if problems:
        raise errors.BadInput(f"line 1: {'; '.join(problems[:5])}")
    return names, separator


def _record(group: _Group) -> Record:
    values: dict[str, Any] = {}
    places: dict[Location, tuple[int, str]] = {}
    faults = list(group.faults)
    said: dict[str, str] = {}
    for line, row in group.rows:
        for column, location in OF_THE_ORDER.items():
            if column not in row:
                continue
            if column != "order_number" and said.setdefault(column, row[column]) != row[column]:
                faults.append(Fault(line, group.number, column, "says something else than an earlier row of the order"))
            if location not in places:
                _put(values, location, row[column])
                places[location] = (line, column)
    _add_parts(group, values, places)
    _name_the_customer(values, places)
    return Record(
        "order", group.line, values, lambda found: _where(places, group.line, found), group.end, tuple(faults)
    )


def _add_parts(group: _Group, values: dict[str, Any], places: dict[Location, tuple[int, str]]) -> None:
    items: list[Any] = []
    payments: list[Any] = []
    parcels: dict[str, dict[str, Any]] = {}
    for line, row in group.rows:
        item = _part(row, OF_THE_ITEM)
        if item:
            _tell_places(places, line, ("items", len(items)), OF_THE_ITEM)
            items.append(_read_lists(item))
        payment = _part(row, OF_THE_PAYMENT)
        # Exports repeat the payment in each row of an order: what is the same in all is one payment.
        if payment and payment not in payments:
            _tell_places(places, line, ("payments", len(payments)), OF_THE_PAYMENT)
            payments.append(payment)
        parcel = _part(row, OF_THE_PARCEL)
        if parcel:
            known = parcels.setdefault(parcel.get("tracking_number", ""), {**parcel, "items": []})
            if len(known["items"]) == 0:
                _tell_places(places, line, ("parcels", len(parcels) - 1), OF_THE_PARCEL)
            if item:
                known["items"].append(len(items))
    if len(parcels) == 1 and not any("tracking_number" in row for _, row in group.rows[1:]):
        next(iter(parcels.values()))["items"] = []
    values |= {"items": items, "payments": payments, "parcels": list(parcels.values())}


def _part(row: dict[str, str], columns: dict[str, Location]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, location in columns.items():
        if column in row:
            _put(found, location, row[column])
    return found


def _read_lists(item: dict[str, Any]) -> dict[str, Any]:
    """Read `a; b` as a list of tags, and `size=9; color=blue` as options."""
    if "tags" in item:
        item["tags"] = [tag.strip() for tag in item["tags"].split(";") if tag.strip()]
    if "options" in item:
        pairs = [pair.partition("=") for pair in item["options"].split(";") if pair.strip()]
        if all(equals for _, equals, _ in pairs):
            item["options"] = {name.strip(): value.strip() for name, _, value in pairs}
    return item


def _tell_places(
    places: dict[Location, tuple[int, str]], line: int, head: Location, columns: dict[str, Location]
) -> None:
    places[head] = (line, "")
    for column, location in columns.items():
        places[(*head, *location)] = (line, column)


def _name_the_customer(values: dict[str, Any], places: dict[Location, tuple[int, str]]) -> None:
    """Take a customer of whom only the id stands there for one who is known."""
    customer = values.get("customer")
    if isinstance(customer, dict) and set(customer) == {"id"}:
        values["customer_id"] = values.pop("customer")["id"]
        places[("customer_id",)] = places[("customer", "id")]


def _put(values: dict[str, Any], location: Location, text: str) -> None:
    for part in location[:-1]:
        values = values.setdefault(str(part), {})
    values[str(location[-1])] = text


def _where(places: dict[Location, tuple[int, str]], line: int, location: Location) -> tuple[int, str]:
    """Find line and column of a place in an order; of one that does not stand there, the column where it belongs."""
    for length in range(len(location), 0, -1):
        if location[:length] in places:
            return places[location[:length]]
    columns = [column for column, known in OF_THE_ORDER.items() if known[: len(location)] == location]
    if location == ("items",):
        columns = ["product_id"]
    return line, columns[0] if columns else ""

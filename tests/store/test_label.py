"""The label: one page that can be read by people and scanners, whatever script a name is in."""

import io
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from kit import errors
from store import barcode, label
from store.returns import METHODS, Method, Return, ReturnLine
from tests.store import made

ORDER = made.order(made.item("Trail Runner", category="shoes"), made.item("Camp Mug", quantity=2))


def a_return(method: Method = "drop_off_qr", lines: int = 1) -> Return:
    line = ReturnLine(uuid.uuid4(), 2, "too_small", "refund", Decimal(9), name="Camp Mug", options={"color": "blue"})
    return Return(
        id=uuid.uuid4(),
        rma="RMA-4829-1563",
        order_id=ORDER.id,
        customer_id=made.MAYA.id,
        approval="approved",
        parcel="label_issued",
        settlement="open",
        resolution="refund",
        method=method,
        amount=Decimal("28.00"),
        fee=Decimal("0.00"),
        currency="USD",
        opened_at=made.NOW,
        lines=(line,) * lines,
        tracking_number="HP4829156304",
        carrier="Harbour Post",
        label_expires_at=datetime(2026, 7, 4, 23, 59, 59, tzinfo=UTC),
    )


def text_of(document: bytes) -> str:
    (page,) = PdfReader(io.BytesIO(document)).pages
    return page.extract_text()


@pytest.mark.parametrize("method", label.METHODS)
def test_the_page_says_who_where_what_how_and_until_when(method: Method) -> None:
    text = text_of(label.render(a_return(method), ORDER, made.book().shop))
    for part in (
        "RMA-4829-1563",
        "HP4829156304",
        "Harbour Post",
        "Maya Torres",
        "2418 SE Alder Street",
        "Portland, OR 97214",
        "Harbour & Pine Returns",
        "1280 Pier Avenue",
        "#H204518",
        "2 × Camp Mug (blue)",
        "4 July 2026",
    ):
        assert part in text, part


def test_each_method_has_instructions_of_its_own() -> None:
    pages = {method: text_of(label.render(a_return(method), ORDER, made.book().shop)) for method in label.METHODS}
    assert "drop-off point" in pages["drop_off_qr"]
    assert "tape the upper part" in pages["printed_label"]
    assert "driver" in pages["pickup"]
    assert "one of our stores" in pages["store"]


def test_what_is_kept_has_no_label_and_everything_else_has_one() -> None:
    assert set(METHODS) - set(label.METHODS) == {"keep"}
    with pytest.raises(errors.Conflict, match="kept"):
        label.render(a_return("keep"), ORDER, made.book().shop)


def test_many_items_still_fit_on_one_page() -> None:
    text = text_of(label.render(a_return(lines=30), ORDER, made.book().shop))
    assert "and 22 more" in text


def test_letters_that_the_font_lacks_are_replaced() -> None:
    assert label.plain("Łukasz O’Neil – café “naïve” 李 Đặng 🙂") == 'Lukasz O\'Neil - café "naïve" ? ?ang ?'


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=120), st.text(max_size=60))
def test_no_name_or_street_breaks_the_page(name: str, street: str) -> None:
    customer = replace(made.MAYA, name_first=name)
    order = replace(ORDER, customer=customer, address=replace(made.MAYA.address, street=street))
    assert "RMA-4829-1563" in text_of(label.render(a_return(), order, made.book().shop))


def decoded(widths: tuple[int, ...]) -> str:
    """Read the bars as a scanner does: by the patterns, checking start, check symbol and stop."""
    patterns = {tuple(map(int, text)): value for value, text in enumerate(barcode._PATTERNS)}
    assert patterns[widths[-7:]] == 106
    values = [patterns[widths[place : place + 6]] for place in range(0, len(widths) - 7, 6)]
    assert values[0] == 104
    assert (values[0] + sum(place * value for place, value in enumerate(values[1:-1], 1))) % 103 == values[-1]
    return "".join(chr(value + 32) for value in values[1:-1])


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30))
def test_a_barcode_reads_back_as_its_text(text: str) -> None:
    assert decoded(barcode.code128(text)) == text


def test_the_bars_are_those_of_the_standard() -> None:
    # A textbook example: with start A the check symbol of PJJ123C is 54, so with start B, one higher, it is 55.
    assert barcode.check_value([ord(character) - 32 for character in "PJJ123C"]) == 55
    assert barcode.code128("A")[:12] == (2, 1, 1, 2, 1, 4, 1, 1, 1, 3, 2, 3)
    assert barcode.code128("A")[-7:] == (2, 3, 3, 1, 1, 1, 2)
    assert {sum(map(int, pattern)) for pattern in barcode._PATTERNS[:-1]} == {11}
    assert len(set(barcode._PATTERNS)) == 107


@pytest.mark.parametrize("text", ["", "ü", "a\nb"])
def test_what_code_128_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(errors.BadInput):
        barcode.code128(text)

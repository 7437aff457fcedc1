"""The return label: one page that a customer prints, or shows on the phone at a drop-off."""

import unicodedata
from collections.abc import Sequence

import segno
from fpdf import FPDF

from kit import errors
from store import barcode, dates
from store.order import Order, describe_options
from store.policy_file import Shop
from store.returns import Method, Return, ReturnLine

_INK = (31, 41, 38)
_QUIET = (112, 122, 118)
_PINE = (24, 78, 66)
_PAPER = (243, 246, 244)
_LEFT = 18.0
_RIGHT = 198.0
_WIDTH = _RIGHT - _LEFT
_LINES_ON_PAGE = 8

_TITLES: dict[Method, str] = {
    "drop_off_qr": "Drop-off with a QR code",
    "printed_label": "Printed label",
    "pickup": "Pickup at your door",
    "store": "Return in a store",
}
METHODS = tuple(_TITLES)
"""The methods that need a label; what the customer keeps is not sent, and has none."""
_STEPS: dict[Method, tuple[str, ...]] = {
    "drop_off_qr": (
        "Pack the items. Any sturdy box or bag will do.",
        "Show the QR code on this page, on paper or on your phone, at a drop-off point.",
        "They print the label for you. Keep the receipt until you have your refund.",
    ),
    "printed_label": (
        "Pack the items. Any sturdy box or bag will do.",
        "Print this page, cut along the line, and tape the upper part to the parcel.",
        "Hand the parcel in at any counter of the carrier. Keep the receipt.",
    ),
    "pickup": (
        "Pack the items. Any sturdy box or bag will do.",
        "Print this page and tape the upper part to the parcel, or write the return number on it.",
        "Give the parcel to the driver, who comes to the address on this label.",
    ),
    "store": (
        "Bring the items, packed or not, to one of our stores.",
        "Show the QR code on this page, on paper or on your phone.",
        "You get a receipt there and then.",
    ),
}
_LOOKALIKES = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "•": "-", "ł": "l", "Ł": "L", "đ": "d"}
)


def render(return_: Return, order: Order, shop: Shop) -> bytes:
    """Draw the label of a return as a one-page PDF; characters that the font lacks are replaced, never fatal.

    Raises:
        Conflict: the customer keeps the items, so there is no label.
    """
    if return_.method not in METHODS:
        raise errors.Conflict(f"{return_.rma}: the items are kept, so there is no label")
    page = FPDF(format="letter", unit="mm")
    page.set_auto_page_break(False)
    page.set_margin(0)
    page.set_title(plain(f"Return label {return_.rma}"))
    page.set_creator(plain(shop.name))
    page.add_page()
    _head(page, return_, shop)
    _addresses(page, order, shop)
    _codes(page, return_)
    _cut_line(page)
    _steps(page, return_.method)
    _items(page, return_, order, shop)
    return bytes(page.output())


def plain(text: str) -> str:
    """Return the text in Latin-1: look-alikes and letters without their accents first, `?` for the rest."""
    kept = []
    for character in unicodedata.normalize("NFC", text.translate(_LOOKALIKES)):
        bare = unicodedata.normalize("NFKD", character)[:1]
        fitting = next((c for c in (character, bare) if c and ord(c) < 256 and c.isprintable()), "?")
        kept.append(fitting)
    return "".join(kept)


def _write(page: FPDF, place: tuple[float, float], text: str, size: float, style: str = "") -> None:
    page.set_font("Helvetica", style, size)
    page.text(place[0], place[1], plain(text))


def _fit(page: FPDF, text: str, width: float, size: float, style: str = "") -> str:
    page.set_font("Helvetica", style, size)
    short = plain(text)
    if page.get_string_width(short) <= width:
        return short
    while short and page.get_string_width(short + "...") > width:
        short = short[:-1]
    return short.rstrip() + "..."


def _head(page: FPDF, return_: Return, shop: Shop) -> None:
    page.set_fill_color(*_PINE)
    page.rect(0, 0, page.w, 24, style="F")
    page.set_text_color(255, 255, 255)
    _write(page, (_LEFT, 15.5), _fit(page, shop.name, 110, 18, "B"), 18, "B")
    page.set_font("Helvetica", "", 11)
    title = plain(_TITLES[return_.method])
    page.text(_RIGHT - page.get_string_width(title), 15.0, title)
    page.set_text_color(*_INK)


def _addresses(page: FPDF, order: Order, shop: Shop) -> None:
    sender = (order.customer.name, *order.address.lines())
    _address(page, (_LEFT, 36), "FROM", sender, 9.5)
    _address(page, (106, 36), "TO", shop.return_address.lines(), 12)


def _address(page: FPDF, place: tuple[float, float], title: str, lines: Sequence[str], size: float) -> None:
    page.set_text_color(*_QUIET)
    _write(page, place, title, 8, "B")
    page.set_text_color(*_INK)
    for number, line in enumerate(lines, start=1):
        style = "B" if number == 1 else ""
        shown = _fit(page, line, 84, size, style)
        _write(page, (place[0], place[1] + number * size * 0.5 + 1), shown, size, style)


def _codes(page: FPDF, return_: Return) -> None:
    page.set_fill_color(*_PAPER)
    page.rect(_LEFT, 74, _WIDTH, 66, style="F")
    _qr(page, return_.rma, (_LEFT + 6, 80), 54)
    page.set_text_color(*_QUIET)
    _write(page, (88, 87), "RETURN NUMBER", 8, "B")
    page.set_text_color(*_INK)
    _write(page, (88, 98), return_.rma, 27, "B")
    if return_.tracking_number:
        _barcode(page, return_.tracking_number, (88, 105), (104, 17))
        _write(page, (88, 127), f"{return_.carrier or 'Carrier'}  {return_.tracking_number}", 9.5)
    if return_.label_expires_at:
        page.set_text_color(*_PINE)
        _write(page, (88, 135), f"Valid until {dates.spoken(return_.label_expires_at.date())}", 10.5, "B")
        page.set_text_color(*_INK)


def _qr(page: FPDF, text: str, place: tuple[float, float], size: float) -> None:
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(scale=1, border=2)]
    step = size / len(rows)
    page.set_fill_color(255, 255, 255)
    page.rect(place[0], place[1], size, size, style="F")
    page.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                # A hair wider than its cell, so that no white line shows between two dark ones.
                page.rect(place[0] + across * step, place[1] + down * step, step + 0.02, step + 0.02, style="F")


def _barcode(page: FPDF, text: str, place: tuple[float, float], size: tuple[float, float]) -> None:
    widths = barcode.code128(plain(text))
    quiet = 10
    step = size[0] / (sum(widths) + 2 * quiet)
    page.set_fill_color(255, 255, 255)
    page.rect(place[0], place[1], *size, style="F")
    page.set_fill_color(0, 0, 0)
    across = place[0] + quiet * step
    for number, width in enumerate(widths):
        if number % 2 == 0:
            page.rect(across, place[1] + 1.5, width * step, size[1] - 3, style="F")
        across += width * step


def _cut_line(page: FPDF) -> None:
    page.set_draw_color(*_QUIET)
    page.set_dash_pattern(dash=1.6, gap=1.6)
    page.line(_LEFT, 149, _RIGHT, 149)
    page.set_dash_pattern()


def _steps(page: FPDF, method: Method) -> None:
    _write(page, (_LEFT, 161), "What to do", 13, "B")
    for number, step in enumerate(_STEPS[method], start=1):
        _write(page, (_LEFT, 162 + number * 7), f"{number}.  {step}", 10.5)


def _items(page: FPDF, return_: Return, order: Order, shop: Shop) -> None:
    _write(page, (_LEFT, 199), f"In this parcel, from order {order.display_number}", 13, "B")
    for number, line in enumerate(return_.lines[:_LINES_ON_PAGE], start=1):
        _write(page, (_LEFT, 200 + number * 6.5), _fit(page, _line_text(line), _WIDTH, 10.5), 10.5)
    hidden = len(return_.lines) - _LINES_ON_PAGE
    if hidden > 0:
        _write(page, (_LEFT, 200 + (_LINES_ON_PAGE + 1) * 6.5), f"and {hidden} more", 10.5)
    page.set_text_color(*_QUIET)
    note = f"Questions? Tell {shop.name} your return number. Send only these items with this label."
    _write(page, (_LEFT, 269), _fit(page, note, _WIDTH, 8.5), 8.5)


def _line_text(line: ReturnLine) -> str:
    options = describe_options(line.options)
    return f"{line.quantity} × {line.name}" + (f" ({options})" if options else "")

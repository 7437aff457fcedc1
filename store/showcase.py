"""The demo shop's fixed orders: those that the documentation and the tests talk about."""

from dataclasses import dataclass

from store.order import OrderState
from store.returns import Method, Parcel, Reason, Resolution


@dataclass(frozen=True)
class Person:
    """Somebody whom the documentation names, with one payment method."""

    name_first: str
    name_last: str
    email: str
    zip: str
    city: str
    region: str
    street: str
    phone: str
    card: str


@dataclass(frozen=True)
class Piece:
    """A line of an order: product, the values of its options, how many."""

    product: str
    options: tuple[str, ...]
    quantity: int = 1
    final_sale: bool = False


@dataclass(frozen=True)
class Coming:
    """A return of the order's first line, opened so many days ago, and where it stands now."""

    rma: str
    days_ago: int
    parcel: Parcel
    settled: bool = False
    resolution: Resolution = "refund"
    method: Method = "drop_off_qr"
    reason: Reason = "no_longer_needed"


@dataclass(frozen=True)
class Show:
    """An order: `days_ago` counts from its delivery, or from its last step when it has not arrived.

    `outside` pushes the delivery back as far as its first line needs to be past its window, holidays included.
    """

    number: str
    person: str
    state: OrderState
    days_ago: int
    pieces: tuple[Piece, ...]
    coming: Coming | None = None
    gift_card: bool = False
    outside: bool = False


PEOPLE: dict[str, Person] = {
    "maya": Person(
        "Maya", "Torres", "maya.torres@example.com", "97214", "Portland", "OR", "2418 SE Alder Street",
        "+15035550142", "Visa ending 4242",
    ),
    "jonas": Person(
        "Jonas", "Weber", "jonas.weber@example.com", "60614", "Chicago", "IL", "519 W Belden Avenue",
        "+13125550176", "Mastercard ending 5100",
    ),
    "priya": Person(
        "Priya", "Shah", "priya.shah@example.com", "78704", "Austin", "TX", "1207 Kinney Avenue",
        "+15125550119", "Visa ending 1881",
    ),
}  # fmt: skip

SHOWCASE: tuple[Show, ...] = (
    # Everything goes: shoes, two mugs of one kind, a sweater, all inside their windows.
    Show("H204518", "maya", "delivered", 6, (
        Piece("trail-runner", ("9", "blue")),
        Piece("camp-mug", ("white",), 2),
        Piece("wool-sweater", ("M", "grey")),
    )),
    # Refused: electronics past their window, and a final-sale item.
    Show("H204777", "maya", "delivered", 40, (
        Piece("wireless-headphones", ("black",)),
        Piece("merino-scarf", ("red",), final_sale=True),
    ), outside=True),
    # Not sent yet: can be cancelled.
    Show("H205120", "maya", "pending", 1, (Piece("rain-jacket", ("M", "yellow")), Piece("hiking-socks", ("M",), 2))),
    # "Where is my refund?": the parcel is here, the money is not there yet.
    Show("H203950", "maya", "delivered", 18, (Piece("ridge-jacket", ("M", "green")), Piece("pine-candle", ("cedar",))),
         Coming("RMA-1000-0016", 7, "received", reason="too_large")),
    # Above the approval limit: a person decides.
    Show("H206001", "jonas", "delivered", 3, (Piece("compact-camera", ("black",)),)),
    # On its way.
    Show("H206002", "jonas", "shipped", 2, (Piece("day-backpack", ("green",)), Piece("steel-bottle", ("steel",)))),
    # Refunded.
    Show("H206003", "priya", "delivered", 28, (Piece("linen-shirt", ("S", "white")), Piece("clay-vase", ("white",))),
         Coming("RMA-1000-0024", 20, "inspected", settled=True, reason="too_small")),
    # Hygiene item, gift card, and a lamp that may come back.
    Show("H206004", "priya", "delivered", 8, (
        Piece("face-serum", ("30 ml",)), Piece("gift-card", ("$50",)), Piece("reading-lamp", ("brass",)),
    )),
    # Paid with a gift card: the refund goes back to it.
    Show("H206005", "jonas", "delivered", 9, (Piece("iron-pan", ("28 cm",)), Piece("stone-mug", ("sand",), 4)),
         gift_card=True),
    # A label that was never used.
    Show("H206006", "priya", "delivered", 10, (Piece("harbour-boot", ("8", "brown")),),
         Coming("RMA-1000-0032", 2, "label_issued", resolution="store_credit", reason="too_small")),
    # Being packed: too late to cancel, too early to return.
    Show("H206007", "jonas", "processed", 1, (Piece("woven-rug", ("120 x 170",)),)),
)  # fmt: skip

"""The demo shop's fixed orders: those that the documentation and the tests talk about."""

from dataclasses import dataclass

from store.order import OrderState
from store.returns import Method, Parcel, Reason, Resolution


@dataclass(frozen=True)
class Person:
    """Somebody whom the documentation names, with a card, and with a gift card of which `gift_card` is the label."""

    name_first: str
    name_last: str
    email: str
    zip: str
    city: str
    region: str
    street: str
    phone: str
    card: str
    gift_card: str = ""
    tier: str = "standard"


@dataclass(frozen=True)
class Piece:
    """A line of an order: product, the values of its options, how many; what came off the line, and its tax."""

    product: str
    options: tuple[str, ...]
    quantity: int = 1
    final_sale: bool = False
    discount: str = "0.00"
    tax: str = "0.00"


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
    `gift_card`: paid with the gift card and not with the card; `from_gift_card` is how much of it was.
    """

    number: str
    person: str
    state: OrderState
    days_ago: int
    pieces: tuple[Piece, ...]
    coming: Coming | None = None
    gift_card: bool = False
    outside: bool = False
    shipping: str = "0.00"
    from_gift_card: str = "0.00"
    gift_code: str | None = None


PEOPLE: dict[str, Person] = {
    "maya": Person(
        "Maya", "Torres", "maya.torres@example.com", "97214", "Portland", "OR", "2418 SE Alder Street",
        "+15035550142", "Visa ending 4242", "Gift card ending 7310",
    ),
    "jonas": Person(
        "Jonas", "Weber", "jonas.weber@example.com", "60614", "Chicago", "IL", "519 W Belden Avenue",
        "+13125550176", "Mastercard ending 5100", "Gift card ending 7310",
    ),
    "priya": Person(
        "Priya", "Shah", "priya.shah@example.com", "78704", "Austin", "TX", "1207 Kinney Avenue",
        "+15125550119", "Visa ending 1881",
    ),
    "rosa": Person(
        "Rosa", "Lindgren", "rosa.lindgren@example.com", "98109", "Seattle", "WA", "701 Highland Drive",
        "+12065550133", "Visa ending 3007", "Gift card ending 2048", "gold",
    ),
    "theo": Person(
        "Theo", "Marchand", "theo.marchand@example.com", "02116", "Boston", "MA", "46 Clarendon Street",
        "+16175550158", "Mastercard ending 8841", "Gift card ending 9163",
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
    # A gold customer has 90 days, where others have 30.
    Show("H207001", "rosa", "delivered", 45, (Piece("wool-blanket", ("grey",)),)),
    # A discount, sales tax and shipping: what comes back is what was paid.
    Show("H207002", "theo", "delivered", 5, (
        Piece("city-sneaker", ("9", "white"), discount="7.40", tax="4.16"),
        Piece("stone-mug", ("slate",), 2, tax="2.25"),
    ), shipping="5.95"),
    # Paid in two ways: 40 dollars came from the gift card.
    Show("H207003", "theo", "delivered", 4, (Piece("day-backpack", ("black",)), Piece("steel-bottle", ("blue",))),
         from_gift_card="40.00"),
    # Some of it was given to somebody, who has the gift code.
    Show("H207004", "rosa", "delivered", 7, (Piece("linen-pillow", ("natural",), 2), Piece("pine-candle", ("pine",))),
         gift_code="GIFT-7Q4M-2X9K"),
    # Large in navy has sold out: an exchange needs a second choice.
    Show("H207005", "theo", "delivered", 3, (Piece("harbour-hoodie", ("M", "navy")),)),
    # A download, something made for its buyer, and software that must not be opened.
    Show("H207006", "theo", "delivered", 2, (
        Piece("trail-maps", ("Cascades",)), Piece("name-blanket", ("rust",)), Piece("photo-studio", ("Mac",)),
    )),
    # Not sent yet, and there in other sizes and colours: address, payment or items can be changed.
    Show("H207007", "rosa", "pending", 1, (
        Piece("harbour-hoodie", ("M", "grey")), Piece("steel-bottle", ("steel",), 2),
    ), shipping="5.95"),
)  # fmt: skip

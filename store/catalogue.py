"""What the demo shop sells: one line per product, its variants worked out from the options.

Tags say what a policy may have rules for: `digital`, `made_to_order`, `software`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product as combinations


@dataclass(frozen=True)
class Product:
    """A product of the demo shop; `axes` are its options, every combination of which is a variant."""

    id: str
    name: str
    category: str
    picture: str
    price: Decimal
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    def variants(self) -> list[tuple[str, dict[str, str], Decimal]]:
        """Return (id, options, price) of each variant; `extra` adds to the price of an option's value."""
        found = []
        for values in combinations(*self.axes.values()):
            options = dict(zip(self.axes, values, strict=True))
            added = sum((Decimal(self.extra.get(value, "0")) for value in values), Decimal(0))
            found.append((variant_id(self.id, options), options, self.price + added))
        return found


def variant_id(product_id: str, options: Mapping[str, str]) -> str:
    """Return the id of a variant such as `trail-runner-9-blue`."""
    return "-".join([product_id, *(value.replace(" ", "-").lower() for value in options.values())])


_SHOES = ("7", "8", "9", "10", "11")
_CLOTHES = ("S", "M", "L", "XL")


def _shoe(key: str, name: str, picture: str, price: str, *colors: str) -> Product:
    return Product(key, name, "shoes", picture, Decimal(price), {"size": _SHOES, "color": colors})


def _garment(key: str, name: str, picture: str, price: str, *colors: str) -> Product:
    return Product(key, name, "clothing", picture, Decimal(price), {"size": _CLOTHES, "color": colors})


def _thing(key: str, name: str, category: str, picture: str, price: str, *colors: str) -> Product:
    return Product(key, name, category, picture, Decimal(price), {"color": colors})


PRODUCTS: tuple[Product, ...] = (
    _shoe("trail-runner", "Trail Runner", "sneaker", "89.00", "blue", "black", "coral"),
    _shoe("city-sneaker", "City Sneaker", "sneaker", "74.00", "white", "black"),
    _shoe("harbour-boot", "Harbour Boot", "boot", "139.00", "brown", "black"),
    _shoe("rain-boot", "Rain Boot", "boot", "68.00", "green", "yellow"),
    _shoe("pier-sandal", "Pier Sandal", "sandal", "49.00", "tan", "navy"),
    _garment("cotton-tshirt", "Cotton T-Shirt", "tshirt", "24.00", "white", "navy", "green"),
    _garment("linen-shirt", "Linen Shirt", "shirt", "58.00", "white", "sky"),
    _garment("straight-jeans", "Straight Jeans", "jeans", "79.00", "indigo", "black"),
    _garment("summer-dress", "Summer Dress", "dress", "86.00", "red", "blue"),
    _garment("ridge-jacket", "Ridge Jacket", "jacket", "128.00", "green", "black"),
    _garment("rain-jacket", "Rain Jacket", "jacket", "112.00", "yellow", "navy"),
    _garment("wool-sweater", "Wool Sweater", "sweater", "64.00", "grey", "green", "cream"),
    Product("merino-scarf", "Merino Scarf", "clothing", "scarf", Decimal("32.00"), {"color": ("red", "grey")}),
    Product("hiking-socks", "Hiking Socks", "clothing", "socks", Decimal("16.00"), {"size": ("S", "M", "L")}),
    _thing("wireless-headphones", "Wireless Headphones", "electronics", "headphones", "129.00", "black", "white"),
    _thing("dock-speaker", "Dock Speaker", "electronics", "speaker", "79.00", "slate", "sand"),
    Product(
        "travel-charger", "Travel Charger", "electronics", "charger", Decimal("35.00"),
        {"power": ("30 W", "65 W")}, {"65 W": "20.00"},
    ),
    _thing("tide-watch", "Tide Watch", "electronics", "watch", "189.00", "black", "silver"),
    Product(
        "desk-keyboard", "Desk Keyboard", "electronics", "keyboard", Decimal("99.00"),
        {"switches": ("quiet", "clicky")},
    ),
    _thing("compact-camera", "Compact Camera", "electronics", "camera", "449.00", "black", "silver"),
    Product(
        "pour-kettle", "Pour Kettle", "kitchen", "kettle", Decimal("69.00"),
        {"capacity": ("0.8 L", "1.2 L")}, {"1.2 L": "12.00"},
    ),
    Product(
        "iron-pan", "Iron Pan", "kitchen", "pan", Decimal("54.00"),
        {"size": ("24 cm", "28 cm")}, {"28 cm": "10.00"},
    ),
    Product("chef-knife", "Chef's Knife", "kitchen", "knife", Decimal("72.00"), {"handle": ("oak", "black")}),
    _thing("camp-mug", "Camp Mug", "kitchen", "mug", "14.00", "white", "blue", "green"),
    _thing("stone-mug", "Stone Mug", "kitchen", "mug", "18.00", "sand", "slate"),
    _thing("soup-blender", "Soup Blender", "kitchen", "blender", "84.00", "cream", "black"),
    _thing("reading-lamp", "Reading Lamp", "home", "lamp", "59.00", "brass", "black"),
    Product(
        "woven-rug", "Woven Rug", "home", "rug", Decimal("149.00"),
        {"size": ("120 x 170", "160 x 230")}, {"160 x 230": "90.00"},
    ),
    _thing("linen-pillow", "Linen Pillow", "home", "pillow", "38.00", "natural", "green"),
    _thing("wool-blanket", "Wool Blanket", "home", "blanket", "98.00", "grey", "rust"),
    Product("pine-candle", "Pine Candle", "home", "candle", Decimal("22.00"), {"scent": ("pine", "cedar")}),
    _thing("clay-vase", "Clay Vase", "home", "vase", "44.00", "white", "terracotta"),
    Product(
        "ridge-tent", "Ridge Tent", "outdoor", "tent", Decimal("259.00"),
        {"people": ("2", "3")}, {"3": "60.00"},
    ),
    _thing("day-backpack", "Day Backpack", "outdoor", "backpack", "92.00", "green", "black"),
    _thing("steel-bottle", "Steel Bottle", "outdoor", "bottle", "28.00", "steel", "blue", "green"),
    Product(
        "down-sleeping-bag", "Down Sleeping Bag", "outdoor", "sleepingbag", Decimal("179.00"),
        {"length": ("regular", "long")}, {"long": "15.00"},
    ),
    Product("camp-stove", "Camp Stove", "outdoor", "stove", Decimal("66.00"), {"burners": ("1", "2")}, {"2": "35.00"}),
    Product("face-serum", "Face Serum", "beauty", "serum", Decimal("42.00"), {"size": ("30 ml", "50 ml")}),
    Product("sea-soap", "Sea Soap", "beauty", "soap", Decimal("12.00"), {"scent": ("kelp", "lavender")}),
    Product("hand-balm", "Hand Balm", "beauty", "soap", Decimal("18.00"), {"scent": ("pine", "citrus")}),
    Product(
        "gift-card", "Gift Card", "gift_cards", "giftcard", Decimal("0.00"),
        {"value": ("$25", "$50", "$100")}, {"$25": "25.00", "$50": "50.00", "$100": "100.00"},
    ),
)  # fmt: skip

SPECIAL: tuple[Product, ...] = (
    _garment("harbour-hoodie", "Harbour Hoodie", "sweater", "72.00", "navy", "grey"),
    Product(
        "trail-maps", "Trail Maps Download", "outdoor", "tent", Decimal("19.00"),
        {"region": ("Cascades", "Sierra")}, tags=("digital",),
    ),
    Product(
        "name-blanket", "Blanket with Your Name", "home", "blanket", Decimal("118.00"),
        {"color": ("grey", "rust")}, tags=("made_to_order",),
    ),
    Product(
        "photo-studio", "Photo Studio", "electronics", "camera", Decimal("49.00"),
        {"system": ("Mac", "Windows")}, tags=("software",),
    ),
)  # fmt: skip
"""Products with a rule of their own, and one of which a size is sold out; only orders of the showcase have them."""

SPECIAL_STOCK = 14
SOLD_OUT = frozenset({"harbour-hoodie-l-navy"})


def product(product_id: str) -> Product:
    """Return a product of the demo shop by its id; raises StopIteration for one that it does not sell."""
    return next(entry for entry in (*PRODUCTS, *SPECIAL) if entry.id == product_id)

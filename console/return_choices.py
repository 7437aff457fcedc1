"""What stands in the dialog of a return at the moment, and the wish that comes of it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from casework import order_words
from casework.order_desk import Override
from casework.proposal_words import Say
from casework.wanted import ChangeReturn, OpenReturn
from store import policy, transfer
from store.decision import Offer, RequestLine
from store.order import Order, PaymentMethod, Variant
from store.overriding import Overridden
from store.returns import Condition, Method, Reason, Resolution, Return

EXCHANGE: Resolution = "exchange"
REFUND: Resolution = "refund"
CONDITIONS: Mapping[str, str] = {
    "": "Not known",
    "sealed": "Sealed",
    "opened": "Opened, not used",
    "used": "Used",
    "damaged": "Damaged",
}

type Place = tuple[Resolution, str]
"""An outcome, and the payment method that it goes to ("": the only one there is, or as it was paid)."""


@dataclass
class Piece:
    """An item of the order as it stands in the dialog."""

    quantity: int = 0
    reason: Reason = "no_longer_needed"
    condition: Condition | None = None


@dataclass
class Form:
    """What was chosen so far; `found` is what the policy says to the lines, None before anything was chosen."""

    pieces: dict[UUID, Piece] = field(default_factory=dict)
    found: Overridden | None = None
    variants: Mapping[UUID, Sequence[Variant]] = field(default_factory=dict)
    place: Place | None = None
    method: Method | None = None
    first: dict[UUID, str] = field(default_factory=dict)
    second: dict[UUID, str] = field(default_factory=dict)
    difference_to: str = ""
    reason: str = ""

    @property
    def lines(self) -> tuple[RequestLine, ...]:
        """The items that were ticked."""
        return tuple(
            RequestLine(item_id, piece.quantity, piece.reason, piece.condition)
            for item_id, piece in self.pieces.items()
            if piece.quantity
        )

    @property
    def offers(self) -> dict[Place, Offer]:
        """What the customer may get; an exchange only where there is something in stock for every item."""
        if self.found is None:
            return {}
        stocked = bool(self.variants) and all(self.variants.values())
        offers = self.found.decision.offers
        return {place_of(offer): offer for offer in offers if offer.resolution != EXCHANGE or stocked}

    @property
    def offer(self) -> Offer | None:
        """What was chosen of it."""
        return self.offers.get(self.place) if self.place else None

    @property
    def asked(self) -> tuple[object, ...]:
        """What is asked for, to be compared."""
        resolution, to = self.place or (None, "")
        pays = self.difference_to if resolution == EXCHANGE else ""
        return resolution, to if resolution == REFUND else "", self.method, tuple(self.named().items()), pays

    def choose_again(self) -> None:
        """Keep what was chosen as far as it is still there, else take the first of what is."""
        offers = self.offers
        if self.place not in offers:
            alike = [place for place in offers if self.place and place[0] == self.place[0]]
            self.place = next(iter([*alike, *offers]), None)
        self._choose_way_again()
        for item_id, choices in self.variants.items():
            known = {one.id for one in choices}
            if self.first.get(item_id) not in known and choices:
                self.first[item_id] = choices[0].id
            if self.second.get(item_id) not in known:
                self.second.pop(item_id, None)

    def _choose_way_again(self) -> None:
        offer = self.offer
        known = policy.methods_for(self.found.decision, offer.resolution) if self.found and offer else ()
        ways = [one.method for one in known]
        if self.method not in ways:
            self.method = ways[0] if ways else None

    def named(self) -> dict[UUID, tuple[str, ...]]:
        """Return the variants that the ticked items are exchanged for, by preference; none but for an exchange."""
        if self.place is None or self.place[0] != EXCHANGE:
            return {}
        chosen = {
            line.order_item_id: (self.first.get(line.order_item_id), self.second.get(line.order_item_id))
            for line in self.lines
        }
        return {item_id: tuple(dict.fromkeys(filter(None, pair))) for item_id, pair in chosen.items()}

    def differs(self, order: Order) -> bool:
        """Tell whether an exchange may cost something or give something back."""
        prices = {item.id: item.unit_price for item in order.items}
        return any(one.price != prices[item_id] for item_id, choices in self.variants.items() for one in choices)


def place_of(offer: Offer) -> Place:
    """Name an offer."""
    return offer.resolution, offer.refund_to or ""


def opening(form: Form, order: Order) -> OpenReturn | None:
    """Return the wish to open a return as it was chosen; None while something is missing."""
    offer = form.offer
    if offer is None or form.method is None or not form.lines:
        return None
    exchange = offer.resolution == EXCHANGE
    return OpenReturn(
        order_id=order.id,
        lines=form.lines,
        resolution=offer.resolution,
        method=form.method,
        refund_to=None if exchange else offer.refund_to,
        exchange_variants=form.named(),
        difference_to=(form.difference_to or None) if exchange else None,
    )


def overriding(form: Form, order: Order, reason: str) -> Override | None:
    """Return the same with the rules that refuse it set aside, for a reason that is kept."""
    wish = opening(form, order)
    if wish is None:
        return None
    return Override(
        order_number=order.number,
        lines=wish.lines,
        resolution=wish.resolution,
        method=wish.method,
        refund_to=wish.difference_to if wish.resolution == EXCHANGE else wish.refund_to,
        reason=reason,
        exchange_variants={item_id: named[0] for item_id, named in wish.exchange_variants.items()},
        second_choices={item_id: named[1] for item_id, named in wish.exchange_variants.items() if len(named) > 1},
    )


def changing(form: Form, return_: Return, began: tuple[object, ...]) -> ChangeReturn | None:
    """Return the wish to change a return as it was chosen; None while all of it is as it `began`."""
    offer = form.offer
    if offer is None or form.method is None or form.asked == began:
        return None
    exchange = offer.resolution == EXCHANGE
    return ChangeReturn(
        rma=return_.rma,
        resolution=offer.resolution,
        method=form.method,
        refund_to=None if exchange else offer.refund_to,
        exchange_variants=form.named(),
        difference_to=(form.difference_to or None) if exchange else None,
    )


def of_return(return_: Return, order: Order) -> Form:
    """Return what a return stands for now."""
    lines = {line.order_item_id: line for line in return_.lines}
    exchange = return_.resolution == EXCHANGE
    return Form(
        pieces={one: Piece(line.quantity, line.reason, line.condition) for one, line in lines.items()},
        place=(return_.resolution, "" if exchange else return_.refund_to or ""),
        method=return_.method,
        first={one: line.exchange_variant_id for one, line in lines.items() if line.exchange_variant_id},
        difference_to=((return_.refund_to if exchange else None) or transfer.payer_of_most(order) or ""),
    )


def amount_of(offer: Offer, say: Say) -> str:
    """Write what an offer is worth: `$54.00`."""
    return say(offer.amount)


def title_of(offer: Offer) -> str:
    """Name an offer in a word or two."""
    return order_words.RESOLUTION[offer.resolution]


def details_of(offer: Offer, say: Say) -> list[str]:
    """Say where the money of an offer goes and when, and what is kept or given on top."""
    if offer.resolution == EXCHANGE:
        return ["put towards another one"]
    if len(offer.parts) > 1:
        said = [f"{say(one.amount)} to {one.destination}, {one.when}" for one in offer.parts]
    else:
        said = [f"to {offer.destination}, {offer.when}" if offer.resolution == REFUND else offer.when]
    said += [f"{say(fee)} kept: {name}" for name, fee in offer.fee_lines if fee]
    said += [f"with {say(offer.shipping)} shipping"] if offer.shipping else []
    said += [f"with a bonus of {say(offer.bonus)}"] if offer.bonus else []
    return said


def way_of(title: str, fee: Decimal, say: Say) -> str:
    """Write a way to send with its fee."""
    return f"{title}, {say(fee)}" if fee else f"{title}, free"


def variant_of(variant: Variant, paid: Decimal, say: Say) -> str:
    """Write a variant with the difference in price and its stock."""
    more = variant.price - paid
    costs = f" · {'+' if more > 0 else '-'}{say(abs(more))}" if more else ""
    return f"{variant.options_text}{costs} · {variant.stock} in stock"


def method_of(method: PaymentMethod, say: Say) -> str:
    """Write a payment method with its balance."""
    balance = f", {say(method.balance)} left" if method.balance is not None else ""
    return f"{method.label}{balance}"

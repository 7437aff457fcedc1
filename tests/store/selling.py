"""Orders with everything that bears on money: discounts, tax, shipping, several payments, tags, places."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from kit.settings import PROJECT_ROOT
from store import policy, policy_file
from store.decision import Decision, Offer, Past, RequestLine
from store.order import Address, Order, OrderItem, Payment, PaymentMethod
from store.policy_file import Policy
from store.returns import Condition, Reason, Resolution
from tests.store import made

STRICT = policy_file.read(PROJECT_ROOT / "policy" / "strict.yml").newest()
GENEROUS = policy_file.read(PROJECT_ROOT / "policy" / "generous.yml").newest()
EU = policy_file.read(PROJECT_ROOT / "policy" / "eu.yml").newest()
HARBOUR = made.rules()
RETAIL = made.retail_rules()
SHOPS = {"harbour": HARBOUR, "retail": RETAIL, "strict": STRICT, "generous": GENEROUS, "eu": EU}
METHODS: tuple[PaymentMethod, ...] = (made.VISA, made.PAYPAL, made.GIFT_CARD)
NOTHING = Past()


def thing(name: str = "Linen Pillow", price: str = "38.00", quantity: int = 1, **values: Any) -> OrderItem:
    """Return an item; discount and tax may be given as text."""
    values |= {key: Decimal(values[key]) for key in ("discount", "tax") if key in values}
    return replace(made.item(name, price, quantity), **values)


def sold(*items: OrderItem, paid: dict[str, str] | None = None, delivered: int | None = 6, **values: Any) -> Order:
    """Return a delivered order, paid in full by Visa unless `paid` says otherwise."""
    values |= {"shipping": Decimal(values.get("shipping", "0.00"))}
    order = replace(made.order(*items, delivered=delivered), **values)
    entries = {"visa": str(order.total)} if paid is None else paid
    return replace(order, payments=tuple(Payment(method, "payment", Decimal(one)) for method, one in entries.items()))


def sent_to(order: Order, country: str, region: str = "") -> Order:
    """Return the order as one that was sent to another place."""
    return replace(order, address=Address("1 Some Street", "", "Somewhere", region, "10115", country))


def asked(
    one: OrderItem, reason: Reason = "no_longer_needed", quantity: int | None = None, condition: Condition | None = None
) -> RequestLine:
    """Return what is asked for an item: all pieces of it unless told otherwise."""
    return replace(made.wanted(one, reason, quantity), condition=condition)


def decide(order: Order, *lines: RequestLine, rules: Policy = HARBOUR, past: Past = NOTHING, **values: Any) -> Decision:
    """Decide at `made.NOW` unless `now` says otherwise."""
    return policy.decide(order, lines, rules, values.get("now", made.NOW), past, values.get("methods", METHODS))


def offer(decision: Decision, resolution: Resolution = "refund") -> Offer:
    """Return the one offer of a kind."""
    (found,) = [one for one in decision.offers if one.resolution == resolution]
    return found

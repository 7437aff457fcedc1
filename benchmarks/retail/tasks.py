"""The tasks of the retail data set: who the customer is, what has to be written, and what has to be told."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["return", "exchange", "items", "address", "payment", "on_file", "cancel", "person"]

_KINDS: Mapping[str, Kind] = {
    "return_delivered_order_items": "return",
    "exchange_delivered_order_items": "exchange",
    "modify_pending_order_items": "items",
    "modify_pending_order_address": "address",
    "modify_pending_order_payment": "payment",
    "modify_user_address": "on_file",
    "cancel_pending_order": "cancel",
    "transfer_to_human_agents": "person",
}
_NUMBER = re.compile(r"#?W?(\d{7})\b")


@dataclass(frozen=True)
class Item:
    """A product in one version, and what it costs."""

    variant: str
    name: str
    options: tuple[str, ...]
    price: str
    keys: tuple[str, ...] = ()
    """What each of the options is: "size", "waterproof"."""

    def spoken(self, options: Collection[str] | None = None) -> str:
        """Name its options, or some of them, as people do: "size 8, synthetic, not waterproof"."""
        named = zip(self.keys or self.options, self.options, strict=True)
        return ", ".join(_spoken(key, option) for key, option in named if options is None or option in options)


@dataclass(frozen=True)
class Write:
    """One change of the shop's books. `items` and `new` are variants, in pairs where something is exchanged."""

    kind: Kind
    order: str = ""
    items: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    payment: str = ""
    address: tuple[str, ...] = ()
    reason: str = ""

    @property
    def sorted(self) -> "Write":
        """The same write in the one form in which two can be compared."""
        pairs = sorted(zip(self.items, self.new or self.items, strict=True))
        plain = tuple(" ".join(part.split()).casefold() for part in self.address)
        items, new = tuple(old for old, _ in pairs), tuple(new for _, new in pairs) if self.new else ()
        return Write(self.kind, self.order, items, new, self.payment, plain, self.reason)

    def __str__(self) -> str:
        pairs = [f"{old}→{new}" for old, new in zip(self.items, self.new, strict=True)] if self.new else self.items
        parts = [self.order, " ".join(pairs), self.payment, ", ".join(filter(None, self.address)), self.reason]
        return " ".join([self.kind, *filter(None, parts)])


@dataclass(frozen=True)
class Person:
    """Who the customer is, and what they know of themselves."""

    first: str
    last: str
    zip: str
    emails: tuple[str, ...]
    methods: Mapping[str, str]
    """Payment methods by id, as the desk names them."""


@dataclass(frozen=True)
class Task:
    """One task: the customer, the expected writes, and what must be told."""

    id: str
    person: Person
    writes: tuple[Write, ...]
    tells: tuple[str, ...]
    numbers: frozenset[str]
    """Order numbers that the scenario names."""
    hands_over: bool
    scenario: str = ""
    barred: frozenset[int] = frozenset()
    """Which of the expected writes the shop's own policy forbids: then nothing may be written (see `_is_barred`)."""

    idle: frozenset[int] = frozenset()
    """Which of them change nothing: the address on file is that already. They may be written or not."""

    @property
    def allowed(self) -> tuple[Write, ...]:
        """The expected writes that can be made."""
        return tuple(write for index, write in enumerate(self.writes) if index not in self.barred)


@dataclass(frozen=True)
class Shop:
    """The data set's shop, as far as a customer knows it."""

    items: Mapping[str, Item]
    orders: Mapping[str, tuple[Item, ...]]
    users: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def _spoken(key: str, option: str) -> str:
    if option in {"yes", "no"}:
        return key if option == "yes" else f"{'not' if key == 'waterproof' else 'no'} {key}"
    if option == "none":
        return f"no {key}"
    return f"size {option}" if key == "size" and len(option) <= _SHORT_SIZE else option


_SHORT_SIZE = 3
"""A size like "8" or "XXL" is no word by itself."""


def read_shop(path: Path) -> Shop:
    """Read products, orders and users."""
    data = json.loads(path.read_text())
    items = {
        variant["item_id"]: Item(
            variant["item_id"],
            product["name"],
            tuple(variant["options"].values()),
            str(variant["price"]),
            tuple(variant["options"]),
        )
        for product in data["products"].values()
        for variant in product["variants"].values()
    }
    orders = {
        number: tuple(replace(items[item["item_id"]], price=str(item["price"])) for item in one["items"])
        for number, one in data["orders"].items()
    }
    return Shop(items, orders, data["users"])


def read_tasks(path: Path, shop: Shop) -> list[Task]:
    """Read the tasks of a file."""
    return [_task(source, shop) for source in json.loads(path.read_text())]


def read_more(path: Path, shop: Shop) -> list[Task]:
    """Read tasks as more_tasks.yml holds them."""
    return [_more(str(name), source, shop) for name, source in yaml.safe_load(path.read_text()).items()]


def _more(name: str, source: Mapping[str, Any], shop: Shop) -> Task:
    user = shop.users[source["user"]]
    known = (
        f"{user['name']['first_name']} {user['name']['last_name']}, {user['address']['zip']}. {source.get('knows', '')}"
    )
    return Task(
        id=name,
        person=_person(user, known),
        writes=tuple(_own_write(one) for one in source.get("writes", ())),
        tells=tuple(source.get("tells", ())),
        numbers=frozenset(f"#W{number}" for number in _NUMBER.findall(known)),
        hands_over=bool(source.get("hands_over", False)),
        scenario=known,
    )


def _own_write(given: Mapping[str, Any]) -> Write:
    return Write(
        given["kind"],
        order=given.get("order", ""),
        items=tuple(given.get("items", ())),
        new=tuple(given.get("new", ())),
        payment=given.get("payment", ""),
        address=tuple(given.get("address", ())),
        reason=given.get("reason", ""),
    )


def _task(source: Mapping[str, Any], shop: Shop) -> Task:
    instructions = source["user_scenario"]["instructions"]
    words = " ".join(str(part or "") for part in instructions.values())
    wanted = source["evaluation_criteria"]
    actions = wanted["actions"] or []
    found = [(_KINDS[one["name"]], one["arguments"]) for one in actions if one["name"] in _KINDS]
    user = _user(actions, found, words, shop)
    writes = tuple(_write(kind, arguments) for kind, arguments in found if kind != "person")
    return Task(
        id=str(source["id"]),
        person=_person(user, words),
        writes=writes,
        barred=frozenset(index for index, write in enumerate(writes) if _is_barred(write, user, shop)),
        idle=_idle(writes, user),
        tells=tuple(wanted["communicate_info"] or ()),
        numbers=frozenset(f"#W{number}" for number in _NUMBER.findall(words)),
        hands_over=any(kind == "person" for kind, _ in found),
        scenario=words,
    )


def _write(kind: Kind, given: Mapping[str, Any]) -> Write:
    names = ("address1", "address2", "city", "state", "zip")
    return Write(
        kind,
        order=given.get("order_id", ""),
        items=tuple(given.get("item_ids", ())),
        new=tuple(given.get("new_item_ids", ())),
        payment=given.get("payment_method_id", ""),
        address=tuple(given[name] for name in names) if "address1" in given else (),
        reason=given.get("reason", ""),
    )


def _is_barred(write: Write, user: Mapping[str, Any], shop: Shop) -> bool:
    """Whether a gift card is to bear a difference in price that it does not hold, which policy.md forbids."""
    method = user["payment_methods"].get(write.payment, {})
    if write.kind not in {"exchange", "items"} or method.get("source") != "gift_card":
        return False
    paid = {item.variant: Decimal(item.price) for item in shop.orders[write.order]}
    new = (Decimal(shop.items[variant].price) for variant in write.new)
    return sum(new) - sum(paid[variant] for variant in write.items) > Decimal(str(method["balance"]))


def _idle(writes: tuple[Write, ...], user: Mapping[str, Any]) -> frozenset[int]:
    """Return the first change of the address on file, where it is that already."""
    on_file = [index for index, write in enumerate(writes) if write.kind == "on_file"]
    now = tuple(user["address"][name] for name in ("address1", "address2", "city", "state", "zip"))
    return frozenset(index for index in on_file[:1] if writes[index].address == now)


def _user(
    actions: list[Mapping[str, Any]], found: list[tuple[Kind, Mapping[str, Any]]], words: str, shop: Shop
) -> Mapping[str, Any]:
    """Find the customer: by a user id in the words, by a payment method, by name and zip, or by an e-mail."""
    arguments = [one["arguments"] for one in actions]
    named = {one["user_id"] for one in arguments if "user_id" in one} | set(
        re.findall(r"\b[a-z]+_[a-z]+_\d{4}\b", words)
    )
    paid = {given["payment_method_id"] for _, given in found if "payment_method_id" in given}
    emails = set(re.findall(r"[\w.]+@[\w.]+\.\w+", words))
    zips = set(re.findall(r"\b\d{5}\b", words))
    for user_id, user in shop.users.items():
        if user_id in named or paid & set(user["payment_methods"]) or user["email"] in emails:
            return user
        if (
            user["address"]["zip"] in zips
            and user["name"]["first_name"] in words
            and user["name"]["last_name"] in words
        ):
            return user
    raise LookupError(f"no customer fits: {words[:200]}")


def _person(user: Mapping[str, Any], words: str) -> Person:
    methods = {one["id"]: _label(one) for one in user["payment_methods"].values()}
    emails = tuple(re.findall(r"[\w.]+@[\w.]+\.\w+", words))
    return Person(user["name"]["first_name"], user["name"]["last_name"], user["address"]["zip"], emails, methods)


def _label(method: Mapping[str, Any]) -> str:
    if method["source"] == "credit_card":
        return f"{method['brand'].title()} ending {method['last_four']}"
    if method["source"] == "paypal":
        return "PayPal"
    return "Gift card"

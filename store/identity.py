"""Who is this, and what may they see and change? A pure decision over what the customer has said.

The proofs come from the policy file. An unknown order and a wrong contact get the same answer, and compares take the
same time, so that nobody learns by trying which orders or addresses exist.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, cast
from uuid import UUID

import phonenumbers

from store.order import Customer, Order
from store.policy_file import IdentityRule, Level, Proof

Missing_ = Literal["order", "contact", "email_or_name_zip"]

_RANK: dict[Level, int] = {"general": 0, "look": 1, "write": 2}
_ORDER_PROOFS = frozenset({"order", "rma"})
_NOBODY = Customer(UUID(int=0), "\0", "\0", "\0", "\0")


@dataclass(frozen=True)
class Evidence:
    """What the customer has said about themselves, as they said it."""

    order_number: str | None = None
    rma: str | None = None
    email: str | None = None
    phone: str | None = None
    zip: str | None = None
    name: str | None = None
    gift_code: str | None = None

    def merge(self, later: "Evidence") -> "Evidence":
        """Return both together; what was said later replaces what was said before."""
        pairs = {entry.name: getattr(later, entry.name) or getattr(self, entry.name) for entry in fields(self)}
        return Evidence(**pairs)

    @property
    def given(self) -> frozenset[Proof]:
        """The proofs that were given."""
        named: dict[Proof, str | None] = {
            "order": self.order_number,
            "rma": self.rma,
            "email": self.email,
            "phone": self.phone,
            "zip": self.zip,
            "name": self.name,
            "gift_code": self.gift_code,
        }
        return frozenset(proof for proof, value in named.items() if value)


@dataclass(frozen=True)
class Claim:
    """What was proved: a level for a customer's orders, all of them where `order_ids` is None.

    `gift`: by the code of a gift. Whoever has it was given the items and did not buy them, so it opens the return of
    the items and nothing else: neither the order, nor who paid for it, nor how.
    """

    level: Level
    customer_id: UUID
    order_ids: tuple[UUID, ...] | None
    gift: bool = False

    def allows(self, level: Level, order_id: UUID, customer_id: UUID, *, gift: bool = False) -> bool:
        """Tell whether the claim reaches that level for that order of that customer; with `gift`, for a gift return."""
        if _RANK[self.level] < _RANK[level] or self.customer_id != customer_id or (self.gift and not gift):
            return False
        return self.order_ids is None or order_id in self.order_ids

    def merge(self, later: "Claim") -> "Claim":
        """Return both together for one customer; for another customer, or another level, the later one alone."""
        if self.customer_id != later.customer_id or self.gift != later.gift:
            return later
        if self.level != later.level:
            return max(later, self, key=lambda claim: _RANK[claim.level])
        if self.order_ids is None or later.order_ids is None:
            return Claim(later.level, later.customer_id, None)
        both = tuple(dict.fromkeys(self.order_ids + later.order_ids))
        return Claim(later.level, later.customer_id, both, later.gift)

    def to_json(self) -> dict[str, Any]:
        """Return the claim as it is kept on a conversation's row."""
        orders = None if self.order_ids is None else [str(order_id) for order_id in self.order_ids]
        stored = {"level": self.level, "customer_id": str(self.customer_id), "order_ids": orders}
        return {**stored, "gift": True} if self.gift else stored

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Claim":
        """Read what `to_json` wrote."""
        orders = stored["order_ids"]
        order_ids = None if orders is None else tuple(UUID(order_id) for order_id in orders)
        level = cast("Level", stored["level"])
        return cls(level, UUID(stored["customer_id"]), order_ids, bool(stored.get("gift")))


@dataclass(frozen=True)
class Missing:
    """More has to be said before anything can be judged; `what` names it."""

    what: Missing_


@dataclass(frozen=True)
class Wrong:
    """What was said does not fit together; which part, nobody is told."""


Judgement = Claim | Missing | Wrong


def judge(
    rules: Sequence[IdentityRule], evidence: Evidence, order: Order | None, candidates: Sequence[Customer]
) -> Judgement:
    """Judge the evidence; the strongest rule that is fully proved wins.

    `order` is what the given order number, return number or gift code led to, `candidates` are the customers found by
    the contact that was given. Both may be empty, and the answer does not tell why.
    """
    claims = [claim for rule in rules if (claim := _claim(rule, evidence, order, candidates))]
    best = max(claims, key=_strength, default=None)
    if best is not None and best.level != "general":
        return best
    missing = _missing(rules, evidence)
    named_order = bool(_ORDER_PROOFS & evidence.given) and _by_order(rules)
    if best is not None and not named_order:
        return best
    return missing if missing is not None else Wrong()


def matches(customer: Customer, evidence: Evidence, proof: Proof) -> bool:
    """Tell in constant time whether one given contact is the customer's."""
    pairs = {
        "email": (normalise_email(evidence.email or ""), normalise_email(customer.email)),
        "phone": (normalise_phone(evidence.phone or "") or "", customer.phone or "\0"),
        "zip": (normalise_zip(evidence.zip or ""), normalise_zip(customer.zip)),
        "name": (normalise_name(evidence.name or ""), normalise_name(customer.name)),
    }
    given, known = pairs[proof]
    same = hmac.compare_digest(given.encode(), known.encode())
    return same and bool(given)


def normalise_email(text: str) -> str:
    """Return an e-mail address as it is compared."""
    return "".join(text.split()).casefold()


def normalise_phone(text: str, region: str = "US") -> str | None:
    """Return a phone number in E.164 (`+15035550142`); None when it cannot be one."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_zip(text: str) -> str:
    """Return a zip code as it is compared; the four digits that may follow a US zip do not count."""
    plain = "".join(text.split()).casefold()
    head, dash, tail = plain.partition("-")
    return head if dash and len(head) == 5 and len(tail) == 4 and plain.replace("-", "").isdigit() else plain


def normalise_gift_code(text: str) -> str:
    """Return a gift's code as it is compared: letters and digits alone."""
    return "".join(char for char in text.casefold() if char.isalnum())


def normalise_name(text: str) -> str:
    """Return first and last name as they are compared."""
    return " ".join(text.split()).casefold()


def _claim(rule: IdentityRule, evidence: Evidence, order: Order | None, candidates: Sequence[Customer]) -> Claim | None:
    if not set(rule.proof) <= evidence.given:
        return None
    contacts = [proof for proof in rule.proof if proof not in _ORDER_PROOFS and proof != "gift_code"]
    gift = "gift_code" in rule.proof
    if gift or _ORDER_PROOFS & set(rule.proof):
        # An unknown order is compared with nobody, so that it takes as long as a known one.
        customer = order.customer if order else _NOBODY
        proved = _all_match(customer, evidence, contacts)
        is_the_gift = not gift or _has_code(order, evidence)
        if order is None or not proved or not is_the_gift:
            return None
        return Claim(rule.level, customer.id, (order.id,) if gift or rule.covers == "order" else None, gift)
    fitting = [person for person in candidates if _all_match(person, evidence, contacts)]
    # Two people with one name and zip prove nothing about either.
    return Claim(rule.level, fitting[0].id, None) if len(fitting) == 1 else None


def _all_match(customer: Customer, evidence: Evidence, proofs: Sequence[Proof]) -> bool:
    # Every proof is compared before the answer, so that the time does not tell which one failed.
    results = [matches(customer, evidence, proof) for proof in proofs]
    return all(results)


def _has_code(order: Order | None, evidence: Evidence) -> bool:
    known = normalise_gift_code(order.gift_code or "") if order else ""
    given = normalise_gift_code(evidence.gift_code or "")
    same = hmac.compare_digest(given.encode(), (known or "\0").encode())
    return same and bool(given)


def _strength(claim: Claim) -> tuple[int, bool, bool]:
    return _RANK[claim.level], claim.order_ids is None, not claim.gift


def _by_order(rules: Sequence[IdentityRule]) -> bool:
    return any(_ORDER_PROOFS & set(rule.proof) and rule.level == "write" for rule in rules)


def _missing(rules: Sequence[IdentityRule], evidence: Evidence) -> Missing | None:
    given = evidence.given
    if "gift_code" in given and any("gift_code" in rule.proof for rule in rules):
        return None
    if _by_order(rules):
        if not given & _ORDER_PROOFS:
            return Missing("order")
        return None if given & {"email", "phone", "zip"} else Missing("contact")
    complete = any(set(rule.proof) <= given for rule in rules)
    return None if complete else Missing("email_or_name_zip")

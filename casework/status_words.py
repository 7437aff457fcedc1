"""How an order, a return and its money stand, and what happens next, in sentences for the customer. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from casework.proposal_words import Say
from store import dates
from store.order import Order
from store.records import Promise
from store.returns import Exchange, Return
from store.transfer import Transfer

_ORDER = {
    "pending": "has been placed and not been packed yet",
    "processed": "is being packed",
    "shipped": "is on its way to you",
    "delivered": "was delivered",
    "cancelled": "was cancelled",
}
_WHAT = {"refund": "refund", "store_credit": "store credit", "exchange": "exchange"}


@dataclass(frozen=True)
class Told:
    """How amounts and days are written: the shop's own way, and the days of its own place."""

    say: Say
    time_zone: str

    def day(self, moment: datetime) -> str:
        """Write the day of a moment at the shop's place."""
        return dates.spoken(dates.local_day(moment, self.time_zone))


@dataclass(frozen=True)
class ReturnFacts:
    """A return with its money, what was promised about it, and what is kept for it; `places` name the transfers'."""

    return_: Return
    transfers: tuple[Transfer, ...] = ()
    promises: tuple[Promise, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    places: tuple[str, ...] = ()


def state(return_: Return) -> str:
    """Return how a return stands, in a few words."""
    if return_.approval != "approved":
        return {"requested": "waiting for a decision", "rejected": "refused", "cancelled": "called off"}[
            return_.approval
        ]
    if return_.settlement == "credited" and return_.gift:
        return "gift card sent"
    if return_.settlement != "open":
        return {"refunded": "refunded", "exchanged": "exchanged", "credited": "store credit given", "closed": "closed"}[
            return_.settlement
        ]
    if return_.method == "keep":
        return "approved, money under way"
    if return_.method == "store" and return_.parcel == "label_issued":
        return "not brought to a store yet"
    return {
        "none": "approved",
        "label_issued": "label ready, parcel not sent yet",
        "in_transit": "parcel on its way to us",
        "received": "parcel received, being checked",
        "inspected": "parcel checked, money under way",
        "lost": "parcel lost, a person is looking into it",
        "expired": "label expired",
    }[return_.parcel]


def of_return(facts: ReturnFacts, told: Told) -> str:
    """Say how a return stands, its money, and what happens next."""
    return_ = facts.return_
    first = f"Return {return_.rma}, opened on {told.day(return_.opened_at)}: {state(return_)}."
    return " ".join([first, *money(facts, told), *next_steps(facts, told)])


def money(facts: ReturnFacts, told: Told) -> list[str]:
    """Say what has been paid and what is on its way: one sentence for each transfer."""
    said = [_transfer(one, place, facts, told) for one, place in zip(facts.transfers, facts.places, strict=True)]
    return [sentence for sentence in said if sentence] or _settled(facts.return_, told)


def next_steps(facts: ReturnFacts, told: Told) -> list[str]:
    """Say what happens next with a return, and until when; nothing when it is over."""
    return_ = facts.return_
    if return_.approval == "requested":
        return [f"A person on our team decides about it{_by(facts, told, 'decision')}; please don't send anything yet."]
    if return_.approval in ("cancelled", "rejected"):
        return ["Nothing is to be sent, and nothing is refunded for it."]
    if return_.resolution == "exchange" and return_.settlement == "exchanged":
        return _exchange_leaves(facts)
    if return_.settlement != "open" or facts.transfers:
        return []
    return [_under_way(facts, told)]


def of_order(order: Order, told: Told, refunds: Sequence[str] = ()) -> str:
    """Say how an order stands, with dates and tracking; `refunds` are sentences about its own money."""
    moments = {"delivered": order.delivered_at, "shipped": order.shipped_at}
    moment = moments.get(order.state)
    since = {"shipped": ", sent", "delivered": ""}.get(order.state, "")
    when = f"{since} on {told.day(moment)}" if moment else ""
    sentences = [f"Order {order.display_number} {_ORDER[order.state]}{when}."]
    if order.state in {"shipped", "delivered"} and order.tracking_numbers:
        sentences.append(f"Tracking number: {', '.join(order.tracking_numbers)}.")
    if refunds:
        return " ".join([*sentences, *refunds])
    if order.refunded:
        sentences.append(f"{told.say(order.refunded)} of it has been refunded.")
    return " ".join(sentences)


def transfer(one: Transfer, place: str, due: datetime | None, told: Told) -> str:
    """Say how money that moves stands: where it goes, whether it has left, and when it is there."""
    amount = told.say(one.amount)
    by = f"; it is there by {told.day(due)}" if due else ""
    if one.kind == "charge":
        done = f"You paid {amount} with {place}."
        return {"succeeded": done, "cancelled": "", "failed": f"{amount} could not be taken from {place}."}.get(
            one.state, f"{amount} is being taken from {place}."
        )
    if one.state == "succeeded":
        return f"We sent {amount} to {place}{f' on {told.day(one.settled_at)}' if one.settled_at else ''}."
    if one.state == "failed":
        return f"{amount} could not be sent to {place} yet; a person on our team is looking into it."
    return f"{amount} is on its way to {place}{by}." if one.state != "cancelled" else ""


def _transfer(one: Transfer, place: str, facts: ReturnFacts, told: Told) -> str:
    due = next((promise.due_at for promise in facts.promises if promise.kind in ("refund", "store_credit")), None)
    return transfer(one, place, due, told)


def _settled(return_: Return, told: Told) -> list[str]:
    """Say what was paid before each transfer was written down."""
    on = f" on {told.day(return_.settled_at)}" if return_.settled_at else ""
    amount = told.say(return_.amount)
    if return_.settlement == "refunded":
        return [f"We refunded {amount}{on}."]
    if return_.settlement == "credited":
        return [f"We gave you {amount} {'on a gift card' if return_.gift else 'store credit'}{on}."]
    return []


def _exchange_leaves(facts: ReturnFacts) -> list[str]:
    sent = [one.tracking_number for one in facts.exchanges if one.state == "sent"]
    if sent or not facts.exchanges:
        numbers = ", ".join(dict.fromkeys(number for number in sent if number))
        return [f"We sent you the exchange{f'; tracking number {numbers}' if numbers else ''}."]
    return ["Your exchange is being packed; we tell you when it leaves."]


def _under_way(facts: ReturnFacts, told: Told) -> str:
    return_ = facts.return_
    gets = _gets(return_, told)
    if return_.method == "keep":
        return f"You keep it; your {gets} follows."
    if return_.parcel == "expired":
        return "Its label doesn't work any more; we can make you a new one."
    if return_.parcel == "lost":
        return "A person on our team is looking into it and you hear from us."
    if return_.parcel in ("none", "label_issued"):
        what = "bring the items to one of our stores" if return_.method == "store" else "send the parcel"
        until = f" by {dates.spoken(return_.label_expires_at.date())}" if return_.label_expires_at else ""
        return f"Please {what}{until}; your {gets} follows once we have checked {_what_comes(return_)}."
    due = f", by {dates.spoken(return_.refund_due_on)}" if return_.refund_due_on else ""
    return f"Your {gets} follows{'' if return_.parcel == 'inspected' else ' once it is checked'}{due}."


def _what_comes(return_: Return) -> str:
    return "them" if return_.method == "store" else "it"


def _gets(return_: Return, told: Told) -> str:
    if return_.resolution == "exchange":
        return "exchange"
    what = "gift card" if return_.gift else _WHAT[return_.resolution]
    return f"{what} of {told.say(return_.amount)}"


def _by(facts: ReturnFacts, told: Told, kind: str) -> str:
    due = next((one.due_at for one in facts.promises if one.kind == kind and one.due_at and not one.kept_at), None)
    return f" by {told.day(due)}" if due else ""

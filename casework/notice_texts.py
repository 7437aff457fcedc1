"""What customers are told of what happened while they were away: a few kind, plain sentences for all of it at once.

Pure: what happened, and how the return or order stands now, come in. A step that something later has overtaken is not
told any more, so nobody reads "your parcel has arrived" about a return that is paid out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from store import dates
from store.order import Order, with_options
from store.policy_file import Shop
from store.returns import Return

Step = tuple[str, str]
"""The subject and the kind of what happened: `("return", "received")`."""
Paid = tuple[str, str]
"""An amount and where it goes, as words."""
Offer = tuple[str, str]
"""The title of a button, and the sentence that it says in the customer's place."""


@dataclass(frozen=True)
class News:
    """What happened to an order, or to one return of it.

    `details` has the newest detail of each step. `paid` is money that has moved for it (to the customer, unless a step
    says that it was charged), `comes` what is on its way to them. `exchange_for` names the pieces of an exchange.
    """

    order: Order
    return_: Return | None
    details: Mapping[Step, Mapping[str, Any]]
    paid: tuple[Paid, ...] = ()
    charged: tuple[Paid, ...] = ()
    comes: tuple[Paid, ...] = ()
    exchange_for: str = ""
    shop: Shop = field(kw_only=True)

    def day(self, moment: Any) -> str:
        """Write a day."""
        return dates.spoken(moment)


@dataclass(frozen=True)
class Told:
    """What is told: the text, something to say yes to, and whether a person has to look."""

    text: str
    steps: frozenset[Step] = field(default_factory=frozenset)
    offer: Offer | None = None
    needs_person: str = ""


def write(news: News) -> Told | None:
    """Write all that happened as one message; None when there is nothing to tell."""
    sentences = {
        step: told for step, write_one in _SENTENCES.items() if step in news.details and (told := write_one(news))
    }
    if ("return", "approved") in sentences:
        sentences.pop(("return", "label_issued"), None)
    if not sentences:
        return None
    return Told(" ".join(sentences.values()), frozenset(sentences), _offer(news, sentences), _person(news, sentences))


def deadline(return_: Return, days: int, more_days: int | None) -> Told:
    """Remind of the day by which a parcel is to be sent; `more_days` can still be had on top, once."""
    assert return_.label_expires_at is not None
    until = dates.spoken(return_.label_expires_at.date())
    what = "bring your items to one of our stores" if return_.method == "store" else "send your parcel"
    left = {0: "That is today. ", 1: "That is tomorrow. "}.get(days, "")
    text = f"A reminder about your return {return_.rma}: please {what} by {until}. {left}"
    if more_days is None:
        return Told(text.strip())
    more = f"{more_days} more day{'' if more_days == 1 else 's'}"
    offer = ("Give me more time", f"Please extend the deadline of my return {return_.rma}")
    return Told(f"{text}If you need longer, just say so and you get {more}.", offer=offer)


def late(kind: str, what: str, due: str, about: str) -> str:
    """Say that something which was promised has not happened."""
    promised = {
        "refund": f"you get {what} by {due}",
        "store_credit": f"you get {what} by {due}",
        "exchange": f"your exchange is on its way by {due}",
        "decision": f"a person decides by {due}",
        "charge": f"we take {what} by {due}",
    }[kind]
    return f"About {about}: I told you that {promised}. That hasn't happened, and I'm sorry."


A_PERSON_LOOKS = "A person on our team looks into it now."


def unexpected(return_: Return) -> str:
    """Tell that a parcel has arrived for a return that is not to be, or not yet."""
    why = {"cancelled": "was called off", "rejected": "was not approved", "requested": "is not approved yet"}
    return f"A parcel for your return {return_.rma} has arrived. The return {why[return_.approval]}."


def about(order: Order, return_: Return | None) -> str:
    """Name what a notice is about."""
    return f"your return {return_.rma}" if return_ else f"your order {order.display_number}"


def _offer(news: News, sentences: Mapping[Step, str]) -> Offer | None:
    if ("return", "expired") in sentences and news.return_:
        return "Send me a new label", f"Please send me a new label for my return {news.return_.rma}"
    return None


def _person(news: News, sentences: Mapping[Step, str]) -> str:
    lost = ("return", "lost") in sentences and news.return_
    return f"The parcel of {news.return_.rma} is lost on its way to us." if lost and news.return_ else ""


def _of_return(write_one: Callable[[News, Return], str]) -> Callable[[News], str]:
    return lambda news: write_one(news, news.return_) if news.return_ else ""


def _opened(_: News, return_: Return) -> str:
    if return_.approval != "requested":
        return ""
    return (
        f"We have your return {return_.rma}. A person on our team looks at it before it goes on, "
        "so please don't send anything yet."
    )


def _approved(news: News, return_: Return) -> str:
    if return_.approval != "approved" or return_.parcel not in ("none", "label_issued"):
        return ""
    if return_.settlement != "open":
        return f"Your return {return_.rma} is approved. You don't need to send anything back."
    return f"Your return {return_.rma} is approved. {_next(news, return_)}"


def _next(news: News, return_: Return) -> str:
    """Say what the customer does next with an approved return, and what they get for it."""
    sending = ""
    if return_.method == "keep":
        sending = "You don't need to send anything back. "
    elif return_.label_expires_at and return_.method == "store":
        until = news.day(return_.label_expires_at.date())
        sending = f"Please bring it to one of our stores by {until}, with the page below. "
    elif return_.label_expires_at:
        sending = f"Its label is below; please send the parcel by {news.day(return_.label_expires_at.date())}. "
    after = "soon" if return_.method == "keep" else "once we have checked the parcel"
    if return_.resolution == "exchange":
        return f"{sending}Your exchange is reserved for you and leaves {after}."
    amount = news.shop.money(return_.amount, return_.currency)
    return f"{sending}You get your {_what(return_)} of {amount} {after}."


def _what(return_: Return) -> str:
    if return_.resolution == "store_credit":
        return "gift card" if return_.gift else "store credit"
    return "refund"


def _changed(news: News, return_: Return) -> str:
    if not return_.is_open or return_.parcel not in ("none", "label_issued"):
        return ""
    now = _next(news, return_) if return_.approval == "approved" else "Please don't send anything yet."
    return f"Your return {return_.rma} was changed. {now}"


def _label(news: News, return_: Return) -> str:
    if return_.approval != "approved" or return_.parcel != "label_issued" or return_.label_expires_at is None:
        return ""
    until = news.day(return_.label_expires_at.date())
    return f"Here is a new label for your return {return_.rma}; please use this one. It works until {until}."


def _extended(news: News, return_: Return) -> str:
    if return_.parcel != "label_issued" or return_.label_expires_at is None:
        return ""
    until = news.day(return_.label_expires_at.date())
    if return_.method == "store":
        return f"You have until {until} to bring the items of your return {return_.rma} to a store."
    return f"You have until {until} to send the parcel of your return {return_.rma}; its label works as long."


def _rejected(news: News, return_: Return) -> str:
    detail = news.details["return", "rejected"]
    reason = str(detail.get("reason") or "").strip().rstrip(".")
    why = f" The reason: {reason}." if reason else ""
    return (
        f"A person on our team has looked at your return {return_.rma}, and it was not approved.{why} "
        "Please don't send anything. If something about this isn't right, tell me here."
    )


def _called_off(_: News, return_: Return) -> str:
    if return_.approval != "cancelled":
        return ""
    label = " Please don't use its label." if return_.tracking_number else ""
    return f"Your return {return_.rma} is called off, and you keep the items.{label}"


def _in_transit(_: News, return_: Return) -> str:
    return f"Your parcel for return {return_.rma} is on its way to us." if return_.parcel == "in_transit" else ""


def _received(news: News, return_: Return) -> str:
    if return_.parcel != "received":
        return ""
    return f"Your parcel for return {return_.rma} has arrived, and we check it now. {_comes(news, return_)}".strip()


def _inspected(news: News, return_: Return) -> str:
    if return_.parcel != "inspected" or return_.settlement != "open":
        return ""
    return f"We have checked your parcel for return {return_.rma}. {_comes(news, return_)}".strip()


def _comes(news: News, return_: Return) -> str:
    by = f" by {news.day(return_.refund_due_on)}" if return_.refund_due_on else ""
    amount = news.shop.money(return_.amount, return_.currency)
    if return_.resolution == "exchange":
        return f"Your exchange is next{by and f', {by.strip()}'}."
    what = _what(return_)
    return f"You get your {what} of {amount}{by}." if by else f"Your {what} of {amount} is next."


def _lost(_: News, return_: Return) -> str:
    if return_.parcel != "lost":
        return ""
    return f"The parcel for your return {return_.rma} seems to be lost on its way to us. I'm sorry."


def _expired(_: News, return_: Return) -> str:
    if return_.parcel != "expired":
        return ""
    return (
        f"The label of your return {return_.rma} has ended, and no parcel has come. "
        "If you still want to send it, just say so and you get a new label."
    )


def _refunded(news: News, return_: Return) -> str:
    if return_.gift:
        return _credited(news, return_)
    paid = _listed(news.paid) or news.shop.money(return_.amount, return_.currency)
    return f"We have refunded {paid} for your return {return_.rma}. It can take your bank a few days to show it."


def _credited(news: News, return_: Return) -> str:
    amount = news.shop.money(return_.amount, return_.currency)
    code = _code(news)
    if return_.gift and code:
        return f"Your gift card for return {return_.rma} is ready: {amount}, code {code}. {_KEEP_IT}"
    return (
        f"You now have {amount} {'on a gift card' if return_.gift else 'store credit'} for your return {return_.rma}."
    )


_KEEP_IT = "Whoever has the code can spend it, so please keep it to yourself."


def _exchanged(news: News, return_: Return) -> str:
    if ("exchange", "sent") in news.details:
        return ""
    what = f": {news.exchange_for}" if news.exchange_for else ""
    return f"Your exchange for return {return_.rma} is ready and leaves soon{what}.{_difference(news, return_)}"


def _difference(news: News, return_: Return) -> str:
    back = " The difference went back to you."
    code = _code(news)
    if return_.gift and code and return_.price_difference < 0:
        amount = news.shop.money(-return_.price_difference, return_.currency)
        return f" The difference of {amount} is on a gift card, code {code}. {_KEEP_IT}"
    if return_.price_difference < 0:
        return f" The difference, {_listed(news.paid)}, went back to you." if news.paid else back
    if return_.price_difference > 0 and news.charged:
        return f" For the difference you paid {_listed(news.charged, 'with')}."
    return ""


def _sent(news: News, return_: Return) -> str:
    number = str(news.details["exchange", "sent"].get("tracking_number") or "")
    what = f": {news.exchange_for}" if news.exchange_for else ""
    tracking = f" Its tracking number is {number}." if number else ""
    return f"Your exchange for return {return_.rma} is on its way{what}.{tracking}"


def _code(news: News) -> str:
    found = (news.details.get(("return", end), {}).get("code") for end in ("credited", "refunded", "exchanged"))
    return next((str(code) for code in found if code), "")


def _order_cancelled(news: News) -> str:
    if news.order.state != "cancelled":
        return ""
    comes = f" You get back {_listed(news.comes)}." if news.comes else ""
    return f"Your order {news.order.display_number} is cancelled.{comes}"


def _address_changed(news: News) -> str:
    if news.order.state == "cancelled":
        return ""
    return f"Your order {news.order.display_number} now goes to {news.order.address.one_line()}."


def _payment_changed(news: News) -> str:
    if news.order.state == "cancelled":
        return ""
    return f"The payment for your order {news.order.display_number} was changed, as asked."


def _items_changed(news: News) -> str:
    order = news.order
    if order.state == "cancelled":
        return ""
    items = ", ".join(f"{one.quantity} × {with_options(one.name, one.options)}" for one in order.items)
    total = news.shop.money(order.total, order.currency)
    return f"Your order {order.display_number} was changed. It now holds {items}, {total} in all."


def _shipped(news: News) -> str:
    if news.order.state != "shipped":
        return ""
    detail = news.details["order", "shipped"]
    number, carrier = str(detail.get("tracking_number") or ""), str(detail.get("carrier") or "")
    by = f" ({carrier})" if carrier else ""
    tracking = f" Its tracking number is {number}{by}." if number else ""
    return f"Your order {news.order.display_number} is on its way.{tracking}"


def _delivered(news: News) -> str:
    if news.order.state != "delivered":
        return ""
    return f"Your order {news.order.display_number} has been delivered. If something isn't right with it, tell me here."


def _money_moved(news: News) -> str:
    if news.return_:  # told when the return is settled
        return ""
    number = news.order.display_number
    paid = f"We have refunded {_listed(news.paid)} for your order {number}." if news.paid else ""
    charged = f"You paid {_listed(news.charged, 'with')} for your order {number}." if news.charged else ""
    return f"{charged} {paid}".strip()


def _on_file(_: News) -> str:
    return "The address that we have on file for you was changed. If you didn't ask for that, please tell me here."


def _listed(paid: tuple[Paid, ...], word: str = "to") -> str:
    parts = [f"{amount} {word} {place}" for amount, place in paid]
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))) if parts else ""


_SENTENCES: Mapping[Step, Callable[[News], str]] = {
    ("return", "opened"): _of_return(_opened),
    ("return", "rejected"): _of_return(_rejected),
    ("return", "cancelled"): _of_return(_called_off),
    ("return", "approved"): _of_return(_approved),
    ("return", "changed"): _of_return(_changed),
    ("return", "label_issued"): _of_return(_label),
    ("return", "extended"): _of_return(_extended),
    ("return", "in_transit"): _of_return(_in_transit),
    ("return", "received"): _of_return(_received),
    ("return", "inspected"): _of_return(_inspected),
    ("return", "lost"): _of_return(_lost),
    ("return", "expired"): _of_return(_expired),
    ("return", "refunded"): _of_return(_refunded),
    ("return", "credited"): _of_return(_credited),
    ("return", "exchanged"): _of_return(_exchanged),
    ("exchange", "sent"): _of_return(_sent),
    ("order", "cancelled"): _order_cancelled,
    ("order", "address_changed"): _address_changed,
    ("order", "payment_changed"): _payment_changed,
    ("order", "items_changed"): _items_changed,
    ("order", "shipped"): _shipped,
    ("order", "delivered"): _delivered,
    ("transfer", "succeeded"): _money_moved,
    ("customer", "address_changed"): _on_file,
}
"""The steps that customers are told of, in the order in which they are told; all others happen inside the shop."""

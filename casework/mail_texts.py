"""What e-mails say. Facts come from the transcript and the store; no number of the policy stands here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from casework.mail.letter import Letter, Link, Said
from conversations.message import Author, Message
from store import dates, money
from store.order import describe_options
from store.returns import Method, Resolution, Return, ReturnLine

_ADDRESS = re.compile(r"""[^\s@<>"'(),;:\\\[\]]{1,64}@[^\s@<>"'(),;:\\\[\].]+(?:\.[^\s@<>"'(),;:\\\[\].]+)+""")
_LONGEST_ADDRESS = 254

CONTINUE = "Continue the conversation"
EXCHANGE_WHEN = "sent as soon as we have checked the parcel"
NO_ANSWERS = "Answers to this e-mail are not read."

_STEPS: dict[Method, tuple[str, ...]] = {
    "drop_off_qr": (
        "Pack the items. Any sturdy box or bag will do.",
        "Show the QR code of the attached page, on paper or on your phone, at a drop-off point.",
        "Keep the receipt until you have your money or your exchange.",
    ),
    "printed_label": (
        "Pack the items. Any sturdy box or bag will do.",
        "Print the attached label and tape it to the parcel.",
        "Hand the parcel in at any counter of the carrier, and keep the receipt.",
    ),
    "pickup": (
        "Pack the items. Any sturdy box or bag will do.",
        "Print the attached label and tape it to the parcel, or write the return number on it.",
        "Give the parcel to the driver, who comes to the address on the label.",
    ),
    "store": (
        "Bring the items, packed or not, to one of our stores.",
        "Show the QR code of the attached page, on paper or on your phone.",
    ),
}


@dataclass(frozen=True)
class Place:
    """Where the shop is, for names, times, and how amounts are written there."""

    shop: str
    time_zone: str
    locale: str


@dataclass(frozen=True)
class Money:
    """What a customer gets and when, in the store's own words; all empty where nothing is paid."""

    destination: str = ""
    when: str = ""
    exchange_for: str = ""


@dataclass(frozen=True)
class ReturnNews:
    """A return as it stands, and what belongs to it: `why` it was refused, whether its label is `attached`."""

    return_: Return
    order_number: str
    paid: Money
    why: str = ""
    attached: bool = False


def read_address(text: str) -> str | None:
    """Return the e-mail address that a text is, without spaces around it; None when it is none."""
    address = text.strip()
    return address if len(address) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(address) else None


def greeting(first_name: str) -> str:
    """Begin a letter."""
    return f"Hello {first_name}," if first_name else "Hello,"


def conversation_subject(shop: str) -> str:
    """Return the subject of all e-mails of a conversation: the same each time, so that they stand together."""
    return f"Your conversation with {shop}"


def news_subject(about: str) -> str:
    """Return the subject of an e-mail with news about a return or an order."""
    return f"News about your {about}"


def conversation(
    place: Place,
    first_name: str,
    messages: Sequence[Message],
    link: tuple[str, datetime],
    titles: tuple[str, str] = ("", ""),
) -> Letter:
    """Write what was said since the customer was last in the chat, and how to go on; `link` with its end.

    `titles` are the subject, and the return or order that there is news about; empty where it is no news.
    """
    subject, about = titles
    people = list(dict.fromkeys(message.agent_name for message in messages if message.agent_name))
    opening = (
        f"{_listed(people)} from {place.shop} answered you in the chat:"
        if people
        else f"There is news about your {about}:"
        if about
        else "There is news in your conversation with us:"
    )
    return Letter(
        shop=place.shop,
        subject=subject or conversation_subject(place.shop),
        greeting=greeting(first_name),
        opening=opening,
        said=tuple(_said(message, place) for message in messages),
        link=resume(place, link),
        footer=f"{NO_ANSWERS} Please write to us in the conversation.",
    )


def resume(place: Place, link: tuple[str, datetime]) -> Link:
    """Offer the way back into the conversation."""
    url, ends = link
    until = dates.spoken(dates.local_day(ends, place.time_zone))
    about = (
        f"This opens the conversation where you left it, with everything that was said. It works until {until}. "
        "Whoever has this link can read the conversation and write in it, so please keep it to yourself."
    )
    return Link(CONTINUE, url, about)


def return_subject(return_: Return) -> str:
    """Return the subject of the e-mail about a return as it stands."""
    return {
        "requested": f"We have your return {return_.rma}, and a person is looking at it",
        "approved": f"Your return {return_.rma} is approved",
        "rejected": f"About your return {return_.rma}",
        "cancelled": f"Your return {return_.rma} is called off",
    }[return_.approval]


def about_return(place: Place, first_name: str, news: ReturnNews) -> Letter:
    """Confirm a return as it stands: what, for how much, where the money goes, by when, and what to do next."""
    return_ = news.return_
    going = return_.approval in ("requested", "approved")
    return Letter(
        shop=place.shop,
        subject=return_subject(return_),
        greeting=greeting(first_name),
        opening=_opening(news),
        facts=(*_what(news), *(_money(return_, news.paid, place.locale) if going else ())),
        steps=_STEPS[return_.method] if news.attached else (),
        closing=_closing(news),
        footer=NO_ANSWERS,
    )


def with_link(letter: Letter, place: Place, link: tuple[str, datetime]) -> Letter:
    """Add the way back into the conversation."""
    return replace(letter, link=resume(place, link))


def _opening(news: ReturnNews) -> str:
    approval = news.return_.approval
    if approval == "requested":
        return "We have your return. A person on our team looks at it before it goes on."
    if approval == "approved":
        return f"Your return is approved.{' Its label is attached to this e-mail.' if news.attached else ''}"
    if approval == "rejected":
        return "A person on our team has looked at your return, and it was not approved. I'm sorry."
    return "Your return is called off, and nothing more will happen with it."


def _closing(news: ReturnNews) -> str:
    approval = news.return_.approval
    if approval == "requested":
        return (
            "You don't need to do anything now, and please don't send anything yet. We write to you once it is decided."
        )
    if approval == "rejected":
        reason = f"The reason: {news.why}" if news.why else ""
        return f"{reason} Please don't send anything. If something about this isn't right, tell us in the chat.".strip()
    if approval == "cancelled":
        return "Please don't send anything. You can start a new return in the chat as long as the item can come back."
    return "" if news.attached else "We send you the label as soon as it is ready."


def _what(news: ReturnNews) -> tuple[tuple[str, str], ...]:
    items = "; ".join(_item(line) for line in news.return_.lines)
    return ("Return number", news.return_.rma), ("Order", news.order_number), ("Items", items)


def _item(line: ReturnLine) -> str:
    options = describe_options(line.options)
    return f"{line.quantity} × {line.name}{f' ({options})' if options else ''}"


def _money(return_: Return, paid: Money, locale: str) -> tuple[tuple[str, str], ...]:
    facts: list[tuple[str, str]] = []
    amount = money.format(return_.amount, return_.currency, locale)
    if return_.resolution == "exchange":
        facts.append(("You get", paid.exchange_for or "another option of the same product"))
        facts.extend(_difference(return_, paid.destination, locale))
    else:
        facts.append(("Gift card" if return_.gift else _AMOUNT[return_.resolution], amount))
        if return_.fee > 0:
            facts.append(("Fees, already taken off", money.format(return_.fee, return_.currency, locale)))
        facts.append(("Goes to", paid.destination))
    facts.append(("When", paid.when))
    if return_.label_expires_at and return_.approval == "approved":
        word = "Bring it by" if return_.method == "store" else "Send it by"
        facts.append((word, dates.spoken(return_.label_expires_at.date())))
    return tuple((name, value) for name, value in facts if value)


_AMOUNT: dict[Resolution, str] = {"refund": "Refund", "store_credit": "Store credit"}


def _difference(return_: Return, destination: str, locale: str) -> list[tuple[str, str]]:
    difference = return_.price_difference
    if difference == 0:
        return []
    title = "You pay the difference" if difference > 0 else "You get the difference back"
    amount = money.format(abs(difference), return_.currency, locale)
    return [(title, f"{amount} ({destination})" if destination else amount)]


def _said(message: Message, place: Place) -> Said:
    local = message.created_at.astimezone(ZoneInfo(place.time_zone))
    when = f"{dates.spoken(local.date())} at {local:%H:%M} {local:%Z}"
    files = tuple(str(file["name"]) for file in message.content.get("attachments") or [])
    return Said(_speaker(message, place), when, message.text, files)


def _speaker(message: Message, place: Place) -> str:
    if message.agent_name:
        return message.agent_name
    return "Assistant" if message.author is Author.BOT else place.shop


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))

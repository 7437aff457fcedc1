"""A return beside the transcript: what is in it, its three states, its money and promises, and what can be done now."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from casework import order_words
from casework.order_checks import ReturnAct, TransferAct
from casework.order_views import ReturnView, TransferView
from casework.proposal_words import Say
from console import books, return_acts, return_choices
from console.markup import Tag, button
from console.moments import Wall
from store import dates
from store.records import Promise
from store.returns import REASON_TITLES, Return, ReturnLine

_WHEN_DONE = frozenset({"approved", "inspected", "refunded", "exchanged", "credited"})
_WHEN_BAD = frozenset({"rejected", "cancelled", "lost", "expired"})


@dataclass(frozen=True)
class Money:
    """The money of a return that moves, what was promised about it, and how amounts are written."""

    transfers: Sequence[TransferView]
    promises: Sequence[Promise]
    say: Say


@dataclass(frozen=True)
class Ways:
    """What the buttons do; None where this agent can do nothing."""

    act: Callable[[ReturnAct], Awaitable[None]] | None
    transfer: Callable[[TransferAct, TransferView], None] | None
    explain: Callable[[], Awaitable[None]]


def build(view: ReturnView, moving: Money, wall: Wall, ways: Ways) -> None:
    """Build a return into the present container."""
    return_ = view.return_
    with Tag("section", "rd-return rd-return-waits" if return_.approval == "requested" else "rd-return"):
        with Tag("header"):
            Tag("b", "rd-selectable", return_.rma)
            Tag("span", "rd-amount", moving.say(return_.amount))
        Tag("p", "", order_words.content(return_))
        Tag("p", "rd-quiet", " · ".join(_about(view, moving.say)))
        _states(view)
        if return_.needs_person and return_.approval == "requested":
            Tag("p", "rd-needs", f"A person decides: {return_.needs_person}")
        books.transfers(moving.transfers, wall, moving.say, ways.transfer)
        books.promises(moving.promises, wall)
        _acts(view, ways)
        books.history(view.events, wall, f"History of {return_.rma}", lambda: _receipt(view, ways))


def _about(view: ReturnView, say: Say) -> list[str]:
    """Say what the customer gets, why it comes back, and until when."""
    return_ = view.return_
    gets = order_words.RESOLUTION[return_.resolution]
    if return_.gift:
        gets += ", returned as a gift"
    elif return_.resolution == "exchange":
        gets += _difference(return_, view.refund_to, say)
    elif view.refund_to:
        gets += f" to {view.refund_to}"
    why = "; ".join(dict.fromkeys(_why(line) for line in return_.lines))
    until = return_.label_expires_at if return_.parcel in ("label_issued", "expired") and return_.is_open else None
    word = "could be sent until" if return_.parcel == "expired" else "to be sent until"
    more = ", extended" if return_.extended_at else ""
    return [gets, why, *([f"{word} {dates.spoken(until.date())}{more}"] if until else [])]


def _difference(return_: Return, place: str, say: Say) -> str:
    if not return_.price_difference:
        return ""
    amount = say(abs(return_.price_difference))
    by = f" by {place}" if place else ""
    return f"; the customer pays {amount}{by}" if return_.price_difference > 0 else f"; {amount} goes back{by}"


def _why(line: ReturnLine) -> str:
    state = return_choices.CONDITIONS[line.condition].lower() if line.condition else ""
    kept = "the customer keeps it" if line.keep else ""
    return ", ".join(part for part in (REASON_TITLES[line.reason], state, kept) if part)


def _states(view: ReturnView) -> None:
    """Draw the three states side by side: approval, parcel, payment."""
    return_ = view.return_
    three = (
        ("Approval", return_.approval, order_words.APPROVAL[return_.approval]),
        ("Parcel", return_.parcel, _parcel(return_)),
        ("Payment", return_.settlement, _payment(view)),
    )
    with Tag("ul", "rd-states"):
        for title, state, words in three:
            kind = "done" if state in _WHEN_DONE else "bad" if state in _WHEN_BAD else "open"
            with Tag("li", f"rd-step rd-step-{kind}"):
                Tag("span", "rd-label", title)
                Tag("span", "", words)


def _parcel(return_: Return) -> str:
    if return_.method == "keep":
        return "Kept, nothing to send"
    return order_words.PARCEL[return_.parcel]


def _payment(view: ReturnView) -> str:
    return_ = view.return_
    if return_.settlement == "exchanged" and any(one.state == "ready" for one in view.status.facts.exchanges):
        return "Exchange to be sent"
    moving = view.status.facts.transfers if return_.settlement == "open" else ()
    if any(one.state == "failed" for one in moving):
        return "Money did not move"
    if moving:
        return "Money under way"
    return order_words.SETTLEMENT[return_.settlement]


def _acts(view: ReturnView, ways: Ways) -> None:
    press = ways.act
    possible = return_acts.in_sequence(view) if press else []
    if not (view.label_url or possible):
        return
    with Tag("div", "rd-acts"):
        for act in possible:
            main = " rd-main" if act in return_acts.NEXT else ""
            pressed = button(f"rd-button rd-small{main}", return_acts.title_of(act, view.return_))
            if press:
                pressed.on("click", partial(press, act), args=[])
        if view.label_url:
            attributes = {"href": view.label_url, "target": "_blank", "rel": "noopener noreferrer"}
            Tag("a", "rd-link", "Label (PDF)", attributes)


def _receipt(view: ReturnView, ways: Ways) -> None:
    """Say under which rules it was decided; the whole decision in words is a press away."""
    if view.receipt is None:
        return
    with Tag("p", "rd-quiet rd-receipt"):
        Tag("span", "", books.receipt(view.receipt))
        button("rd-link", "The decision in words").on("click", ways.explain, args=[])

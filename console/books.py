"""Money that moves, promises and decisions, as they stand beside an order: each in a line of words."""

from collections.abc import Callable, Sequence
from functools import partial

from casework.order_checks import TransferAct
from casework.order_views import TransferView
from casework.order_words import Entry
from casework.proposal_words import Say
from console.markup import Tag, button
from console.moments import Wall
from store.records import Promise, Receipt

_STATE = {
    "requested": "Waits for the payment provider",
    "sent": "With the payment provider",
    "succeeded": "Done",
    "failed": "Failed",
    "cancelled": "Called off",
}
_KIND = {"succeeded": "done", "failed": "bad", "cancelled": "bad"}
_ACTS: dict[TransferAct, str] = {"retry": "Try again", "call_off": "Call off…"}


def transfers(
    found: Sequence[TransferView], wall: Wall, say: Say, act: Callable[[TransferAct, TransferView], None] | None
) -> None:
    """Draw money that moves, with the provider's reason where it failed; `act` None: nothing can be done here."""
    if not found:
        return
    with Tag("ul", "rd-transfers"):
        for one in found:
            with Tag("li", f"rd-transfer rd-transfer-{_KIND.get(one.transfer.state, 'open')}"):
                _transfer(one, wall, say)
                if act and one.acts:
                    _transfer_acts(one, act)


def _transfer(one: TransferView, wall: Wall, say: Say) -> None:
    transfer = one.transfer
    what = "Refund to" if transfer.kind == "refund" else "Charge from"
    with Tag("p", "rd-transfer-head"):
        Tag("span", "", f"{what} {one.place}")
        Tag("span", "rd-amount", say(transfer.amount))
    state = _STATE[transfer.state]
    if transfer.settled_at:
        state = f"{state} {wall.short(transfer.settled_at)}"
    elif transfer.attempts > 1:
        state = f"{state}, asked {transfer.attempts} times"
    Tag("p", "rd-transfer-state", state)
    if transfer.problem and transfer.state != "succeeded":
        Tag("p", "rd-transfer-why", transfer.problem, {"dir": "auto"})


def _transfer_acts(one: TransferView, act: Callable[[TransferAct, TransferView], None]) -> None:
    with Tag("div", "rd-acts"):
        for name in one.acts:
            main = " rd-main" if name == "retry" else ""
            button(f"rd-button rd-small{main}", _ACTS[name]).on("click", partial(act, name, one), args=[])


def promises(found: Sequence[Promise], wall: Wall) -> None:
    """Draw what was promised and is not kept yet; what is late stands out."""
    if not found:
        return
    with Tag("ul", "rd-promises"):
        for one in found:
            late = one.late_at is not None or (one.due_at is not None and one.due_at < wall.now)
            with Tag("li", "rd-promised rd-promised-late" if late else "rd-promised"):
                Tag("span", "", f"Promised: {one.text}")
                if one.due_at:
                    when = wall.day(one.due_at)
                    Tag("span", "rd-promised-when", f"late, was due {when}" if late else f"due {when}")


def receipt(one: Receipt) -> str:
    """Say under which rules something was decided, and which were set aside."""
    aside = f"; set aside: {', '.join(one.overruled)}" if one.overruled else ""
    return f"Decided by policy {one.policy_version}: {', '.join(one.rule_ids)}{aside}"


def history(entries: Sequence[Entry], wall: Wall, title: str, below: Callable[[], None] | None = None) -> None:
    """Draw what happened, folded; `below` draws what stands under it."""
    if not entries:
        return
    with Tag("details", "rd-history"):
        Tag("summary", "", title)
        with Tag("ol"):
            for entry in entries:
                with Tag("li"):
                    Tag("time", "", wall.short(entry.at), {"title": wall.full(entry.at)})
                    Tag("span", "", entry.sentence, {"dir": "auto"})
        if below:
            below()

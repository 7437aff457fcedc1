"""The brief beside the transcript: what an agent has to know at first sight, and what nobody should ask again."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from casework.asked import Answered
from casework.brief import Brief, BriefLine, Promise, ReturnBrief, Trigger, Who
from console import words
from console.markup import Tag, button
from console.moments import Wall

_PROVED = {
    "customer": ("Verified", "The customer has proved who they are; all their orders are open to them."),
    "order": ("Verified for one order", "The customer has proved who they are for the order in question only."),
    "gift": (
        "Gift code",
        "They have a gift's code. Somebody else paid: tell them nothing of that person, the order or its prices.",
    ),
    "nothing": (
        "Not verified",
        "Nothing was proved: this is who they say they are, or were before.",
    ),
}


@dataclass(frozen=True)
class Ways:
    """Where the brief leads: `go_to` scrolls the transcript to a message, `show_order` opens the order beside it."""

    go_to: Callable[[int], None]
    show_order: Callable[[], Awaitable[None]]


def build(brief: Brief, wall: Wall, ways: Ways, *, urgent: bool) -> None:
    """Build the brief into the present container; `urgent` makes the reason stand out."""
    with Tag("div", "rd-brief"):
        _why(brief, ways.go_to, urgent=urgent)
        if brief.waiting_decision:
            _decision(brief.waiting_decision, ways.show_order)
        _who(brief.customer)
        if brief.open_question:
            with _section("Open"):
                Tag("p", "rd-open-question", brief.open_question, {"dir": "auto"})
        _each("About", brief.lines, _line)
        _answered(brief.answered)
        _each("Promised", brief.promised, lambda promise: _promise(promise, wall))
        _each("Returns of this conversation", brief.returns, _return)


def _why(brief: Brief, go_to: Callable[[int], None], *, urgent: bool) -> None:
    if not brief.why:
        return
    with Tag("div", "rd-why-card rd-why-card-urgent" if urgent else "rd-why-card"):
        Tag("p", "", words.sentence(brief.why), {"dir": "auto"})
        trigger = brief.trigger
        if trigger is None:
            return
        seq = trigger.seq
        with Tag("p", "rd-quiet"):
            Tag("span", "", brought_by(trigger), {"dir": "auto"})
            button("rd-link", "Show the message").on("click", lambda: go_to(seq))


def brought_by(trigger: Trigger) -> str:
    """Return the words that brought a person, the rule of policy/handoff.yml that did, and what found the words."""
    said = ", ".join(f"“{word}”" for word in trigger.words)
    rule = trigger.escalation or trigger.rule
    found = f" (found by {trigger.rule})" if trigger.rule not in ("", rule) else ""
    return " · ".join(part for part in (said, f"rule {rule}{found}" if rule else "") if part)


def _decision(waiting: Sequence[str], show_order: Callable[[], Awaitable[None]]) -> None:
    many = len(waiting) > 1
    with Tag("div", "rd-decide"):
        Tag("p", "", f"{', '.join(waiting)} {'wait' if many else 'waits'} for your decision.")
        button("rd-button", "Decide").on("click", show_order)


def _who(person: Who | None) -> None:
    with _section("Customer"):
        if person is None:
            Tag("p", "rd-quiet", "Not verified, and nothing is known of them yet.")
            return
        title, explained = _PROVED[person.proved]
        with Tag("p", "rd-who"):
            Tag("b", "", person.name, {"dir": "auto"})
            Tag("span", f"rd-badge rd-badge-{person.proved}", title, {"title": explained})
            if person.tier != "standard":
                Tag("span", "rd-badge", person.tier.capitalize())
        if person.proved == "gift":
            Tag("p", "rd-quiet", explained)
            return
        contact = " · ".join(part for part in (person.email, person.phone) if part)
        Tag("p", "rd-quiet rd-selectable", contact)
        Tag("p", "rd-quiet", f"{_count(person.order_count, 'order')}, {_count(person.return_count, 'return')}")


def _each[Entry](title: str, entries: Sequence[Entry], build_one: Callable[[Entry], None]) -> None:
    if entries:
        with _section(title):
            for entry in entries:
                build_one(entry)


def _answered(entries: Sequence[Answered]) -> None:
    if not entries:
        return
    with _section("Do not ask again", "The customer has answered these already."), Tag("dl", "rd-answered"):
        for entry in entries:
            Tag("dt", "", entry.asked)
            Tag("dd", "", entry.answer, {"dir": "auto"})


def _line(line: BriefLine) -> None:
    with Tag("div", "rd-brief-line"):
        with Tag("p"):
            Tag("b", "", f"{line.quantity} × {line.item_name}" if line.quantity > 1 else line.item_name)
            Tag("span", "rd-quiet", f" {line.options}" if line.options else "")
        about = " · ".join(part for part in (line.order_number, line.reason, line.rma or "") if part)
        Tag("p", "rd-quiet rd-selectable", about)
        with Tag("p", "rd-verdict" if line.eligible else "rd-verdict rd-verdict-refused"):
            Tag("span", "", line.verdict)
            if line.rule_ids:
                Tag("code", "rd-rules", ", ".join(line.rule_ids))


def _promise(promise: Promise, wall: Wall) -> None:
    with Tag("div", "rd-promise rd-promise-late" if promise.late else "rd-promise"):
        Tag("p", "", promise.text)
        parts = [promise.order_number]
        if promise.due_at:
            parts.append(f"{'was due' if promise.late else 'due'} {wall.short(promise.due_at)}")
        Tag("p", "rd-quiet", " · ".join(part for part in parts if part))


def _return(one: ReturnBrief) -> None:
    with Tag("div", "rd-brief-line"):
        with Tag("p"):
            Tag("b", "rd-selectable", one.rma)
            Tag("span", "rd-quiet", f" {one.content}")
        Tag("p", "", one.standing)
        if one.needs_person:
            Tag("p", "rd-quiet", f"A person decides: {one.needs_person}")


def _section(title: str, hint: str = "") -> Tag:
    section = Tag("section", "rd-section")
    with section:
        Tag("h3", "rd-label", title, {"title": hint or None})
    return section


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

"""What was said with the same customer before; each of these conversations opens beside the present one, to be read."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from uuid import UUID

from casework.past import PastConversation
from console import words
from console.markup import Tag
from console.moments import Wall

type Open = Callable[[UUID], Awaitable[None]]


def build(found: Sequence[PastConversation], wall: Wall, open_: Open) -> None:
    """Build the list into the present container; a press on a line opens it to be read."""
    if not found:
        Tag("p", "rd-empty", "No earlier conversation of this customer is known.")
        return
    with Tag("ul", "rd-past"):
        for one in found:
            with Tag("li"), Tag("button", "rd-past-line", attributes={"type": "button"}) as line:
                _line(one, wall)
            line.on("click", partial(open_, one.conversation_id), args=[])


def heading(one: PastConversation, wall: Wall) -> str:
    """Name a conversation: when it was, and on which channel."""
    return f"{wall.day(one.last_message_at)}, {words.channel(one.channel)}"


def _line(one: PastConversation, wall: Wall) -> None:
    with Tag("span", "rd-past-head"):
        Tag("b", "", wall.day(one.last_message_at))
        Tag("span", "rd-quiet", words.channel(one.channel))
        if one.outcome:
            Tag("span", "rd-badge", one.outcome)
    about = ", ".join(one.reasons) or "Handled by the assistant alone"
    Tag("span", "rd-quiet", f"{about} · {one.agent_name}" if one.agent_name else about)
    if one.outcome_line:
        Tag("span", "", one.outcome_line, {"dir": "auto"})
    elif one.last_words:
        Tag("span", "rd-past-words", one.last_words, {"dir": "auto"})

"""One turn while it lasts: what came in with it, and what failed in it.

Rasa hands neither to its tracker store, classifier and actions, so they find the turn in a context variable. Each HTTP
request runs in a task, and so in a context, of its own: two turns at the same time cannot see one another.
"""

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class DialogueState:
    """What the desk keeps between turns: slots that differ from their initial value, the form and what it asks."""

    slots: dict[str, Any] = field(default_factory=dict)
    loop: str | None = None
    requested_slot: str | None = None


@dataclass
class Turn:
    """One attempt at one message. `tracker` is Rasa's, once the turn is done; `failures` are what Rasa swallowed."""

    turn_id: str
    state: DialogueState
    vectors: dict[str, Vector] = field(default_factory=dict)
    tracker: Any = None
    failures: list[str] = field(default_factory=list)
    calls: int = 0

    def next_call_number(self) -> int:
        """Count the calls to the desk within the turn: 0, 1, 2 ..."""
        number = self.calls
        self.calls += 1
        return number


_current: contextvars.ContextVar[Turn | None] = contextvars.ContextVar("turn", default=None)


def current() -> Turn | None:
    """Return the turn that is being worked on in this context, or None outside one (training, measuring)."""
    return _current.get()


def failed(what: str) -> None:
    """Record a failure that Rasa is about to swallow; does nothing outside a turn."""
    turn = _current.get()
    if turn is not None:
        turn.failures.append(what)


@contextlib.contextmanager
def running(turn: Turn) -> Iterator[Turn]:
    """Make the turn the current one for the block; nothing of it remains afterwards."""
    token = _current.set(turn)
    try:
        yield turn
    finally:
        _current.reset(token)

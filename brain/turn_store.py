"""Rasa's tracker store and lock store for a brain without memory.

The tracker is rebuilt at each turn from the dialogue state that the desk sent along, and dropped with the turn. The
order of one conversation's messages is the desk's matter, so nothing is locked (Rasa's own lock polls once a second).
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core import events
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from brain import turn


class TurnStore(TrackerStore):
    """Keeps the tracker of the current turn and no other."""

    def __init__(self, domain: Domain | None = None, event_broker: Any = None, **_: Any) -> None:
        super().__init__(domain, event_broker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Leave the tracker with the current turn; raises LookupError outside a turn."""
        _turn().tracker = tracker

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the turn's tracker, rebuilt from the turn's state the first time it is asked for."""
        current = _turn()
        if current.tracker is not None:
            return current.tracker
        return rebuild(sender_id, current.state, self.domain)

    async def keys(self) -> Iterable[str]:
        """Return no conversation: none is kept."""
        return []


class NoLock(LockStore):
    """Locks nothing: each turn has a sender id of its own, and the desk keeps a conversation's messages in order."""

    def __init__(self, endpoint_config: Any = None) -> None:
        del endpoint_config  # Rasa passes it to every lock store

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 60, wait_time_in_seconds: float = 1
    ) -> AsyncIterator[TicketLock]:
        """Enter at once."""
        yield TicketLock(conversation_id)


def rebuild(sender_id: str, state: turn.DialogueState, domain: Domain) -> DialogueStateTracker:
    """Return a tracker that stands where the state says: a session begun, slots set, the form active, listening."""
    history: list[Any] = [events.ActionExecuted("action_session_start"), events.SessionStarted()]
    history += [events.SlotSet(name, value) for name, value in state.slots.items()]
    if state.loop:
        history += [events.ActionExecuted(state.loop), events.ActiveLoop(state.loop)]
        history.append(events.SlotSet("requested_slot", state.requested_slot))
    history.append(events.ActionExecuted("action_listen"))
    return DialogueStateTracker.from_events(sender_id, history, domain.slots, domain=domain)


def _turn() -> turn.Turn:
    current = turn.current()
    if current is None:
        raise LookupError("the brain keeps no conversations: there is no tracker outside a turn")
    return current

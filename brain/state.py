"""The dialogue state on its way in and out: what the present model does not know is dropped, never a failure."""

from collections.abc import Mapping
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from brain import turn, wire

_OWN = {"requested_slot", "session_started_metadata"}


def read(sent: Mapping[str, Any] | None, domain: Domain) -> tuple[turn.DialogueState, bool]:
    """Return the state as the present model can use it, and whether the form had to be given up.

    A slot that is gone is dropped; a form that is gone, or a state of another version, starts afresh.
    """
    if sent is None:
        return turn.DialogueState(), False
    if sent.get("version") != wire.STATE_VERSION:
        return turn.DialogueState(), True
    known = {slot.name for slot in domain.slots} - _OWN
    slots = {name: value for name, value in sent.get("slots", {}).items() if name in known}
    loop = sent.get("loop")
    if loop is not None and loop not in domain.forms:
        return turn.DialogueState(slots), True
    asked = sent.get("requested_slot") if loop else None
    return turn.DialogueState(slots, loop, asked if asked in known else None), False


def write(tracker: DialogueStateTracker) -> dict[str, Any]:
    """Return what the desk is to keep: slots that differ from their initial value, the form and what it asks."""
    slots = {
        name: slot.value
        for name, slot in tracker.slots.items()
        if name not in _OWN and slot.value != slot.initial_value
    }
    loop = tracker.active_loop_name
    asked = tracker.get_slot("requested_slot") if loop else None
    return {"version": wire.STATE_VERSION, "slots": slots, "loop": loop, "requested_slot": asked}

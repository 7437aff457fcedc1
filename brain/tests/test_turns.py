"""Nothing of a turn remains in the brain once it is over."""

import asyncio
import gc

import pytest
from brain import remote_action, turn, turn_store, wire
from rasa.core.actions import action
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from conftest import BOT


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(BOT / "domain.yml"))


def test_nothing_of_a_turn_remains_in_memory(domain):
    async def one_turn():
        store = turn_store.TurnStore(domain)
        with turn.running(turn.Turn("t", turn.DialogueState({"note": "secret"}))):
            tracker = await store.retrieve("t")
            await store.save(tracker)
        assert turn.current() is None
        assert list(await store.keys()) == []
        return store

    store = asyncio.run(one_turn())
    gc.collect()
    assert not any(isinstance(one, DialogueStateTracker | turn.Turn) for one in gc.get_objects())
    assert store is not None


def test_outside_a_turn_there_is_no_tracker(domain):
    with pytest.raises(LookupError, match="outside a turn"):
        asyncio.run(turn_store.TurnStore(domain).retrieve("t"))


def test_a_tracker_stands_where_the_state_says(domain):
    state = turn.DialogueState({"order": "H204518"}, "return_form", "resolution")
    tracker = turn_store.rebuild("t", state, domain)
    assert tracker.active_loop_name == "return_form"
    assert tracker.get_slot("requested_slot") == "resolution"
    assert tracker.get_slot("order") == "H204518"
    assert tracker.latest_action_name == "action_listen"


def test_installing_twice_listens_once():
    remote_action.install()
    remote_action.install()
    assert action.RemoteAction.run is remote_action.run


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("/affirm", "∕affirm"),
        ("  ／x", "∕x"),
        ("//a", "∕∕a"),
        ("a/b", "a/b"),
        ("", ""),
        (" hi ", "hi"),
        ("\u200b/x", "∕x"),
    ],
)
def test_a_leading_slash_is_made_harmless(typed, seen):
    assert wire.harmless(typed) == seen

"""What stands in the lists is decided in plain functions, and tried here without a browser."""

import asyncio
import dataclasses
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from casework.handovers import Held, Waiting
from casework.supervision import AgentLoad, Clock, Overview, Watched
from console import alarm, inbox, keys, search, supervisor, words
from console.board import Shared
from conversations.conversation import Owner
from conversations.message import Author
from handoff import rules
from handoff.agent import Agent, Role
from handoff.alerts import Alert, Kind
from handoff.ticket import Reason, Stage, Ticket
from kit import errors
from kit.settings import PROJECT_ROOT

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
RULES = rules.read(PROJECT_ROOT / "policy" / "handoff.yml")
ANA = Agent(
    id=uuid.uuid4(),
    email="ana@example.com",
    name="Ana Lopes",
    role=Role.AGENT,
    team="returns",
    languages=("en", "es"),
    skills=("legal",),
    capacity=6,
    available=True,
    seen_at=NOW,
    preferences={},
    disabled=False,
)


def a_ticket(**more) -> Ticket:
    fields = {field.name: None for field in dataclasses.fields(Ticket)}
    given = {
        "id": uuid.uuid4(),
        "conversation_id": uuid.uuid4(),
        "reason": Reason.ASKED_FOR,
        "detail": "",
        "trigger": {},
        "priority": 3,
        "stage": Stage.QUEUED,
        "language": "en",
        "skills": (),
        "callback": False,
        "contact_wanted": False,
        "alarms": 0,
        "requested_at": NOW,
    }
    return Ticket(**{**fields, **given, **more})


def waiting(ticket: Ticket, **more) -> dict[str, object]:
    given = {
        "place": 1,
        "channel": "web",
        "customer": "",
        "last_words": "Hello",
        "mood": None,
        "waiting_since": NOW,
        "customer_here": True,
    }
    return inbox.waiting_line(Waiting(ticket, **{**given, **more}), RULES)


def held(ticket: Ticket, **more) -> dict[str, object]:
    given = {
        "channel": "web",
        "customer": "Dana Wells",
        "last_words": "Hello",
        "last_author": Author.CUSTOMER,
        "mood": None,
        "unanswered_since": NOW,
        "customer_here": True,
    }
    return inbox.held_line(Held(ticket, **{**given, **more}), RULES)


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def test_a_customer_who_has_proved_nothing_has_no_name():
    assert waiting(a_ticket())["customer"] == "Customer"
    assert waiting(a_ticket(), customer="Dana Wells")["customer"] == "Dana Wells"


def test_the_last_quarter_of_the_time_to_answer_counts_as_near():
    line = waiting(a_ticket(first_response_due=NOW + timedelta(minutes=20)))
    assert line["near"] == milliseconds(NOW + timedelta(minutes=15))
    assert line["due"] == milliseconds(NOW + timedelta(minutes=20))


def test_after_the_first_answer_each_further_word_is_due_in_the_same_time():
    target = timedelta(minutes=RULES.targets[1].first_response)
    answered = a_ticket(priority=1, first_response_at=NOW - timedelta(hours=1), first_response_due=NOW)
    assert held(answered, unanswered_since=NOW)["due"] == milliseconds(NOW + target)


def test_who_has_an_answer_has_nothing_due():
    line = held(a_ticket(), unanswered_since=None, last_author=Author.AGENT)
    assert (line["since"], line["due"], line["near"]) == (None, None, None)
    assert line["author"] == "You"


@pytest.mark.parametrize(("score", "word"), [(None, ""), (0.1, ""), (0.7, "Tense"), (0.95, "Upset")])
def test_a_mood_is_a_word_by_the_shops_own_thresholds(score: float | None, word: str):
    assert waiting(a_ticket(), mood=score)["mood"] == word


@pytest.mark.parametrize(
    ("ticket", "more", "badge"),
    [
        ({}, {}, []),
        ({}, {"customer_here": False}, ["Left the chat"]),
        ({}, {"customer_here": False, "channel": "sms"}, []),
        ({"callback": True}, {"customer_here": False}, ["Call back"]),
        ({"contact_wanted": True}, {}, ["No address yet"]),
        ({"contact_wanted": True}, {"customer_here": False}, ["Left, no address"]),
        ({"stage": Stage.TIMED_OUT, "callback": True}, {}, ["Call back", "Nobody came in time"]),
    ],
)
def test_whether_the_customer_can_be_reached_is_said_before_anybody_claims(ticket, more, badge):
    assert waiting(a_ticket(**ticket), **more)["badges"] == badge


def test_tags_say_what_narrows_down_who_can_help_and_not_what_the_reason_says_already():
    ticket = a_ticket(reason=Reason.LEGAL, language="es", skills=("legal", "wine"), team="returns")
    assert words.tags(ticket) == ["Spanish", "wine", "returns team"]


@pytest.mark.parametrize(
    ("ticket", "mine", "team"),
    [
        ({}, True, False),
        ({"language": "fr"}, False, False),
        ({"team": "returns"}, True, True),
        ({"team": "warehouse"}, False, False),
        ({"skills": ("legal",)}, True, False),
        ({"skills": ("safety",)}, False, False),
    ],
)
def test_the_queue_is_narrowed_to_the_agent_or_the_team(ticket, mine: bool, team: bool):
    known = frozenset({"legal", "safety"})
    assert inbox.fits(a_ticket(**ticket), ANA, "all", known)
    assert inbox.fits(a_ticket(**ticket), ANA, "mine", known) is mine
    assert inbox.fits(a_ticket(**ticket), ANA, "team", known) is team


@pytest.mark.parametrize(
    ("total", "looked_through", "fitting", "says"),
    [
        (40, 40, 40, ""),
        (2000, 100, 100, "and 1,900 more"),
        (130, 130, 110, "and 10 more that fit"),
        (2000, 500, 30, "1,500 further down were not looked through"),
        (2000, 500, 120, "and 20 more that fit; 1,500 further down were not looked through"),
    ],
)
def test_what_is_not_shown_is_counted_as_far_as_it_is_known(total, looked_through, fitting, says):
    assert inbox.more(total, looked_through, fitting) == says


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_540, "59 min"), (3_900, "1 h 05"), (200_000, "2 d")],
)
def test_a_length_of_time_is_short(seconds: float, says: str):
    assert words.span(seconds) == says


def test_an_error_becomes_a_sentence_and_an_absent_helper_stays_vague():
    assert words.trouble(errors.Conflict("Ben Okafor has this conversation")) == "Ben Okafor has this conversation."
    assert "postgres" not in words.trouble(errors.Unavailable("postgres at 10.0.0.3 is gone"))


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ((), [("a red kettle", False)]),
        (((2, 5),), [("a ", False), ("red", True), (" kettle", False)]),
        (((2, 5), (6, 12)), [("a ", False), ("red", True), (" ", False), ("kettle", True)]),
        (((6, 99), (2, 8), (4, 4)), [("a ", False), ("red ke", True), ("ttle", True)]),
    ],
)
def test_a_snippet_is_cut_at_its_marks_and_loses_nothing(marks, found):
    pieces = list(search.pieces("a red kettle", marks))
    assert pieces == found
    assert "".join(text for text, _ in pieces) == "a red kettle"


def test_no_key_means_two_things():
    acting = [key.keys for key in keys.KEYS if key.act]
    assert len(acting) == len(set(acting))
    openers = {key.split(" ")[0] for key in acting if " " in key}
    assert not openers & set(acting)


def test_the_supervisor_sees_missed_targets_marked_and_with_whom():
    late = Clock(NOW - timedelta(minutes=5), None, breached=True)
    kept = Clock(NOW + timedelta(minutes=50), None, breached=False)
    ticket = a_ticket(stage=Stage.CLAIMED, agent_name="Ana Lopes")
    row = supervisor.ticket_row(Watched(ticket, "Dana Wells", "web", "Hello", late, kept), "Sam Reyes")
    assert (row["breached"], row["holder"], row["mine"], row["waits"]) == (True, "Ana Lopes", False, False)


def test_figures_that_are_not_known_are_dashes():
    load = AgentLoad(ANA, True, 2, 1, 0, None)
    empty = Overview(0, None, {}, (load,), (), 0, None, None, 0, None, 0)
    picture = supervisor.picture(empty, "Sam Reyes")
    assert [value for _, value, _ in picture["figures"]] == ["–", "–", "0", "–"]
    assert picture["agents"][0]["csat"] == "–"
    assert [count for _, _, count in picture["priorities"]] == [0, 0, 0]


async def test_fifty_pages_that_ask_at_once_cost_one_reading():
    readings = 0

    async def read() -> int:
        nonlocal readings
        readings += 1
        await asyncio.sleep(0.01)
        return readings

    shared = Shared(read)
    assert set(await asyncio.gather(*(shared.get() for _ in range(50)))) == {1}


async def test_nobody_gets_a_reading_that_began_before_they_asked():
    facts = {"value": "old"}

    async def read() -> str:
        seen = facts["value"]
        await asyncio.sleep(0.02)
        return seen

    shared = Shared(read)
    early = asyncio.create_task(shared.get())
    await asyncio.sleep(0.005)
    facts["value"] = "new"
    assert await shared.get() == "new"
    assert await early == "old"


async def test_one_who_leaves_does_not_spoil_the_reading_for_others():
    async def read() -> str:
        await asyncio.sleep(0.02)
        return "read"

    shared = Shared(read)
    leaves, stays = asyncio.create_task(shared.get()), asyncio.create_task(shared.get())
    await asyncio.sleep(0.005)
    leaves.cancel()
    assert await stays == "read"


async def test_after_a_reading_that_failed_the_next_one_is_tried_anew():
    answers = iter([errors.Unavailable("away"), None])

    async def read() -> str:
        answer = next(answers)
        if answer:
            raise answer
        return "read"

    shared = Shared(read)
    with pytest.raises(errors.Unavailable):
        await shared.get()
    assert await shared.get() == "read"


@pytest.mark.parametrize(
    ("kind", "owner", "agent_name", "over"),
    [
        (Kind.QUEUED, Owner.QUEUE, None, False),
        (Kind.QUEUED, Owner.AGENT, "Ben Okafor", True),
        (Kind.QUEUED, Owner.AGENT, ANA.name, True),
        (Kind.QUEUED, Owner.BOT, None, True),
        (Kind.PASSED_ON, Owner.AGENT, ANA.name, False),
        (Kind.PASSED_ON, Owner.AGENT, "Ben Okafor", True),
        (Kind.TAKEN_OVER, Owner.AGENT, "Ben Okafor", False),
        (Kind.FAILED, Owner.BOT, None, False),
    ],
)
def test_a_call_is_over_when_somebody_has_what_it_is_about(kind, owner, agent_name, over):
    alert = Alert(1, uuid.uuid4(), kind, "everyone", "text", NOW)
    stands = SimpleNamespace(owner=owner, agent_name=agent_name)
    assert alarm.is_over(alert, stands, ANA.name) is over

"""Whom a waiting conversation goes to."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from handoff import routing
from handoff.agent import Agent, Role
from handoff.ticket import Reason, Stage, Ticket

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
NOTHING = frozenset[str]()


def agent(name: str, **more: object) -> Agent:
    """An agent who is there."""
    made = Agent(
        id=UUID(int=1),
        email=f"{name}@shop.example",
        name=name,
        role=Role.AGENT,
        team=None,
        languages=("en",),
        skills=(),
        capacity=3,
        available=True,
        seen_at=NOW,
        preferences={},
        disabled=False,
    )
    return replace(made, **more)  # type: ignore[arg-type]


TICKET = Ticket(
    id=UUID(int=2),
    conversation_id=UUID(int=3),
    reason=Reason.ASKED_FOR,
    detail="",
    trigger={},
    priority=3,
    stage=Stage.QUEUED,
    team=None,
    language="en",
    skills=(),
    callback=False,
    contact_wanted=False,
    place_at_start=1,
    alarms=0,
    next_step_at=None,
    first_response_due=None,
    resolution_due=None,
    requested_at=NOW,
    claimed_at=None,
    first_response_at=None,
    released_at=None,
    agent_name=None,
    outcome=None,
    note=None,
)


def test_the_least_busy_gets_it_and_names_settle_a_tie() -> None:
    ana, ben, cleo = agent("Ana"), agent("Ben"), agent("Cleo")
    assert routing.least_busy([cleo, ben, ana], {"Ana": 1}, TICKET, NOTHING) == ben


def test_who_has_no_room_gets_nothing() -> None:
    assert routing.least_busy([agent("Ana")], {"Ana": 3}, TICKET, NOTHING) is None


def test_a_language_that_an_agent_does_not_speak_is_not_for_them() -> None:
    spanish = replace(TICKET, language="es")
    assert routing.least_busy([agent("Ana")], {}, spanish, NOTHING) is None
    assert routing.least_busy([agent("Ana", languages=("en", "es"))], {}, spanish, NOTHING) is not None


def test_a_skill_that_somebody_has_is_needed_and_one_that_nobody_has_holds_nothing_up() -> None:
    legal = replace(TICKET, skills=("legal",))
    plain, lawyer = agent("Ana"), agent("Ben", skills=("legal",))

    assert routing.least_busy([plain, lawyer], {"Ben": 2}, legal, routing.skills_of([plain, lawyer])) == lawyer
    assert routing.least_busy([plain], {}, legal, routing.skills_of([plain])) == plain


def test_a_team_s_conversation_goes_to_that_team_only() -> None:
    ours = replace(TICKET, team="warehouse")
    assert not routing.fits(agent("Ana", team="returns"), ours)
    assert routing.fits(agent("Ben", team="warehouse"), ours)


def test_the_skills_of_disabled_agents_do_not_count() -> None:
    assert routing.skills_of([agent("Ana", skills=("legal",), disabled=True)]) == NOTHING

"""What an agent is: when they count as there, what they may be called, and how long wrong passwords make wait."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff import agent, agents, passwords
from handoff.agent import Agent, Role
from handoff.tables import TicketRow
from handoff.ticket import Reason, Stage
from kit import errors, ids
from kit.db import Database

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANA = Agent(
    id=UUID(int=1),
    email="ana@returndesk.example",
    name="Ana Lopes",
    role=Role.AGENT,
    team="returns",
    languages=("en", "es"),
    skills=("legal",),
    capacity=6,
    available=True,
    seen_at=NOW,
    preferences={"theme": "dark"},
    disabled=False,
)
SECONDS_OF_A_DAY = st.lists(st.integers(0, 24 * 3600), max_size=40)


def at(*seconds: float) -> list[datetime]:
    """Return moments so many seconds after `NOW`."""
    return [NOW + timedelta(seconds=second) for second in seconds]


def wait_right_after(*seconds: float) -> float:
    """Return the wait at the moment of the last of some wrong tries."""
    return agent.wait_after(at(*seconds), at(max(seconds))[0])


def test_four_wrong_passwords_are_free() -> None:
    assert wait_right_after(0, 1, 2, 3) == 0


def test_the_fifth_within_ten_minutes_brings_half_a_minute() -> None:
    assert wait_right_after(0, 100, 200, 300, 599) == 30


def test_five_in_more_than_ten_minutes_bring_none() -> None:
    assert wait_right_after(0, 150, 300, 450, 600) == 0


def test_the_wait_grows_to_a_quarter_of_an_hour_and_no_further() -> None:
    moment, waits = 0.0, []
    tried = [0.0, 0.0, 0.0, 0.0]
    for _ in range(8):
        tried.append(moment)
        waits.append(wait_right_after(*tried))
        moment += waits[-1]

    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_the_wait_runs_down() -> None:
    assert agent.wait_after(at(0, 0, 0, 0, 0), at(29.5)[0]) == 0.5
    assert agent.wait_after(at(0, 0, 0, 0, 0), at(30)[0]) == 0


def test_ten_quiet_minutes_after_a_wait_begin_anew() -> None:
    five = (0, 0, 0, 0, 0)

    assert wait_right_after(*five, 30 + 599) == 60
    assert wait_right_after(*five, 30 + 600) == 0


@given(SECONDS_OF_A_DAY)
def test_no_wait_is_longer_than_a_quarter_of_an_hour_whatever_was_tried(tries: list[int]) -> None:
    now = max(tries, default=0)

    assert 0 <= agent.wait_after(at(*tries), at(now)[0]) <= agent.LONGEST_WAIT_SECONDS


@given(SECONDS_OF_A_DAY, st.integers(0, 24 * 3600))
def test_one_more_wrong_password_never_shortens_the_wait(tries: list[int], another: int) -> None:
    now = at(max([*tries, another]))[0]

    assert agent.wait_after(at(*tries, another), now) >= agent.wait_after(at(*tries), now)


def test_a_machine_that_tries_as_fast_as_it_may_has_few_tries_in_a_day() -> None:
    tried: list[datetime] = []
    moment = NOW
    while moment < NOW + timedelta(days=1):
        tried.append(moment)
        moment += timedelta(seconds=agent.wait_after(tried, moment))

    assert len(tried) < 110


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (45, "45 seconds"), (60, "1 minute"), (95, "1 minute 35 seconds"), (900, "15 minutes")],
)
def test_a_wait_is_told_in_words(seconds: int, words: str) -> None:
    refusal = agent.TooManyTries(seconds - 0.5)

    assert refusal.wait_seconds == seconds
    assert words in str(refusal)


@pytest.mark.parametrize(
    ("who", "online"),
    [
        (ANA, True),
        (replace(ANA, seen_at=NOW - timedelta(seconds=30)), True),
        (replace(ANA, seen_at=NOW - timedelta(seconds=31)), False),
        (replace(ANA, seen_at=None), False),
        (replace(ANA, available=False), False),
        (replace(ANA, disabled=True), False),
    ],
)
def test_online_is_who_was_seen_within_half_a_minute_and_has_not_stepped_away(who: Agent, online: bool) -> None:
    assert who.is_online(NOW) is online


@pytest.mark.parametrize(("role", "may"), [(Role.AGENT, False), (Role.SUPERVISOR, True), (Role.ADMIN, True)])
def test_supervisors_and_admins_supervise(role: Role, may: bool) -> None:
    assert replace(ANA, role=role).may_supervise is may


@pytest.mark.parametrize(
    "email", ["ana", "ana@", "@shop.example", "ana@shop", "a b@shop.example", "<ana@shop.example>"]
)
def test_what_is_no_e_mail_address_is_refused(email: str) -> None:
    with pytest.raises(errors.BadInput, match="no e-mail address"):
        agent.checked_email(email)


def test_an_e_mail_is_kept_in_small_letters() -> None:
    assert agent.checked_email(" Ana.Lopes@Shop.EXAMPLE ") == "ana.lopes@shop.example"


def test_a_name_is_one_line_without_hidden_characters() -> None:
    assert agent.checked_name(" Ana\n\tLo\u202epes\x00 ") == "Ana Lopes"


@pytest.mark.parametrize("name", ["", "  \u200b", "...", "A" * 61])
def test_a_name_that_nobody_could_read_is_refused(name: str) -> None:
    with pytest.raises(errors.BadInput, match="name"):
        agent.checked_name(name)


def test_languages_and_skills_are_small_tags_each_once() -> None:
    assert agent.checked_languages(["EN", " es", "en", ""]) == ("en", "es")
    assert agent.checked_skills(["Legal", "", "legal"]) == ("legal",)


@pytest.mark.parametrize("languages", [[], [""], ["english!"], ["e"]])
def test_an_agent_speaks_at_least_one_language_that_is_one(languages: list[str]) -> None:
    with pytest.raises(errors.BadInput, match="language"):
        agent.checked_languages(languages)


def test_a_skill_is_one_word() -> None:
    with pytest.raises(errors.BadInput, match="one word"):
        agent.checked_skills(["legal matters"])


@pytest.mark.parametrize(
    "password", ["short", "x" * 501, "Ana@returndesk.example", "ANA LOPES-GARCIA", "analopes-garcia"]
)
def test_a_password_that_is_short_or_the_agents_own_is_refused(password: str) -> None:
    with pytest.raises(errors.BadInput, match="password"):
        passwords.check(password, "ana@returndesk.example", "Ana Lopes-Garcia")


def test_a_password_fits_its_hash_and_no_other() -> None:
    stored = passwords.hashed("caf\u00e9 au lait")

    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, "cafe\u0301 au lait")  # the same letters from another keyboard
    assert not passwords.matches(stored, "cafe au lait")


def test_any_characters_at_all_can_be_tried_as_a_password() -> None:
    for odd in ("", "\ud800", "\x00", "x" * 100_000):
        assert not passwords.matches(passwords.NOBODYS, odd)


def test_what_stands_for_an_unknown_agent_costs_as_much_as_a_real_password() -> None:
    assert not passwords.is_outdated(passwords.NOBODYS)
    assert passwords.is_outdated(passwords.NOBODYS.replace("m=65536", "m=8192"))


def test_a_generated_password_is_long_enough_and_never_the_same() -> None:
    made = {passwords.generated() for _ in range(50)}

    assert len(made) == 50
    for password in made:
        passwords.check(password, ANA.email, ANA.name)


async def test_an_agent_comes_back_as_stored_under_any_case_of_e_mail_and_name(database: Database) -> None:
    stored = replace(ANA, name="Éva Lopes", seen_at=None)
    async with database.transaction() as session:
        await agents.add(session, stored, "hash", NOW)

    async with database.transaction() as session:
        assert await agents.by_id(session, ANA.id) == stored
        assert await agents.by_email(session, "ANA@returndesk.example") == stored
        assert await agents.by_name(session, "éva lopes") == stored
        assert await agents.by_name(session, "Ben") is None
        assert await agents.everyone(session) == [stored]


async def test_two_agents_with_one_name_are_refused_by_the_database_itself(database: Database) -> None:
    async with database.transaction() as session:
        await agents.add(session, ANA, "hash", NOW)
        namesake = replace(ANA, id=UUID(int=2), email="other@returndesk.example", name="ANA LOPES")
        with pytest.raises(errors.Conflict):
            await agents.add(session, namesake, "hash", NOW)
        assert await agents.everyone(session) == [replace(ANA, seen_at=None)]  # the session still works


async def test_online_in_the_database_is_online_in_the_rule(database: Database) -> None:
    async with database.transaction() as session:
        for number, seconds in enumerate((0, 29, 30, 31)):
            who = replace(ANA, id=UUID(int=number), email=f"{number}@shop.example", name=f"Agent {number}")
            await agents.add(session, who, "hash", NOW)
            await agents.mark_seen(session, who.id, NOW - timedelta(seconds=seconds))
        await agents.change(session, UUID(int=1), available=False)

        expected = [who for who in await agents.everyone(session) if who.is_online(NOW)]
        assert await agents.online(session, NOW) == expected
        assert [who.name for who in expected] == ["Agent 0", "Agent 2"]


async def test_a_load_is_what_an_agent_has_now(database: Database) -> None:
    async with database.transaction() as session:
        for name, stage in (
            ("Ana", Stage.CLAIMED),
            ("Ana", Stage.CLAIMED),
            ("Ben", Stage.RELEASED),
            (None, Stage.QUEUED),
        ):
            session.add(
                TicketRow(
                    id=ids.new_id(),
                    conversation_id=ids.new_id(),
                    reason=Reason.ASKED_FOR,
                    detail="",
                    priority=3,
                    stage=stage,
                    requested_at=NOW,
                    agent_name=name,
                )
            )
        await session.flush()

        assert await agents.loads(session) == {"Ana": 2}

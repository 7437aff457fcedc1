"""Agents are added, sign in, are there or not, and go; wrong passwords win nothing, however fast they come."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import argon2
import psycopg
import pytest

from casework import agents
from casework.agents import NewAgent, SignedIn
from casework.desk import Desk
from gateways.carrier import HouseCarrier
from handoff import agents as stored_agents
from handoff import passwords
from handoff import rules as handoff_rules
from handoff.agent import FREE_TRIES_OF_ADDRESS, Agent, Role, TooManyTries, WrongPassword
from kit import errors, events, jobs
from kit.clock import FixedClock
from kit.db import Database
from kit.settings import Settings
from store import policy_file

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RIGHT = "correct horse battery"
ANA = NewAgent("ana@shop.example", "Ana Lopes", RIGHT, team="returns", languages=("en", "es"), skills=("legal",))


def quick_hasher(memory_kibibytes: int) -> argon2.PasswordHasher:
    """Return a hasher that is too weak for anything but tests."""
    return argon2.PasswordHasher(time_cost=1, memory_cost=memory_kibibytes, parallelism=1)


@dataclass
class Office:
    """A desk with one agent, Ana."""

    desk: Desk
    clock: FixedClock
    ana: Agent

    async def sign_in(
        self, password: str = RIGHT, email: str = ANA.email, address: str = "192.0.2.1", browser: str = "Firefox"
    ) -> SignedIn:
        """Try a password."""
        return await agents.sign_in(self.desk, email, password, address, browser)

    async def fail(self, times: int, email: str = ANA.email, address: str = "192.0.2.1") -> None:
        """Try wrong passwords."""
        for _ in range(times):
            with pytest.raises(WrongPassword):
                await self.sign_in("wrong password", email, address)

    async def who_is(self, signed_in: SignedIn) -> Agent | None:
        """Return who is signed in with a cookie."""
        async with self.desk.database.transaction() as session:
            return await agents.agent_of(session, self.desk, signed_in.token)

    async def do(self, use_case: Any, *arguments: Any) -> Any:
        """Run a use case in a transaction of its own."""
        async with self.desk.database.transaction() as session:
            return await use_case(session, self.desk, *arguments)

    async def rows(self, query: str) -> list[Any]:
        """Look into the database."""
        async with self.desk.database.transaction() as session:
            connection = await session.connection()
            return [tuple(row) for row in await connection.exec_driver_sql(query)]

    async def acts(self) -> list[str]:
        """Return what the audit trail says was done, and by whom."""
        return [f"{actor}: {act}" for actor, act in await self.rows("SELECT actor, act FROM audit ORDER BY id")]

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.clock.moment += timedelta(**time)


@pytest.fixture
async def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A desk with one agent, Ana, whose hashes are quickly made; tests/handoff looks at the real ones."""
    quick = quick_hasher(memory_kibibytes=64)
    monkeypatch.setattr(passwords, "_HASHER", quick)
    monkeypatch.setattr(passwords, "NOBODYS", quick.hash("nobody's"))
    settings = Settings()
    clock = FixedClock(NOW)
    desk = Desk(
        database=database,
        jobs=jobs.Jobs(jobs.create_app(database.url)),
        clock=clock,
        settings=settings,
        book=policy_file.read(settings.policy),
        carrier=HouseCarrier(),
        handoff=handoff_rules.read(settings.handoff),
    )
    async with database.transaction() as session:
        ana = await agents.add(session, desk, ANA, "test")
    return Office(desk, clock, ana)


@pytest.fixture
async def heard(office: Office) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A connection that hears what is announced."""
    async with await psycopg.AsyncConnection.connect(office.desk.database.url, autocommit=True) as connection:
        await connection.execute(f"LISTEN {events.CHANGED}")
        yield connection


async def announcements(heard: psycopg.AsyncConnection[Any]) -> int:
    """Return how often agents were announced since the last look."""
    return len([notice async for notice in heard.notifies(timeout=0.1)])


async def test_an_agent_is_added_with_everything_and_audited(office: Office) -> None:
    async with office.desk.database.transaction() as session:
        assert await agents.everyone(session) == [office.ana]
        assert await agents.with_email(session, " ANA@shop.example") == office.ana

    assert (office.ana.role, office.ana.team, office.ana.languages, office.ana.skills, office.ana.capacity) == (
        Role.AGENT,
        "returns",
        ("en", "es"),
        ("legal",),
        6,
    )
    assert await office.acts() == ["test: agent_added"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"email": "nobody"}, "no e-mail address"),
        ({"name": " "}, "needs a name"),
        ({"password": "short"}, "10 to 500 characters"),
        ({"password": "ben@shop.example"}, "own e-mail or name"),
        ({"team": "moon"}, "There is no team moon; the teams are returns, "),
        ({"languages": ("klingon!",)}, "no language tag"),
        ({"skills": ("two words",)}, "one word"),
        ({"capacity": 0}, "capacity is 1 to"),
    ],
)
async def test_what_cannot_be_used_is_refused_in_words(office: Office, changed: dict[str, Any], words: str) -> None:
    new = NewAgent(**({"email": "ben@shop.example", "name": "Ben", "password": RIGHT} | changed))

    with pytest.raises(errors.BadInput, match=words):
        await office.do(agents.add, new, "test")
    assert await office.acts() == ["test: agent_added"]


@pytest.mark.parametrize(
    ("email", "name", "words"),
    [("ANA@Shop.Example", "Ben", "e-mail ana@shop.example"), ("ben@shop.example", "ana  LOPES", "called Ana Lopes")],
)
async def test_an_e_mail_and_a_name_belong_to_one_agent_whatever_their_case(
    office: Office, email: str, name: str, words: str
) -> None:
    with pytest.raises(errors.Conflict, match=words):
        await office.do(agents.add, NewAgent(email, name, RIGHT), "test")


async def test_of_two_who_take_one_name_at_once_one_gets_it(office: Office) -> None:
    both = [NewAgent(f"{number}@shop.example", "Ben", RIGHT) for number in range(2)]
    results = await asyncio.gather(*(office.do(agents.add, new, "test") for new in both), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["Agent", "Conflict"]


async def test_the_right_password_begins_a_session(office: Office) -> None:
    signed_in = await office.sign_in(email=" Ana@Shop.Example")

    assert signed_in.agent == office.ana
    assert signed_in.expires_at == NOW + timedelta(hours=office.desk.settings.agent_session_hours)
    assert await office.who_is(signed_in) == office.ana
    assert await office.acts() == ["test: agent_added", "Ana Lopes: signed_in"]


async def test_of_the_cookie_and_the_password_only_hashes_are_kept(office: Office) -> None:
    signed_in = await office.sign_in()
    kept = str(await office.rows("SELECT * FROM agent_sessions") + await office.rows("SELECT * FROM agents"))

    assert len(signed_in.token) >= 43  # 32 bytes
    assert signed_in.token not in kept
    assert RIGHT not in kept


async def test_unknown_wrong_and_disabled_are_told_apart_by_no_word(office: Office) -> None:
    await office.do(agents.add, NewAgent("ben@shop.example", "Ben", RIGHT), "test")
    ben = (await office.rows("SELECT id FROM agents WHERE name = 'Ben'"))[0][0]
    await office.do(agents.disable, UUID(str(ben)), "test")
    words = []
    for number, (email, password) in enumerate(
        [(ANA.email, "wrong password"), ("eve@shop.example", RIGHT), ("ben@shop.example", RIGHT), ("", "")]
    ):
        with pytest.raises(WrongPassword) as refused:
            await office.sign_in(password, email, f"192.0.2.{number}")
        words.append(str(refused.value))

    assert len(set(words)) == 1


async def test_for_an_unknown_e_mail_a_password_is_looked_at_just_as_long(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def always(stored: str, password: str) -> bool:
        looked_at.append(stored)
        return True

    monkeypatch.setattr(passwords, "matches", always)
    with pytest.raises(WrongPassword):
        await office.sign_in(email="eve@shop.example")

    assert looked_at == [passwords.NOBODYS]


async def test_odd_characters_are_a_wrong_password_and_nothing_worse(office: Office) -> None:
    for number, odd in enumerate(("\x00", "\ud800", "x" * 20_000)):
        with pytest.raises(WrongPassword):
            await office.sign_in(odd, email=f"ana{odd}", address=f"{number}{odd}", browser=odd)


async def test_after_five_wrong_passwords_not_even_the_right_one_is_looked_at(office: Office) -> None:
    await office.fail(5)

    with pytest.raises(TooManyTries, match="Wait 30 seconds") as refused:
        await office.sign_in()
    assert refused.value.wait_seconds == 30
    office.later(seconds=29)
    with pytest.raises(TooManyTries, match="Wait 1 second,"):
        await office.sign_in()
    office.later(seconds=1)
    assert await office.sign_in()


async def test_what_is_refused_while_waiting_makes_the_wait_no_longer(office: Office) -> None:
    await office.fail(5)
    for _ in range(3):
        with pytest.raises(TooManyTries):
            await office.sign_in("wrong password")
    office.later(seconds=30)

    assert await office.sign_in()


async def test_an_unknown_e_mail_is_made_to_wait_as_a_known_one_is(office: Office) -> None:
    for number in range(5):
        await office.fail(1, "eve@shop.example", f"192.0.2.{number}")

    with pytest.raises(TooManyTries):
        await office.sign_in(email="Eve@shop.example", address="192.0.2.99")
    assert await office.sign_in(address="192.0.2.99")


async def test_one_address_that_tries_many_e_mails_has_to_wait(office: Office) -> None:
    for number in range(FREE_TRIES_OF_ADDRESS):
        await office.fail(1, f"{number}@shop.example", "192.0.2.66")

    with pytest.raises(TooManyTries):
        await office.sign_in(address="192.0.2.66")
    assert await office.sign_in(address="192.0.2.1")


async def test_five_typing_errors_in_an_office_behind_one_address_lock_nobody_else_out(office: Office) -> None:
    for number in range(8):
        await office.fail(1, f"{number}@shop.example", "192.0.2.66")

    assert await office.sign_in(address="192.0.2.66")


async def test_signing_in_clears_the_e_mails_wrong_tries_but_not_the_addresss(office: Office) -> None:
    await office.fail(4)
    await office.sign_in()

    await office.fail(4, address="192.0.2.2")  # Ana's fifth to eighth, were they not forgotten
    for number in range(FREE_TRIES_OF_ADDRESS - 4):  # with Ana's four, as many as the first address has
        await office.fail(1, f"{number}@shop.example")
    with pytest.raises(TooManyTries):
        await office.sign_in(email="eve@shop.example")


async def test_of_many_tries_at_once_five_are_looked_at(office: Office) -> None:
    tries = (office.sign_in("wrong password", address=f"192.0.2.{number}") for number in range(12))
    results = [type(result) for result in await asyncio.gather(*tries, return_exceptions=True)]

    assert (results.count(WrongPassword), results.count(TooManyTries)) == (5, 7)


async def test_a_password_that_is_changed_while_it_is_looked_at_opens_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, changed = threading.Event(), threading.Event()

    def slowly(stored: str, password: str) -> bool:
        looking.set()
        return changed.wait(10)

    monkeypatch.setattr(passwords, "matches", slowly)
    signing_in = asyncio.create_task(office.sign_in())
    await asyncio.to_thread(looking.wait, 10)
    await office.do(agents.change_password, office.ana.id, "another good one", "test")
    changed.set()

    with pytest.raises(WrongPassword):
        await signing_in
    assert await office.rows("SELECT * FROM agent_sessions") == []


async def test_a_hash_of_older_days_is_renewed_by_signing_in(office: Office) -> None:
    weak = quick_hasher(memory_kibibytes=32).hash(RIGHT)
    async with office.desk.database.transaction() as session:
        await stored_agents.change(session, office.ana.id, password_hash=weak)
    await office.sign_in()
    ((renewed,),) = await office.rows("SELECT password_hash FROM agents")

    assert not passwords.is_outdated(renewed)
    assert await office.sign_in()


async def test_a_session_ends_after_its_hours_and_is_then_swept(office: Office) -> None:
    signed_in = await office.sign_in()
    await office.fail(1, "eve@shop.example")
    office.later(hours=office.desk.settings.agent_session_hours, seconds=-1)
    assert await office.who_is(signed_in) == office.ana
    office.later(seconds=1)
    assert await office.who_is(signed_in) is None

    office.later(days=1)
    await office.sign_in()
    assert await office.rows("SELECT count(*) FROM agent_sessions") == [(1,)]
    assert await office.rows("SELECT count(*) FROM sign_in_attempts") == [(0,)]


async def test_a_forged_cookie_is_nobodys(office: Office) -> None:
    signed_in = await office.sign_in()
    for token in ("", signed_in.token[:-1], signed_in.token + "A", "\ud800"):
        assert await office.do(agents.agent_of, token) is None


async def test_signing_out_ends_one_session_and_can_be_repeated(office: Office) -> None:
    here, elsewhere = await office.sign_in(), await office.sign_in()
    await office.do(agents.sign_out, here.token)
    await office.do(agents.sign_out, here.token)

    assert await office.who_is(here) is None
    assert await office.who_is(elsewhere) == office.ana
    assert (await office.acts()).count("Ana Lopes: signed_out") == 1


async def test_who_is_disabled_is_out_at_once_and_can_come_back(office: Office) -> None:
    signed_in = await office.sign_in()
    await office.do(agents.disable, office.ana.id, "test")
    await office.do(agents.disable, office.ana.id, "test")

    assert await office.who_is(signed_in) is None
    await office.fail(1)
    with pytest.raises(WrongPassword):
        await office.sign_in()
    await office.do(agents.here, office.ana.id)
    assert (await office.rows("SELECT seen_at FROM agents")) == [(None,)]

    await office.do(agents.enable, office.ana.id, "test")
    assert (await office.sign_in()).agent == office.ana
    assert [act for act in await office.acts() if "abled" in act] == ["test: agent_disabled", "test: agent_enabled"]


async def test_another_password_ends_all_sessions_and_the_old_one_is_wrong(office: Office) -> None:
    signed_in = await office.sign_in()
    await office.do(agents.change_password, office.ana.id, "another good one", "test")

    assert await office.who_is(signed_in) is None
    assert await agents.has_password(office.desk, ANA.email, "another good one")
    assert not await agents.has_password(office.desk, ANA.email, RIGHT)
    await office.fail(1)
    assert await office.sign_in("another good one")
    assert "test: password_changed" in await office.acts()


async def test_another_password_has_to_be_a_good_one_too(office: Office) -> None:
    for bad in ("short", "Ana Lopes ", "x" * 501):
        with pytest.raises(errors.BadInput, match="password"):
            await office.do(agents.change_password, office.ana.id, bad, "test")

    assert await agents.has_password(office.desk, ANA.email, RIGHT)


async def test_everybody_hears_of_who_comes_back_but_not_of_every_heartbeat(
    office: Office, heard: psycopg.AsyncConnection[Any]
) -> None:
    await office.do(agents.here, office.ana.id)
    assert await announcements(heard) == 1
    for _ in range(3):
        office.later(seconds=10)
        await office.do(agents.here, office.ana.id)
    assert await announcements(heard) == 0
    office.later(seconds=31)
    await office.do(agents.here, office.ana.id)
    assert await announcements(heard) == 1


async def test_who_steps_away_is_not_online_and_who_comes_back_is(
    office: Office, heard: psycopg.AsyncConnection[Any]
) -> None:
    await office.do(agents.here, office.ana.id)
    assert await announcements(heard) == 1
    online = []
    for available in (False, False, True):
        await office.do(agents.set_available, office.ana.id, available)
        async with office.desk.database.transaction() as session:
            online.append([agent.name for agent in await stored_agents.online(session, NOW)])

    assert online == [[], [], ["Ana Lopes"]]
    assert await announcements(heard) == 2
    assert (await office.acts())[1:] == ["Ana Lopes: stepped_away", "Ana Lopes: came_back"]


async def test_preferences_are_kept_one_by_one(office: Office) -> None:
    await office.do(agents.set_preferences, office.ana.id, {"theme": "dark", "sound": True})
    await office.do(agents.set_preferences, office.ana.id, {"theme": "light", "sound": None})
    async with office.desk.database.transaction() as session:
        (ana,) = await agents.everyone(session)

    assert ana.preferences == {"theme": "light"}


async def test_nobody_is_nobody(office: Office) -> None:
    for use_case, arguments in (
        (agents.set_available, (True,)),
        (agents.set_preferences, ({},)),
        (agents.change_password, ("another good one", "test")),
        (agents.enable, ("test",)),
    ):
        with pytest.raises(errors.NotFound):
            await office.do(use_case, UUID(int=0), *arguments)
    await office.do(agents.here, UUID(int=0))
    with pytest.raises(errors.NotFound, match=r"eve@shop\.example"):
        async with office.desk.database.transaction() as session:
            await agents.with_email(session, "eve@shop.example")

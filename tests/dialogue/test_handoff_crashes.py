"""Whatever is killed while a person helps: nothing is lost, nothing happens twice, and nobody waits for ever."""

import asyncio
import email
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from email.policy import default
from pathlib import Path
from uuid import UUID

import jwt
import psutil
import psycopg
import pytest

from casework import handovers, replies
from casework.desk import Desk
from handoff.service import Reply
from handoff.ticket import Outcome
from kit.settings import Settings
from returndesk import app, database, embedded
from tests.customer import Customer
from tests.running import RunningHouse

pytestmark = [pytest.mark.bot, pytest.mark.timeout(180)]

ANA, ANA_EMAIL = "Ana Lopes", "ana@returndesk.example"
SOON = 45.0
"""Seconds within which everything is well again, on a busy machine too."""

type Work[T] = Callable[[Desk], Awaitable[T]]


@pytest.fixture
def ana_is_there(house: RunningHouse) -> Iterator[RunningHouse]:
    """The house with Ana at her desk and nobody in the queue; well again at the end."""
    house.rows("UPDATE handoffs SET stage = 'released', next_step_at = NULL WHERE stage <> 'failed' RETURNING id")
    house.rows("UPDATE conversations SET owner = 'bot', agent_name = NULL WHERE owner <> 'bot' RETURNING id")
    house.rows("UPDATE agents SET seen_at = NULL RETURNING id")
    house.agents_are_there(ANA_EMAIL)
    yield house
    house.wait_until_well()


def act[T](house: RunningHouse, work: Work[T]) -> T:
    """Do something as the console does it, in another process than those that are killed."""

    async def in_house() -> T:
        with embedded.running(house.data_dir) as url:
            wanted = {name.removeprefix("RETURNDESK_").lower(): value for name, value in house.environment.items()}
            known = {name: wanted[name] for name in ("data_dir", "policy", "handoff", "port", "mail_catcher_port")}
            settings = database.with_secrets(Settings(_env_file=None, DATABASE_URL=url, **known))  # type: ignore[arg-type]
            async with app.open_house(settings) as opened:
                return await work(opened.desk)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(in_house())).result()


def wait_for_person(house: RunningHouse, customer: Customer) -> UUID:
    """Have a customer ask for a person; returns the conversation."""
    customer.say("I want to talk to a human please")
    return until(lambda: _newest_waiting(house), "the customer waits")


def _newest_waiting(house: RunningHouse) -> UUID | None:
    query = "SELECT conversation_id FROM handoffs WHERE stage = 'queued' ORDER BY requested_at DESC LIMIT 1"
    found = house.rows(query)
    return UUID(str(found[0][0])) if found else None


def claimed(house: RunningHouse, customer: Customer) -> UUID:
    """Have Ana claim a waiting customer."""
    conversation_id = wait_for_person(house, customer)
    act(house, lambda desk: _claim(desk, conversation_id))
    return conversation_id


async def _claim(desk: Desk, conversation_id: UUID) -> None:
    async with desk.database.transaction() as session:
        await handovers.claim(session, desk, conversation_id, ANA)


def hold(house: RunningHouse, conversation_id: UUID, text: str) -> None:
    """Have Ana write a reply, which can be undone for five seconds."""

    async def work(desk: Desk) -> None:
        async with desk.database.transaction() as session:
            await replies.hold(session, desk, Reply(conversation_id, ANA, text))

    act(house, work)


def finish(house: RunningHouse, conversation_id: UUID, outcome: Outcome) -> None:
    """Have Ana hand a conversation back."""
    act(house, lambda desk: handovers.finish(desk, conversation_id, ANA, (outcome, "")))


def until[T](look: Callable[[], T | None], what: str, seconds: float = SOON) -> T:
    """Return what is found as soon as there is something; a database that is away for a moment is asked again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            if found := look():
                return found
        time.sleep(0.1)
    raise AssertionError(f"it never came to this: {what}")


def said(customer: Customer, words: str) -> int:
    """Count the messages of a transcript that contain these words."""
    return sum(words in message["text"] for message in customer.transcript())


def hears(customer: Customer, words: str) -> None:
    """Wait until a customer reads these words; the web process may be away for a moment."""

    def heard() -> bool:
        with suppress(Exception):
            return said(customer, words) > 0
        return False

    until(heard, f"the customer reads {words!r}")


def kill(house: RunningHouse, victim: str) -> None:
    """Kill one process of the house without warning: one of its parts, its database, or what keeps the database."""
    if victim == "database":
        number = (house.data_dir / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0]
        os.kill(int(number), signal.SIGKILL)
    elif victim == "keeper":
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "returndesk.postgres_keeper" in words and str(house.data_dir / "postgres" / "keeper.lock") in words:
                process.kill()
    else:
        house.kill(victim)


@contextmanager
def row_held(house: RunningHouse, query: str, *values: object) -> Iterator[None]:
    """Hold rows, so that whatever wants to change them stops in the middle."""
    with embedded.running(house.data_dir) as url, psycopg.connect(url) as connection:
        connection.execute(f"{query} FOR UPDATE".encode(), values)
        yield
        with suppress(psycopg.OperationalError):  # the database may have been killed meanwhile
            connection.rollback()


def until_somebody_waits(house: RunningHouse) -> None:
    """Return as soon as a transaction waits for a lock."""
    query = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'returndesk'"
    until(lambda: house.rows(query), "somebody waits for a row")


def in_background(work: Callable[[], None]) -> "Future[None]":
    """Begin something that will be cut short."""
    pool = ThreadPoolExecutor(1)
    started = pool.submit(work)
    pool.shutdown(wait=False)
    return started


@pytest.mark.parametrize("victim", ["worker", "console", "web", "database", "keeper"])
def test_a_held_reply_leaves_once_whatever_is_killed_in_its_five_seconds(
    ana_is_there: RunningHouse, victim: str
) -> None:
    customer = Customer(ana_is_there.url)
    conversation_id = claimed(ana_is_there, customer)
    hold(ana_is_there, conversation_id, "Your refund has left us on Monday.")
    kill(ana_is_there, victim)

    hears(customer, "Your refund has left us")
    ana_is_there.wait_until_well()
    time.sleep(6)  # the sweep for lost replies has looked too
    assert said(customer, "Your refund has left us") == 1
    assert ana_is_there.rows("SELECT state FROM held_replies WHERE conversation_id = %s", conversation_id) == [
        ("sent",)
    ]


@pytest.mark.parametrize("victim", ["worker", "database"])
def test_a_reply_that_is_just_leaving_leaves_once(ana_is_there: RunningHouse, victim: str) -> None:
    customer = Customer(ana_is_there.url)
    conversation_id = claimed(ana_is_there, customer)
    with row_held(ana_is_there, "SELECT 1 FROM conversations WHERE id = %s", conversation_id):
        hold_in_background(ana_is_there, conversation_id)
        until_somebody_waits(ana_is_there)
        kill(ana_is_there, victim)

    hears(customer, "It is on its way.")
    ana_is_there.wait_until_well()
    time.sleep(6)
    assert said(customer, "It is on its way.") == 1


def hold_in_background(house: RunningHouse, conversation_id: UUID) -> None:
    """Store a reply that is due now, without touching the row of its conversation."""
    house.rows(
        """INSERT INTO held_replies (id, conversation_id, agent_name, text, seen_up_to, state, due_at, created_at,
             attachments)
           VALUES (gen_random_uuid(), %s, %s, 'It is on its way.', 1000, 'held', now() - interval '10 s', now(), '[]')
           RETURNING id""",
        conversation_id,
        ANA,
    )


@pytest.mark.parametrize("victim", ["worker", "database", "keeper"])
def test_a_claim_that_was_cut_short_is_made_or_not_and_can_be_made_again(
    ana_is_there: RunningHouse, victim: str
) -> None:
    customer = Customer(ana_is_there.url)
    conversation_id = wait_for_person(ana_is_there, customer)
    with row_held(ana_is_there, "SELECT 1 FROM conversations WHERE id = %s", conversation_id):
        claiming = in_background(lambda: act(ana_is_there, lambda desk: _claim(desk, conversation_id)))
        until_somebody_waits(ana_is_there)
        kill(ana_is_there, victim)
    with suppress(Exception):
        claiming.result(SOON)

    until(lambda: ana_is_there.rows("SELECT 1"), "the database is back")
    if _newest_waiting(ana_is_there) == conversation_id:
        act(ana_is_there, lambda desk: _claim(desk, conversation_id))
    hears(customer, "Ana Lopes has joined")
    ana_is_there.wait_until_well()
    assert said(customer, "Ana Lopes has joined") == 1
    found = ana_is_there.rows("SELECT owner, agent_name FROM conversations WHERE id = %s", conversation_id)
    assert found == [("agent", ANA)]


@pytest.mark.parametrize("victim", ["database", "worker"])
def test_a_hand_back_with_an_approval_happens_whole_or_not_at_all(ana_is_there: RunningHouse, victim: str) -> None:
    house, customer = ana_is_there, Customer(ana_is_there.url)
    conversation_id, rma = with_a_return_that_waits(house, customer)
    with row_held(house, "SELECT 1 FROM returns WHERE rma = %s", rma):
        finishing = in_background(lambda: finish(house, conversation_id, Outcome.APPROVED))
        until_somebody_waits(house)
        kill(house, victim)
    with suppress(Exception):
        finishing.result(SOON)

    until(lambda: house.rows("SELECT 1"), "the database is back")
    owner = house.rows("SELECT owner FROM conversations WHERE id = %s", conversation_id)[0][0]
    approval = house.rows("SELECT approval FROM returns WHERE rma = %s", rma)[0][0]
    assert (owner, approval) in [("agent", "requested"), ("bot", "approved")]
    if owner == "agent":
        finish(house, conversation_id, Outcome.APPROVED)
    hears(customer, f"Return {rma} is approved")
    house.wait_until_well()
    assert said(customer, f"Return {rma} is approved") == 1
    assert house.rows("SELECT count(*) FROM audit WHERE detail->>'rma' = %s AND act = 'return_approved'", rma) == [(1,)]
    assert house.rows("SELECT count(*) FROM surveys WHERE conversation_id = %s", conversation_id) == [(1,)]
    until(lambda: mails_about(house, f"{rma} is approved"), "an e-mail confirms it")
    assert len(mails_about(house, f"{rma} is approved")) == 1


def with_a_return_that_waits(house: RunningHouse, customer: Customer) -> tuple[UUID, str]:
    """Lead a customer to a return above the limit, and have Ana claim it."""
    purchase = house.dear()
    customer.say(f"I want to return everything from order {purchase.number}, zip {purchase.zip}")
    for _ in range(8):
        slot = customer.asked_for
        if slot == "items":
            customer.say("all of them")
        elif slot in {"reason", "resolution", "return_method", "confirm", "refund_to"}:
            answers = {"reason": "No longer needed", "resolution": "Refund", "return_method": "Drop-off"}
            customer.press({**answers, "confirm": "Yes", "refund_to": ""}[str(slot)])
        else:
            break
    query = """SELECT rma, conversation_id FROM returns JOIN orders ON orders.id = order_id
               WHERE number = %s AND approval = 'requested'"""
    rma, conversation_id = until(lambda: house.rows(query, purchase.number), "the return waits for a person")[0]
    until(lambda: _newest_waiting(house) == conversation_id, "the customer waits")
    act(house, lambda desk: _claim(desk, UUID(str(conversation_id))))
    return UUID(str(conversation_id)), str(rma)


def mails_about(house: RunningHouse, words: str) -> list[str]:
    """Return the Message-IDs of the caught e-mails whose subject contains these words."""
    found = [_headers(path) for path in sorted((house.data_dir / "mail").glob("*.eml"))]
    return [number for subject, number in found if words in subject]


def _headers(path: Path) -> tuple[str, str]:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    return str(message["Subject"]), str(message["Message-ID"])


@pytest.mark.parametrize("victim", ["worker", "mail", "database"])
def test_an_email_that_was_just_being_sent_arrives_under_one_message_id(
    ana_is_there: RunningHouse, victim: str
) -> None:
    house, customer = ana_is_there, Customer(ana_is_there.url)
    conversation_id = claimed(house, customer)
    address = f"{victim}-{conversation_id}@example.com"
    house.rows(
        "UPDATE conversations SET contact = jsonb_build_object('email', %s::text) WHERE id = %s RETURNING id",
        address,
        conversation_id,
    )
    catcher = house.pid_of("mail")
    os.kill(catcher, signal.SIGSTOP)  # the mail server takes the call and says nothing
    try:
        hold(house, conversation_id, "The answer that goes by e-mail.")
        sending = "SELECT 1 FROM procrastinate_jobs WHERE task_name = 'mail' AND status = 'doing'"
        until(lambda: house.rows(sending), "an e-mail is being sent")
        kill(house, victim)
    finally:
        with suppress(ProcessLookupError):
            os.kill(catcher, signal.SIGCONT)

    query = "SELECT state FROM mails WHERE address = %s"
    until(lambda: house.rows(query, address) == [("sent",)], "the e-mail is sent", seconds=90)
    arrived = [path for path in (house.data_dir / "mail").glob("*.eml") if address.encode() in path.read_bytes()]
    assert arrived
    assert len({_headers(path) for path in arrived}) == 1


def test_the_ladder_of_waiting_goes_on_after_the_worker_was_killed_at_each_of_its_steps(
    ana_is_there: RunningHouse,
) -> None:
    house, customer = ana_is_there, Customer(ana_is_there.url)
    conversation_id = wait_for_person(house, customer)
    query = "SELECT 1 FROM alerts WHERE conversation_id = %s AND kind = %s"
    for step in ("unclaimed", "escalated", "timed_out"):
        house.kill("worker")
        until(lambda step=step: house.rows(query, conversation_id, step), f"the step {step}")  # type: ignore[misc]

    hears(customer, "e-mail address or phone number")
    kinds = house.rows("SELECT kind FROM alerts WHERE conversation_id = %s ORDER BY id", conversation_id)
    assert [kind for (kind,) in kinds] == ["queued", "unclaimed", "escalated", "timed_out"]
    assert said(customer, "e-mail address or phone number") == 1


def test_a_turn_in_the_middle_of_which_the_database_died_is_answered_once(house: RunningHouse) -> None:
    customer = Customer(house.url)
    number = house.returnable().number
    with row_held(house, "SELECT 1 FROM conversations WHERE address = %s", session_of(customer)):
        customer_says = in_background(lambda: _post_until_taken(customer, f"how long do I have to return {number}?"))
        until_somebody_waits(house)
        kill(house, "database")
    customer_says.result(SOON)
    hears(customer, "30 days")
    house.wait_until_well()
    assert said(customer, "30 days") == 1


def session_of(customer: Customer) -> str:
    """Return the address of a customer's conversation."""
    return str(jwt.decode(customer.token, options={"verify_signature": False})["sub"])


def _post_until_taken(customer: Customer, text: str) -> None:
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        with suppress(Exception):
            if customer.post({"text": text, "client_message_id": "in-the-middle"}).is_success:
                return
        time.sleep(0.3)
    raise AssertionError("the message was never taken")

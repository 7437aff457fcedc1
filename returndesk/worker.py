"""The worker process: answers messages, runs the brain's custom actions, and finds what was left behind."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import procrastinate
import psycopg
import uvicorn
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from sqlalchemy.exc import OperationalError

import encoder
from actions import endpoint
from actions.library import Library, open_library
from actions.likeness import Likeness
from bot import dialogue
from bot.turn import Hear, Heard, Turns
from casework import mails, notices, promises, replies, sweeps, transfers, webhooks
from casework.desk import Desk
from conversations import inbox, repository
from encoder import clauses
from handoff import mood
from kit import log
from kit.settings import Settings
from returndesk import app as wiring
from returndesk.web import server_config

CONCURRENCY = 8
"""Conversations that one worker serves at once; the time of a turn is mostly the brain's."""
ELSEWHERE_AT_ONCE = 4
"""Jobs at once that talk to others: mail servers, a payment provider, the shop's own systems."""
QUEUES = (inbox.TURN_TASK, replies.REPLY_TASK, mails.UNSEEN_TASK, "default")
"""All but the e-mails themselves; "default" had the jobs of earlier versions."""
POLLING_SECONDS = 0.1
"""A new job is announced; one that has waited for its conversation's lock is found by looking."""
ELSEWHERE_POLLING_SECONDS = 1.0
HEARTBEAT_SECONDS = 1.0
STALLED_SECONDS = 4.0
"""A worker that was silent for so long is dead, and its jobs go to another."""
SWEEP_SECONDS = 1.0
SLOW_SWEEP_SECONDS = 60.0
STOP_SECONDS = 3.0
FORGOTTEN_AFTER = timedelta(seconds=60)
"""A message that is unanswered for so long has its turn deferred again; a turn may be deferred any number of times."""

SWEEPS = (
    sweeps.advance_waiting,
    sweeps.bring_back,
    sweeps.assign,
    sweeps.give_back_from_the_gone,
    sweeps.let_replies_leave,
    notices.tell_untold,
    transfers.send_due,
    transfers.tell_failed,
    webhooks.publish,
)
"""What is looked for each second."""
SLOW_SWEEPS = (notices.tell_deadlines, promises.watch, sweeps.expire_labels, webhooks.forget_old)
"""What is looked for each minute: it is about days."""

logger = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Run the worker process until it is told to stop."""
    log.configure(settings.log_level)
    model = encoder.Encoder()
    async with wiring.open_house(settings) as house:
        clock = house.desk.clock
        library = open_library(settings.faq, house.desk.book, model, clock.now(), settings.data_dir / "faq-vectors")
        brain = dialogue.Brain(settings.brain_url, settings.turn_timeout_seconds)
        reader = mood.open_reader(model.encode, settings.data_dir / "mood-vectors")
        turns = Turns(house.desk, brain, _hear_with(model, reader, library, house.desk))
        add_tasks(house.jobs_app, house.desk, turns)
        actions = endpoint.application(
            endpoint.Actions(house.desk, library, Likeness(model.encode)), settings.actions_token.get_secret_value()
        )
        server = uvicorn.Server(server_config(actions, "127.0.0.1", settings.actions_port, settings.log_level))
        try:
            await _run_all(house, server)
        finally:
            await brain.close()


async def _run_all(house: wiring.House, server: uvicorn.Server) -> None:
    """Run the parts side by side; when one ends, all end."""
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(server.serve(), name="actions"),
        asyncio.create_task(work(house.jobs_app), name="jobs"),
        asyncio.create_task(every(SWEEP_SECONDS, lambda: rescue_jobs(house.jobs_app)), name="rescue"),
        *(asyncio.create_task(every(SWEEP_SECONDS, partial(sweep, house.desk))) for sweep in SWEEPS),
        *(asyncio.create_task(every(SLOW_SWEEP_SECONDS, partial(sweep, house.desk))) for sweep in SLOW_SWEEPS),
        asyncio.create_task(every(FORGOTTEN_AFTER.seconds / 2, lambda: find_forgotten(house)), name="forgotten"),
        asyncio.create_task(stop.wait(), name="stop"),
    ]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True  # cut short, it would leave the trace of an error at each stop
    await asyncio.wait(tasks[:1], timeout=STOP_SECONDS)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


async def work(jobs_app: procrastinate.App) -> None:
    """Run jobs for ever. Another's server that hangs takes only its own places, never those of conversations."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_run_jobs(jobs_app, "desk", CONCURRENCY, QUEUES, POLLING_SECONDS))
        for task in (mails.MAIL_TASK, transfers.TRANSFER_TASK, webhooks.DELIVERY_TASK):
            group.create_task(_run_jobs(jobs_app, task, ELSEWHERE_AT_ONCE, (task,), ELSEWHERE_POLLING_SECONDS))


async def _run_jobs(
    jobs_app: procrastinate.App, name: str, concurrency: int, queues: Sequence[str], polling_seconds: float
) -> None:
    await jobs_app.run_worker_async(
        name=name,
        queues=list(queues),
        concurrency=concurrency,
        fetch_job_polling_interval=polling_seconds,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=STALLED_SECONDS,
        shutdown_graceful_timeout=3,
        install_signal_handlers=False,
        delete_jobs="successful",
    )


class _LastRetry(procrastinate.RetryStrategy):
    """Tries again behind all that was not tried yet."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        decision = super().get_retry_decision(exception=exception, job=job)
        if decision is not None:
            decision.priority = webhooks.LAST
        return decision


def add_tasks(jobs_app: procrastinate.App, desk: Desk, turns: Turns) -> None:
    """Register the jobs that this worker runs."""
    retry = procrastinate.RetryStrategy(max_attempts=3, wait=1)
    retry_transfer = procrastinate.RetryStrategy(
        max_attempts=transfers.MOST_TRIES, exponential_wait=transfers.WAIT_BASE
    )
    retry_webhook = _LastRetry(max_attempts=webhooks.MOST_TRIES, exponential_wait=webhooks.EXPONENTIAL_WAIT)
    retry_mail = procrastinate.RetryStrategy(max_attempts=mails.MOST_TRIES, exponential_wait=4)

    @jobs_app.task(name=inbox.TURN_TASK, retry=retry)
    async def turn(message_id: str) -> None:
        await turns.take(UUID(message_id))

    @jobs_app.task(name=replies.REPLY_TASK, retry=retry)
    async def reply(held_id: str) -> None:
        async with desk.database.transaction() as session:
            await replies.leave_when_due(session, desk, UUID(held_id))

    @jobs_app.task(name=mails.UNSEEN_TASK, retry=retry_mail)  # nothing else would look again
    async def mail_unseen(conversation_id: str) -> None:
        await mails.send_unseen(desk, UUID(conversation_id))

    @jobs_app.task(name=mails.MAIL_TASK, retry=retry_mail)
    async def mail(mail_id: str) -> None:
        await mails.deliver(desk, UUID(mail_id))

    @jobs_app.task(name=transfers.TRANSFER_TASK, retry=retry_transfer)
    async def transfer(transfer_id: str) -> None:
        await transfers.send(desk, UUID(transfer_id))

    @jobs_app.task(name=webhooks.DELIVERY_TASK, retry=retry_webhook)
    async def webhook(delivery_id: str, patient: bool = False) -> None:
        await webhooks.deliver(desk, UUID(delivery_id), patient=patient)


async def rescue_jobs(jobs_app: procrastinate.App) -> None:
    """Give the jobs of dead workers back; they keep their place in their conversation."""
    for job in await jobs_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        logger.warning("job %s of a dead worker runs again", job.id)
        await jobs_app.job_manager.retry_job(job)


async def find_forgotten(house: wiring.House) -> None:
    """Defer the turn again of every message that is unanswered for too long."""
    before = house.desk.clock.now() - FORGOTTEN_AFTER
    async with house.desk.database.transaction() as session:
        for message in await repository.forgotten(session, before):
            logger.warning("message %s was left unanswered and is taken up again", message.id)
            await house.desk.jobs.defer(
                session, inbox.TURN_TASK, lock=str(message.conversation_id), message_id=str(message.id)
            )


async def every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do something again and again, for ever. Whatever fails is tried again: the others must go on meanwhile."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except (OperationalError, psycopg.OperationalError, ConnectorException, OSError) as error:
            logger.warning("a sweep has no database and is tried again: %s", str(error).partition("\n")[0])
        except Exception:
            logger.exception("a sweep failed and is tried again")


def _hear_with(model: encoder.Encoder, reader: mood.MoodReader, library: Library, desk: Desk) -> Hear:
    """Encode a message once (and, where it may hold several wants, its clauses) and read its mood, off the event loop;
    answers that an agent could use are looked for when one has the conversation.
    """

    def hear(text: str) -> Heard:
        vector = model.encode(text)
        parts = [(text, vector), *((part, model.encode(part)) for part in clauses.split(text))]
        packed = [{"text": part, "vector": encoder.pack(found)} for part, found in parts]
        mood_of_it = reader.read(text, vector, dict(parts[1:]))
        return Heard(packed, mood_of_it, partial(suggested, text, packed[0]["vector"]))

    def suggested(text: str, packed: str) -> list[dict[str, str]]:
        now = desk.clock.now()
        match = library.find(text, packed)
        entries = [match.entry] if match.entry else list(match.candidates[:3])
        return [{"question": one.questions[0], "answer": library.answer(one, now, None)} for one in entries]

    async def off_the_loop(text: str) -> Heard:
        return await asyncio.to_thread(hear, text)

    return off_the_loop

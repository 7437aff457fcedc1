"""What the commands of the command line do."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from casework import handovers, links
from casework.desk import Desk
from conversations import repository as conversations
from conversations.conversation import Conversation, Owner
from handoff.service import Reply
from handoff.ticket import Outcome
from kit import errors
from kit.settings import Settings
from returndesk import app as wiring
from returndesk.agents import DemoAgent, ensure_demo
from store import retail
from store import seed as seeding

Report = Callable[[str, int, int], None]


@contextmanager
def progress_bar(console: Console) -> Iterator[Report]:
    """Show a bar per thing that is counted."""
    with Progress(console=console, transient=True) as bars:
        known: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in known:
                known[what] = bars.add_task(what, total=total)
            bars.update(known[what], completed=done, total=total)

        yield report


async def seed(settings: Settings, console: Console) -> dict[str, int]:
    """Make the demo shop; returns what was made, nothing when it is there already."""
    async with wiring.open_house(settings) as house:
        with progress_bar(console) as report:
            async with house.desk.database.transaction() as session:
                return await seeding.demo_shop(session, house.desk.book, house.desk.clock.now(), report)


async def demo_agents(settings: Settings) -> tuple[DemoAgent, ...]:
    """Make the demo's agents on the first run; returns those whose generated passwords still work."""
    async with wiring.open_house(settings) as house:
        found = await ensure_demo(house.desk, settings.data_dir)
        return found.agents if found else ()


async def import_retail(settings: Settings, path: Path, console: Console) -> dict[str, int]:
    """Import a file of the retail shape, whole or not at all.

    Raises:
        BadInput: the file is broken; the message names the place and the reason.
    """
    data = await asyncio.to_thread(retail.read, path)
    async with wiring.open_house(settings) as house:
        with progress_bar(console) as report:
            async with house.desk.database.transaction() as session:
                return await retail.load(session, data, report)


def listed(counts: dict[str, int]) -> str:
    """Write counts as a sentence part: `50 products, 500 customers`."""
    return ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in counts.items())


async def queue(settings: Settings, console: Console) -> None:
    """Show who waits for a person, and who is with one."""
    async with wiring.open_house(settings) as house, house.desk.database.transaction() as session:
        waiting = (await handovers.queue(session, house.desk)).lines
        taken = await handovers.held_by(session, house.desk, None)
        now = house.desk.clock.now()
    if not waiting and not taken:
        console.print("Nobody is waiting.")
        return
    table = Table("place", "conversation", "channel", "reason", "waiting", "last words")
    for line in waiting:
        minutes = f"{(now - line.waiting_since).total_seconds() / 60:.0f} min"
        ticket = line.ticket
        words = line.last_words[:60].replace("[", r"\[")
        table.add_row(str(line.place), str(ticket.conversation_id)[:8], line.channel, ticket.reason, minutes, words)
    for held in taken:
        ticket, words = held.ticket, held.last_words[:60].replace("[", r"\[")
        identifier = str(ticket.conversation_id)[:8]
        table.add_row("-", identifier, held.channel, ticket.reason, f"with {ticket.agent_name}", words)
    console.print(table)


@dataclass(frozen=True)
class Answer:
    """What an agent does on the command line."""

    conversation: str
    text: str
    agent: str
    hand_back: str


async def answer(settings: Settings, request: Answer, console: Console) -> None:
    """Take a conversation if it waits, say something, and hand it back if asked to.

    Raises:
        BadInput: the outcome is none of the known ones.
        NotFound: no conversation waits or is with a person under this id.
        NotTheOwner: another agent has it.
    """
    outcome = _outcome(request.hand_back)
    async with wiring.open_house(settings) as house:
        async with house.desk.database.transaction() as session:
            found = _one(await conversations.owned_by(session, Owner.QUEUE, Owner.AGENT), request.conversation)
            for message in await conversations.transcript(session, found.id):
                console.print(f"{message.agent_name or message.author}: {message.text}", markup=False)
                for file in message.content.get("attachments") or []:
                    console.print(f"  {file['name']}: {_address(house.desk, file)}", markup=False)
        if not request.text and outcome is None:
            return
        async with house.desk.database.transaction() as session:
            if found.owner is Owner.QUEUE:
                await handovers.claim(session, house.desk, found.id, request.agent)
            if request.text:
                await handovers.answer(session, house.desk, Reply(found.id, request.agent, request.text))
        if outcome is not None:
            await handovers.finish(house.desk, found.id, request.agent, (outcome, ""))
    console.print("Handed back to the bot." if outcome else f"Sent as {request.agent}.")


def _address(desk: Desk, file: dict[str, str]) -> str:
    """Return where an attachment can be opened: a customer's by its id, one of ours by its own link."""
    return links.to_attachment(desk, UUID(file["id"])) if "id" in file else file["url"]


def _outcome(name: str) -> Outcome | None:
    if name and name not in set(Outcome):
        raise errors.BadInput(f"There is no outcome {name}; the outcomes are {', '.join(Outcome)}.")
    return Outcome(name) if name else None


def _one(found: list[Conversation], beginning: str) -> Conversation:
    fitting = [conversation for conversation in found if str(conversation.id).startswith(beginning.lower())]
    if len(fitting) != 1:
        problem = "Several conversations begin" if fitting else "No waiting conversation begins"
        raise errors.NotFound(f"{problem} with {beginning!r}. `returndesk queue` lists them.")
    return fitting[0]


async def chat(url: str, console: Console) -> None:
    """Talk to a running desk over its web chat API.

    Raises:
        Unavailable: no desk answers at the address.
    """
    try:
        async with httpx.AsyncClient(base_url=url, timeout=40) as client:
            await _talk(client, console)
    except httpx.TransportError as error:
        raise errors.Unavailable(f"No desk answers at {url}. Start it with `make run`.") from error


async def _talk(client: httpx.AsyncClient, console: Console) -> None:
    session = (await client.post("/api/chat/v1/sessions", json={})).raise_for_status().json()
    client.headers["Authorization"] = f"Bearer {session['token']}"
    tokens = _show(session["messages"], console)
    after = session["messages"][-1]["seq"]
    while line := (await asyncio.to_thread(_read_line)):
        body = {"payload": tokens[line]} if line in tokens else {"text": line}
        body["client_message_id"] = str(uuid.uuid4())
        sent = await client.post("/api/chat/v1/messages", params={"wait": 30}, json=body)
        if sent.is_error:
            console.print(sent.json()["detail"], style="red", markup=False)
            continue
        news = (await client.get("/api/chat/v1/messages", params={"after": after})).json()["messages"]
        tokens = _show([message for message in news if message["author"] != "customer"], console) or tokens
        after = news[-1]["seq"] if news else after


def _read_line() -> str:
    try:
        return input("> ").strip()
    except EOFError:
        return ""


def _show(messages: list[dict[str, Any]], console: Console) -> dict[str, str]:
    """Print messages; returns what a typed number presses."""
    tokens: dict[str, str] = {}
    for message in messages:
        console.print(f"{message.get('agent_name') or message['author']}: {message['text']}", markup=False)
        tokens = {}
        shown = [*message["cards"], *message["buttons"]]
        for number, choice in enumerate((entry for entry in shown if entry.get("payload")), 1):
            tokens[str(number)] = choice["payload"]
            detail = " · ".join(part for part in (choice.get("text"), choice.get("price"), choice.get("note")) if part)
            console.print(f"  {number}  {choice['title']}{f' ({detail})' if detail else ''}", markup=False)
        for attachment in message["attachments"]:
            console.print(f"  {attachment['name']}: {attachment['url']}", markup=False)
    return tokens

"""The web chat: the desk's side of the widget and of any other client of the web chat API.

Its clients fetch what leaves, so nothing is pushed to a vendor: a message counts as sent when a client fetched it, and
as delivered when the client says that it was seen.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from bot import texts
from bot import webchat_schema as schema
from casework import handovers, identities, links, web_sessions
from casework.desk import Desk
from conversations import attachments, inbox, outbox, repository, transcript
from conversations.conversation import Conversation, Owner
from conversations.message import Author, Choice, Draft, Message, State, clean
from handoff.wait import Place
from kit import events
from kit.events import Listener

CHANNEL = "web"
LOOK_AGAIN_SECONDS = 5.0
"""How long a watcher relies on notices before it looks by itself; notices can be lost while reconnecting."""
TYPING_ENDS_SECONDS = 1.0
"""How soon a watcher looks again while an agent types: nobody announces that somebody has stopped."""


@dataclass(frozen=True)
class WebChat:
    """The channel's use of the desk; `listener` wakes whoever waits for news."""

    desk: Desk
    listener: Listener

    async def begin(self, session: web_sessions.Session, language: str, customer_token: str) -> list[Message]:
        """Open the conversation of a new session and say hello; a shop's signed token saves the identity question."""
        now = self.desk.clock.now()
        async with self.desk.database.transaction() as transaction:
            conversation = await inbox.open_conversation(transaction, CHANNEL, session.id, clean(language), now)
            if customer_token:
                await identities.trust(transaction, self.desk, conversation.id, customer_token)
            buttons = tuple(
                {"title": title, "choice": Choice(intent).to_json()} for title, intent in texts.WELCOME_CHOICES
            )
            welcome = Draft(texts.WELCOME.format(shop=self.desk.book.shop.name), buttons=buttons)
            sender = outbox.Sender(Author.BOT, conversation.owner_counter)
            return await outbox.send(transaction, conversation.id, [welcome], sender, now)

    async def accept(self, session: web_sessions.Session, message: schema.NewMessage) -> inbox.Accepted:
        """Store a text or a press; only then may it be acknowledged."""
        press = None if message.payload is None else clean(message.payload)
        provider_id = _provider_id(session, message.client_message_id)
        return await self._store(inbox.Inbound(CHANNEL, session.id, provider_id, message.text or "", press))

    async def accept_file(
        self, session: web_sessions.Session, client_message_id: str, file: attachments.File
    ) -> inbox.Accepted:
        """Store a file as a message of its own; only then may it be acknowledged."""
        provider_id = _provider_id(session, client_message_id)
        return await self._store(inbox.Inbound(CHANNEL, session.id, provider_id, files=(file,)))

    async def _store(self, inbound: inbox.Inbound) -> inbox.Accepted:
        idle = timedelta(hours=self.desk.settings.episode_idle_hours)
        async with self.desk.database.transaction() as transaction:
            return await inbox.accept(transaction, inbound, self.desk.jobs, self.desk.clock.now(), idle)

    def shown(self, messages: Sequence[Message]) -> list[schema.ShownMessage]:
        """Return messages as clients see them, with fresh links."""
        return [schema.shown(message, partial(links.to_attachment, self.desk)) for message in messages]

    async def conversation_id(self, session: web_sessions.Session) -> UUID | None:
        """Return the conversation of a session; None when the data behind the token is gone."""
        async with self.desk.database.look() as look:
            found = await repository.find(look, CHANNEL, session.id)
            return found.id if found else None

    async def since(self, conversation_id: UUID, after: int) -> schema.Messages:
        """Return what came after a number, and how the conversation stands; what is returned counts as sent."""
        async with self.desk.database.look() as look:
            conversation, waits = await repository.standing(look, conversation_id)
            messages = await repository.transcript(look, conversation_id, after)
            if any(message.state is State.QUEUED for message in messages):
                await transcript.mark_shown(look, conversation_id, messages[-1].seq, State.SENT)
            place = None
            if conversation.owner is Owner.QUEUE:
                place = await handovers.standing_of(look, self.desk, conversation_id)
        standing = self._standing(conversation, place, unanswered=waits)
        return schema.Messages(messages=self.shown(messages), **standing.model_dump())

    def _standing(self, conversation: Conversation, place: Place | None, *, unanswered: bool) -> schema.Standing:
        with_agent = conversation.owner is Owner.AGENT
        return schema.Standing(
            typing=unanswered and conversation.owner is Owner.BOT,
            agent_typing=with_agent and self.listener.is_typing(conversation.id, Author.AGENT),
            owner=conversation.owner.value,
            agent_name=conversation.agent_name,
            queue_position=place.place if place else None,
            expected_wait_minutes=place.minutes if place else None,
        )

    async def present(self, conversation_id: UUID) -> None:
        """Note that the customer has the chat open at this moment."""
        async with self.desk.database.look() as look:
            await repository.mark_present(look, conversation_id, self.desk.clock.now())

    async def typing(self, conversation_id: UUID) -> None:
        """Tell the agent who has the conversation that the customer is writing; nobody else needs to know."""
        async with self.desk.database.transaction() as transaction:
            conversation = await repository.get(transaction, conversation_id)
            if conversation.owner is Owner.AGENT:
                await events.announce_typing(transaction, conversation_id, Author.CUSTOMER)

    async def seen(self, conversation_id: UUID, seq: int) -> None:
        """Note that the customer has seen everything up to a number."""
        async with self.desk.database.look() as look:
            await transcript.mark_shown(look, conversation_id, seq, State.DELIVERED)

    async def wait_until(self, conversation_id: UUID, done: Callable[[], Awaitable[bool]], seconds: float) -> None:
        """Return when `done` says so, or after so many seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        async with self.listener.news_of(conversation_id) as news:
            while not await done():
                left = deadline - loop.time()
                if left <= 0:
                    return
                await _news_or(news, min(left, LOOK_AGAIN_SECONDS))

    async def answered(self, message_id: UUID) -> bool:
        """Tell whether a message has been answered or is with a person."""
        async with self.desk.database.look() as look:
            return not await repository.is_unanswered(look, message_id)

    async def watch(self, conversation_id: UUID, after: int) -> AsyncIterator[schema.Messages]:
        """Yield what is new, for ever: at once what came after `after`, then whatever comes."""
        async with self.listener.news_of(conversation_id) as news:
            while True:
                news.clear()
                update = await self.since(conversation_id, after)
                after = update.messages[-1].seq if update.messages else after
                yield update
                await _news_or(news, TYPING_ENDS_SECONDS if update.agent_typing else LOOK_AGAIN_SECONDS)


async def _news_or(news: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(news.wait(), seconds)
    except TimeoutError:
        return
    finally:
        news.clear()


def _provider_id(session: web_sessions.Session, client_message_id: str) -> str:
    """A client's ids are its own: two sessions may use the same one."""
    return f"{session.id}:{client_message_id}"

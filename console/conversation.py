"""The open conversation: head, transcript and reply box in the centre; brief, orders and past on the right.

The page follows the conversation by its news. What it shows is read anew each time, and only what has changed is sent;
a page that was away for a while shows the truth again with the next look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments
from sqlalchemy.ext.asyncio import AsyncSession

from casework import brief, handovers, links, notes, past, replies, surveys
from casework.brief import Brief
from casework.handovers import Transcript
from console import brief_card, claiming, handover_dialogs, headline, live, notices, past_panel, reply_box, words
from console.dialogs import Modal
from console.headline import Head
from console.markup import Tag
from console.moments import Wall
from console.order_panel import OrderPanel, Standing
from console.reply_box import Held, ReplyBox
from console.room import Room
from console.side import BRIEF, ORDERS, PAST, Side
from console.transcript import Story, Style, TranscriptView, rows
from conversations import mails
from conversations import repository as conversations
from conversations.conversation import Conversation, Owner
from conversations.message import Author, Message
from handoff import agents
from handoff import held as held_replies
from handoff.held import HeldReply, HeldState
from handoff.ticket import Ticket

LOOK_BACK = 60
"""So many of the newest messages are read at each look: older ones do not change any more."""
ORDERS_SECONDS = 20.0
"""After so long brief and orders are read again though nothing was said: a warehouse may have worked on them."""


@dataclass(frozen=True)
class Look:
    """What was read at one look."""

    conversation: Conversation
    ticket: Ticket | None
    story: Story
    held: tuple[tuple[HeldReply, tuple[Message, ...]], ...]


async def show(room: Room, conversation_id: UUID, centre: Element, right: Element, at: int | None = None) -> "View":
    """Build a conversation into two empty containers of the page and follow it; `at` is a message to scroll to.

    Raises:
        ConversationNotFound: there is none with this id.
    """
    async with room.desk.database.transaction() as session:
        transcript = await handovers.transcript_of(session, conversation_id)
        ticket = await handovers.ticket_of(session, conversation_id)
        case = await brief.of(session, room.desk, conversation_id)
        agent = await agents.by_id(session, room.agent.id)
    view = View(room, transcript, ticket, case)
    view.build(centre, right, at, enter_sends=bool(agent and agent.preferences.get(reply_box.ENTER_SENDS)))
    return view


class View:
    """A conversation on the screen; the shell's keys and buttons act through it."""

    def __init__(self, room: Room, transcript: Transcript, ticket: Ticket | None, case: Brief) -> None:
        self._room = room
        self._first: Transcript | None = transcript
        self._conversation = transcript.conversation
        self._ticket = ticket
        self._brief = case
        self._drawn_brief: Brief | None = None
        self._head: Head | None = None
        self._read_key: object = None
        self._read_at = room.desk.clock.now()
        self._links: dict[UUID, str] = {}
        self._held: set[UUID] = set()
        self._passes_it_on = False
        self._client = ui.context.client

    def build(self, centre: Element, right: Element, at: int | None, *, enter_sends: bool) -> None:
        """Build everything that is known already, and begin to follow the conversation."""
        first, self._first = self._first, None
        assert first is not None
        story = self._story(first.messages, first, self._ticket)
        with centre, Tag("div", "rd-centre"):
            self._head_place = Tag("header", "rd-head")
            self._transcript = TranscriptView(rows(story, self._style()), self._room.agent.name, at)
            self._transcript.on("seen", self._seen)
            self._transcript.on("ready", self._transcript.bring_earlier, args=[])
            acts = {"claim": self.claim, "take_over": self.take_over}
            self._box = ReplyBox(self._room, self._conversation.id, self._changed, acts, enter_sends=enter_sends)
        self._box.customer = self._customer
        self._side = Side(right, self._opened)
        self._orders = OrderPanel(self._room, self._conversation.id, self._side.panel(ORDERS), self._changed)
        self._past = Tag("div")
        self._past.move(self._side.panel(PAST))
        self._draw_head()
        self._draw_brief()
        self._show_box((), first.messages)
        self._watch = live.on_news_of(self._room, self._conversation.id, self._look)

    # -- what the shell's keys do

    def stop(self) -> None:
        """Stop following the conversation; the shell calls it before it shows another one."""
        self._watch.stop()

    def focus_reply(self) -> None:
        """Put the cursor into the reply box (key `r`)."""
        self._box.focus()

    def go_to(self, seq: int) -> None:
        """Scroll to a message and mark it for a moment."""
        self._transcript.go_to(seq)

    async def claim(self) -> None:
        """Take the conversation out of the queue (key `c`); the loser of two is told who was faster."""
        if await notices.attempt(self._claimed()):
            await self._look()
            self._box.focus()
        self._changed()

    async def take_over(self) -> None:
        """Ask, and take the conversation from the assistant or from a colleague."""
        if "take_over" in self._acts():
            handover_dialogs.take_over(self._room, self._conversation, self._changed)

    async def transfer(self) -> None:
        """Open the dialog that passes the conversation on (key `t`)."""
        if "transfer" in self._acts():
            with self._client.content:  # the button that was pressed may be drawn anew before the dialog opens
                await handover_dialogs.transfer(self._room, self._conversation, self._changed, self._leaving)

    async def finish(self) -> None:
        """Open the dialog that hands back (key `f`)."""
        if "finish" in self._acts():
            with self._client.content:
                await handover_dialogs.finish(self._room, self._conversation.id, self._changed)

    async def show_orders(self) -> None:
        """Show the orders beside the transcript (key `o`)."""
        await self._side.open(ORDERS)
        self._side.focus()

    # -- following

    async def _look(self) -> None:
        """Read what is new and bring the page up to date."""
        if self._transcript.is_deleted:
            self.stop()
            return
        async with self._room.desk.database.transaction() as session:
            look = await self._read(session)
        before, self._conversation, self._ticket = self._conversation, look.conversation, look.ticket
        self._transcript.put(rows(look.story, self._style(), self._after(look)))
        if self._room.listener.is_typing(self._conversation.id, "customer"):
            self._transcript.show_typing(self._customer)
        self._box.customer = self._customer
        self._say_who_has_it(before)
        self._draw_head()
        self._show_box(look.held, look.story.messages)
        await self._refresh_side()

    async def _read(self, session: AsyncSession) -> Look:
        conversation_id = self._conversation.id
        conversation = await conversations.get(session, conversation_id)
        ticket = await handovers.ticket_of(session, conversation_id)
        after = max(0, conversation.last_seq - LOOK_BACK)
        found = Transcript(
            conversation=conversation,
            messages=tuple(await conversations.transcript(session, conversation_id, after, limit=None)),
            notes=tuple(await notes.of(session, conversation_id)),
            surveys=tuple(await surveys.of(session, conversation_id)),
            mails=tuple(await mails.of_conversation(session, conversation_id)),
        )
        waiting = await replies.held_in(session, conversation_id)
        own = [one for one in waiting if one.agent_name == self._room.agent.name]
        held = [(one, tuple(await self._missed(session, one))) for one in own]
        await self._give_back_refused(session, own)
        return Look(conversation, ticket, self._story(found.messages, found, ticket), tuple(held))

    async def _give_back_refused(self, session: AsyncSession, held: Sequence[HeldReply]) -> None:
        """What could not leave, because another agent was faster, must not be lost."""
        gone, self._held = self._held - {one.id for one in held}, {one.id for one in held}
        for one in gone:
            ended = await held_replies.lock(session, one, self._room.agent.name)
            if ended.state is HeldState.REFUSED:
                self._box.give_back(ended)

    async def _missed(self, session: AsyncSession, held: HeldReply) -> list[Message]:
        return await replies.missed_by(session, held) if held.state is HeldState.STALE else []

    def _story(self, messages: tuple[Message, ...], found: Transcript, ticket: Ticket | None) -> Story:
        return Story(messages, found.notes, found.surveys, found.mails, ticket, self._customer)

    def _after(self, look: Look) -> int:
        """Of the tail of a transcript, the first message only says what the second one follows."""
        messages = look.story.messages
        return messages[0].seq if messages and messages[0].seq > 1 else 0

    async def _refresh_side(self) -> None:
        """Read brief and orders again when something was said or done, and now and then without that."""
        now = self._room.desk.clock.now()
        conversation, ticket = self._conversation, self._ticket
        key = (conversation.last_seq, conversation.owner_counter, conversation.claims, ticket)
        if key == self._read_key and now - self._read_at < timedelta(seconds=ORDERS_SECONDS):
            return
        self._read_key, self._read_at = key, now
        async with self._room.desk.database.transaction() as session:
            self._brief = await brief.of(session, self._room.desk, conversation.id)
        self._draw_brief()
        self._draw_head()
        await self._orders.refresh(self._standing(), {line.order_number for line in self._brief.lines})
        self._side.label(ORDERS, self._orders.count, waits=bool(self._brief.waiting_decision))

    def _changed(self) -> None:
        """This agent has done something: look at once, and at the orders too."""
        self._read_key = None
        self._watch.now()

    async def _seen(self, event: GenericEventArguments) -> None:
        self._box.seen_up_to = max(self._box.seen_up_to, int(event.args))

    # -- drawing

    def _draw_head(self) -> None:
        head = headline.head_of(self._conversation, self._ticket, self._brief.customer, self._room.agent, self._wall())
        if head == self._head:
            return
        self._head = head
        self._head_place.clear()
        with self._head_place:
            headline.build(head, self._act)

    def _draw_brief(self) -> None:
        if self._brief == self._drawn_brief:
            return
        self._drawn_brief = self._brief
        panel = self._side.panel(BRIEF)
        panel.clear()
        with panel:
            ways = brief_card.Ways(self.go_to, partial(self._side.open, ORDERS))
            urgent = bool(self._ticket and self._ticket.is_open and self._ticket.priority == 1)
            brief_card.build(self._brief, self._wall(), ways, urgent=urgent)

    def _show_box(self, held: tuple[tuple[HeldReply, tuple[Message, ...]], ...], tail: Sequence[Message]) -> None:
        waits = bool(self._ticket and self._ticket.waits)
        right = reply_box.right_of(self._room.agent, self._conversation, waits=waits)
        newest = next((one for one in reversed(tail) if one.author is Author.CUSTOMER), None)
        answered = any(one.author is Author.AGENT and newest and one.seq > newest.seq for one in tail)
        suggestions = [] if answered else reply_box.suggestions_of(newest)
        seconds = self._room.desk.settings.undo_seconds
        shown = reply_box.held_of(held, seconds, self._customer, self._wall()) if held else Held([])
        self._box.show(right, suggestions, shown)

    def _say_who_has_it(self, before: Conversation) -> None:
        """Tell the agent when the conversation went out of, or past, their hands."""
        now, own = self._conversation, self._room.agent.name
        if now.owner_counter == before.owner_counter or now.agent_name == own:
            return
        passed_on, self._passes_it_on = self._passes_it_on, False
        if passed_on:  # they did it themselves
            return
        if now.owner is Owner.AGENT:
            notices.say(f"{now.agent_name} has taken this conversation over.")
        elif before.agent_name == own and now.owner is Owner.QUEUE:
            notices.say("This conversation waits in the queue again.")

    def _leaving(self, leaves: bool) -> None:
        self._passes_it_on = leaves

    async def _opened(self, name: str) -> None:
        """Past conversations are looked up when somebody wants to see them."""
        if name == PAST:
            async with self._room.desk.database.transaction() as session:
                found = await past.of(session, self._room.desk, self._conversation.id)
            self._side.label(PAST, len(found))
            self._past.clear()
            with self._past:
                past_panel.build(found, self._wall(), self._open_past)

    async def _open_past(self, conversation_id: UUID) -> None:
        """Show another conversation of the customer's beside this one, to be read."""
        async with self._room.desk.database.transaction() as session:
            found = await handovers.transcript_of(session, conversation_id)
            ticket = await handovers.ticket_of(session, conversation_id)
        wall = self._wall()
        title = f"{wall.day(found.conversation.last_message_at)}, {words.channel(found.conversation.channel)}"
        with self._client.content, Modal(title, wide=True), Tag("div", "rd-past-open"):
            shown = TranscriptView(rows(self._story(found.messages, found, ticket), self._style()))
            shown.on("ready", shown.bring_earlier, args=[])

    async def _act(self, name: str) -> None:
        acts = {"claim": self.claim, "take_over": self.take_over, "transfer": self.transfer, "finish": self.finish}
        await acts[name]()

    async def _claimed(self) -> bool:
        await claiming.claim(self._room, self._conversation.id)
        return True

    def _acts(self) -> tuple[str, ...]:
        return headline.acts_of(self._conversation, self._ticket, self._room.agent)

    def _standing(self) -> Standing:
        mine = self._conversation.owner is Owner.AGENT and self._conversation.agent_name == self._room.agent.name
        return Standing(may_act=mine or self._room.agent.may_supervise)

    @property
    def _customer(self) -> str:
        who = self._brief.customer
        return who.name if who and who.proved != "nothing" else words.UNKNOWN_CUSTOMER

    def _wall(self) -> Wall:
        return Wall(self._room.desk.book.shop.time_zone, self._room.desk.clock.now())

    def _style(self) -> Style:
        mood = self._room.desk.handoff.mood
        pause = timedelta(hours=self._room.desk.settings.episode_idle_hours)
        return Style(self._wall(), pause, mood.offer, mood.at_once, self._link_of)

    def _link_of(self, attachment_id: UUID) -> str:
        """Make a link once for each file: a new one at each look would load every picture again."""
        if attachment_id not in self._links:
            self._links[attachment_id] = links.to_attachment(self._room.desk, attachment_id)
        return self._links[attachment_id]

"""New work makes itself heard: a tone, a desktop notice, and the count in the page's title, each alert once.

A call goes from the screen as soon as it is answered: when a colleague has claimed the conversation, or the customer
has gone back to the assistant.
"""

import json
from dataclasses import replace

from nicegui import Client, ui
from sqlalchemy.ext.asyncio import AsyncSession

from casework import alerts
from console import live
from console.room import Room
from conversations import repository as conversations
from conversations.conversation import Conversation, Owner
from handoff.alerts import Alert, Kind

_ANSWERED_BY_ANYBODY = frozenset(
    {Kind.QUEUED, Kind.OPENED, Kind.UNCLAIMED, Kind.ESCALATED, Kind.TIMED_OUT, Kind.AGENT_GONE}
)
"""Calls about a conversation that waits: they are over as soon as any agent has it."""
_ANSWERED_BY_OTHERS = _ANSWERED_BY_ANYBODY | {Kind.PASSED_ON}
"""Calls that are over when it is not this agent's any more."""
_MOST_REMEMBERED = 50


class Bell:
    """Passes the alerts that are meant for this agent on to the browser, from the moment on when the page was opened.

    Which of an agent's open tabs sounds is settled between the tabs, by the number of the alert.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._heard: int | None = None
        self._called: list[Alert] = []
        live.on_any_news(room, self._ring, pause=0.3)

    async def _ring(self) -> None:
        async with self._room.desk.database.transaction() as session:
            if self._heard is None:
                self._heard = await alerts.newest_id(session)
                return
            found = await alerts.since(session, self._room.agent, self._heard)
            fresh = [self._given_to_me(alert) for alert in found]
            called = [*self._called, *(alert for alert in fresh if not alert.is_quiet)]
            over = await self._over(session, called)
        if fresh:
            self._heard = fresh[-1].id
            calls = [_for_browser(alert) for alert in fresh if alert.id not in over]
            ui.run_javascript(f"returndesk.alerts({json.dumps(calls)})")
        if any(alert.id in over for alert in self._called):
            ui.run_javascript(f"returndesk.answered({json.dumps(sorted(over))})")
        self._called = [alert for alert in called if alert.id not in over][-_MOST_REMEMBERED:]

    def _given_to_me(self, alert: Alert) -> Alert:
        """Where work is given out by the desk, what an agent has got is news to them; who claims knows it."""
        name = self._room.agent.name
        claimed = alert.kind is Kind.CLAIMED and alert.text.startswith(f"{name} ")
        if not (claimed and self._room.desk.settings.auto_assign):
            return alert
        reason = alert.text.partition(": ")[2]
        return replace(alert, kind=Kind.PASSED_ON, text=f"Given to you: {reason}")

    async def _over(self, session: AsyncSession, called: list[Alert]) -> set[int]:
        """Return the numbers of the calls that nobody needs to follow any more."""
        if not called:
            return set()
        talks = await conversations.by_ids(session, list({alert.conversation_id for alert in called}))
        own = self._room.agent.name
        known = [(alert, talks.get(alert.conversation_id)) for alert in called]
        return {alert.id for alert, talk in known if talk is None or is_over(alert, talk, own)}


def is_over(alert: Alert, conversation: Conversation, own_name: str) -> bool:
    """Tell whether a call has been answered, as the conversation stands now."""
    if conversation.owner is Owner.QUEUE:
        return False
    if conversation.owner is Owner.AGENT and conversation.agent_name == own_name:
        return alert.kind in _ANSWERED_BY_ANYBODY
    return alert.kind in _ANSWERED_BY_OTHERS


def count(client: Client, waiting: int) -> None:
    """Show in a page's title how many conversations wait for this agent's attention."""
    client.run_javascript(f"returndesk.count({int(waiting)})")


def _for_browser(alert: Alert) -> dict[str, object]:
    return {"id": alert.id, "text": alert.text, "quiet": alert.is_quiet, "conversation": str(alert.conversation_id)}

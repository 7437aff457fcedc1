"""New work makes itself heard: a tone, a desktop notice, and the count in the page's title, each alert once."""

import json

from nicegui import Client, ui

from casework import alerts
from console import live
from console.room import Room
from handoff.alerts import Alert


class Bell:
    """Passes the alerts that are meant for this agent on to the browser, from the moment on when the page was opened.

    Which of an agent's open tabs sounds is settled between the tabs, by the number of the alert.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._heard: int | None = None
        live.on_any_news(room, self._ring, pause=0.3)

    async def _ring(self) -> None:
        async with self._room.desk.database.transaction() as session:
            if self._heard is None:
                self._heard = await alerts.newest_id(session)
                return
            fresh = await alerts.since(session, self._room.agent, self._heard)
        if fresh:
            self._heard = fresh[-1].id
            ui.run_javascript(f"returndesk.alerts({json.dumps([_for_browser(alert) for alert in fresh])})")


def count(client: Client, waiting: int) -> None:
    """Show in a page's title how many conversations wait for this agent's attention."""
    client.run_javascript(f"returndesk.count({int(waiting)})")


def _for_browser(alert: Alert) -> dict[str, object]:
    return {"id": alert.id, "text": alert.text, "quiet": alert.is_quiet, "conversation": str(alert.conversation_id)}

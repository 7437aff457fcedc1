"""What every page of the console has at hand."""

from dataclasses import dataclass

from casework.desk import Desk
from handoff.agent import Agent
from kit.events import Listener


@dataclass(frozen=True)
class Room:
    """The desk, its news, and the agent who looks at the page.

    `agent` is as it was when the page was opened; who needs the truth of this moment asks `casework.agents`.
    """

    desk: Desk
    listener: Listener
    agent: Agent

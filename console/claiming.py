"""Taking a waiting conversation, from wherever on the page it is asked for."""

from uuid import UUID

from casework import handovers
from console.room import Room
from conversations import repository as conversations
from conversations.conversation import Owner
from handoff.errors import NothingToTake


async def claim(room: Room, conversation_id: UUID) -> None:
    """Claim a conversation for the page's agent; one that they have already stays theirs (a second click).

    Raises:
        NothingToTake: it does not wait, or another agent was first.
    """
    async with room.desk.database.transaction() as session:
        try:
            await handovers.claim(session, room.desk, conversation_id, room.agent.name)
        except NothingToTake:
            found = await conversations.get(session, conversation_id)
            if found.owner is not Owner.AGENT or found.agent_name != room.agent.name:
                raise

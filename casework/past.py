"""What was said with the same customer before: their other conversations, on whatever channel."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import identities, known
from casework.desk import Desk
from casework.known import Known
from conversations import repository as conversations
from conversations import search
from conversations.conversation import Conversation
from handoff import repository as handoffs
from handoff.ticket import OUTCOME_TITLES, REASON_TITLES
from store import identity, records

MOST_SHOWN = 20


@dataclass(frozen=True)
class PastConversation:
    """Another conversation of the same customer, with why people came into it and with what the last one ended."""

    conversation_id: UUID
    channel: str
    started: datetime
    last_message_at: datetime
    reasons: tuple[str, ...]
    outcome: str
    outcome_line: str
    agent_name: str | None
    last_words: str


async def of(session: AsyncSession, desk: Desk, conversation_id: UUID) -> list[PastConversation]:
    """Return the other conversations of the same customer, newest first.

    The same customer is whoever has proved to be them, had returns opened, or left the same e-mail address or phone
    number. Nobody is guessed from an address that was only typed to be looked up, and who returns a gift is not the
    customer who paid for it.

    Raises:
        NotFound: there is no such conversation.
    """
    case = await known.of(session, await conversations.get(session, conversation_id))
    people = sorted(known.writers_of(case.conversation, case.returns), key=str)
    opened_in = await records.conversations_of_customers(session, people) if people else []
    contacts = _contacts(case)
    if not (people or contacts):
        return []
    proofs = [{"customer_id": str(one)} for one in people]
    talks = await search.about(session, proofs, contacts, opened_in)
    found = [entry for entry in talks if entry[0].id != conversation_id and not _has_a_gift_only(entry[0])][:MOST_SHOWN]
    last = await search.last_words(session, [conversation.id for conversation, _ in found])
    past = []
    for conversation, started in found:
        tickets = await handoffs.all_of(session, conversation.id)
        ended = next((ticket for ticket in tickets if ticket.outcome), None)
        past.append(
            PastConversation(
                conversation_id=conversation.id,
                channel=conversation.channel,
                started=started,
                last_message_at=conversation.last_message_at,
                reasons=tuple(dict.fromkeys(REASON_TITLES[ticket.reason] for ticket in tickets)),
                outcome=OUTCOME_TITLES[ended.outcome] if ended and ended.outcome else "",
                outcome_line=(ended.note or "") if ended else "",
                agent_name=ended.agent_name if ended else None,
                last_words=last[conversation.id].snippet if conversation.id in last else "",
            )
        )
    return past


def _has_a_gift_only(conversation: Conversation) -> bool:
    """Tell whether somebody else writes there, who was given something."""
    claims = identities.claims_of(conversation)
    return bool(claims) and all(claim.gift for claim in claims)


def _contacts(case: Known) -> list[dict[str, str]]:
    """Where the customer can be reached, as it is kept with conversations; a proved customer's own, too."""
    told = case.conversation.contact
    emails = {told.get("email"), case.customer.email if case.customer and case.proved != "nothing" else None}
    phones = {told.get("phone"), case.customer.phone if case.customer and case.proved != "nothing" else None}
    found = [{"email": identity.normalise_email(one)} for one in emails if one]
    found += [{"phone": one} for one in phones if one]
    return sorted(found, key=str)

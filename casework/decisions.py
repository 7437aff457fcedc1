"""What a person decides about the returns of a conversation that wait for it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import returns
from casework.desk import Desk
from handoff import repository as handoffs
from handoff.ticket import Outcome
from store import repository, service
from store.ports import LabelTicket
from store.returns import Return

Tickets = dict[str, LabelTicket]


async def tickets_for_waiting(desk: Desk, conversation_id: UUID) -> Tickets:
    """Order the labels of the returns that wait for a person; nothing is written, and no transaction is held open."""
    async with desk.database.transaction() as session:
        waiting = await _waiting(session, conversation_id)
    tickets: Tickets = {}
    for return_ in waiting:
        ticket = await desk.carrier.issue_label(return_.rma, return_.method)
        tickets[return_.rma] = LabelTicket(return_.rma, ticket.tracking_number, ticket.carrier_name)
    return tickets


async def decide_waiting(
    session: AsyncSession, desk: Desk, conversation_id: UUID, agent_name: str, decision: tuple[Outcome, Tickets]
) -> list[Return]:
    """Approve or refuse, as the agent's outcome says, what waits for a person; other outcomes leave it waiting.

    Returns what was decided, as it stands now; each is in the audit trail.
    """
    outcome, tickets = decision
    decided = []
    now = desk.clock.now()
    for return_ in await _waiting(session, conversation_id):
        if outcome is Outcome.APPROVED:
            ticket = tickets.get(return_.rma)
            decided.append(await service.approve(session, return_.rma, agent_name, now, desk.book, ticket))
        elif outcome is Outcome.REFUSED:
            decided.append(await service.reject(session, return_.rma, agent_name, now))
    for return_ in decided:
        await handoffs.audit(session, agent_name, f"return_{outcome}", conversation_id, {"rma": return_.rma}, now)
    return decided


def in_words(desk: Desk, decided: list[Return]) -> str:
    """Say to the customer what was decided, with where the label is."""
    sentences = []
    for return_ in decided:
        label = returns.label_of(desk, return_)
        approved = f"Return {return_.rma} is approved; here is its label: {label.url}" if label else ""
        sentences.append(approved or f"Return {return_.rma} was not approved, so please don't send anything.")
    return " ".join(sentences)


async def _waiting(session: AsyncSession, conversation_id: UUID) -> list[Return]:
    found = await repository.returns_of_conversation(session, conversation_id)
    return [return_ for return_ in found if return_.approval == "requested"]

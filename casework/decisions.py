"""What a person decides about the returns of a conversation that wait for it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import returns
from casework.desk import Desk
from handoff import repository as handoffs
from handoff.ticket import Outcome
from store import repository, service
from store.happenings import Act
from store.ports import LabelTicket
from store.returns import Return

Tickets = dict[str, LabelTicket]

_DECIDED = {
    "approved": "Return {} is approved, and its label is right here.",
    "rejected": "Return {} was not approved, so please don't send anything.",
}


async def tickets_for_waiting(desk: Desk, conversation_id: UUID) -> Tickets:
    """Order the labels of the returns that wait for a person; nothing is written, and no transaction is held open."""
    async with desk.database.transaction() as session:
        waiting = await _waiting(session, conversation_id)
    tickets: Tickets = {}
    for return_ in waiting:
        if return_.method == "keep":
            continue
        ticket = await desk.carrier.issue_label(return_.rma, return_.method)
        tickets[return_.rma] = LabelTicket(return_.rma, ticket.tracking_number, ticket.carrier_name)
    return tickets


async def decide_waiting(
    session: AsyncSession, desk: Desk, conversation_id: UUID, agent_name: str, decision: tuple[Outcome, Tickets, str]
) -> list[Return]:
    """Approve or refuse, as the agent's outcome says, what waits for a person; other outcomes leave it waiting.

    `decision` is the outcome, the labels of the returns, and the agent's line on it, which a refusal keeps.

    Returns what was decided, as it stands now; each is in the audit trail.
    """
    outcome, tickets, line = decision
    decided = []
    now = desk.clock.now()
    for return_ in await _waiting(session, conversation_id):
        if outcome is Outcome.APPROVED:
            ticket = tickets.get(return_.rma)
            decided.append(
                await service.approve(session, return_.rma, Act(agent_name, now, told=True), desk.book, ticket)
            )
        elif outcome is Outcome.REFUSED:
            decided.append(
                await service.reject(session, return_.rma, Act(agent_name, now, {"reason": line}, told=True))
            )
    for return_ in decided:
        await handoffs.audit(session, agent_name, f"return_{outcome}", conversation_id, {"rma": return_.rma}, now)
    return decided


def in_words(decided: list[Return]) -> str:
    """Say to the customer what was decided."""
    return " ".join(_decided(return_) for return_ in decided)


def _decided(return_: Return) -> str:
    if return_.approval == "approved" and return_.method == "keep":
        return f"Return {return_.rma} is approved, and you don't need to send anything back."
    return _DECIDED[return_.approval].format(return_.rma)


def labels_of(desk: Desk, decided: list[Return]) -> tuple[dict[str, str], ...]:
    """Return the labels of what was approved, as attachments of a message."""
    labels = [label for return_ in decided if (label := returns.label_of(desk, return_))]
    return tuple({"url": label.url, "media_type": "application/pdf", "name": label.name} for label in labels)


async def _waiting(session: AsyncSession, conversation_id: UUID) -> list[Return]:
    found = await repository.returns_of_conversation(session, conversation_id)
    return [return_ for return_ in found if return_.approval == "requested"]

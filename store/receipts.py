"""Reading decision receipts from the books, with the rules that they were made by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store import policy_file
from store.policy_file import Policy, PolicyBook
from store.tables import DecisionRow, OrderRow, PolicyVersionRow, ReturnRow


@dataclass(frozen=True)
class Kept:
    """A decision as it was written down; `policy` is the wording of the rules that was kept with it, where it was."""

    at: datetime
    order_id: UUID
    order_number: str
    return_id: UUID | None
    rma: str | None
    policy_version: str
    policy: Policy | None
    rule_ids: tuple[str, ...]
    inputs: dict[str, Any]
    outcome: dict[str, Any]

    def rules(self, book: PolicyBook) -> Policy:
        """Return the rules that it was made by: as they were kept, else as the book has that version; raises
        NotFound."""
        return self.policy or book.version(self.policy_version)


async def of_return(session: AsyncSession, return_id: UUID) -> list[Kept]:
    """Return the receipts of a return, oldest first: the last one is what it stands on."""
    query = _query().where(DecisionRow.return_id == return_id).order_by(DecisionRow.at, DecisionRow.id)
    return [_kept(*found) for found in await session.execute(query)]


async def of_order(session: AsyncSession, order_id: UUID) -> list[Kept]:
    """Return all receipts of an order, oldest first: its returns', and those of cancelling and changing it."""
    query = _query().where(DecisionRow.order_id == order_id).order_by(DecisionRow.at, DecisionRow.id)
    return [_kept(*found) for found in await session.execute(query)]


def _query() -> Any:
    return (
        select(DecisionRow, OrderRow.number, ReturnRow.rma, PolicyVersionRow)
        .join(OrderRow, OrderRow.id == DecisionRow.order_id)
        .outerjoin(ReturnRow, ReturnRow.id == DecisionRow.return_id)
        .outerjoin(PolicyVersionRow, PolicyVersionRow.digest == DecisionRow.policy_digest)
    )


def _kept(row: DecisionRow, number: str, rma: str | None, rules: PolicyVersionRow | None) -> Kept:
    return Kept(
        at=row.at,
        order_id=row.order_id,
        order_number=number,
        return_id=row.return_id,
        rma=rma,
        policy_version=row.policy_version,
        policy=policy_file.stored(rules.version, rules.shop, rules.rules) if rules else None,
        rule_ids=tuple(row.rule_ids),
        inputs=row.inputs,
        outcome=row.outcome,
    )

"""The numbers of returns: drawn at random, so that nobody can guess one, and looked up, so that each is given once."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors, ids
from store import rows
from store.ports import LabelTicket
from store.returns import Return
from store.tables import ReturnRow

MOST_DRAWS = 50
"""There are ten million numbers. Even when half of them are taken, fifty taken ones in a row do not happen."""


async def free_one(session: AsyncSession) -> str:
    """Return a number that no return has now. Raises Unavailable (hardly any is left)."""
    for _ in range(MOST_DRAWS):
        number = ids.new_rma_number()
        if await session.scalar(select(ReturnRow.id).where(ReturnRow.rma == number)) is None:
            return number
    raise _used_up()


async def write_under_a_free_one(session: AsyncSession, opened: Return, ticket: LabelTicket | None) -> Return:
    """Write the row of a return; returns it with its number, which is another one when its own was taken.

    A label that was ordered for the taken number would bring the parcel to the other return, so with a ticket nothing
    is written. Raises Conflict (the ticket's number is taken), Unavailable (hardly any is left).
    """
    for _ in range(MOST_DRAWS):
        # Another transaction that is just writing the same number is waited for.
        query = insert(ReturnRow).values(rows.of_return(opened)).on_conflict_do_nothing(index_elements=["rma"])
        if await session.scalar(query.returning(ReturnRow.id)) is not None:
            return opened
        if ticket is not None:
            raise errors.Conflict(
                f"{opened.rma} was given to another return meanwhile: its label is to be ordered anew"
            )
        opened = replace(opened, rma=ids.new_rma_number())
    raise _used_up()


def _used_up() -> errors.Unavailable:
    return errors.Unavailable(f"{MOST_DRAWS} numbers for a return were drawn, and all are taken")

"""What other systems sent or were answered about a customer: what names them is dropped."""

from sqlalchemy import Text, delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from integrations.tables import IdempotencyRow


async def erase(session: AsyncSession, pattern: str) -> None:
    """Drop the stored answers of the API in which a regular expression of PostgreSQL's is found.

    They are kept only so that a repeated request gets the same answer.
    """
    written = func.convert_from(IdempotencyRow.body, "UTF8", type_=Text)
    await session.execute(delete(IdempotencyRow).where(written.op("~*")(pattern)))

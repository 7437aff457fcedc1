"""How many pieces of a variant are there to be sold, as the shop counts them."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store.tables import VariantRow


async def set_stock(session: AsyncSession, variant_id: str, stock: int) -> None:
    """Set what can still be sold of a variant, without what is reserved for exchanges.

    Raises:
        NotFound: there is no such variant.
        BadInput: less than none.
    """
    if stock < 0:
        raise errors.BadInput("a stock cannot be less than none")
    held = select(VariantRow.id).where(VariantRow.id == variant_id).with_for_update(key_share=True)
    if await session.scalar(held) is None:
        raise errors.NotFound(f"there is no variant {variant_id}")
    await session.execute(update(VariantRow).where(VariantRow.id == variant_id).values(stock=stock))

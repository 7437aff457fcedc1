"""Where an agent acts and where the customer hears of it: who may, what is held, and how an act is noted and told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import handovers, labels, mails, order_checks
from casework.desk import Desk
from conversations import repository as conversations
from conversations.conversation import Owner
from handoff import repository as handoffs
from kit import errors
from store import repository
from store.happenings import Act
from store.order import Order
from store.returns import Return


@dataclass(frozen=True)
class Done:
    """What an act came to: the return as it stands now, and what the customer was told (`told` False: nothing)."""

    return_: Return
    told: bool
    text: str


@dataclass(frozen=True)
class OrderDone:
    """What an act on an order came to: the order as it stands now, and what the customer was told, as in `Done`.

    `order` is None for an address on file.
    """

    order: Order | None
    told: bool
    text: str


@dataclass(frozen=True)
class Scene:
    """Who acts, from which conversation (None: from the order page), and where the customer is told, if there."""

    agent_name: str
    conversation_id: UUID | None
    where: UUID | None = None
    tells: bool = False


async def return_for(session: AsyncSession, rma: str, scene: Scene) -> tuple[Return, Scene]:
    """Find a return that the agent may act on, and hold the conversation in which the customer will be told."""
    found = await repository.find_return(session, rma)
    if found is None:
        raise errors.NotFound(f"There is no return {rma}")
    await order_checks.check_allowed(session, scene.agent_name, scene.conversation_id, found.customer_id)
    return found, await set_in(session, scene, found)


async def set_in(session: AsyncSession, scene: Scene, return_: Return | None) -> Scene:
    """Hold the conversation in which the customer is told, before the order's row, as everybody does who takes both.

    The customer is told nothing there while a colleague has them.
    """
    where = scene.conversation_id or (return_.conversation_id if return_ else None)
    if where is None:
        return scene
    conversation = await conversations.lock(session, where)
    with_colleague = conversation.owner is Owner.AGENT and conversation.agent_name != scene.agent_name
    return replace(scene, where=where, tells=not with_colleague)


async def hold(session: AsyncSession, rma: str, scene: Scene) -> tuple[Return, Scene]:
    """Find a return with its order held, so that what is checked now stays so until the transaction ends."""
    seen, scene = await return_for(session, rma, scene)
    await repository.lock_order(session, seen.order_id)
    current = await repository.find_return(session, seen.rma)
    assert current is not None, "returns are never deleted"
    return current, scene


def act(desk: Desk, scene: Scene, **detail: str) -> Act:
    """Describe an agent's act; where the customer is told as it is closed, no notice repeats it."""
    return Act(scene.agent_name, desk.clock.now(), dict(detail), told=scene.tells)


async def close(  # noqa: PLR0913
    session: AsyncSession,
    desk: Desk,
    scene: Scene,
    name_and_text: tuple[str, str],
    return_: Return,
    reason: str = "",
    overruled: Sequence[str] = (),
) -> Done:
    """Note an act on a return in the audit trail, tell the customer where they are, and confirm it by e-mail."""
    detail = {"rma": return_.rma, "reason": reason, "overruled": list(overruled)}
    told = await tell(session, desk, scene, name_and_text, detail, labels.attachments(desk, return_))
    await mails.confirm_return(session, desk, return_.rma)
    return Done(return_, told, name_and_text[1] if told else "")


async def tell(
    session: AsyncSession,
    desk: Desk,
    scene: Scene,
    name_and_text: tuple[str, str],
    detail: Mapping[str, object],
    files: tuple[dict[str, str], ...] = (),
) -> bool:
    name, text = name_and_text
    kept = {key: value for key, value in detail.items() if value}
    await handoffs.audit(session, scene.agent_name, name, scene.where, kept, desk.clock.now())
    if scene.where is None or not scene.tells:
        return False
    return await handovers.tell(session, desk, scene.where, scene.agent_name, text, files)

"""Doing something once: the work, the audit row and the stored answer are one transaction."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.v1.access import Call
from casework import wishes
from casework.desk import Desk
from casework.proposal import By, Done, Refusal, Refused
from casework.wanted import Wish
from handoff import repository as handoffs
from integrations import idempotency
from integrations.idempotency import Answer

REPLAYED = "Idempotency-Replayed"
type Work = Callable[[AsyncSession], Awaitable[BaseModel | None]]


async def once(desk: Desk, call: Call, work: Work, *, status: int = 200, location: str | None = None) -> Response:
    """Do the work and answer, or give the answer of the first time; the work's errors leave nothing behind.

    Raises:
        KeyReused, UnderWay: see `integrations.idempotency`.
    """
    async with desk.database.transaction() as session:
        if call.once is not None:
            await idempotency.hold(session, call.once)
            if earlier := await idempotency.find(session, call.once, desk.clock.now()):
                return _response(earlier, replayed=True)
        shown = await work(session)
        headers = {"Location": location.format(shown=shown)} if location else {}
        body = shown.model_dump_json(by_alias=True).encode() if shown is not None else b""
        answer = Answer(status, body, headers)
        if call.once is not None:
            await idempotency.keep(session, call.once, answer, desk.clock.now())
    return _response(answer, replayed=False)


async def earlier(desk: Desk, call: Call) -> Response | None:
    """Return the answer of the first time, if there was one; raises KeyReused."""
    if call.once is None:
        return None
    async with desk.database.transaction() as session:
        found = await idempotency.find(session, call.once, desk.clock.now())
    return _response(found, replayed=True) if found else None


async def wish(
    desk: Desk,
    call: Call,
    wanted: Callable[[AsyncSession], Awaitable[Wish]],
    shown: Callable[[AsyncSession, Done], Awaitable[BaseModel]],
    act: tuple[str, dict[str, Any], str] = ("", {}, ""),
    **answer: Any,
) -> Response:
    """Carry a wish out; `act` is its name and detail for the audit trail, and the note that is kept with it.

    Raises:
        Refused: the policy or the state of the order does not allow it; nothing was asked of the carrier.
    """
    if found := await earlier(desk, call):
        return found
    async with desk.database.transaction() as session:
        asked = await wanted(session)
        proposal = await wishes.propose(session, desk, asked)
    if isinstance(proposal, Refusal):
        raise Refused(proposal)
    ticket = await wishes.prepare(desk, asked)
    name, detail, note = act

    async def work(session: AsyncSession) -> BaseModel:
        done = await wishes.carry_out(session, desk, asked, By(call.key.actor, None, note=note), ticket)
        result = await shown(session, done)
        await audit(session, desk, call, name, {**detail, **_numbers(done), **({"note": note} if note else {})})
        return result

    return await once(desk, call, work, **answer)


async def audit(session: AsyncSession, desk: Desk, call: Call, act: str, detail: dict[str, Any]) -> None:
    """Note what was done with a key."""
    await handoffs.audit(session, call.key.actor, act, None, detail, desk.clock.now())


def _numbers(done: Done) -> dict[str, str]:
    return {"rma": done.return_.rma} if done.return_ else {}


def _response(answer: Answer, *, replayed: bool) -> Response:
    headers = {**answer.headers, **({REPLAYED: "true"} if replayed else {})}
    media_type = "application/json" if answer.body else None
    return Response(answer.body, answer.status, headers=headers, media_type=media_type)

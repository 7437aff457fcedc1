"""Doing many things each apart from the others: one that fails is logged, is tried again, and holds up none of them."""

import logging
from collections.abc import Awaitable, Callable, Iterable

log = logging.getLogger(__name__)


async def each[Thing](things: Iterable[Thing], step: Callable[[Thing], Awaitable[bool]], what: str) -> int:
    """Make a step for each thing; returns how many steps said that they did something.

    A step opens its own transaction. `what` says to an engineer what failed: `the deadline of`.
    """
    made = 0
    for thing in things:
        try:
            made += await step(thing)
        except Exception:  # whatever it was: the sweep finds the thing again
            log.exception("%s %s: it failed and is tried again", what, thing)
    return made

"""Short lines at the lower edge of a page: what was done, and what could not be done."""

import json
import logging
from collections.abc import Awaitable
from typing import Literal

from nicegui import ui

from console import words
from kit import errors

type Kind = Literal["info", "good", "bad"]

TROUBLE = "Something on our side went wrong. Nothing was changed; please try again."

log = logging.getLogger(__name__)


def say(text: str, kind: Kind = "info") -> None:
    """Show a line for some seconds and read it out politely; call it within a page."""
    ui.run_javascript(f"returndesk.say({json.dumps(text)}, {json.dumps(kind)})")


async def attempt[Result](act: Awaitable[Result]) -> Result | None:
    """Wait for an act; an error becomes a line in words, and None is returned."""
    client = ui.context.client
    try:
        return await act
    except errors.HouseError as error:
        with client:
            say(words.trouble(error), "bad")
    except Exception:  # what an agent sees of it is a sentence, what an engineer sees is the log
        log.exception("an act of an agent failed")
        with client:
            say(TROUBLE, "bad")
    return None

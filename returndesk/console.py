"""The console process: where agents work."""

import uvicorn

from console import app as console
from kit import log
from kit.events import Listener
from kit.settings import Settings
from returndesk import app as wiring
from returndesk import web

LARGEST_FRAME = 1_000_000
"""Bytes that a browser may send over the live socket at once; a long reply that was pasted fits."""


async def serve(settings: Settings) -> None:
    """Run the console until it is told to stop."""
    log.configure(settings.log_level)
    async with wiring.open_house(settings) as house:
        assert settings.database_url
        application = console.create(house.desk, Listener(settings.database_url))
        config = web.server_config(application, settings.host, settings.console_port, settings.log_level)
        config.ws_max_size = LARGEST_FRAME
        await uvicorn.Server(config).serve()

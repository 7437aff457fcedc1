"""The mail catcher: takes every e-mail on loopback and keeps it in the data folder instead of sending it."""

import asyncio
import logging
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from kit import errors, ids, log
from kit.clock import Clock, SystemClock
from kit.settings import Settings

HOST = "127.0.0.1"
LARGEST_BYTES = 25 * 1024 * 1024
MOST_KEPT = 500
"""The oldest e-mails beyond this number go."""

logger = logging.getLogger(__name__)


class Catcher:
    """Writes each e-mail that comes in into a file of its own, whose name begins with the moment it came."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one e-mail (aiosmtpd calls this by its name); it is acknowledged once it is on the disk."""
        content = envelope.original_content or b""
        await asyncio.to_thread(self._keep, content)
        logger.info("caught an e-mail of %d bytes", len(content))
        return "250 OK, caught"

    def _keep(self, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{self._clock.now():%Y%m%dT%H%M%S.%f}-{ids.new_token(6)}"
        unfinished = self._folder / f"{name}.part"
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        unfinished.rename(self._folder / f"{name}.eml")
        for old in sorted(self._folder.glob("*.eml"))[:-MOST_KEPT]:
            old.unlink(missing_ok=True)


async def serve(settings: Settings) -> None:
    """Run the mail catcher until it is told to stop.

    Raises:
        Unavailable: its port is in use.
    """
    log.configure(settings.log_level)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    server = await start(settings.data_dir / "mail", settings.mail_catcher_port, SystemClock())
    async with server:
        await stop.wait()


async def start(folder: Path, port: int, clock: Clock) -> asyncio.Server:
    """Begin to take e-mails on a port of loopback (0: a free one); the caller closes the server.

    Raises:
        Unavailable: the port is in use.
    """
    catcher = Catcher(folder, clock)
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        options: dict[str, Any] = {"hostname": "localhost", "ident": "returndesk", "enable_SMTPUTF8": True}
        return SMTP(catcher, data_size_limit=LARGEST_BYTES, loop=loop, **options)

    try:
        return await loop.create_server(connection, HOST, port)
    except OSError as error:
        raise errors.Unavailable(
            f"Port {port} of the mail catcher is in use; set RETURNDESK_MAIL_CATCHER_PORT to another one."
        ) from error


def is_ready(port: int) -> bool:
    """Tell whether somebody listens on the catcher's port."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False

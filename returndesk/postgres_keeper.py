"""The process that owns the embedded PostgreSQL: starts it, starts it again when it dies, stops it when nobody is left.

`python -m returndesk.postgres_keeper USERS_LOCK KEEPER_LOCK ACCOUNT POSTGRES ARGUMENTS...` is started by
`returndesk.embedded` only. It imports nothing heavy, since everybody waits for it.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from returndesk import lifeline

# A server that lives shorter than this did not start; after so many of these in a row the keeper gives up.
SHORT_LIFE_SECONDS = 5.0
SHORT_LIVES = 5
PAUSE_SECONDS = 0.3
STOP_SECONDS = 20.0


class Keeper:
    """Runs the server until the last user is gone."""

    def __init__(self, argv: list[str], account: str | None) -> None:
        self._argv = argv
        self._account = account
        self._stopping = threading.Event()
        self._server: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Keep the server running until `stop`; return 1 when it does not start."""
        short_lives = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            server = self._launch()
            if self._stopping.is_set():
                self.stop()
            server.wait()
            short_lives = short_lives + 1 if time.monotonic() - began < SHORT_LIFE_SECONDS else 0
            if short_lives >= SHORT_LIVES:
                return 1
            self._stopping.wait(PAUSE_SECONDS)
        return 0

    def stop(self) -> None:
        """End the server: first the fast way (roll back, write a checkpoint), then the hard way."""
        self._stopping.set()
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            server = self._server
            if server is None or server.poll() is not None:
                return
            server.send_signal(how)
            deadline = time.monotonic() + STOP_SECONDS
            while server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)

    def _launch(self) -> "subprocess.Popen[bytes]":
        self._server = subprocess.Popen(
            self._argv,
            user=self._account,
            group=self._account,
            extra_groups=None if self._account is None else [],
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lifeline.tied_to_parent(signal.SIGINT),  # noqa: PLW1509  (one system call, no lock)
        )
        return self._server


def main(argv: list[str]) -> int:
    """Own a server for as long as somebody uses it; return the exit code."""
    users_path, keeper_path, account, *server = argv
    # The kernel closes our files in the order of opening. Our own lock goes first, so that whoever has got the users'
    # lock may rely on it; and neither is let go before we end.
    own = Path(keeper_path).open("wb")  # noqa: SIM115
    users = Path(users_path).open("wb")  # noqa: SIM115
    try:
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 2
    keeper = Keeper(server, None if account == "-" else account)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=keeper.stop).start())
    threading.Thread(target=_stop_after_the_last_user, args=(users, keeper), daemon=True).start()
    code = keeper.run()
    os._exit(code)


def _stop_after_the_last_user(users: IO[bytes], keeper: Keeper) -> None:
    fcntl.flock(users, fcntl.LOCK_EX)
    keeper.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

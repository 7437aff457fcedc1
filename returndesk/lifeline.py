"""Ties the life of a child process to ours, so that even `kill -9` leaves none behind (Linux; elsewhere: nothing)."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def tied_to_parent(how: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """Return a `preexec_fn` that has the child get a signal when the thread that started it ends.

    Start such children from the main thread: the kernel watches the thread, not the process.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != parent:  # it ended before we were tied
            os._exit(1)

    return tie

"""Keeps Rasa's environment quiet and small: no telemetry, no debug output, one thread, memory given back."""

import ctypes
import logging
import os
import warnings

_NOISY = ("rasa", "tensorflow", "absl", "h5py", "matplotlib", "sanic.root", "sanic.access", "apscheduler", "asyncio")
_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TQDM_DISABLE": "1",
    # A turn is too small to be worth two threads: on a busy machine they wait for one another (52 ms instead of 20).
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # numbers of glibc's malloc.h
_LARGE_BYTES = 256 * 1024


def before_rasa() -> None:
    """Set what must stand before Rasa is imported."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)  # noqa: TID251  (Rasa and TensorFlow read nothing else)
    warnings.filterwarnings("ignore")
    _give_memory_back()


def _give_memory_back() -> None:
    """Let large pieces go back to the system when they are freed: loading the encoder leaves 45 MB less behind."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # of glibc alone
    if set_option is not None:
        set_option(_MMAP_THRESHOLD, _LARGE_BYTES)
        set_option(_ARENA_MAX, 1)


def after_rasa() -> None:
    """Silence what Rasa's import has set up. Failures still reach the turn (brain.remote_action) and the log."""
    from rasa.utils.log_utils import configure_structlog  # noqa: PLC0415  (Rasa must not be imported with this module)

    configure_structlog(logging.ERROR)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)

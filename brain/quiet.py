"""Keeps Rasa's environment quiet and small: no telemetry, no jax, no debug output."""

import logging
import os
import sys
import warnings
from typing import Any

_NOISY = ("rasa", "tensorflow", "absl", "h5py", "matplotlib", "sanic.root", "sanic.access", "apscheduler", "asyncio")
_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TQDM_DISABLE": "1",
}


def before_rasa() -> None:
    """Set what must stand before Rasa is imported."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)  # noqa: TID251  (Rasa and TensorFlow read nothing else)
    modules: dict[str, Any] = sys.modules
    modules["jax"] = None  # TensorFlow imports it when it is there, and never uses it here
    warnings.filterwarnings("ignore")


def after_rasa() -> None:
    """Silence what Rasa's import has set up. Failures still reach the turn (brain.remote_action) and the log."""
    from rasa.utils.log_utils import configure_structlog  # noqa: PLC0415  (Rasa must not be imported with this module)

    configure_structlog(logging.ERROR)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)

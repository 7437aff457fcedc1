"""Secrets for a desk that nobody has configured: made once, kept in the data folder, readable by its owner alone."""

import json
import os
import secrets
from pathlib import Path

FILE = "secrets.json"
NAMES = ("secret_key", "actions_token")


def load_or_make(data_dir: Path) -> dict[str, str]:
    """Return the generated secrets of a data folder, made now if there are none."""
    path = data_dir / FILE
    if path.is_file():
        known = json.loads(path.read_text())
        if all(known.get(name) for name in NAMES):
            return {name: str(known[name]) for name in NAMES}
    made = {name: secrets.token_urlsafe(32) for name in NAMES}
    data_dir.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(made, file)
    return made

"""The console's own style sheets, scripts and pictures, and addresses that change when a file does."""

import hashlib
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"


@cache
def address(name: str) -> str:
    """Return the address of a file, with a mark of its content, so that a browser may keep it for ever."""
    path = STATIC / name
    mark = hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "0"
    return f"/static/{name}?{mark}"


def head(*names: str) -> str:
    """Return the lines of a page's head that load style sheets and scripts."""
    return "\n".join(_line(name) for name in names if (STATIC / name).is_file())


def _line(name: str) -> str:
    if name.endswith(".css"):
        return f'<link rel="stylesheet" href="{address(name)}">'
    return f'<script defer src="{address(name)}"></script>'

"""The trained dialogue model: made when it is missing, and found again by a hash of everything that goes into it."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import IO

from kit import errors
from returndesk import lifeline, supervisor

KEPT_MODELS = 3
LAST_LINES = 15
LINE_LIMIT_BYTES = 2**20  # progress bars are long lines


def ingredients(root: Path) -> list[Path]:
    """Return every file that goes into the model, in a fixed order."""
    fixed = [root / name for name in ("config.yml", "domain.yml", "brain/uv.lock")]
    found = [
        *_files(root / "data", "*"),
        *(path for pattern in ("*.py", "*.yml") for path in (root / "brain").glob(pattern)),
        *_files(root / "encoder" / "src", "*.py"),
    ]
    return [path for path in fixed if path.is_file()] + sorted(found)


def fingerprint(root: Path) -> str:
    """Return the hash (SHA-256, hexadecimal) of the names and contents of everything that goes into the model."""
    digest = hashlib.sha256()
    for path in ingredients(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def model_path(data_dir: Path, root: Path) -> Path:
    """Return where the model that fits the present files is, or will be."""
    return _folder(data_dir) / f"{fingerprint(root)[:16]}.tar.gz"


async def ensure(root: Path, data_dir: Path, on_progress: Callable[[str], None] = lambda line: None) -> Path:
    """Return the model that fits the present files, trained now if there is none yet.

    `on_progress` gets each line that the training prints. Two callers at once train once. Call it from the main thread.

    Raises:
        Unavailable: the training failed; the message ends with its last lines.
    """
    model = await asyncio.to_thread(model_path, data_dir, root)
    async with _alone(_folder(data_dir)):
        if model.is_file():
            os.utime(model)
            return model
        unfinished = model.with_name(f"unfinished-{model.name}")
        try:
            code, last = await _train(root, unfinished, on_progress)
            if code != 0 or not unfinished.is_file():
                raise errors.Unavailable(f"The training failed (code {code}). Its last lines:\n{last}")
            unfinished.replace(model)
        finally:
            unfinished.unlink(missing_ok=True)
        _forget_old(model.parent)
    return model


def _folder(data_dir: Path) -> Path:
    return data_dir.resolve() / "models"


def _files(folder: Path, pattern: str) -> Iterable[Path]:
    return (path for path in folder.rglob(pattern) if path.is_file() and not path.name.startswith("."))


def _lock_file(folder: Path) -> IO[str]:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "lock").open("w")


@contextlib.asynccontextmanager
async def _alone(folder: Path) -> AsyncIterator[None]:
    with _lock_file(folder) as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        yield


async def _train(root: Path, out: Path, on_progress: Callable[[str], None]) -> tuple[int, str]:
    python = root / "brain" / ".venv" / "bin" / "python"
    if not python.exists():
        raise errors.Unavailable("The brain's environment is missing. Run make, which sets it up.")
    training = await asyncio.create_subprocess_exec(
        str(python),
        *("-m", "brain.train", "--out", str(out)),
        cwd=root,
        env=supervisor.environment({"PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LINE_LIMIT_BYTES,
        start_new_session=True,
        preexec_fn=lifeline.tied_to_parent(),
    )
    try:
        last = await _follow(training, on_progress)
        return await training.wait(), last
    finally:
        if training.returncode is None:
            training.kill()
            await training.wait()


async def _follow(training: asyncio.subprocess.Process, on_progress: Callable[[str], None]) -> str:
    last: deque[str] = deque(maxlen=LAST_LINES)
    assert training.stdout is not None
    async for raw in training.stdout:
        line = raw.decode(errors="replace").rstrip()
        if line:
            last.append("  " + line)
            on_progress(line)
    return "\n".join(last)


def _forget_old(folder: Path) -> None:
    models = sorted(folder.glob("[0-9a-f]*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in [*models[KEPT_MODELS:], *folder.glob("unfinished-*")]:
        old.unlink()

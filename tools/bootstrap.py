"""Set up both environments: the desk's (Python 3.12) and the brain's (Python 3.10).

Runs on any Python from 3.9 on, with the standard library only, because nothing else is there yet. When
nothing changed since the last time it ends at once: a stamp in `.tools/` records what the environments were made
from.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV_REQUIREMENT = "uv>=0.9"
NOT_INHERITED = (
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "UV_PROJECT_ENVIRONMENT",
)
STEP_SECONDS = 1200


class SetupError(Exception):
    """The set-up cannot go on; the message says what to do."""


@dataclass(frozen=True)
class Environment:
    """One virtual environment: whom it serves, its folder below the root, and the Python that it needs."""

    title: str
    folder: str
    python: str

    def interpreter(self, root: Path) -> Path:
        """Return where the environment's Python stands once it is made."""
        return root / self.folder / ".venv" / "bin" / "python"


ENVIRONMENTS = (Environment("desk", ".", "3.12"), Environment("brain", "brain", "3.10"))


def fingerprint(root: Path) -> str:
    """Hash what the environments are made from, and the place of the project, which scripts in them name."""
    names = [".python-version", "pyproject.toml", "uv.lock", "brain/pyproject.toml", "brain/uv.lock"]
    sources = (path for path in (root / "encoder").rglob("*") if path.suffix in {".py", ".toml"})
    files = [root / name for name in names] + sorted(sources)
    digest = hashlib.sha256(str(root).encode())
    for path in files:
        content = path.read_bytes() if path.is_file() else b"missing"
        digest.update(f"\0{path.relative_to(root)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def is_ready(root: Path) -> bool:
    """Tell whether both environments stand as the project's files ask for."""
    stamp = stamp_file(root)
    if not stamp.is_file() or stamp.read_text() != fingerprint(root):
        return False
    return all(environment.interpreter(root).exists() for environment in ENVIRONMENTS)


def stamp_file(root: Path) -> Path:
    """Return the file that records what the environments were made from."""
    return root / ".tools" / "environments.sha256"


def child_environment() -> dict[str, str]:
    """Return the variables for uv and pip: ours, but byte-compiling and without the caller's own Python."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return {**kept, "UV_COMPILE_BYTECODE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def run(argv: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's root and collect what it says; time limit STEP_SECONDS."""
    return subprocess.run(
        argv,
        cwd=root,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=STEP_SECONDS,
        check=False,
    )


def last_lines(output: str, count: int = 15) -> str:
    """Return the end of a command's output, indented."""
    lines = [line for line in output.splitlines() if line.strip()]
    return "\n".join("  " + line for line in lines[-count:])


class Steps:
    """Prints one line for each step that ends, with the seconds it took."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Time one step and print its line when it is done."""
        began = time.monotonic()
        yield
        if not self.quiet:
            print(f"  {text:<56}{time.monotonic() - began:6.1f} s", flush=True)


def find_uv(root: Path, steps: Steps) -> str:
    """Return the uv to use: the one on PATH, else our own in `.tools/`, which pip installs if need be.

    Raises:
        SetupError: there is neither uv nor a pip that could install it.
    """
    on_path = shutil.which("uv")
    if on_path:
        return on_path
    target = root / ".tools" / "uv-package"
    own = target / "bin" / "uv"
    if not own.is_file():
        with steps.step("uv, the installer, into .tools/"):
            install_uv(root, target)
    return str(own)


def install_uv(root: Path, target: Path) -> None:
    """Install uv into a folder of the project. An externally managed Python allows that: it is not touched.

    Raises:
        SetupError: pip is missing or failed.
    """
    if run([sys.executable, "-m", "pip", "--version"], root).returncode != 0:
        raise SetupError(
            f"Neither uv nor pip was found. Install pip for {sys.executable} (Debian: apt install "
            "python3-pip) or uv (https://docs.astral.sh/uv/), and run make again."
        )
    done = run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), UV_REQUIREMENT], root)
    if done.returncode != 0:
        raise SetupError(f"uv could not be installed with pip:\n{last_lines(done.stdout)}")


def find_python(uv: str, version: str, root: Path) -> str:
    """Return the path of a Python of this version: an installed one, else one that uv downloads.

    Raises:
        SetupError: there is none, and none can be downloaded.
    """
    search = [uv, "python", "find", "--system", "--no-project", version]
    found = run([*search, "--no-python-downloads"], root)
    if found.returncode != 0:
        run([uv, "python", "install", "--quiet", version], root)
        found = run([*search, "--no-python-downloads"], root)
    # uv's warnings about other Pythons stand in the same output
    paths = [line for line in found.stdout.splitlines() if line.startswith("/")]
    if found.returncode != 0 or not paths:
        raise SetupError(
            f"Python {version} was not found. Install it, for example with `pyenv install {version}` or "
            f"`uv python install {version}`, and run make again."
        )
    return paths[-1]


def sync(uv: str, environment: Environment, python: str, root: Path) -> None:
    """Make one environment exactly as its lock file says.

    Raises:
        SetupError: uv failed; the message ends with uv's last lines.
    """
    argv = [uv, "sync", "--frozen", "--project", environment.folder, "--python", python, "--no-progress"]
    done = run(argv, root)
    if done.returncode != 0:
        raise SetupError(f"The {environment.title}'s environment could not be made:\n{last_lines(done.stdout)}")


def set_up(root: Path, steps: Steps) -> None:
    """Make both environments, side by side, and record what they were made from.

    Raises:
        SetupError: something is missing or failed; the message says what to do.
    """
    uv = find_uv(root, steps)
    with steps.step("Python 3.12 and 3.10"):
        pythons = [find_python(uv, environment.python, root) for environment in ENVIRONMENTS]

    def make(environment: Environment, python: str) -> None:
        with steps.step(f"{environment.title}'s environment (Python {environment.python})"):
            sync(uv, environment, python, root)

    with ThreadPoolExecutor(len(ENVIRONMENTS)) as pool:
        list(pool.map(make, ENVIRONMENTS, pythons))
    stamp_file(root).write_text(fingerprint(root))


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Let two makes that start at once take turns."""
    folder = root / ".tools"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Set up what is missing and return the exit code."""
    parser = argparse.ArgumentParser(description="Set up the environments of the desk and of the brain.")
    parser.add_argument("--quiet", action="store_true", help="print problems only")
    options = parser.parse_args(argv)
    if is_ready(root):
        return 0
    if not options.quiet:
        print("Setting up; the first time takes a minute or two.", flush=True)
    try:
        with alone(root):
            if not is_ready(root):
                set_up(root, Steps(options.quiet))
    except SetupError as problem:
        print(problem, file=sys.stderr)
        return 1
    except subprocess.TimeoutExpired as problem:
        print(f"Gave up after {STEP_SECONDS} s: {problem.cmd[0]} did not end. Run make again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

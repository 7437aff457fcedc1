"""`returndesk evaluate`: measures understanding and writes the tables into docs/understanding.md."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kit import errors
from kit import settings as configuration
from returndesk import supervisor

BEGIN = "<!-- written by `returndesk evaluate`: do not edit below this line -->"
END = "<!-- end of what `returndesk evaluate` writes -->"
console = Console(highlight=False, soft_wrap=True)


def evaluate(
    heads: Annotated[bool, typer.Option(help="Compare the kinds of heads too (some minutes more).")] = False,
    stock: Annotated[Path | None, typer.Option(help="With --heads: a trained stock model, compared as well.")] = None,
    cache: Annotated[Path | None, typer.Option(help="A folder where vectors are kept for the next time.")] = None,
    speed: Annotated[bool, typer.Option(help="Train, start and talk to a brain too (some minutes more).")] = False,
    write: Annotated[bool, typer.Option(help="Write the tables into docs/understanding.md.")] = True,
) -> None:
    """Measure intents, entities, wants, FAQ and mood on messages that were not learnt (some minutes)."""
    root = configuration.PROJECT_ROOT
    tables = brain(root, heads=heads, stock=stock, cache=cache, speed=speed)
    parts = ["## Intents, entities and wants: the tables", "", tables]
    kept = ["--cache", str(cache.resolve())] if cache else []
    for title, command in (("FAQ", ["benchmarks.faq"]), ("Mood", ["benchmarks.mood", *kept])):
        parts += ["", f"## {title}: the tables", "", "```", _output(root, sys.executable, "-m", *command), "```"]
    text = "\n".join(parts)
    console.print(text, markup=False)
    if write:
        page = root / "docs" / "understanding.md"
        page.write_text(replaced(page.read_text(encoding="utf-8"), text), encoding="utf-8")


def brain(root: Path, *, heads: bool, stock: Path | None, cache: Path | None, speed: bool) -> str:
    """Return the brain's tables; raises Unavailable when its environment is missing or the run fails."""
    python = root / "brain" / ".venv" / "bin" / "python"
    if not python.exists():
        raise errors.Unavailable("The brain's environment is missing. Run make, which sets it up.")
    wished = [*(["--heads"] if heads else []), *(["--speed"] if speed else [])]
    wished += ["--stock", str(stock.resolve())] if stock else []
    wished += ["--vectors", str(cache.resolve())] if cache else []
    return _output(root, str(python), "-m", "brain.evaluation", "--root", str(root), *wished)


def replaced(page: str, text: str) -> str:
    """Return the page with the text between its two marks; a page without marks gets them at its end."""
    if BEGIN not in page or END not in page:
        page = f"{page.rstrip()}\n\n{BEGIN}\n{END}\n"
    before, rest = page.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{after}"


def _output(root: Path, *command: str) -> str:
    """Return what a command prints; raises Unavailable with its last lines when it fails."""
    environment = supervisor.environment({"PYTHONPATH": str(root), "TF_CPP_MIN_LOG_LEVEL": "3"})
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = "\n".join(done.stderr.splitlines()[-15:])
        raise errors.Unavailable(f"The measurement failed (code {done.returncode}). Its last lines:\n{last}")
    return done.stdout.strip()

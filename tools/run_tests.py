"""Run what `make check` and `make test` stand for: the checks and the model's training, then the suites side by side.

The desk's tests print as they go. Those of the books, those that talk to the whole running house, and the brain's run
beside them and are printed when all are done: much of each suite is waiting.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DESK = str(ROOT / ".venv" / "bin" / "python")
BRAIN = str(ROOT / "brain" / ".venv" / "bin" / "python")


@dataclass(frozen=True)
class Step:
    """One command, and what its environment has beside ours."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


CHECKS = (
    Step("lint", (DESK, "-m", "ruff", "check", "--quiet", ".")),
    Step("formatting", (DESK, "-m", "ruff", "format", "--check", ".")),
    Step("types", (DESK, "-m", "mypy", "--no-error-summary")),
    Step("types of tools", (DESK, "-m", "mypy", "--no-error-summary", "tools", "benchmarks")),
    Step("imports", (str(ROOT / ".venv" / "bin" / "lint-imports"), "--no-logo")),
    Step("house rules", (DESK, "tools/house_rules.py")),
)
# Beside the suites it would take minutes, and every test of the running house waits for it.
MODEL = Step(
    "the dialogue model",
    (DESK, "-m", "returndesk", "train"),
    {"RETURNDESK_DATA_DIR": str(ROOT / "var" / "test-house")},
)
HOUSE = ("tests/dialogue", "tests/browser", "tests/returndesk")
BOOKS = ("tests/store", "tests/casework", "tests/api", "tests/integrations", "tests/gateways")
DESK_TESTS = Step("the desk's tests", (DESK, "-m", "pytest", *(f"--ignore={folder}" for folder in (*HOUSE, *BOOKS))))
BOOKS_TESTS = Step("the books' tests", (DESK, "-m", "pytest", *BOOKS))
HOUSE_TESTS = Step("the running house's tests", (DESK, "-m", "pytest", *HOUSE))
BRAIN_TESTS = Step(
    "the brain's tests",
    (BRAIN, "-m", "pytest", "-q", "-c", "brain/pyproject.toml", "brain/tests"),
    {"PYTHONPATH": str(ROOT)},
)


def collected(step: Step) -> subprocess.CompletedProcess[str]:
    """Run a step in the project's root and collect what it prints."""
    return subprocess.run(
        step.argv,
        cwd=ROOT,
        env={**os.environ, **step.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def shown(step: Step) -> int:
    """Run a step that prints straight to the terminal; return its exit code."""
    return subprocess.run(step.argv, cwd=ROOT, env={**os.environ, **step.env}, check=False).returncode


def run_side_by_side(steps: Sequence[Step]) -> bool:
    """Run steps side by side, print a line for each and what failing ones say; return whether all passed."""
    passed = True
    with ThreadPoolExecutor(len(steps)) as pool:
        for step, done in zip(steps, pool.map(collected, steps), strict=True):
            print(result(step.name, done.returncode), flush=True)
            if done.returncode != 0:
                passed = False
                print(done.stdout, flush=True)
    return passed


def run_suites() -> bool:
    """Run the suites side by side, the desk's on the terminal; return whether all passed."""
    beside = (BOOKS_TESTS, HOUSE_TESTS, BRAIN_TESTS)
    with ThreadPoolExecutor(len(beside)) as pool:
        running = [pool.submit(collected, step) for step in beside]
        codes = {DESK_TESTS.name: shown(DESK_TESTS)}
        for step, done in zip(beside, (future.result() for future in running), strict=True):
            print(f"\n---- {step.name}\n{done.stdout}")
            codes[step.name] = done.returncode
    for name, code in codes.items():
        print(result(name, code))
    return not any(codes.values())


def result(name: str, code: int) -> str:
    """Return the line that says how a step went."""
    return f"  {'FAILED' if code else 'ok':<8}{name}"


def main(argv: list[str] | None = None) -> int:
    """Run what was asked for and return the exit code."""
    parser = argparse.ArgumentParser(description="Run the checks and the tests.")
    parser.add_argument("--only", choices=["check", "tests"], help="only the checks, or only the tests")
    only = parser.parse_args(argv).only
    first = (*(CHECKS if only != "tests" else ()), *((MODEL,) if only != "check" else ()))
    began = time.monotonic()
    try:
        passed = run_side_by_side(first)
        if passed and only != "check":
            passed = run_suites()
    except KeyboardInterrupt:
        return 130
    print(f"{'All passed' if passed else 'FAILED'} in {time.monotonic() - began:.0f} s", flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

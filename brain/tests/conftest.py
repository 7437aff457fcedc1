"""The tiny bot, trained once and served as in production: a process of its own, spoken to over HTTP."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import desk as desks  # noqa: E402

BOT = Path(__file__).parent / "bot"
TOKEN = "a-token-for-tests"


def command(*arguments: str) -> list[str]:
    """Return the command line of one of the brain's modules."""
    return [sys.executable, "-m", *arguments]


def environment() -> dict[str, str]:
    """Return the environment of a brain's process."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "RETURNDESK_ACTIONS_TOKEN": TOKEN}


def free_port() -> int:
    """Return a port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Brain:
    """A running brain as the desk sees it."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process
        self.turns = 0

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        return self._send(urllib.request.Request(f"http://127.0.0.1:{self.port}/webhooks/desk/{path}"))

    def post(self, body: Any) -> tuple[int, dict[str, Any]]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}/webhooks/desk/webhook"
        return self._send(urllib.request.Request(url, data, {"Content-Type": "application/json"}))

    def turn(self, text: str | None = None, state: Any = None, **more: Any) -> dict[str, Any]:
        """Take one turn that must succeed."""
        self.turns += 1
        status, answer = self.post({"turn_id": f"turn-{self.turns}", "text": text, "state": state, **more})
        assert status == 200, answer
        return answer

    def _send(self, request: urllib.request.Request) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model") / "exactly-here.tar.gz"
    done = subprocess.run(
        command("brain.train", "--root", str(BOT), "--out", str(out)),
        env=environment(),
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def served_desk() -> Iterator[tuple[desks.Desk, str]]:
    desk = desks.Desk()
    server = desks.start(desk)
    yield desk, f"http://127.0.0.1:{server.server_address[1]}/actions"
    server.shutdown()


@pytest.fixture
def desk(served_desk: tuple[desks.Desk, str]) -> Iterator[desks.Desk]:
    desk = served_desk[0]
    desk.calls.clear()
    desk.headers.clear()
    yield desk
    desk.broken, desk.nonsense, desk.slow = None, False, 0.0


@pytest.fixture(scope="session")
def brain(model: Path, served_desk: tuple[desks.Desk, str]) -> Iterator[Brain]:
    port = free_port()
    arguments = ["--model", str(model), "--port", str(port), "--actions-url", served_desk[1]]
    process = subprocess.Popen(
        [*command("brain.serve", *arguments), "--endpoints", str(ROOT / "endpoints.yml")], env=environment()
    )
    running = Brain(port, process)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "the brain ended while starting"
        try:
            if running.get("health")[0] == 200:
                break
        except OSError:
            time.sleep(0.2)
    yield running
    process.terminate()
    process.wait(20)

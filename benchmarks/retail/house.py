"""A house of the benchmark's own: imported once, spoken to over the public web chat API, and put back for each task."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg

from kit.settings import PROJECT_ROOT
from retail import books, heard
from returndesk import embedded, lifeline

START_SECONDS = 600
TURN_SECONDS = 25
_PORTS = ("PORT", "BRAIN_PORT", "ACTIONS_PORT", "CONSOLE_PORT", "MAIL_CATCHER_PORT")


class House:
    """A running house and its database."""

    def __init__(self, url: str, connection: books.Connection) -> None:
        self.client = httpx.Client(base_url=url, timeout=TURN_SECONDS + 15)
        self.connection = connection

    def chat(self) -> "Chat":
        """Open a conversation."""
        return Chat(self.client)


class Chat:
    """One conversation over the web chat API, in plain words only."""

    def __init__(self, client: httpx.Client) -> None:
        opened = client.post("/api/chat/v1/sessions", json={}).raise_for_status().json()
        self._client = client
        self._headers = {"Authorization": f"Bearer {opened['token']}"}
        self._last = max((one["seq"] for one in opened["messages"]), default=0)

    def say(self, text: str) -> heard.Heard:
        """Send a text and return what came back for it."""
        message = {"text": text, "client_message_id": uuid.uuid4().hex}
        self._call("POST", f"/api/chat/v1/messages?wait={TURN_SECONDS}", json=message)
        answer = self._call("GET", f"/api/chat/v1/messages?after={self._last}")
        messages = answer["messages"]
        self._last = max((one["seq"] for one in messages), default=self._last)
        return heard.hear(messages, person=answer["owner"] != "bot")

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        answer = self._client.request(method, path, headers=self._headers, **arguments)
        return dict(answer.raise_for_status().json())


@contextmanager
def running(folder: Path, data: Path, first_port: int | None) -> Iterator[House]:
    """Run a house with the data set in it, for the length of a block; trained models in the folder are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in ("postgres", "log"):
        shutil.rmtree(folder / stale, ignore_errors=True)
    ports = [first_port + place for place in range(len(_PORTS))] if first_port else [_free_port() for _ in _PORTS]
    environment = _environment(folder, ports)
    with embedded.running(folder, durable=False) as url:
        _command(environment, "import", "retail", str(data))
        with psycopg.connect(url, autocommit=True) as connection:
            books.keep(connection)
            with _up(folder, environment):
                yield House(f"http://127.0.0.1:{ports[0]}", connection)


def _environment(folder: Path, ports: list[int]) -> dict[str, str]:
    ours = {f"RETURNDESK_{name}": str(port) for name, port in zip(_PORTS, ports, strict=True)}
    ours |= {
        "RETURNDESK_DATA_DIR": str(folder),
        "RETURNDESK_POLICY": str(PROJECT_ROOT / "policy" / "retail.yml"),
        "RETURNDESK_DEMO_SHOP": "false",
        "RETURNDESK_MESSAGES_PER_MINUTE": "100000",
        "RETURNDESK_SESSIONS_PER_MINUTE": "100000",
    }
    return {**{name: value for name, value in os.environ.items() if name != "DATABASE_URL"}, **ours}


def _command(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "returndesk", *arguments]
    done = subprocess.run(command, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"returndesk {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def _up(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    log = folder / "up.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "returndesk", "up"]
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=PROJECT_ROOT,
            stdout=output,
            stderr=output,
            preexec_fn=lifeline.tied_to_parent(signal.SIGTERM),  # noqa: PLW1509  (no threads yet; a killed measure leaves no house)
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while "returndesk is up" not in log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the house did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

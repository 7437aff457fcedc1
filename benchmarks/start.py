"""How long a newcomer waits: clone to first reply, second start, the brain's first turn, and the brain's memory.

Run it from a clean checkout: `.venv/bin/python benchmarks/start.py`. It clones the last commit into a temporary folder
and does there what a newcomer does, on free ports and with a database of its own.
"""

import argparse
import functools
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

import encoder

ROOT = Path(__file__).resolve().parent.parent
GIVE_UP_SECONDS = 1200.0
STOP_SECONDS = 60.0


class Failed(Exception):
    """A measurement did not come to its end; the message says where."""


@dataclass(frozen=True)
class Row:
    """One line of the report; `budget` None means that none was promised."""

    what: str
    value: float
    unit: str
    budget: float | None

    def __str__(self) -> str:
        if self.budget is None:
            return f"{self.what:<44}{self.value:>8.1f} {self.unit}"
        verdict = "ok" if self.value <= self.budget else "OVER"
        return f"{self.what:<44}{self.value:>8.1f} {self.unit:<4}{self.budget:>8.0f} {self.unit:<4}{verdict:>6}"


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses at this moment."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@contextmanager
def made(clone: Path, log: Path, ports: list[int]) -> Iterator[subprocess.Popen[bytes]]:
    """Run `make run` in a clone for the length of a block, then press Ctrl-C and see that nothing is left."""
    names = ("RETURNDESK_PORT", "RETURNDESK_BRAIN_PORT", "RETURNDESK_ACTIONS_PORT")
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL" and "RETURNDESK" not in name}
    env = {**kept, **{name: str(port) for name, port in zip(names, ports, strict=True)}}
    env.pop("PYTHONPATH", None)
    with log.open("ab") as output:
        running = subprocess.Popen(
            ["make", "run"], cwd=clone, env=env, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield running
    finally:
        os.killpg(running.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
        try:
            running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    left = [process.pid for process in left_behind(clone)]
    if left:
        raise Failed(f"Ctrl-C left processes behind: {left}")


def left_behind(clone: Path) -> list[psutil.Process]:
    """Return the processes whose command or folder is in the clone."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        words = [*(process.info["cmdline"] or []), process.info["cwd"] or ""]
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(clone) in word for word in words):
            found.append(process)
    return found


def wait_for_reply(base: str, running: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the bot has answered a first message over the web chat API.

    Raises:
        Failed: the system ended, answered wrongly, or took longer than GIVE_UP_SECONDS.
    """
    deadline = time.monotonic() + GIVE_UP_SECONDS
    with httpx.Client(base_url=f"{base}/api/chat/v1", timeout=30, trust_env=False) as client:
        while time.monotonic() < deadline:
            if running.poll() is not None:
                raise Failed(
                    f"make run ended with code {running.returncode}:\n{log.read_text(errors='replace')[-3000:]}"
                )
            try:
                session = client.post("/sessions", json={})
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            if session.is_success:
                return ask(client, session.json()["token"])
            time.sleep(0.1)
    raise Failed(f"No reply within {GIVE_UP_SECONDS:.0f} s:\n{log.read_text(errors='replace')[-3000:]}")


def ask(client: httpx.Client, token: str) -> None:
    """Send one message and see that the bot answers it.

    Raises:
        Failed: it does not.
    """
    answer = client.post(
        "/messages",
        params={"wait": 20},
        headers={"Authorization": f"Bearer {token}"},
        json={"text": "where is my refund?", "client_message_id": str(uuid.uuid4())},
    )
    answer.raise_for_status()
    if not any(message["author"] == "bot" for message in answer.json()["messages"]):
        raise Failed(f"The bot did not answer: {answer.text[:500]}")


class QuietAction(http.server.BaseHTTPRequestHandler):
    """Stands for the desk's actions: says one sentence, changes nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a custom action."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"events": [], "responses": [{"text": "ok"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is http.server's)
        """Say nothing."""


@contextmanager
def brain(clone: Path, model: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a brain alone for the length of a block."""
    actions = http.server.ThreadingHTTPServer(("127.0.0.1", 0), QuietAction)
    threading.Thread(target=actions.serve_forever, daemon=True).start()
    (port,) = free_ports(1)
    running = subprocess.Popen(
        [
            str(clone / "brain/.venv/bin/python"),
            *("-m", "brain.serve", "--model", str(model), "--port", str(port)),
            *("--actions-url", f"http://127.0.0.1:{actions.server_port}/actions"),
        ],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone), "RETURNDESK_ACTIONS_TOKEN": "benchmark"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/webhooks/desk/webhook", running
    finally:
        running.terminate()
        running.wait(STOP_SECONDS)
        actions.shutdown()


def measure_brain(clone: Path, model: Path) -> list[Row]:
    """Measure a brain's first turn after its start (seconds), and its memory after ten and with its own encoder (MB).

    Raises:
        Failed: it does not answer.
    """
    packed_vector("where is my refund?")
    began = time.monotonic()
    with brain(clone, model) as (url, running), httpx.Client(timeout=30, trust_env=False) as client:
        turn(client, url, running)
        first = time.monotonic() - began
        busy = psutil.Process(running.pid).cpu_times()
        for _ in range(9):
            turn(client, url, running)
        memory = psutil.Process(running.pid).memory_info().rss / 1e6
        for _ in range(10):
            turn(client, url, running, encoded=False)
        with_encoder = psutil.Process(running.pid).memory_info().rss / 1e6
    return [
        Row("brain: start to first turn answered", first, "s", 5),
        Row("brain: processor time of that", busy.user + busy.system, "s", None),
        Row("brain: memory, vectors sent by the desk", memory, "MB", None),
        Row("brain: memory, once it encodes itself", with_encoder, "MB", 350),
    ]


def newest_model(clone: Path) -> Path:
    """Return the model that was trained last in a checkout."""
    return max((clone / "var" / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)


@functools.cache
def packed_vector(text: str) -> str:
    """Encode a text as the worker does."""
    return encoder.pack(encoder.Encoder().encode(text))


def turn(client: httpx.Client, url: str, running: subprocess.Popen[bytes], *, encoded: bool = True) -> None:
    """Let the brain answer one message, encoded as the desk does it or not; waits while it starts.

    Raises:
        Failed: it ended, or answered with an error.
    """
    text = "where is my refund?"
    message = {"turn_id": str(uuid.uuid4()), "state": None, "text": text, "payload": None}
    vectors = [{"text": text, "vector": packed_vector(text)}] if encoded else []
    rest = {"language": "en", "channel": "web", "vectors": vectors, "metadata": {}}
    deadline = time.monotonic() + 120
    while running.poll() is None and time.monotonic() < deadline:
        try:
            answer = client.post(url, json={**message, **rest})
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        if answer.is_success:
            return
        raise Failed(f"The brain answered {answer.status_code}: {answer.text[:500]}")
    raise Failed("The brain ended or did not answer.")


def measure(folder: Path) -> Iterator[Row]:
    """Measure everything, slowest first, in an empty folder.

    Raises:
        Failed: a measurement did not come to its end.
    """
    clone, log, ports = folder / "returndesk", folder / "make-run.log", free_ports(3)
    base = f"http://127.0.0.1:{ports[0]}"
    began = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    with made(clone, log, ports) as running:
        wait_for_reply(base, running, log)
        yield Row("clone to first reply", time.monotonic() - began, "s", 180)
    began = time.monotonic()
    with made(clone, log, ports) as running:
        wait_for_reply(base, running, log)
        yield Row("second start to first reply", time.monotonic() - began, "s", 25)
        began = time.monotonic()
    yield Row("Ctrl-C to everything stopped", time.monotonic() - began, "s", None)
    yield from measure_brain(clone, newest_model(clone))


def main() -> int:
    """Print the table; the exit code is 1 when a budget is broken or a measurement failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--keep", action="store_true", help="leave the clone where it is")
    parser.add_argument("--brain", type=Path, metavar="MODEL", help="measure only a brain of this checkout, with MODEL")
    options = parser.parse_args()
    keep = options.keep
    folder = Path(tempfile.mkdtemp(prefix="returndesk-start-"))
    rows: list[Row] = []
    try:
        print(f"{'':<44}{'measured':>10} {'budget':>11}")
        for row in measure_brain(ROOT, options.brain) if options.brain else measure(folder):
            rows.append(row)
            print(row, flush=True)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        if keep:
            print(f"The clone is in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if any(row.budget is not None and row.value > row.budget for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

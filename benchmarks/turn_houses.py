"""What benchmarks/turn.py speaks to: a whole desk, a brain alone, and a stock Rasa, each started for it and stopped."""

import functools
import hashlib
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

import encoder
from kit.settings import PROJECT_ROOT
from returndesk import embedded

STOCK = PROJECT_ROOT / "benchmarks" / "stock"
BRAIN_PYTHON = PROJECT_ROOT / "brain" / ".venv" / "bin" / "python"
QUESTION = "how long does a refund take?"
START_SECONDS = 900.0
_RETURNABLE = """
    SELECT number, email, (array_agg(order_items.name ORDER BY position))[1]
    FROM orders JOIN customers ON customers.id = customer_id
      JOIN order_items ON order_items.order_id = orders.id JOIN products ON products.id = product_id
    WHERE state = 'delivered' AND delivered_at > now() - interval '20 days'
      AND NOT EXISTS (SELECT FROM returns WHERE returns.order_id = orders.id)
    GROUP BY number, email
    HAVING count(*) = 2 AND sum(unit_price * quantity) < 200
      AND bool_and(category IN ('kitchen', 'home', 'clothing', 'outdoor', 'shoes') AND NOT final_sale)
    ORDER BY number
"""


class Failed(Exception):
    """A measurement did not come to its end; the message says where."""


@dataclass(frozen=True)
class Purchase:
    """An order that can be returned: its number, what proves it, and one of its items."""

    number: str
    email: str
    item: str


@dataclass(frozen=True)
class House:
    """A running desk."""

    url: str
    data_dir: Path

    def purchases(self, count: int) -> list[Purchase]:
        """Return so many orders of the demo shop that can be returned."""
        with embedded.running(self.data_dir) as url, psycopg.connect(url) as connection:
            rows = connection.execute(_RETURNABLE).fetchall()
        if len(rows) < count:
            raise Failed(f"The demo shop has {len(rows)} fitting orders, {count} are needed")
        return [Purchase(f"#{row[0]}", str(row[1]), str(row[2])) for row in rows[:count]]


@contextmanager
def desk(data: Path) -> Iterator[House]:
    """Run a whole desk on free ports, as `returndesk up` does; its model is kept for the next time."""
    data_dir = data / "desk"
    data_dir.mkdir(parents=True, exist_ok=True)
    names = ("PORT", "BRAIN_PORT", "ACTIONS_PORT", "CONSOLE_PORT", "MAIL_CATCHER_PORT")
    ports = free_ports(len(names))
    settings = {f"RETURNDESK_{name}": str(port) for name, port in zip(names, ports, strict=True)}
    settings |= {
        "RETURNDESK_DATA_DIR": str(data_dir),
        "RETURNDESK_MESSAGES_PER_MINUTE": "100000",
        "RETURNDESK_SESSIONS_PER_MINUTE": "100000",
    }
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | settings
    log = data / "desk.log"
    command = [sys.executable, "-m", "returndesk", "up"]
    with started(command, PROJECT_ROOT, environment, log, signal.SIGINT) as running:
        wait_until(lambda: "returndesk is up" in log.read_text(errors="replace"), running, log)
        yield House(f"http://127.0.0.1:{ports[0]}", data_dir)


@contextmanager
def stock(data: Path, core: int | None = None) -> Iterator[str]:
    """Run a stock Rasa with its action server, trained before if it has to be; with `core`, Rasa on that core alone.

    Yields its address. It begins with an empty tracker store.
    """
    folder = data / "stock"
    model = _trained(folder)
    port, actions_port = free_ports(2)
    (folder / "endpoints.yml").write_text(
        f'action_endpoint: {{url: "http://127.0.0.1:{actions_port}/webhook"}}\n'
        "tracker_store: {type: SQL, dialect: sqlite, db: tracker.db}\n"
    )
    for stale in folder.glob("tracker.db*"):
        stale.unlink()
    with ExitStack() as stack:
        actions = _rasa("run", "actions", "--actions", "stock_actions", "--port", str(actions_port))
        log = data / "stock-actions.log"
        others = None if core is None else _other_cores(core)
        running = stack.enter_context(started(actions, folder, _quiet(), log, cores=others))
        wait_until(lambda: answers(f"http://127.0.0.1:{actions_port}/health"), running, log)
        serve = _rasa("run", "--model", str(model), "--port", str(port), "--endpoints", "endpoints.yml")
        log = data / "stock.log"
        cores = None if core is None else {core}
        running = stack.enter_context(started(serve, folder, _quiet(), log, cores=cores))
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{url}/webhooks/rest/", "ok"), running, log)
        yield url


@dataclass(frozen=True)
class Brain:
    """A brain alone, whose actions say one sentence."""

    url: str

    def ask(self, client: httpx.Client) -> None:
        """Let it answer one question of a new conversation, with the vector that the desk always sends along."""
        body = {"turn_id": str(uuid.uuid4()), "state": None, "text": QUESTION, "vectors": list(_vectors())}
        client.post(f"{self.url}/webhooks/desk/webhook", json=body).raise_for_status()


@contextmanager
def brain(data: Path, core: int) -> Iterator[Brain]:
    """Run a brain alone on one core, with a stand-in for the desk's actions."""
    models = sorted((data / "desk" / "models").glob("[0-9a-f]*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise Failed("There is no model of the desk yet: measure whole turns first")
    stand_in = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _OneSentence)
    threading.Thread(target=stand_in.serve_forever, daemon=True).start()
    (port,) = free_ports(1)
    command = [str(BRAIN_PYTHON), "-m", "brain.serve", "--model", str(models[-1]), "--port", str(port)]
    command += ["--actions-url", f"http://127.0.0.1:{stand_in.server_port}/actions"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "RETURNDESK_ACTIONS_TOKEN": "benchmark"}
    url = f"http://127.0.0.1:{port}"
    log = data / "brain.log"
    try:
        with started(command, PROJECT_ROOT, environment, log, cores={core}) as running:
            wait_until(lambda: answers(f"{url}/webhooks/desk/health"), running, log)
            yield Brain(url)
    finally:
        stand_in.shutdown()


def asking_stock(url: str) -> Callable[[httpx.Client], None]:
    """Return what asks stock one question of a new conversation."""

    def ask(client: httpx.Client) -> None:
        body = {"sender": str(uuid.uuid4()), "message": QUESTION}
        if not client.post(f"{url}/webhooks/rest/webhook", json=body).raise_for_status().json():
            raise Failed("Stock said nothing")

    return ask


def rate(ask: Callable[[httpx.Client], None], callers: int, seconds: float) -> float:
    """Return how many questions a second are answered, asked by so many callers at once.

    Raises:
        Failed: a question was not answered.
    """
    counts = [0] * callers
    failures: list[Exception] = []

    def call(number: int, until: float) -> None:
        try:
            with httpx.Client(timeout=60, trust_env=False) as client:
                while time.perf_counter() < until:
                    ask(client)
                    counts[number] += 1
        except (httpx.HTTPError, Failed) as error:
            failures.append(error)

    begun = time.perf_counter()
    threads = [threading.Thread(target=call, args=(number, begun + seconds)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise Failed(f"A question was not answered: {failures[0]!r}")
    return sum(counts) / (time.perf_counter() - begun)


@contextmanager
def started(
    command: list[str],
    folder: Path,
    environment: dict[str, str],
    log: Path,
    ending: signal.Signals = signal.SIGTERM,
    cores: set[int] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command for the length of a block, on these cores only when they are named."""
    log.parent.mkdir(parents=True, exist_ok=True)
    pinned = ["taskset", "--cpu-list", ",".join(map(str, sorted(cores)))] if cores else []
    with log.open("wb") as output:
        running = subprocess.Popen([*pinned, *command], cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        yield running
    finally:
        running.send_signal(ending)
        try:
            running.wait(40)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def wait_until(ready: Callable[[], bool], running: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for something that was started.

    Raises:
        Failed: it ended, or was not ready within START_SECONDS.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        if ready():
            return
        time.sleep(0.2)
    raise Failed(f"It did not start ({log}):\n{log.read_text(errors='replace')[-2000:]}")


def answers(url: str, mention: str = "") -> bool:
    """Tell whether an address answers, and mentions something."""
    try:
        response = httpx.get(url, timeout=2, trust_env=False)
    except httpx.HTTPError:
        return False
    return response.is_success and mention in response.text


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


@functools.cache
def _vectors() -> tuple[dict[str, str], ...]:
    return ({"text": QUESTION, "vector": encoder.pack(encoder.Encoder().encode(QUESTION))},)


def _other_cores(core: int) -> set[int]:
    return set(range(os.cpu_count() or 1)) - {core} or {core}


def _rasa(*arguments: str) -> list[str]:
    return [str(BRAIN_PYTHON), "-m", "rasa", *arguments]


def _quiet() -> dict[str, str]:
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {**os.environ, **quiet}


def _trained(folder: Path) -> Path:
    """Generate the stock project and train it, unless a model of the same files is there.

    Raises:
        Failed: Rasa made no model.
    """
    sources = sorted([*STOCK.glob("*.yml"), *STOCK.glob("data/*.yml"), *PROJECT_ROOT.glob("data/nlu/*.yml")])
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    model = folder / "models" / f"{digest}.tar.gz"
    for path in [*sources, STOCK / "stock_actions.py"]:
        copy = folder / path.relative_to(PROJECT_ROOT if path.is_relative_to(PROJECT_ROOT / "data") else STOCK)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    if model.is_file():
        return model
    print("training the stock model; it is kept for the next time", flush=True)
    train = _rasa("train", "--domain", "domain.yml", "--config", "config.yml", "--data", "data", "--out", "models")
    with (folder / "train.log").open("wb") as log:
        command = [*train, "--fixed-model-name", digest]
        done = subprocess.run(command, cwd=folder, env=_quiet(), stdout=log, stderr=log, check=False)
    if done.returncode != 0 or not model.is_file():
        raise Failed(f"Rasa trained no model: see {folder / 'train.log'}")
    return model


class _OneSentence(http.server.BaseHTTPRequestHandler):
    """Stands for the desk's actions: says one sentence, changes nothing."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two of them wait 40 ms for an acknowledgement

    def do_POST(self) -> None:
        """Answer a custom action."""
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"events": [], "responses": [{"text": "ok"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is http.server's)
        """Say nothing."""

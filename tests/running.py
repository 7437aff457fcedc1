"""Runs the house for tests as an engineer runs it: `returndesk up` in a process of its own, on free ports."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from kit.settings import PROJECT_ROOT
from returndesk import embedded

START_SECONDS = 600


@dataclass(frozen=True)
class Purchase:
    """An order of the demo shop that can be returned: its number, what proves it, and how many of which items."""

    number: str
    zip: str
    email: str
    items: dict[str, int]

    @property
    def first(self) -> str:
        """Name of the first item."""
        return next(iter(self.items))


SELL_MORE = """
    CREATE TEMP TABLE more AS
      SELECT id AS old, gen_random_uuid() AS new, 'H' || (800000 + row_number() OVER (ORDER BY time, number)) AS number
      FROM orders, generate_series(1, 6) AS time
      WHERE state = 'delivered' AND delivered_at > now() - interval '28 days' AND number NOT LIKE 'H20____'
        AND NOT EXISTS (SELECT FROM returns WHERE returns.order_id = orders.id);
    INSERT INTO orders SELECT (jsonb_populate_record(
      orders, jsonb_build_object('id', more.new, 'number', more.number, 'gift_code', NULL))).*
      FROM orders JOIN more ON more.old = orders.id;
    INSERT INTO order_items SELECT (jsonb_populate_record(
      order_items, jsonb_build_object('id', gen_random_uuid(), 'order_id', more.new))).*
      FROM order_items JOIN more ON more.old = order_items.order_id;
    INSERT INTO payments SELECT (jsonb_populate_record(
      payments, jsonb_build_object('id', gen_random_uuid(), 'order_id', more.new))).*
      FROM payments JOIN more ON more.old = payments.order_id;
"""


class RunningHouse:
    """A running house with a data folder of its own; trained models in it are kept between runs."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port, self.brain_port, self.actions_port, self.console_port, self.mail_port = (
            free_port() for _ in range(5)
        )
        self.url = f"http://127.0.0.1:{self.port}"
        self.console_url = f"http://127.0.0.1:{self.console_port}"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._used: set[str] = set()

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs in its environment to work on this house."""
        ours = {
            "RETURNDESK_DATA_DIR": str(self.data_dir),
            "RETURNDESK_PORT": str(self.port),
            "RETURNDESK_BRAIN_PORT": str(self.brain_port),
            "RETURNDESK_ACTIONS_PORT": str(self.actions_port),
            "RETURNDESK_CONSOLE_PORT": str(self.console_port),
            "RETURNDESK_MAIL_CATCHER_PORT": str(self.mail_port),
            "RETURNDESK_POLICY": str(always_open(self.data_dir)),
            "RETURNDESK_HANDOFF": str(self._hurried()),
            "RETURNDESK_MAIL_AFTER_SECONDS": "3",
            "RETURNDESK_MESSAGES_PER_MINUTE": "100000",
            "RETURNDESK_SESSIONS_PER_MINUTE": "100000",
        }
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return {**inherited, **ours, **self._settings}

    def _hurried(self) -> Path:
        """Write the rules for handoffs with waits of seconds instead of minutes."""
        rules = (PROJECT_ROOT / "policy" / "handoff.yml").read_text()
        for name, seconds in {"alarm_again": 5, "tell_supervisors": 10, "give_up": 20, "agent_gone": 15}.items():
            rules = re.sub(rf"^  {name}: \d+$", f"  {name}: {seconds}", rules, flags=re.MULTILINE)
        path = self.data_dir / "hurried.yml"
        path.write_text(rules)
        return path

    def passwords(self) -> dict[str, str]:
        """Return the passwords of the demo's agents by their e-mails."""
        return dict(json.loads((self.data_dir / "demo-agents.json").read_text()))

    def agents_are_there(self, *emails: str) -> None:
        """Let agents count as online from now on, as if their console stayed open."""
        query = "UPDATE agents SET seen_at = now() + interval '1 day' WHERE email = ANY(%s) RETURNING name"
        assert len(self.rows(query, list(emails))) == len(emails)

    def start(self) -> None:
        """Start from an empty database and wait until a chat can begin."""
        for stale in ("postgres", "log", "mail"):
            shutil.rmtree(self.data_dir / stale, ignore_errors=True)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        output = (self.data_dir / "up.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "returndesk", "up"],
            env=self.environment,
            stdout=output,
            stderr=output,
            cwd=PROJECT_ROOT,
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if "returndesk is up" in self.said():
                self._sell_more()
                return
            time.sleep(0.2)
        raise RuntimeError(f"the house did not start:\n{self.said()}")

    def _sell_more(self) -> None:
        """Sell six times more what can be returned: each test takes an order of its own, and there are too few."""
        with embedded.running(self.data_dir) as url, psycopg.connect(url) as connection:
            connection.execute(SELL_MORE)

    def said(self) -> str:
        """Return what `returndesk up` has printed."""
        return (self.data_dir / "up.log").read_text(errors="replace")

    def stop(self, ending: signal.Signals = signal.SIGINT) -> int:
        """Stop it, as Ctrl-C does unless another signal is named; returns the exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(ending)
        return self._process.wait(timeout=40)

    def kill(self, name: str) -> None:
        """Kill one process of the house (`web`, `worker`, `brain`) without warning."""
        os.kill(self.pid_of(name), signal.SIGKILL)

    def pid_of(self, name: str) -> int:
        """Return the process id of one part of the house."""
        mark = {
            "web": "serve web",
            "worker": "serve worker",
            "console": "serve console",
            "mail": "serve mail",
            "brain": "brain.serve",
        }[name]
        listing = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        assert self._process is not None
        for line in listing.splitlines():
            pid, parent, arguments = line.split(None, 2)
            if int(parent) == self._process.pid and mark in arguments:
                return int(pid)
        raise RuntimeError(f"no {name} is running:\n{self.said()}")

    def wait_until_well(self) -> None:
        """Wait until every part answers again."""
        for address in (
            f"{self.url}/health",
            f"http://127.0.0.1:{self.brain_port}/webhooks/desk/health",
            f"http://127.0.0.1:{self.actions_port}/health",
            f"{self.console_url}/health",
        ):
            wait_for(address)

    def command(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of the command line on this house."""
        return subprocess.run(
            [sys.executable, "-m", "returndesk", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            cwd=PROJECT_ROOT,
            input=stdin,
            timeout=60,
            check=False,
        )

    def dear(self) -> "Purchase":
        """Take an order that is worth more than the approval limit and that no test has used, delivered lately."""
        return self._take("sum(unit_price * quantity) > 310")

    def returnable(self, items: int = 1) -> "Purchase":
        """Take an order that no test has used: not dear, delivered lately, with at least so many different items."""
        return self._take(f"count(*) >= {int(items)} AND sum(unit_price * quantity) < 290")

    def _take(self, condition: str) -> "Purchase":
        query = f"""
            SELECT number, zip, email, array_agg(order_items.name ORDER BY position),
              array_agg(quantity ORDER BY position)
            FROM orders JOIN customers ON customers.id = customer_id
              JOIN order_items ON order_items.order_id = orders.id JOIN products ON products.id = product_id
            WHERE state = 'delivered' AND delivered_at > now() - interval '28 days' AND number NOT LIKE 'H20____'
              AND NOT EXISTS (SELECT 1 FROM returns WHERE returns.order_id = orders.id)
              AND (SELECT count(DISTINCT payment_method_id) FROM payments WHERE payments.order_id = orders.id) = 1
            GROUP BY number, zip, email
            HAVING {condition} AND count(DISTINCT order_items.name) = count(*)
              AND bool_and(category IN ('kitchen', 'home', 'clothing', 'outdoor', 'shoes') AND NOT final_sale)
            ORDER BY number
        """
        found = [
            Purchase(str(row[0]), str(row[1]), str(row[2]), dict(zip(row[3], row[4], strict=True)))
            for row in self.rows(query)
        ]  # type: ignore[arg-type]
        # Who has only asked about an order has not used it up: without a return it may serve a second time.
        fresh = next((purchase for purchase in found if purchase.number not in self._used), found[0])
        self._used.add(fresh.number)
        return fresh

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Look into the house's database."""
        with embedded.running(self.data_dir) as url, psycopg.connect(url) as connection:
            return list(connection.execute(query.encode(), values).fetchall())


def always_open(folder: Path) -> Path:
    """Write the demo shop's policy with people who are there day and night: a test may run at any hour."""
    policy = (PROJECT_ROOT / "policy" / "harbour-and-pine.yml").read_text()
    day_and_night = 'human_hours: {first_day: Monday, last_day: Sunday, opens: "00:00", closes: "23:59"}'
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "always-open.yml"
    path.write_text(re.sub(r"human_hours: \{.*\}", day_and_night, policy))
    return path


def free_port() -> int:
    """Return a port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, seconds: float = 40) -> None:
    """Wait until an address answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if httpx.get(address, timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"{address} does not answer")

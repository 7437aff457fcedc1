"""`returndesk up`: one command that runs the whole house, and leaves nothing behind."""

import shutil
import signal
from pathlib import Path

import psutil
import pytest

from tests.customer import Customer
from tests.running import RunningHouse

pytestmark = [pytest.mark.bot, pytest.mark.timeout(180)]


@pytest.fixture
def another(house: RunningHouse) -> RunningHouse:
    """A second house beside the shared one, with the model that the first has trained."""
    data_dir = house.data_dir.with_name("test-another-house")
    shutil.rmtree(data_dir, ignore_errors=True)
    for kept in ("models", "faq-vectors", "mood-vectors"):
        if (house.data_dir / kept).is_dir():  # the vectors of mood are kept only where its examples were edited
            shutil.copytree(house.data_dir / kept, data_dir / kept)
    return RunningHouse(data_dir)


def everything_of(house: RunningHouse) -> list[psutil.Process]:
    """Return every process that works on a house's data folder, and those that it started."""
    mark = str(house.data_dir)
    found = [p for p in psutil.process_iter(["cmdline"]) if any(mark in word for word in p.info["cmdline"] or [])]
    parts = [psutil.Process(house.pid_of(name)) for name in ("web", "worker", "brain", "console", "mail")]
    return [*found, *parts, *(child for part in parts for child in part.children(recursive=True))]


def still_there(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return which of the processes live on."""
    return [p for p in psutil.wait_procs(processes, timeout=10)[1] if p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_when_it_ends_every_process_ends_with_it(another: RunningHouse, ending: signal.Signals) -> None:
    another.start()
    assert another.url in another.said()
    assert Customer(another.url).say("hello")
    processes = everything_of(another)
    assert len(processes) > 5

    code = another.stop(ending)

    assert still_there(processes) == []
    assert code == (0 if ending is signal.SIGINT else -signal.SIGKILL)
    shutil.rmtree(another.data_dir)


def test_a_used_port_is_one_line_that_says_what_to_do(house: RunningHouse) -> None:
    refused = house.command("up")

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[0] == (
        f"Port {house.port} is in use. Stop what uses it or set RETURNDESK_PORT to another."
    )


def test_the_terminal_chat_talks_to_the_running_bot(house: RunningHouse) -> None:
    talked = house.command("chat", stdin="how long do refunds take?\n1\n\n")

    assert talked.returncode == 0, talked.stderr
    assert "business days" in talked.stdout


def test_seeding_twice_changes_nothing(house: RunningHouse) -> None:
    before = house.rows("SELECT count(*) FROM orders")
    again = house.command("seed")

    assert "nothing was changed" in again.stdout
    assert house.rows("SELECT count(*) FROM orders") == before


def test_a_broken_import_is_refused_with_the_place_and_imports_nothing(house: RunningHouse, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"products": {}, "users": {"maya": {"user_id": "maya"}}, "orders": {}}')
    before = house.rows("SELECT count(*) FROM customers")
    refused = house.command("import", "retail", str(broken))

    assert refused.returncode == 1
    assert "broken.json: users.maya.name" in refused.stderr
    assert house.rows("SELECT count(*) FROM customers") == before

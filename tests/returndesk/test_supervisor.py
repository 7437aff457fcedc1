"""Processes are started, watched and stopped together, and none is left behind."""

import asyncio
import os
import signal
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from kit import errors
from returndesk import supervisor
from returndesk.supervisor import Process

READY_THEN_WAIT = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
print("hello from", sys.argv[1], flush=True)
time.sleep(600)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + READY_THEN_WAIT
NOTES_ITS_END = (
    """
import signal, sys
def end(*_):
    open(sys.argv[2], "a").write(sys.argv[3] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
"""
    + READY_THEN_WAIT
)


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *(str(argument) for argument in arguments)]


def waiting(name: str, folder: Path, code: str = READY_THEN_WAIT, *more: object) -> Process:
    file = folder / f"{name}.pid"
    return Process(name, python(code, file, *more), ready=file)


def pid_of(name: str, folder: Path) -> int:
    return int((folder / f"{name}.pid").read_text())


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def until(question) -> None:
    async with asyncio.timeout(20):
        while not question():  # noqa: ASYNC110  (what is asked about happens in other processes)
            await asyncio.sleep(0.02)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


async def test_all_run_until_an_interrupt_and_then_none_is_left(tmp_path: Path):
    said: list[str] = []
    processes = [waiting("web", tmp_path), waiting("worker", tmp_path)]
    code = await supervisor.run(processes, tmp_path, said.append, interrupt)
    assert code == 0
    assert said == []
    assert not lives(pid_of("web", tmp_path))
    assert not lives(pid_of("worker", tmp_path))


async def test_they_stop_in_reverse_order(tmp_path: Path):
    notes = tmp_path / "notes"
    processes = [waiting(name, tmp_path, NOTES_ITS_END, notes, name) for name in ("brain", "worker", "web")]
    await supervisor.run(processes, tmp_path, print, interrupt)
    assert notes.read_text().split() == ["web", "worker", "brain"]


async def test_what_a_child_prints_is_in_its_log(tmp_path: Path):
    await supervisor.run([waiting("web", tmp_path)], tmp_path, print, interrupt)
    assert (tmp_path / "log" / "web.log").read_text() == f"hello from {tmp_path / 'web.pid'}\n"


async def test_one_that_dies_at_start_ends_all_and_its_last_lines_are_shown(tmp_path: Path):
    said: list[str] = []
    broken = Process("brain", python("print('no model'); raise SystemExit(3)"), ready=tmp_path / "never")
    code = await supervisor.run([waiting("web", tmp_path), broken], tmp_path, said.append)
    assert code == 1
    assert len(said) == 1
    assert said[0].startswith("brain ended with code 3.")
    assert said[0].endswith("  no model")
    if (tmp_path / "web.pid").exists():
        assert not lives(pid_of("web", tmp_path))


async def test_one_that_is_not_ready_in_time_ends_all(tmp_path: Path):
    said: list[str] = []
    slow = Process("brain", python("import time; time.sleep(600)"), ready=tmp_path / "never", ready_seconds=0.3)
    assert await supervisor.run([slow], tmp_path, said.append) == 1
    assert said[0].startswith("brain was not ready within 0.3 s.")


async def test_a_command_that_is_not_there_is_said_in_one_line(tmp_path: Path):
    said: list[str] = []
    assert await supervisor.run([Process("web", ["no-such-program"])], tmp_path, said.append) == 1
    assert said[0].startswith("web cannot be started:")


async def test_one_that_dies_later_is_started_again(tmp_path: Path):
    said: list[str] = []

    async def kill_it_and_wait() -> None:
        first = pid_of("worker", tmp_path)
        (tmp_path / "worker.pid").unlink()
        os.kill(first, signal.SIGKILL)
        background.append(asyncio.create_task(end_after_restart(first)))

    async def end_after_restart(first: int) -> None:
        await until(lambda: len(said) == 2)
        assert pid_of("worker", tmp_path) != first
        interrupt()

    background: list[asyncio.Task[None]] = []
    code = await supervisor.run([waiting("worker", tmp_path)], tmp_path, said.append, kill_it_and_wait)
    await background[0]
    assert code == 0
    assert said[0].startswith("worker was ended by SIGKILL; it is started again in 0.5 s")
    assert said[1] == "worker is ready again."


async def test_one_that_ignores_the_request_to_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.3)
    await supervisor.run([waiting("web", tmp_path, STUBBORN)], tmp_path, print, interrupt)
    assert not lives(pid_of("web", tmp_path))


async def test_what_a_child_started_itself_goes_with_it(tmp_path: Path):
    grandchild = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[2], sys.argv[3]])\n"
    process = waiting("web", tmp_path, grandchild + READY_THEN_WAIT, STUBBORN, tmp_path / "grandchild.pid")
    file = tmp_path / "grandchild.pid"

    async def when_both_run() -> None:
        await until(lambda: file.is_file() and file.read_text())
        interrupt()

    await supervisor.run([process], tmp_path, print, when_both_run)
    await until(lambda: not lives(pid_of("grandchild", tmp_path)))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel does this on Linux only")
async def test_killing_the_supervisor_kills_its_children(tmp_path: Path):
    code = f"""
import asyncio
from pathlib import Path
from returndesk import supervisor
child = supervisor.Process("web", {python(READY_THEN_WAIT, tmp_path / "web.pid")!r})
asyncio.run(supervisor.run([child], Path({str(tmp_path)!r}), print))
"""
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    file = tmp_path / "web.pid"
    await until(lambda: file.is_file() and file.read_text())
    running.kill()
    await running.wait()
    await until(lambda: not lives(pid_of("web", tmp_path)))


async def test_an_address_that_answers_is_ready(tmp_path: Path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = (
        "import sys; from http.server import *; HTTPServer(('127.0.0.1', int(sys.argv[1])), SimpleHTTPRequestHandler)"
    )
    server = python(f"{serve}.serve_forever()", port)
    began = time.monotonic()
    process = Process("web", server, ready=f"http://127.0.0.1:{port}/", cwd=tmp_path)
    assert await supervisor.run([process], tmp_path, print, interrupt) == 0
    assert time.monotonic() - began < 15


async def test_a_child_gets_the_additions_but_not_what_would_slow_its_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("KEPT", "yes")
    found = supervisor.environment({"ADDED": "too"})
    assert found["KEPT"] == "yes"
    assert found["ADDED"] == "too"
    assert "PYTHONDONTWRITEBYTECODE" not in found


def test_a_used_port_is_said_with_the_setting_that_changes_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(errors.Unavailable) as caught:
            supervisor.check_ports("127.0.0.1", {"brain_port": port})
    assert str(caught.value) == (f"Port {port} is in use. Stop what uses it or set RETURNDESK_BRAIN_PORT to another.")


def test_free_ports_pass():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    supervisor.check_ports("127.0.0.1", {"port": port})

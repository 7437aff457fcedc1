"""Runs the house's processes side by side: starts them, waits until they are ready, restarts what dies, stops all.

What a child prints goes into `<data_dir>/log/NAME.log`; on the terminal stands only what an engineer must know, one
line each, through the `say` that the caller gives.
"""

import asyncio
import os
import signal
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from kit import errors
from returndesk import lifeline

STOP_SECONDS = 8.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
# A child that ran this long is well again: the next restart comes quickly.
WELL_SECONDS = 30.0
POLL_SECONDS = 0.1
LAST_LINES = 15
LARGEST_LOG_BYTES = 10_000_000
NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Process:
    """One child: its command, what its environment has beside ours, and how to see that it is ready.

    `ready` is an address that answers 2xx, a file that is there, or a question asked again and again; None means ready
    at once. `ready_seconds` limits each start.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: str | Path | Callable[[], bool] | None = None
    cwd: Path | None = None
    ready_seconds: float = 60.0


class StartFailed(errors.Unavailable):
    """A process did not become ready; the message ends with its last lines."""


def environment(additions: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for a child: ours and the additions, without what would slow down or mislead its Python."""
    ours = os.environ  # noqa: TID251  (children inherit it; no setting is read here)
    return {**{name: value for name, value in ours.items() if name not in NOT_INHERITED}, **additions}


def check_ports(host: str, ports: Mapping[str, int]) -> None:
    """Make sure that nobody else uses the ports. The names are those of settings: `{"port": 8000, "brain_port": 8005}`.

    Raises:
        Unavailable: one is in use; the message says which setting to change.
    """
    taken = [(name, port) for name, port in ports.items() if not _is_free(host, port)]
    if taken:
        lines = (
            f"Port {port} is in use. Stop what uses it or set RETURNDESK_{name.upper()} to another."
            for name, port in taken
        )
        raise errors.Unavailable("\n".join(lines))


def last_lines(log: Path, count: int = LAST_LINES) -> str:
    """Return the end of a log file, indented; empty when there is none."""
    if not log.is_file():
        return ""
    with log.open(errors="replace") as file:
        return "\n".join("  " + line.rstrip() for line in deque(file, count))


async def run(
    processes: Sequence[Process],
    data_dir: Path,
    say: Callable[[str], None],
    on_ready: Callable[[], Awaitable[None] | None] = lambda: None,
) -> int:
    """Run all processes until SIGINT, SIGTERM or SIGHUP; return the exit code, 0 when one of these asked for the end.

    Call it from the main thread. `on_ready` is called once, when every process is ready. A process that does not get
    ready the first time ends everything with code 1; one that dies later is started again.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    children = [_Child(process, data_dir / "log", say) for process in processes]
    try:
        return await _run_until(stop, children, say, on_ready)
    finally:
        await _stop_all(children)
        for number in signals:
            loop.remove_signal_handler(number)


async def _run_until(
    stop: asyncio.Event,
    children: "Sequence[_Child]",
    say: Callable[[str], None],
    on_ready: Callable[[], Awaitable[None] | None],
) -> int:
    stopped = asyncio.create_task(stop.wait())
    work = asyncio.create_task(_start_and_watch(children, on_ready))
    try:
        await asyncio.wait({stopped, work}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            work.result()  # never returns but by raising
        return 0
    except StartFailed as failure:
        say(str(failure))
        return 1
    finally:
        await _cancelled(stopped, work)


async def _start_and_watch(children: "Sequence[_Child]", on_ready: Callable[[], Awaitable[None] | None]) -> None:
    starts = [asyncio.create_task(child.start()) for child in children]
    try:
        await asyncio.gather(*starts)
    finally:
        await _cancelled(*starts)
    answer = on_ready()
    if answer is not None:
        await answer
    watches = [asyncio.create_task(child.watch()) for child in children]
    try:
        await asyncio.gather(*watches)
    finally:
        await _cancelled(*watches)


async def _cancelled(*tasks: "asyncio.Task[object]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _stop_all(children: "Iterable[_Child]") -> None:
    """Stop in reverse order of starting: whoever is called goes after those who call."""
    for child in reversed(list(children)):
        await child.stop()


class _Child:
    """One process over its several lives."""

    def __init__(self, process: Process, log_folder: Path, say: Callable[[str], None]) -> None:
        self._process = process
        self._say = say
        self._log = log_folder / f"{process.name}.log"
        self._running: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            StartFailed: it died, or was not ready in time.
        """
        try:
            self._running = await self._launch()
        except OSError as error:
            raise StartFailed(f"{self._process.name} cannot be started: {error}") from error
        try:
            await asyncio.wait_for(self._until_ready(self._running), self._process.ready_seconds)
        except TimeoutError:
            await self.stop()
            raise self._start_failed(f"was not ready within {self._process.ready_seconds:g} s") from None

    async def watch(self) -> None:
        """Start it again whenever it dies, with growing pauses; never returns."""
        clock = asyncio.get_running_loop().time
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = clock()
            assert self._running is not None
            code = await self._running.wait()
            _signal_group(self._running.pid, signal.SIGKILL)
            if clock() - began > WELL_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            name = self._process.name
            self._say(f"{name} {_ending(code)}; it is started again in {pause:g} s (see {self._log}).")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            # A life that does not get ready ends too, and is what the next round waits for.
            with suppress(StartFailed):
                await self.start()
                self._say(f"{name} is ready again.")

    async def stop(self) -> None:
        """Stop it: SIGTERM to its group, and SIGKILL when it has not ended after STOP_SECONDS."""
        running = self._running
        if running is None or running.returncode is not None:
            return
        _signal_group(running.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(running.wait(), STOP_SECONDS)
        _signal_group(running.pid, signal.SIGKILL)
        await running.wait()

    async def _launch(self) -> asyncio.subprocess.Process:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._log.is_file() and self._log.stat().st_size > LARGEST_LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self._process.argv,
                env=environment(self._process.env),
                cwd=self._process.cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lifeline.tied_to_parent(),
            )

    async def _until_ready(self, running: asyncio.subprocess.Process) -> None:
        ready = self._process.ready
        question = ready.exists if isinstance(ready, Path) else ready
        async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:
            while not await _is_ready(question, client):
                with suppress(TimeoutError):
                    code = await asyncio.wait_for(running.wait(), POLL_SECONDS)
                    _signal_group(running.pid, signal.SIGKILL)
                    raise self._start_failed(_ending(code))

    def _start_failed(self, what: str) -> StartFailed:
        return StartFailed(f"{self._process.name} {what}. Its last lines ({self._log}):\n{last_lines(self._log)}")


def _signal_group(group: int, number: signal.Signals) -> None:
    """Signal a child and whatever it started itself. Ask only while it runs or just after: numbers are used again."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    return f"was ended by {signal.Signals(-code).name}"


async def _is_ready(ready: str | Callable[[], bool] | None, client: httpx.AsyncClient) -> bool:
    if ready is None:
        return True
    if callable(ready):
        return ready()
    try:
        return (await client.get(ready)).is_success
    except httpx.HTTPError:
        return False


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # without it a port that was in use a minute ago counts as used
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True

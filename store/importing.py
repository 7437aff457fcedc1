"""Importing orders from files in our own format: streamed, in batches, and on from where it was interrupted.

`docs/importing.md` describes the format and the rules.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from kit.clock import Clock
from kit.db import Database
from store import importing_books, importing_csv, importing_json, importing_lists, importing_schema
from store.importing_books import Refused, Result
from store.importing_record import Fault, Kind, Record
from store.tables import ImportRow

OrderIn = importing_schema.OrderIn
Format = Literal["csv", "json"]
OnError = Literal["stop", "skip"]
Progress = Callable[[str, int, int], None]

BATCH = 500
"""Entries that are written in one transaction."""
MOST_FAULTS = 1000
"""So many faults and so many warnings are kept; a file with more faults is not the right one: its import stops."""
_MODELS: dict[Kind, type[Any]] = {
    "product": importing_schema.ProductIn,
    "customer": importing_schema.CustomerIn,
    "order": importing_schema.OrderIn,
}
_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "is no field of our format",
    "decimal_parsing": "is not an amount; write 1299.00",
    "decimal_max_places": "has more than two decimal places",
    "greater_than_equal": "is too small",
    "string_pattern_mismatch": "is not written as it should be",
    "timezone_aware": "has no time zone; write 2026-03-01T10:00:00Z",
    "datetime_from_date_parsing": "is not a moment; write 2026-03-01T10:00:00Z",
    "dict_type": "is not written as options are: size=9; color=blue",
}


@dataclass(frozen=True)
class Job:
    """What to import, and how."""

    path: Path
    format: Format
    on_error: OnError
    currency: str


@dataclass
class Report:
    """What an import did; `faults` are those of the whole file so far, earlier runs included.

    `before` entries were done by an earlier run; `finished_before` is when the same file was imported whole already.
    `left_out` warnings of this run were too many to be kept.
    """

    counts: dict[tuple[Kind, Result], int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    before: int = 0
    left_out: int = 0
    stopped: bool = False
    finished_before: datetime | None = None

    @property
    def wrong(self) -> list[Fault]:
        """The rows that were not taken."""
        return [fault for fault in self.faults if not fault.warning]


class _Seen:
    """Order numbers that a file has had: a bit for each, so that a million of them fit into little memory."""

    def __init__(self) -> None:
        self._bits: dict[tuple[str, int], bytearray] = {}

    def add(self, number: str) -> bool:
        """Note a number; returns whether it was there already."""
        digits = number[1:]
        bits = self._bits.setdefault((number[0], len(digits)), bytearray(10 ** len(digits) // 8))
        place, bit = divmod(int(digits), 8)
        was_there = bool(bits[place] & 1 << bit)
        bits[place] |= 1 << bit
        return was_there


async def put_order(session: AsyncSession, order: importing_schema.OrderIn, currency: str = "USD") -> Result:
    """Write one order in the caller's transaction; the same order twice is "unchanged" the second time.

    `currency` is the shop's, for an order that names none. Writes no events and tells nobody.

    Raises:
        Conflict: the order does not fit the books; the message begins with the field that is at fault.
    """
    (answer,) = await importing_books.put_orders(session, [order], currency)
    if isinstance(answer, Refused):
        raise errors.Conflict(f"{importing_schema.place(answer.location)}: {answer.reason}")
    return answer


async def run(database: Database, clock: Clock, job: Job, on_progress: Progress | None = None) -> Report:
    """Import a file, batch by batch, each in a transaction of its own together with how far the import has come.

    A file is known by its digest: what an earlier run has done is not done again, and a file that was imported whole
    changes nothing. With `on_error` "stop" a batch with a wrong row is not written, and the report says `stopped`.

    Raises:
        BadInput: the file cannot be read, or breaks off; what came before that place may be in.
        Conflict: the same file is being imported by somebody else.
    """
    digest = _digest(job.path)
    report = await _begun(database, clock, job, digest)
    if report.finished_before is not None:
        return report
    size, done = job.path.stat().st_size, report.before
    for kind, batch in _batches(job, report.before):
        async with database.transaction() as session:
            row = await _hold(session, digest, done)
            counts, faults = await _put(session, kind, batch, job)
            _keep(report, faults)
            report.stopped = _stops(job, report, faults)
            if report.stopped:
                await session.rollback()
                return report
            done += len(batch)
            row.rows, row.faults = done, [fault.to_json() for fault in report.faults]
        for answer, count in counts.items():
            report.counts[kind, answer] = report.counts.get((kind, answer), 0) + count
        if on_progress is not None:
            on_progress(job.path.name, batch[-1][0].end, size)
    async with database.transaction() as session:
        (await _hold(session, digest, done)).finished_at = clock.now()
    return report


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise errors.BadInput(f"{path.name}: {error.strerror}") from error


async def _begun(database: Database, clock: Clock, job: Job, digest: str) -> Report:
    """Read how far the import of this file has come; one that was never begun gets its row."""
    async with database.transaction() as session:
        row = await session.get(ImportRow, digest)
        if row is None:
            row = ImportRow(digest=digest, name=job.path.name, rows=0, faults=[], started_at=clock.now())
            session.add(row)
        faults = [Fault.from_json(stored) for stored in row.faults]
        return Report(faults=faults, before=row.rows, finished_before=row.finished_at)


async def _hold(session: AsyncSession, digest: str, done: int) -> ImportRow:
    """Hold the import's row; raises Conflict when somebody else has moved it on."""
    query = select(ImportRow).where(ImportRow.digest == digest).with_for_update()
    row = (await session.scalars(query)).one()
    if row.rows != done or row.finished_at is not None:
        raise errors.Conflict("this file is being imported by another process")
    return row


def _keep(report: Report, faults: Sequence[Fault]) -> None:
    room = MOST_FAULTS - sum(fault.warning for fault in report.faults)
    odd = [fault for fault in faults if fault.warning]
    report.left_out += len(odd[room:])
    left_out = {id(fault) for fault in odd[room:]}
    report.faults.extend(fault for fault in faults if id(fault) not in left_out)


def _stops(job: Job, report: Report, faults: Sequence[Fault]) -> bool:
    wrong = any(not fault.warning for fault in faults)
    return wrong and (job.on_error == "stop" or len(report.wrong) > MOST_FAULTS)


_Checked = tuple[Record, Any, tuple[Fault, ...]]
"""An entry of the file, what it says when it is right, and what is wrong or odd about it."""


def _batches(job: Job, before: int) -> Iterator[tuple[Kind, list[_Checked]]]:
    """Read the file on from where an earlier run has come to, in batches of one kind of entry each."""
    seen = _Seen()
    readers = {"csv": importing_csv.records, "json": importing_json.records}
    numbered = enumerate(_unique(readers[job.format](job.path), seen))
    rest = (_checked(record, again) for place, (record, again) in numbered if place >= before)
    for kind, entries in groupby(rest, key=lambda entry: entry[0].kind):
        while batch := list(islice(entries, BATCH)):
            yield kind, batch


def _unique(records: Iterator[Record], seen: _Seen) -> Iterator[tuple[Record, bool]]:
    """Tell of each order whether its number stood in the file before; all else is itself."""
    for record in records:
        number = importing_schema.order_number(record.number) if record.number else None
        yield record, number is not None and seen.add(number)


def _checked(record: Record, again: bool) -> _Checked:
    faults = list(record.faults)
    if again:
        faults.append(record.fault(("number",), "stood in this file before; the rows of an order follow each other"))
    if faults:
        return record, None, tuple(faults)
    try:
        value = _MODELS[record.kind].model_validate(record.values)
    except ValidationError as error:
        return record, None, tuple(_fault(record, problem) for problem in error.errors()[:10])
    odd = importing_schema.warnings(value) if record.kind == "order" else ()
    return record, value, tuple(record.fault((), reason, warning=True) for reason in odd)


def _fault(record: Record, problem: ErrorDetails) -> Fault:
    reason = _REASONS.get(problem["type"]) or problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return record.fault(problem["loc"], reason)


async def _put(
    session: AsyncSession, kind: Kind, batch: Sequence[_Checked], job: Job
) -> tuple[dict[Result, int], list[Fault]]:
    """Write the good entries of a batch; returns what was done with how many, and all that is wrong or odd."""
    good = [(record, value) for record, value, _ in batch if value is not None]
    faults = [fault for _, _, found in batch for fault in found]
    counts: dict[Result, int] = {}
    for (record, _), answer in zip(good, await _write(session, kind, [value for _, value in good], job), strict=True):
        if isinstance(answer, Refused):
            faults.append(record.fault(answer.location, answer.reason))
        else:
            counts[answer] = counts.get(answer, 0) + 1
    return counts, sorted(faults, key=lambda fault: fault.line)


async def _write(session: AsyncSession, kind: Kind, values: Sequence[Any], job: Job) -> Sequence[Result | Refused]:
    if not values:
        return []
    if kind == "product":
        return await importing_lists.put_products(session, values)
    if kind == "customer":
        return await importing_lists.put_customers(session, values)
    return await importing_books.put_orders(session, values, job.currency)

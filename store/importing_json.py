"""Reads our JSON: one object with products, customers and orders, or one entry a line; a piece at a time."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from kit import errors
from store import importing_schema
from store.importing_record import KINDS, Fault, Kind, Location, Record, beginning

_SECTIONS: dict[str, Kind] = {f"{kind}s": kind for kind in KINDS}
_CHUNK = 1 << 18
_LONGEST = 1 << 22
"""An entry of more characters is refused: a broken one would otherwise draw the rest of the file into memory."""
_SPACE = " \t\r\n"


def _constant(name: str) -> str:
    return name  # NaN and Infinity are no amounts, and are refused as such


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_constant)


def records(path: Path) -> Iterator[Record]:
    """Read the entries of a file one by one.

    Raises:
        BadInput: it is no JSON in UTF-8, or not of our shape; the message says on which line. A file with one entry a
            line goes on after a broken line, which is a fault.
    """
    try:
        with path.open("rb") as file:
            one_a_line = _is_one_a_line(file.readline(_LONGEST))
            file.seek(0)
            yield from _from_lines(file) if one_a_line else _from_whole(file)
    except OSError as error:
        raise errors.BadInput(f"{path.name}: {error.strerror}") from error


def _is_one_a_line(first: bytes) -> bool:
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in KINDS


def _from_lines(file: IO[bytes]) -> Iterator[Record]:
    line, end = 0, 0
    while raw := file.readline(_LONGEST):
        line, end = line + 1, end + len(raw)
        if not raw.strip():
            continue
        try:
            text = raw.decode("utf-8-sig" if line == 1 else "utf-8")
            kind, values = _entry(_DECODER.decode(text))
        except (ValueError, RecursionError) as error:
            yield Record("order", line, None, beginning(line), end, (Fault(line, "", "", _reason(error)),))
        else:
            yield Record(kind, line, values, beginning(line, kind), end)


def _entry(value: Any) -> tuple[Kind, Any]:
    if isinstance(value, dict) and len(value) == 1:
        for kind in KINDS:
            if kind in value:
                return kind, value[kind]
    raise ValueError('each line is {"order": {...}}, {"customer": {...}} or {"product": {...}}')


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} in column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return str(error) if type(error) is ValueError else "not JSON: nested too deeply"


class _Text:
    """A window on a file that moves forward; knows the line and the bytes read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = b""
        self._buffer = ""
        self._at = 0
        self.line = 1
        self.bytes = 0

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end of the file."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _SPACE:
                self._move(1)
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def take(self, wanted: str) -> None:
        """Move over one character; raises BadInput when another one comes."""
        if self.peek() != wanted:
            raise errors.BadInput(f"line {self.line}: not JSON: {wanted} expected")
        self._move(1)

    def value(self) -> tuple[Any, str]:
        """Read the next value whole; returns it and its text."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                if len(self._buffer) - self._at < _LONGEST and self._more():
                    continue
                raise errors.BadInput(f"line {self._line_of(error)}: {_reason(error)}") from None
            text = self._buffer[self._at : end]
            self._move(len(text))
            return value, text

    def _line_of(self, error: Exception) -> int:
        position = error.pos if isinstance(error, json.JSONDecodeError) else self._at
        return self.line + self._buffer.count("\n", self._at, position)

    def _move(self, count: int) -> None:
        self.line += self._buffer.count("\n", self._at, self._at + count)
        self._at += count

    def _more(self) -> bool:
        raw = self._left + self._file.read(_CHUNK)
        if len(raw) == len(self._left):
            if raw:
                raise errors.BadInput(f"line {self.line}: not UTF-8")
            return False
        first = self.bytes == 0
        self.bytes += len(raw) - len(self._left)
        self._buffer = self._buffer[self._at :] + self._decoded(raw.removeprefix(b"\xef\xbb\xbf") if first else raw)
        self._at = 0
        return True

    def _decoded(self, raw: bytes) -> str:
        """Decode what is whole and keep the beginning of a character that the chunk has cut."""
        try:
            self._left = b""
            return raw.decode()
        except UnicodeDecodeError as error:
            if len(raw) - error.start > 3:
                line = self.line + self._buffer.count("\n", self._at) + raw.count(b"\n", 0, error.start)
                raise errors.BadInput(f"line {line}: not UTF-8") from None
            self._left = raw[error.start :]
            return raw[: error.start].decode()


def _from_whole(file: IO[bytes]) -> Iterator[Record]:
    text = _Text(file)
    text.take("{")
    seen: set[str] = set()
    while text.peek() != "}":
        if seen:
            text.take(",")
        text.peek()
        line = text.line
        section, _ = text.value()
        if section not in _SECTIONS or section in seen:
            raise errors.BadInput(f"line {line}: the object has the lists {', '.join(_SECTIONS)}, each once")
        seen.add(section)
        text.take(":")
        yield from _entries(text, section)
    text.take("}")
    if text.peek():
        raise errors.BadInput(f"line {text.line}: something stands after the end of the object")


def _entries(text: _Text, section: str) -> Iterator[Record]:
    text.take("[")
    place = 0
    while text.peek() != "]":
        if place:
            text.take(",")
            text.peek()
        line = text.line
        value, written = text.value()
        yield Record(_SECTIONS[section], line, value, _finder(written, line, (section, place)), text.bytes)
        place += 1
    text.take("]")


def _finder(written: str, line: int, head: Location) -> Callable[[Location], tuple[int, str]]:
    return lambda location: (line + lines_before(written, location), importing_schema.place((*head, *location)))


def lines_before(written: str, location: Location) -> int:
    """Count the line ends before a place in a text of JSON; of what is not there, before what should hold it."""
    at = 0
    for part in location:
        found = _step(written, at, part)
        if found is None:
            break
        at = found
    return written.count("\n", 0, at)


def _step(written: str, at: int, part: str | int) -> int | None:
    """Return where the value of a key, or the entry of a list, begins."""
    is_object = written[at] == "{"
    if not is_object and written[at] != "[":
        return None
    at, count = _skip(written, at + 1), 0
    while written[at] not in "]}":
        key: str | int = count
        if is_object:
            key, at = _DECODER.raw_decode(written, at)
            at = _skip(written, _skip(written, at) + 1)
        if key == part:
            return at
        _, at = _DECODER.raw_decode(written, at)
        at = _skip(written, at)
        at = _skip(written, at + 1) if written[at] == "," else at
        count += 1
    return None


def _skip(written: str, at: int) -> int:
    while written[at] in _SPACE:
        at += 1
    return at

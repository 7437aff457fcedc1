"""Reading the answers: one Markdown file per topic with YAML front matter, checked in full before any of it is used.

Whatever is wrong is named with its file and line, all of it at once.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from faq import entry
from faq.entry import Entry, QuickReply
from kit.errors import BadInput

FOLDER = Path(__file__).parent / "content"
TITLE_LENGTH = 40
"""Longest title in characters; a button in the chat shows no more."""
WORDINGS_AT_LEAST = 3
STRANGERS = Path(__file__).parent / "strangers.txt"
"""Texts that no entry answers, one in a line; the matcher learns from them what is not for us."""
_FIELDS = {"title", "topic", "questions", "follow_up"}


class _Wrong(Exception):
    """What is wrong in a file, and the line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class _Front:
    """The fields above the answer, and the line of each of their parts."""

    fields: dict[str, Any]
    lines: dict[tuple[str | int, ...], int]

    def line(self, *place: str | int) -> int:
        """Return the line of a place; of what is missing, the nearest around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def load(folder: Path, variables: Collection[str] | None = None) -> tuple[Entry, ...]:
    """Return the entries of `folder`, ordered by key.

    `variables` are the names of the policy facts that texts may use; None leaves them unchecked. Raises BadInput with
    `FILE:LINE: reason` for each mistake, also when two entries claim the same wording or the folder holds no entry.
    """
    entries: list[Entry] = []
    mistakes: list[str] = []
    owners: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        try:
            found, lines = _read(path, variables)
            _refuse_shared(found, lines, owners)
            entries.append(found)
        except _Wrong as wrong:
            mistakes.append(f"{path.name}:{wrong.line}: {wrong}")
    if mistakes:
        raise BadInput("\n".join(mistakes))
    if not entries:
        raise BadInput(f"{folder}: no entry (*.md) in this folder")
    return tuple(entries)


def parse(key: str, source: str) -> Entry:
    """Return the entry that `source` (a file's text) describes; raises BadInput with line and reason."""
    try:
        return _parse(key, source)[0]
    except _Wrong as wrong:
        raise BadInput(f"{key}.md:{wrong.line}: {wrong}") from wrong


def strangers(path: Path = STRANGERS) -> tuple[str, ...]:
    """Return the texts that no entry answers; empty lines and lines that begin with # are left out."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def line_of(folder: Path, key: str, wording: str) -> int:
    """Return the line of an entry's file in which a wording stands, 1 if it cannot be found."""
    lines = (folder / f"{key}.md").read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if wording in line), 1)


def _read(path: Path, variables: Collection[str] | None) -> tuple[Entry, _Front]:
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise _Wrong(line, f"not UTF-8 ({error.reason})") from error
    found, front = _parse(path.stem, source)
    unknown = sorted(found.variables - set(variables)) if variables is not None else []
    if unknown:
        at = next(number for number, line in enumerate(source.splitlines(), 1) if unknown[0] in line)
        raise _Wrong(at, f"the policy knows no fact named {', '.join(unknown)}")
    return found, front


def _parse(key: str, source: str) -> tuple[Entry, _Front]:
    front, body, body_line = _split(source.replace("\r\n", "\n").removeprefix("\ufeff"))
    fields = front.fields
    unknown = sorted(str(name) for name in fields.keys() - _FIELDS)
    if unknown:
        raise _Wrong(front.line(unknown[0]), f"unknown field {unknown[0]!r}; there are {', '.join(sorted(_FIELDS))}")
    if fields.get("topic") != key:
        raise _Wrong(front.line("topic"), f"topic is {fields.get('topic')!r}, but the file is named {key!r}")
    title = _text(fields.get("title"), front, "title")
    if len(title) > TITLE_LENGTH:
        raise _Wrong(front.line("title"), f"title has {len(title)} characters; at most {TITLE_LENGTH} fit on a button")
    try:
        entry.variables_of(body)
    except entry.NotAText as error:
        raise _Wrong(body_line + error.line - 1, str(error)) from error
    return Entry(key, title, _questions(front), _follow_up(front), body), front


def _split(source: str) -> tuple[_Front, str, int]:
    """Return the front matter, the answer, and the line in which the answer begins."""
    before, opening, rest = source.partition("---\n")
    front_text, closing, body = rest.partition("\n---\n")
    if before.strip() or not opening or not closing:
        raise _Wrong(1, "it must begin with front matter between two lines '---'")
    first = before.count("\n") + 2
    try:
        node = yaml.compose(front_text, Loader=yaml.SafeLoader)
        fields = yaml.safe_load(front_text)
    except yaml.MarkedYAMLError as error:
        line = first + (error.problem_mark.line if error.problem_mark else 0)
        raise _Wrong(line, f"the front matter is not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise _Wrong(first, f"the front matter is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(fields, dict):
        raise _Wrong(first, "the front matter must be fields such as 'title: ...'")
    end = first + front_text.count("\n") + 2
    if not body.strip():
        raise _Wrong(end - 1, "there is no answer below the front matter")
    blank = len(body) - len(body.lstrip())
    return _Front(fields, dict(_lines(node, (), first))), body.strip(), end + body[:blank].count("\n")


def _lines(node: yaml.Node | None, place: tuple[str | int, ...], first: int) -> Iterator[tuple[Any, int]]:
    """Yield each place of the front matter with its line."""
    if node is None:
        return
    yield place, first + node.start_mark.line
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _lines(value, (*place, str(name.value)), first)
            yield (*place, str(name.value)), first + name.start_mark.line
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _lines(value, (*place, number), first)


def _text(value: Any, front: _Front, *place: str | int) -> str:
    if not isinstance(value, str) or not value.strip():
        name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
        reason = f"{name} must be a text (put it in quotes if it looks like a number, yes or no)"
        raise _Wrong(front.line(*place), reason)
    return value.strip()


def _questions(front: _Front) -> tuple[str, ...]:
    value = front.fields.get("questions")
    if not isinstance(value, list) or len(value) < WORDINGS_AT_LEAST:
        raise _Wrong(front.line("questions"), f"questions must be a list of at least {WORDINGS_AT_LEAST} wordings")
    questions = tuple(_text(item, front, "questions", place) for place, item in enumerate(value))
    seen: set[str] = set()
    for place, question in enumerate(questions):
        if question.casefold() in seen:
            raise _Wrong(front.line("questions", place), f"questions holds the same wording twice: {question!r}")
        seen.add(question.casefold())
    return questions


def _follow_up(front: _Front) -> tuple[QuickReply, ...]:
    value = front.fields.get("follow_up", [])
    if not isinstance(value, list):
        raise _Wrong(front.line("follow_up"), "follow_up must be a list of {title, say}")
    replies = []
    for place, item in enumerate(value):
        if not isinstance(item, dict) or item.keys() != {"title", "say"}:
            raise _Wrong(
                front.line("follow_up", place), f"follow_up[{place}] must have title and say, and nothing else"
            )
        title, say = (_text(item[name], front, "follow_up", place, name) for name in ("title", "say"))
        replies.append(QuickReply(title, say))
    return tuple(replies)


def _refuse_shared(found: Entry, front: _Front, owners: dict[str, str]) -> None:
    for place, wording in enumerate(found.wordings):
        owner = owners.setdefault(wording.casefold(), found.key)
        if owner != found.key:
            line = front.line("title") if place == 0 else front.line("questions", place - 1)
            raise _Wrong(line, f"the wording {wording!r} already belongs to {owner}.md")

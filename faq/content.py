"""Reading the answers: one Markdown file per topic with YAML front matter, checked in full before any of it is used."""

from collections.abc import Collection
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


def load(folder: Path, variables: Collection[str] | None = None) -> tuple[Entry, ...]:
    """Return the entries of `folder`, ordered by key.

    `variables` are the names of the policy facts that texts may use; None leaves them unchecked. Raises BadInput that
    names the file and the reason, also when two entries claim the same wording or the folder holds no entry.
    """
    entries = tuple(_read(path, variables) for path in sorted(folder.glob("*.md")))
    if not entries:
        raise BadInput(f"{folder}: no entry (*.md) in this folder")
    _refuse_shared_wordings(entries)
    return entries


def parse(key: str, source: str) -> Entry:
    """Return the entry that `source` (a file's text) describes; raises BadInput with the reason."""
    front, body = _split(source)
    unknown = sorted(str(name) for name in front.keys() - _FIELDS)
    if unknown:
        raise BadInput(f"unknown field {unknown[0]!r}; there are {', '.join(sorted(_FIELDS))}")
    if front.get("topic") != key:
        raise BadInput(f"topic is {front.get('topic')!r}, but the file is named {key!r}")
    title = _text(front.get("title"), "title")
    if len(title) > TITLE_LENGTH:
        raise BadInput(f"title has {len(title)} characters; at most {TITLE_LENGTH} fit on a button")
    entry.variables_of(body)
    return Entry(key, title, _questions(front.get("questions")), _follow_up(front.get("follow_up", [])), body)


def strangers(path: Path = STRANGERS) -> tuple[str, ...]:
    """Return the texts that no entry answers; empty lines and lines that begin with # are left out."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _read(path: Path, variables: Collection[str] | None) -> Entry:
    try:
        found = parse(path.stem, path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}: not UTF-8 ({error.reason} at byte {error.start})") from error
    except BadInput as error:
        raise BadInput(f"{path.name}: {error}") from error
    unknown = sorted(found.variables - set(variables)) if variables is not None else []
    if unknown:
        raise BadInput(f"{path.name}: the policy knows no fact named {', '.join(unknown)}")
    return found


def _split(source: str) -> tuple[dict[str, Any], str]:
    before, opening, rest = source.partition("---\n")
    front_text, closing, body = rest.partition("\n---\n")
    if before.strip() or not opening or not closing:
        raise BadInput("it must begin with front matter between two lines '---'")
    try:
        front = yaml.safe_load(front_text)
    except yaml.YAMLError as error:
        raise BadInput(f"the front matter is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(front, dict):
        raise BadInput("the front matter must be fields such as 'title: ...'")
    if not body.strip():
        raise BadInput("there is no answer below the front matter")
    return front, body.strip()


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{place} must be a text (put it in quotes if it looks like a number, yes or no)")
    return value.strip()


def _questions(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) < WORDINGS_AT_LEAST:
        raise BadInput(f"questions must be a list of at least {WORDINGS_AT_LEAST} wordings")
    questions = tuple(_text(item, f"questions[{place}]") for place, item in enumerate(value))
    if len({question.casefold() for question in questions}) < len(questions):
        raise BadInput("questions holds the same wording twice")
    return questions


def _follow_up(value: Any) -> tuple[QuickReply, ...]:
    if not isinstance(value, list):
        raise BadInput("follow_up must be a list of {title, say}")
    replies = []
    for place, item in enumerate(value):
        if not isinstance(item, dict) or item.keys() != {"title", "say"}:
            raise BadInput(f"follow_up[{place}] must have title and say, and nothing else")
        title, say = (_text(item[name], f"follow_up[{place}].{name}") for name in ("title", "say"))
        replies.append(QuickReply(title, say))
    return tuple(replies)


def _refuse_shared_wordings(entries: tuple[Entry, ...]) -> None:
    owners: dict[str, str] = {}
    for item in entries:
        for wording in item.wordings:
            owner = owners.setdefault(wording.casefold(), item.key)
            if owner != item.key:
                raise BadInput(f"{item.key}.md: the wording {wording!r} already belongs to {owner}.md")

"""YAML in which every place knows its line; pure.

It reads a little more strictly than YAML usually does, where the usual way surprises people: `no` is the country and
not "false", `9:30` is a time and not 570, and a key that stands twice is a mistake.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

Path = Sequence[int | str]

_BOOL = "tag:yaml.org,2002:bool"
_INT = "tag:yaml.org,2002:int"
_TIME = "tag:yaml.org,2002:timestamp"
_MERGE = "tag:yaml.org,2002:merge"


class Wrong(ValueError):
    """The text is no YAML; `line` is where."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def _resolvers() -> dict[str, list[Any]]:
    return {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOL, _INT, _TIME)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _Loader(yaml.CSafeLoader):
    """The safe loader with `true` and `false` as its only truths, whole numbers in tens, and dates as text."""

    yaml_implicit_resolvers = _resolvers()


class _Explaining(yaml.SafeLoader):
    """The same, eight times slower, and with more to say about what is wrong."""

    yaml_implicit_resolvers = _resolvers()


for _one in (_Loader, _Explaining):
    _one.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
    _one.add_implicit_resolver(_INT, re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))


@dataclass(frozen=True)
class Document:
    """A text that was read: its value, and where each part of it stands."""

    value: Any
    root: yaml.Node | None

    def line(self, path: Path) -> int:
        """Return the line of a place such as `("versions", 0, "id")`; of what is missing, the nearest around it."""
        found, line = self.root, 1
        for part in path:
            step = _step(found, part)
            if step is None:
                break
            line, found = step
        return line


def read(text: str) -> Document:
    """Read a text. Raises Wrong, with the line."""
    try:
        return _read(text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return _explained(text)


def _read(text: str, loader: type[_Loader | _Explaining]) -> Document:
    root = yaml.compose(text, loader)
    if root is not None:
        _check_keys(root, set())
    # Read again for the value: making it moves what `<<` takes in.
    return Document(yaml.load(text, loader), root)


def _explained(text: str) -> Document:
    try:
        return _read(text, _Explaining)
    except Wrong:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Wrong(mark.line + 1 if mark else 1, _reason(error)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Wrong(1, str(error)) from error


def _reason(error: yaml.MarkedYAMLError) -> str:
    parts = [part for part in (error.context, error.problem) if part]
    return ", ".join(parts) or "this is no YAML"


def _check_keys(node: yaml.Node, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.value in lines:
                    raise Wrong(line, f"{key.value}: this key stands twice, first in line {lines[key.value]}")
                lines[key.value] = line
            _check_keys(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for entry in node.value:
            _check_keys(entry, seen)


def _step(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        entry: yaml.Node = node.value[part]
        return entry.start_mark.line + 1, entry
    for mapping in _with_merged(node):
        for key, value in mapping.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE and key.value == part:
                return key.start_mark.line + 1, value
    return None


def _with_merged(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    """Go over a mapping and those that it takes in with `<<`, nearest first."""
    if not isinstance(node, yaml.MappingNode):
        return
    yield node
    for key, value in node.value:
        if key.tag == _MERGE:
            for taken in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                yield from _with_merged(taken)

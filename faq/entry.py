"""One answer of the FAQ: the wordings it is found by, and the text with the policy's numbers left open."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kit.errors import BadInput

_ALLOWED_NODES = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Not)
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_FACT = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_CONDITION = re.compile(r"\{%.*?%\}")
_SENTENCE_END = re.compile(r"(?<=[.:?!])\s|\n\s*\n|\n- ")
_SENTENCE_WORDS = 3


class NotAText(BadInput):
    """An answer holds more than text and facts; `line` counts from its first line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class QuickReply:
    """A button under the answer: `title` is what it shows, `say` is the sentence that the customer then sends."""

    title: str
    say: str


@dataclass(frozen=True)
class Entry:
    """One topic: its key (the file's name), the title shown on a button, wordings, follow-ups and the open text."""

    key: str
    title: str
    questions: tuple[str, ...]
    follow_up: tuple[QuickReply, ...]
    body: str

    @property
    def variables(self) -> frozenset[str]:
        """Return the names of the policy facts that the text uses."""
        return variables_of(self.body)

    @property
    def wordings(self) -> tuple[str, ...]:
        """Return what a customer may type or tap: the title and all questions."""
        return (self.title, *self.questions)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return the answer's own sentences, facts by their names; they say in other words what the entry is about."""
        words = _FACT.sub(lambda fact: fact[1].replace("_", " "), _CONDITION.sub("", self.body))
        found = (" ".join(part.split()) for part in _SENTENCE_END.split(words))
        return tuple(sentence for sentence in found if len(sentence.split()) >= _SENTENCE_WORDS)

    def answer(self, facts: Mapping[str, str]) -> str:
        """Return the answer with the policy's facts filled in; a fact's text is never read as a template.

        Raises BadInput when `facts` lacks a name that the text uses.
        """
        try:
            return _reflow(_ENVIRONMENT.from_string(self.body).render(facts))
        except TemplateError as error:
            raise BadInput(f"faq entry {self.key!r}: {error}") from error


def variables_of(body: str) -> frozenset[str]:
    """Return the fact names that `body` uses.

    Raises NotAText when it holds more than `{{ name }}` and `{% if name %}`: an answer is a text and decides nothing.
    """
    try:
        tree = _ENVIRONMENT.parse(body)
    except TemplateSyntaxError as error:
        raise NotAText(error.lineno, f"the text cannot be read: {error.message}") from error
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED_NODES):
            kind = type(node).__name__.lower()
            raise NotAText(node.lineno, f"{kind!r} in the text; only {{{{ name }}}} and {{% if name %}} are allowed")
    return frozenset(node.name for node in tree.find_all(nodes.Name))


def _reflow(text: str) -> str:
    """Join the lines of a paragraph as Markdown does, keep list items on lines of their own, drop empty ones."""
    lines: list[str] = []
    joins_the_line_above = False
    for raw in text.splitlines():
        line = re.sub(r"\s+", " ", raw).strip()
        starts_an_item = line.startswith("- ")
        if joins_the_line_above and line not in ("", "-") and not starts_an_item:
            lines[-1] += " " + line
        elif line not in ("", "-"):
            lines.append(line)
        joins_the_line_above = line != "" and bool(lines) and not starts_an_item
    return "\n".join(lines)

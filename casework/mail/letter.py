"""A letter: what an e-mail says, before it is written out as plain text and as HTML."""

from dataclasses import dataclass
from functools import cache

import jinja2


@dataclass(frozen=True)
class Said:
    """A message of the conversation, as it was said; `when` is in words, `files` are names."""

    who: str
    when: str
    text: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """A button: what it says, where it leads, and what to know about it."""

    title: str
    url: str
    about: str


@dataclass(frozen=True)
class Letter:
    """What an e-mail says, from top to bottom; parts that are empty are left out."""

    shop: str
    subject: str
    greeting: str
    opening: str
    said: tuple[Said, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()
    closing: str = ""
    link: Link | None = None
    footer: str = ""


@dataclass(frozen=True)
class Written:
    """A letter as it is sent."""

    text: str
    html: str


def write(letter: Letter) -> Written:
    """Write a letter out; whatever people said stands in the HTML as text."""
    templates = _templates()
    return Written(
        templates.get_template("letter.txt").render(letter=letter).strip() + "\n",
        templates.get_template("letter.html").render(letter=letter),
    )


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("casework", "mail"),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

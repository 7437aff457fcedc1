"""Pages that need no live connection: sign-in, and the kind words where a page is missing or not for this agent."""

from pathlib import Path

import jinja2

from console import assets

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
)


def render(name: str, **values: object) -> str:
    """Fill a page; every value is escaped."""
    return _TEMPLATES.get_template(name).render(static=assets.address, **values)

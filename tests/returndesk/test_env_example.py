"""`.env.example` tells every setting that there is, with its true default."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from kit import settings

EXAMPLE = (settings.PROJECT_ROOT / ".env.example").read_text().splitlines()
SHOWN = {
    match.group(1): (number, match.group(2))
    for number, line in enumerate(EXAMPLE)
    if (match := re.fullmatch(r"# ([A-Z][A-Z_]+)=(.*)", line))
}


def variable(name: str) -> str:
    alias = settings.Settings.model_fields[name].validation_alias
    return str(alias) if alias else f"RETURNDESK_{name.upper()}"


def default(name: str) -> str:
    value = settings.Settings.model_fields[name].default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = value.relative_to(settings.PROJECT_ROOT)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def test_the_example_shows_exactly_the_settings_that_there_are():
    assert set(SHOWN) == {variable(name) for name in settings.Settings.model_fields}


@pytest.mark.parametrize("name", list(settings.Settings.model_fields))
def test_each_setting_is_shown_with_its_default_below_a_comment(name: str):
    number, shown = SHOWN[variable(name)]
    assert shown == default(name)
    assert re.match(r"# [A-Z]?[A-Za-z].{10,}", EXAMPLE[number - 1])

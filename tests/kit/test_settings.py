"""A setting that is wrong stops the start with one line that says what to do."""

import pytest

from kit import errors, settings


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("RETURNDESK_PORT", "eighty", "RETURNDESK_PORT"),
        ("RETURNDESK_PORT", "70000", "RETURNDESK_PORT"),
        ("RETURNDESK_LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING or ERROR"),
        ("RETURNDESK_POLICY", "no-such-file.yml", "there is no file no-such-file.yml"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(errors.BadInput, match=says):
        settings.load()

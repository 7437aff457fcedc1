"""Personal data does not get into logs."""

import pytest

from kit import log


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("asked by maya.torres@example.com today", "asked by <e-mail> today"),
        ("called +1 503 555 0142", "called <number>"),
        ("called (503) 555-0142", "called <number>"),
        ("2026-11-23 11:47:59,905 INFO up", "2026-11-23 11:47:59,905 INFO up"),
        ("message 29ab7a2b-1309-4fab-881c-d7ca955ad52c", "message 29ab7a2b-1309-4fab-881c-d7ca955ad52c"),
        ("order H204518", "order H204518"),
    ],
)
def test_addresses_and_phone_numbers_are_masked_and_the_rest_stays(line: str, kept: str) -> None:
    assert log.mask(line) == kept

"""Personal data does not get into logs, nor what opens a session."""

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
        (
            '"WebSocket /api/chat/v1/ws?token=eyJh.eyJz-_d.m1-_a&after=3" [accepted]',
            '"WebSocket /api/chat/v1/ws?token=<token>&after=3" [accepted]',
        ),
        ('"GET /resume/eyJhbGci.eyJzdWIi.f7fe-FpV"', '"GET /resume/<token>"'),
        ("/socket.io/?client_id=8c0c2a4e-0000-4000&EIO=4&sid=aBc", "/socket.io/?client_id=<token>&EIO=4&sid=<token>"),
    ],
)
def test_addresses_phone_numbers_and_tokens_are_masked_and_the_rest_stays(line: str, kept: str) -> None:
    assert log.mask(line) == kept

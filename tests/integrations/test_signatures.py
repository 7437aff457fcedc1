"""Signatures: what is signed, what is refused, and that another program comes to the same."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from integrations import signatures

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
BODY = '{"id": "1", "naïve": "é"}'.encode()


def test_moment_and_raw_body_are_signed_together() -> None:
    moment = int(NOW.timestamp())
    expected = hmac.new(b"secret", str(moment).encode() + b"." + BODY, hashlib.sha256).hexdigest()

    assert signatures.sign("secret", BODY, NOW) == f"t={moment},v1={expected}"


def test_a_right_signature_is_right_for_five_minutes_either_way() -> None:
    header = signatures.sign("secret", BODY, NOW)

    for minutes in (-5, 0, 5):
        assert signatures.check(header, "secret", BODY, NOW + timedelta(minutes=minutes)) == "right"
    for minutes in (-6, 6):
        assert signatures.check(header, "secret", BODY, NOW + timedelta(minutes=minutes)) == "old"


def test_one_right_signature_among_several_is_enough_while_a_secret_is_changed() -> None:
    old, new = (signatures.sign(secret, BODY, NOW) for secret in ("old", "new"))

    assert signatures.check(f"{old},{new.partition(',')[2]}", "new", BODY, NOW) == "right"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "v1=" + "0" * 64,
        "t=1,t=2,v1=" + "0" * 64,
        "t=" + "9" * 400 + ",v1=" + "0" * 64,
        "t=-5,v1=" + "0" * 64,
        "t=٣,v1=" + "0" * 64,
        "t=1,v1=é" + "0" * 63,
        "v1=x," * 10_000,
    ],
)
def test_what_is_no_signature_is_wrong(header: str) -> None:
    assert signatures.check(header, "secret", BODY, NOW) == "wrong"


def test_an_old_signature_of_another_secret_is_wrong_and_not_old() -> None:
    header = signatures.sign("guessed", BODY, NOW - timedelta(days=1))

    assert signatures.check(header, "secret", BODY, NOW) == "wrong"

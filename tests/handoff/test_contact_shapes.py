"""The many shapes in which people leave an address, and the slips that they make in it."""

import time

import pytest

from handoff import contact


@pytest.mark.parametrize(
    "text",
    [
        "robin@example.com",
        "My mail: robin@example.com.",
        "robin@EXAMPLE.com,",
        "robin @ example.com",
        "robin at example dot com",
        "it is Robin AT example DOT com thanks",
        "robin(at)example.com",
        "robin [at] example [dot] com",
        "robin@example,com",
        "mailto:robin@example.com",
        "<robin@example.com>",
        "robin@example.com, or here",
    ],
)
def test_an_email_is_read_however_it_is_written(text: str) -> None:
    assert contact.read(text, "US").get("email") == "robin@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "robin@example",
        "robin..fields@example.com",
        "robin@-example.com",
        "@robin",
        "I bought it at example dot shoes are nice",
        "meet me at noon",
        "look at harbour.example please",
        "tracking 9400111899223197428490",
        "#H204518 97214",
    ],
)
def test_no_address_is_made_up(text: str) -> None:
    assert contact.read(text, "US") == {}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("robin@gmial.com", "robin@gmail.com"),
        ("robin@gmail.con", "robin@gmail.com"),
        ("robin@gmai.com", "robin@gmail.com"),
        ("robin@hotmial.com", "robin@hotmail.com"),
        ("robin@yahooo.com", "robin@yahoo.com"),
        ("robin@outlok.com", "robin@outlook.com"),
    ],
)
def test_a_slip_in_a_well_known_host_is_noticed(said: str, meant: str) -> None:
    assert contact.maybe_meant({"email": said}) == meant


@pytest.mark.parametrize("said", ["robin@gmail.com", "robin@mail.com", "robin@hotmail.fr", "r@x.io", "a@me.co"])
def test_other_hosts_are_left_alone(said: str) -> None:
    assert contact.maybe_meant({"email": said}) == ""


def test_a_phone_number_has_no_host() -> None:
    assert contact.maybe_meant({"phone": "+15035550142"}) == ""


@pytest.mark.parametrize(
    "text", ["a" * 2000 + "@" + "a" * 2000, "a." * 2000 + "@", "@" * 4000, " " * 4000, "1 " * 2000]
)
def test_no_text_takes_long_to_read(text: str) -> None:
    began = time.monotonic()
    contact.read(text, "US")
    assert time.monotonic() - began < 1

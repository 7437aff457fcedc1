"""The answers are read again when somebody edits them, and a broken edit changes nothing."""

import hashlib
import logging
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from faq.shelf import LOOK_SECONDS, Shelf
from faq.vectors import Vector
from kit.errors import BadInput

ENTRY = """---
title: Can I swim here?
topic: swimming
questions:
  - May I go into the water?
  - is bathing allowed
  - where can one swim
---
{answer}
"""


class Counting:
    """Makes up vectors, the same for the same text, and counts the texts."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str) -> Vector:
        self.texts.append(text)
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        found = np.random.default_rng(seed).standard_normal(384).astype(np.float32)
        return np.asarray(found / np.linalg.norm(found), dtype=np.float32)


class Ticks:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "strangers.txt").write_text("who won the race\n")
    write(tmp_path, "Yes.")
    return tmp_path


def write(folder: Path, answer: str, moment: int = 0) -> None:
    path = folder / "swimming.md"
    path.write_text(ENTRY.replace("{answer}", answer))
    os.utime(path, ns=(moment, moment))


def opened(folder: Path, encode: Counting | None = None, ticks: Ticks | None = None) -> Shelf:
    strangers = folder / "strangers.txt"
    return Shelf(folder, encode or Counting(), variables={"hours"}, strangers=strangers, ticks=ticks or Ticks())


def test_an_edit_is_there_after_the_next_look(folder: Path) -> None:
    ticks = Ticks()
    shelf = opened(folder, ticks=ticks)
    write(folder, "No.", 1)
    assert shelf.books.entries["swimming"].body == "Yes."
    ticks.now = LOOK_SECONDS
    before = shelf.books
    for thread in threading.enumerate():
        if thread.name == "faq":
            thread.join(10)
    assert before.entries["swimming"].body == "Yes."
    assert shelf.books.entries["swimming"].body == "No."


def test_a_new_file_and_a_file_that_is_gone_are_noticed(folder: Path) -> None:
    shelf = opened(folder)
    other = ENTRY.replace("swimming", "sailing").replace("Can I swim", "Can I sail").replace("{answer}", "Yes.")
    other = (
        other.replace("go into the water", "take a boat").replace("bathing", "sailing").replace("one swim", "one sail")
    )
    (folder / "sailing.md").write_text(other)
    assert shelf.renew()
    assert sorted(shelf.books.entries) == ["sailing", "swimming"]
    (folder / "sailing.md").unlink()
    assert shelf.renew()
    assert sorted(shelf.books.entries) == ["swimming"]


def test_a_broken_edit_keeps_the_answers_and_is_told_once_with_file_and_line(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = opened(folder)
    write(folder, "From {{ hour }} on.", 1)
    with caplog.at_level(logging.WARNING):
        assert not shelf.renew()
        assert not shelf.renew()
    assert shelf.books.entries["swimming"].body == "Yes."
    assert [record.getMessage().rpartition("stay: ")[2] for record in caplog.records] == [
        "swimming.md:9: the policy knows no fact named hour"
    ]
    write(folder, "From {{ hours }} on.", 2)
    assert shelf.renew()
    assert shelf.books.entries["swimming"].variables == {"hours"}


def test_nothing_is_read_again_when_nothing_changed(folder: Path) -> None:
    shelf = opened(folder)
    before = shelf.books
    assert not shelf.renew()
    assert shelf.books is before


def test_only_what_was_edited_is_encoded_again(folder: Path) -> None:
    encode = Counting()
    shelf = opened(folder, encode)
    encode.texts.clear()
    write(folder, "There is a beach for it.", 1)
    assert shelf.renew()
    assert encode.texts == ["There is a beach for it."]


def test_a_shelf_does_not_open_on_broken_answers(folder: Path) -> None:
    write(folder, "{{ hour }}", 1)
    with pytest.raises(BadInput, match=r"swimming\.md:9"):
        opened(folder)

"""The cache of vectors: read where it fits, written anew where it does not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from encoder.vectors import Vector

from encoder import Encoder, cache

TEXTS = ["What if I lost the box?", "Is return shipping free?"]


class Counting:
    """The real encoder, with a count of what it was asked."""

    def __init__(self, encode: Callable[[str], Vector]) -> None:
        self.encode = encode
        self.asked: list[str] = []

    def __call__(self, text: str) -> Vector:
        self.asked.append(text)
        return self.encode(text)


@pytest.fixture(scope="module")
def encode() -> Callable[[str], Vector]:
    return Encoder().encode


def test_the_second_load_encodes_only_the_probe(tmp_path: Path, encode: Callable[[str], Vector]) -> None:
    first, second = Counting(encode), Counting(encode)
    made = cache.encoded(TEXTS, first, tmp_path / "new", "faq")
    read = cache.encoded(TEXTS, second, tmp_path / "new", "faq")
    assert np.array_equal(made, read)
    assert set(TEXTS) <= set(first.asked)
    assert not set(TEXTS) & set(second.asked)


def test_an_edited_wording_and_another_encoder_do_not_meet_an_old_file(
    tmp_path: Path, encode: Callable[[str], Vector]
) -> None:
    cache.encoded(TEXTS, encode, tmp_path, "faq")
    cache.encoded([*TEXTS[:1], "Is shipping free?"], encode, tmp_path, "faq")
    turned = cache.encoded(TEXTS, lambda text: -encode(text), tmp_path, "faq")
    assert len(list(tmp_path.iterdir())) == 3
    assert np.array_equal(turned[0], -encode(TEXTS[0]))


def test_a_broken_file_is_written_anew(tmp_path: Path, encode: Callable[[str], Vector]) -> None:
    made = cache.encoded(TEXTS, encode, tmp_path, "mood")
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("mood-")
    for broken in (b"", b"not numbers", file.read_bytes()[:-100]):
        file.write_bytes(broken)
        assert np.array_equal(cache.encoded(TEXTS, encode, tmp_path, "mood"), made)
        assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_without_a_folder_nothing_is_kept(tmp_path: Path, encode: Callable[[str], Vector]) -> None:
    assert cache.encoded(TEXTS, encode, None, "faq").shape == (2, 384)
    assert list(tmp_path.iterdir()) == []


def test_many_texts_are_kept_in_parts_and_an_edit_costs_only_its_own(
    tmp_path: Path, encode: Callable[[str], Vector]
) -> None:
    texts = [f"text {number}" for number in range(cache.TEXTS_IN_A_FILE + 3)]

    def short(text: str) -> Vector:
        return np.full(4, len(text) + hash(text) % 7, dtype=np.float32)

    whole = cache.encoded(texts, short, tmp_path, "mood")
    again = Counting(short)
    edited = cache.encoded([*texts[:-1], "another text"], again, tmp_path, "mood")

    assert whole.shape == (len(texts), 4)
    assert np.array_equal(edited[:-1], whole[:-1])
    assert len(again.asked) == 1 + 3

"""The cache of vectors: read where it fits, written anew where it does not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from faq import vectors
from faq.vectors import Vector

TEXTS = ["What if I lost the box?", "Is return shipping free?"]


class Counting:
    """The real encoder, with a count of what it was asked."""

    def __init__(self, encode: Callable[[str], Vector]) -> None:
        self.encode = encode
        self.asked: list[str] = []

    def __call__(self, text: str) -> Vector:
        self.asked.append(text)
        return self.encode(text)


def test_the_second_load_encodes_only_the_probe(tmp_path: Path, encode: Callable[[str], Vector]) -> None:
    first, second = Counting(encode), Counting(encode)
    made = vectors.encoded(TEXTS, first, tmp_path / "new")
    read = vectors.encoded(TEXTS, second, tmp_path / "new")
    assert np.array_equal(made, read)
    assert set(TEXTS) <= set(first.asked)
    assert not set(TEXTS) & set(second.asked)


def test_an_edited_wording_and_another_encoder_do_not_meet_an_old_file(
    tmp_path: Path, encode: Callable[[str], Vector]
) -> None:
    vectors.encoded(TEXTS, encode, tmp_path)
    vectors.encoded([*TEXTS[:1], "Is shipping free?"], encode, tmp_path)
    turned = vectors.encoded(TEXTS, lambda text: -encode(text), tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    assert np.array_equal(turned[0], -encode(TEXTS[0]))


def test_a_broken_file_is_written_anew(tmp_path: Path, encode: Callable[[str], Vector]) -> None:
    made = vectors.encoded(TEXTS, encode, tmp_path)
    (file,) = tmp_path.iterdir()
    for broken in (b"", b"not numbers", file.read_bytes()[:-100]):
        file.write_bytes(broken)
        assert np.array_equal(vectors.encoded(TEXTS, encode, tmp_path), made)
        assert [path.name for path in tmp_path.iterdir()] == [file.name]

"""Reads a person's name where it stands beside a zip code, however it is put. Pure."""

import re

from actions.words import words_of

_PARTS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_BESIDE = frozenset(
    words_of(
        "a account actually address again ah also an and are at be by can code correct course customer detail "
        "details dont email find first for from full get good got have hello here hey hi hmm hold i id im in is "
        "it its know last let line live lives look mail may me mean mine my name named no not number of oh ok "
        "okay on one order orders our please pls plz post postal postcode profile remember right same see so "
        "sorry sure t thanks that thats the then there this to try under up ur user using want was well what with "
        "would wrong yeah yep yes you your zip zipcode "
    )
)
"""Words around a name that belong to none."""
_MOST_PARTS = 3


def beside_zip(text: str) -> str | None:
    """Return the name in an answer that also gives a zip code: "oh sure, Yusuf Rossi here, zip is 19122".

    What is left without the words around it must be two or three words next to each other; else nobody is named.
    """
    runs: list[list[str]] = [[]]
    end = 0
    for part in _PARTS.finditer(text):
        apart = re.search(r"[^\s]", text[end : part.start()])
        if apart or _is_beside(part[0]):
            runs.append([])
        if not _is_beside(part[0]):
            runs[-1].append(part[0])
        end = part.end()
    found = [run for run in runs if 2 <= len(run) <= _MOST_PARTS]
    return " ".join(found[0]) if len(found) == 1 else None


def _is_beside(part: str) -> bool:
    return "".join(words_of(part)) in _BESIDE

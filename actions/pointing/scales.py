"""What is more and what is less: the values of an option in their order."""

from collections.abc import Sequence

from actions.pointing import options

_SCALES: tuple[tuple[str, ...], ...] = (
    ("xxsmall", "xsmall", "small", "medium", "large", "xlarge", "xxlarge", "xxxlarge"),
    ("portable", "small", "medium", "large"),
    ("small", "standard", "large"),
    ("low", "medium", "high"),
    ("beginner", "intermediate", "expert"),
    ("basic", "standard", "professional"),
    ("light", "medium", "dark"),
    ("slow", "medium", "fast"),
    ("soft", "medium", "firm", "hard"),
    ("a7", "a6", "a5", "a4", "a3"),
    ("standard", "high"),
)


def ranks(key: str, values: Sequence[str]) -> dict[str, float]:
    """Return the values of an option with their places on its scale; {} where they have none."""
    numbers = {text: _number(key, text) for text in values}
    if all(number is not None for number in numbers.values()):
        return {text: number for text, number in numbers.items() if number is not None}
    found: dict[str, float] = {}
    for scale in _SCALES:
        ranked = {text: place for text in values if (place := _place(key, text, scale)) is not None}
        if len(ranked) > len(found):
            found = {text: float(place) for text, place in ranked.items()}
    measured = {text: number for text, number in numbers.items() if number is not None}
    return found if len(found) >= len(measured) else measured


def _number(key: str, text: str) -> float | None:
    read = options.value(key, text)
    if read.empty:
        return 0.0
    if read.amounts:
        return sum(one.number for one in read.amounts) / len(read.amounts)
    if read.words[:1] == ("full",) and "size" in read.words:
        return 100.0
    code = "".join(letter for letter in text if letter.isdigit())
    return float(code) if code and len(read.words) == 1 and text.casefold()[0] != "a" else None


def _place(key: str, text: str, scale: Sequence[str]) -> int | None:
    words = options.value(key, text).words
    return next((place for place, word in enumerate(scale) if word in words), None)

"""The shape of the rules: which places they cover, which window is the more particular one."""

import itertools

import pytest
from pydantic import ValidationError

from store import rules
from store.rules import Exclusion, Window


@pytest.mark.parametrize(
    ("places", "country", "region", "covered"),
    [
        (("DE",), "DE", "", True),
        (("DE",), "AT", "", False),
        (("EU",), "AT", "", True),
        (("EU",), "CH", "", False),
        (("EU",), "GB", "", False),
        (("US-CA",), "US", "CA", True),
        (("US-CA",), "US", "NV", False),
        (("US",), "US", "NV", True),
        (("CH", "EU"), "CH", "", True),
    ],
)
def test_places_are_countries_regions_and_the_eu(
    places: tuple[str, ...], country: str, region: str, covered: bool
) -> None:
    assert rules.covers(places, country, region) is covered


def test_the_eu_has_27_members() -> None:
    assert len(rules.EU) == 27


def test_no_two_kinds_of_window_are_equally_particular() -> None:
    values: dict[str, object] = {
        "faulty": True,
        "tier": "gold",
        "countries": ("DE",),
        "tag": "sale",
        "category": "shoes",
    }
    chosen = [dict(some) for count in range(6) for some in itertools.combinations(values.items(), count)]
    weights = [Window(id="window.some", days=1, **some).weight for some in chosen]  # type: ignore[arg-type]
    assert len(set(weights)) == len(weights)
    assert weights[0] == 0


@pytest.mark.parametrize("place", ["Germany", "de", "D", "US_CA"])
def test_a_place_is_written_as_its_code(place: str) -> None:
    with pytest.raises(ValidationError):
        Window(id="window.some", days=1, countries=(place,))


def test_a_key_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError):
        Exclusion(id="exclusion.some", sentence="No.", catgory="shoes")  # type: ignore[call-arg]

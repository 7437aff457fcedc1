"""Places as customers write them: states by name and code, cities by their short names."""

import re
from collections.abc import Mapping

from store.order import Address

STATES: Mapping[str, str] = {
    "AL": "alabama", "AK": "alaska", "AZ": "arizona", "AR": "arkansas", "CA": "california", "CO": "colorado",
    "CT": "connecticut", "DE": "delaware", "DC": "district of columbia", "FL": "florida", "GA": "georgia",
    "HI": "hawaii", "ID": "idaho", "IL": "illinois", "IN": "indiana", "IA": "iowa", "KS": "kansas", "KY": "kentucky",
    "LA": "louisiana", "ME": "maine", "MD": "maryland", "MA": "massachusetts", "MI": "michigan", "MN": "minnesota",
    "MS": "mississippi", "MO": "missouri", "MT": "montana", "NE": "nebraska", "NV": "nevada", "NH": "new hampshire",
    "NJ": "new jersey", "NM": "new mexico", "NY": "new york", "NC": "north carolina", "ND": "north dakota",
    "OH": "ohio", "OK": "oklahoma", "OR": "oregon", "PA": "pennsylvania", "RI": "rhode island",
    "SC": "south carolina", "SD": "south dakota", "TN": "tennessee", "TX": "texas", "UT": "utah", "VT": "vermont",
    "VA": "virginia", "WA": "washington state", "WV": "west virginia", "WI": "wisconsin", "WY": "wyoming",
}  # fmt: skip
_SHORT: Mapping[str, tuple[str, ...]] = {
    "los angeles": ("la", "l.a."), "new york": ("nyc", "ny", "new york city", "n.y.", "manhattan"),
    "washington": ("dc", "d.c.", "washington dc", "washington d.c."), "san francisco": ("sf", "frisco"),
    "philadelphia": ("philly",), "las vegas": ("vegas",), "fort worth": ("ft worth",), "san antonio": ("sa",),
    "san diego": ("sd",), "new orleans": ("nola",), "chicago": ("chi",), "jacksonville": ("jax",),
}  # fmt: skip
_CODES_THAT_ARE_WORDS = frozenset(
    {"IN", "OR", "OK", "ME", "HI", "ID", "MA", "PA", "DE", "LA", "CO", "AL", "MS", "MI", "MO"}
)


def mentions(text: str, address: Address) -> list[tuple[int, int]]:
    """Return where a text names the place of an address: its city, state, zip code or street."""
    found: list[tuple[int, int]] = []
    for name, exact in _names(address):
        flags = re.NOFLAG if exact else re.IGNORECASE
        found += [match.span() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, flags)]
    return found


def _names(address: Address) -> list[tuple[str, bool]]:
    """Return the ways to write a place, and whether the case must be right."""
    city, code = address.city.casefold().strip(), address.region.upper().strip()
    names = [(name, False) for name in (city, *_SHORT.get(city, ())) if len(name) > 2]
    names += [(form, True) for name in _SHORT.get(city, ()) if len(name) == 2 for form in (name.upper(), name)]
    if code in STATES:
        names.append((STATES[code], False))
        names += [] if code in _CODES_THAT_ARE_WORDS else [(code, True)]
    street = re.sub(r"^\d+\s+", "", address.street).strip()
    return [*names, *((name, False) for name in (address.zip, street) if len(name) > 3)]

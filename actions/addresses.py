"""Reads a postal address as people type it, on one line or in pieces. Pure, no model involved.

What cannot be told apart for sure is left out and asked for: an address that was guessed sends a parcel astray.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from store.order import Address

PARTS = ("street", "city", "region", "zip")
"""What an address must have, in the order in which it is asked for."""

_LEAD = re.compile(
    r"^.*?\b(?:address(?:\s+(?:is|to|should be|it to))?|(?:send|ship|deliver)(?:\s+(?:it|them|that))?\s+to"
    r"|(?:change|update|move)(?:\s+(?:it|that))?\s+to|(?:it|that)['’]?s(?:\s+now)?|it is(?:\s+now)?|live (?:at|in)"
    r"|now at|moved to|instead|to)\b[\s:,]*(?=\d)",
    re.IGNORECASE | re.DOTALL,
)
_ZIP = re.compile(r"(?<![\w-])(\d{5})(-\d{4})?(?![\w-])")
_NUMBERED = re.compile(r"^\d{1,6}[A-Za-z]?(?:[-/]\d{1,4})?\s+\S")
_BOX = re.compile(r"^(?:p\.?\s*o\.?\s*box|post office box)\s*\d+", re.IGNORECASE)
_EXTRA = re.compile(
    r"(?:\b(?:apt|apartment|unit|suite|ste|floor|fl|room|rm|building|bldg|lot)\b\.?\s*#?\s*[\w-]+|#\s*[\w-]+"
    r"|\b\d{1,3}(?:st|nd|rd|th)\s+floor)",
    re.IGNORECASE,
)
_WAY = re.compile(
    r"\b(?:street|st|avenue|ave?|road|rd|lane|ln|drive|dr|court|ct|boulevard|blvd|place|pl|way|terrace|ter|circle|cir"
    r"|parkway|pkwy|highway|hwy|square|sq|trail|trl|alley|loop|plaza|crescent|cres|row|walk|path|pike|turnpike)\b\.?"
    r"(?:\s+(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\b\.?)?",
    re.IGNORECASE,
)
_COUNTRY = re.compile(r"^(?:usa?|u\.s\.a?\.?|united states(?: of america)?|america)$", re.IGNORECASE)
_TAIL = re.compile(r"[\s,;.]*(?:please|thanks|thank you|instead|now)?[\s,;.!]*$", re.IGNORECASE)
_NO_PLACE = re.compile(
    r"\b(?:order|please|number|size|colou?r|return|payment|zip|code|address|is|it|my|house|don['’]?t|know)\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"^\W*(?:(?:it|that)['’]?s|it is|(?:and )?(?:the |my )?(?:city|town|state|street|zip(?: code)?)(?: is|['’]s|:))\s+"
    r"|^\W*in\s+",
    re.IGNORECASE,
)
"""What leads to a part that was asked for: "the city is Boston"."""

STATES: Mapping[str, str] = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO",
    "connecticut": "CT", "delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY",
    "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN",
    "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH",
    "new jersey": "NJ", "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND",
    "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI",
    "south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT",
    "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
    "puerto rico": "PR", "guam": "GU",
}  # fmt: skip
"""Names of states and territories (United States Postal Service) and their letters."""

_LETTERS = frozenset(STATES.values())
_REGION = re.compile(rf"\b(?:({'|'.join(sorted(STATES, key=len, reverse=True))})|([A-Za-z]{{2}}))\W*$", re.IGNORECASE)
_ANY_STATE = "|".join([*sorted(STATES, key=len, reverse=True), *sorted(_LETTERS)])
_STATE_AND_ZIP = re.compile(rf"\b(?:{_ANY_STATE})\W{{0,3}}\d{{5}}(?:-\d{{4}})?\b", re.IGNORECASE)


def read(text: str, country: str = "US") -> Address:
    """Return what a text tells of an address; parts that it does not tell for sure are empty."""
    rest = _TAIL.sub("", _LEAD.sub("", text.replace("\n", ", ").strip(), count=1))
    found = Address(country=country)
    ends = _STATE_AND_ZIP.search(rest)
    if ends:
        rest = rest[: ends.end()]  # what is said after an address is no part of it: "…, OR 97214. I'm Ethan Garcia"
    zips = list(_ZIP.finditer(rest))
    numbered_street = bool(_NUMBERED.match(rest))
    last = zips[-1] if zips and (zips[-1].start() > 0 or not numbered_street) else None
    if last:
        found = replace(found, zip=last[1] + (last[2] or ""))
        rest = f"{rest[: last.start()]},{_without_country(rest[last.end() :])}"
    rest = rest.strip(" ,;.")
    region = _region(rest)
    if region and (found.zip or "," in rest or rest[region[1] :].strip(" .").isupper()):  # "send it to me" is not Maine
        named, rest = rest[region[1] :].strip(" ,;."), rest[: region[1]].strip(" ,;.")
        found = _street_and_city(rest, replace(found, region=region[0]))
        # "101 Highway, New York, 10001": the city and the state at once
        return found if found.city or named.casefold() != "new york" else replace(found, city=_title(named))
    return _street_and_city(rest, found)


def missing(address: Address) -> list[str]:
    """Return the parts that are still to be asked for; a region is asked for where the country has states."""
    return [part for part in PARTS if not getattr(address, part) and (part != "region" or address.country == "US")]


def with_part(address: Address, part: str, text: str) -> Address:
    """Return the address with the answer to a question for one part; unchanged where the answer cannot be one."""
    told = _SAID.sub("", _TAIL.sub("", text.strip()), count=1)
    if part == "zip":
        found = _ZIP.search(told) if address.country == "US" else re.search(r"\b[\w-]*\d[\w -]*\b", told)
        return replace(address, zip=found[0]) if found else address
    if part == "region":
        region = _region(told)
        return replace(address, region=region[0]) if region else address
    if part == "city":
        is_place = 2 <= len(told) <= 60 and not any(char.isdigit() for char in told) and not _NO_PLACE.search(told)
        return replace(address, city=_title(told)) if is_place else address
    street, extra = _without_extra(_LEAD.sub("", told, count=1))
    good = _NUMBERED.match(street) or _BOX.match(street)
    return replace(address, street=street, extra=extra or address.extra) if good else address


def merge(before: Address, later: Address) -> Address:
    """Return both together; what was said later replaces what was said before."""
    told = {part: getattr(later, part) for part in ("street", "extra", "city", "region", "zip") if getattr(later, part)}
    if "street" in told and "extra" not in told:
        told["extra"] = ""  # another house: its flat is not the old one's
    return replace(before, **told)


def _region(text: str) -> tuple[str, int] | None:
    """Return the state at the end of a text, in letters, and where it begins."""
    found = _REGION.search(text)
    if not found:
        return None
    letters = STATES.get(found[1].casefold()) if found[1] else found[2].upper()
    return (letters, found.start()) if letters in _LETTERS else None


def _street_and_city(rest: str, found: Address) -> Address:
    pieces = [piece.strip(" ;.") for piece in rest.split(",") if piece.strip(" ;.")]
    pieces = [piece for piece in pieces if not _COUNTRY.match(piece)]
    begin = next((place for place, piece in enumerate(pieces) if _NUMBERED.match(piece) or _BOX.match(piece)), 0)
    pieces = pieces[begin:]  # "no wait, 14 Oak Street"
    if not pieces or not (_NUMBERED.match(pieces[0]) or _BOX.match(pieces[0])):
        alone = len(pieces) == 1 and bool(found.region or found.zip)
        return with_part(found, "city", pieces[0]) if alone else found
    street, extra = _without_extra(pieces[0])
    extras = [extra] if extra else []
    others: list[str] = []
    for piece in pieces[1:]:
        (extras if _EXTRA.fullmatch(piece) else others).append(piece)
    if not others:
        street, city, more = _cut_at_the_way(street, pieces[0])
        extras = [more] if more else extras
    else:
        city = others[-1]
        extras += others[:-1]
    found = replace(found, street=street, extra=", ".join(extras))
    return with_part(found, "city", city) if city else found


def _cut_at_the_way(street: str, whole: str) -> tuple[str, str, str]:
    """Cut "12 Oak Street Apt 4 Portland" after its way into street, city and extra."""
    ways = list(_WAY.finditer(whole))
    if not ways:
        return street, "", ""
    end = ways[-1].end()
    head, tail = whole[:end].strip(), whole[end:].strip(" .")
    extra = _EXTRA.match(tail)
    if extra:
        tail = tail[extra.end() :].strip(" ,.")
    return head, tail, extra[0].strip() if extra else ""


def _without_extra(street: str) -> tuple[str, str]:
    found = _EXTRA.search(street)
    if not found or found.start() == 0:
        return street.strip(" ,."), ""
    left = (street[: found.start()] + street[found.end() :]).strip(" ,.")
    return (left, found[0].strip()) if _NUMBERED.match(left) else (street.strip(" ,."), "")


def _without_country(text: str) -> str:
    return "" if _COUNTRY.match(text.strip(" ,.;")) else text


def _title(place: str) -> str:
    return place.title() if place.islower() or place.isupper() else place

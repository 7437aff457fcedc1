"""Tells wants apart that the brain knows under one name, and one want about several orders into one for each. Pure."""

import re
from dataclasses import replace
from typing import Any

from actions import acts, addresses, change_kind, facts_asked, form
from actions.call import Want

ADDRESSED = frozenset({"change_order", "change_address", "change_address_on_file"})
"""Wants whose words may hold a new address: its zip says nothing about who the customer is."""

_INTRODUCED = 0.9
"""Confidence of a name that the writer gave as their own ("I'm …"); less sure ones may be a street's or a city's."""
_RETURNS = frozenset({"start_return", "exchange_item", "report_problem"})
_IF_RETURNED = r"\bif (?:i|we) (?:\w+ ){0,2}(?:return|send|bring|give|exchange|swap)"
_WOULD_GET = re.compile(
    rf"\b(?:what|how much)\b[^.?!]{{0,40}}\b(?:would|could) (?:i|we) (?:get|receive|have)\b"
    rf"|\bwhat {_IF_RETURNED[2:]}",
    re.IGNORECASE,
)
_WILL_GET = re.compile(
    rf"\b(?:what|how much)\b[^.?!]{{0,40}}\b(?:will|do|can|would|could) (?:i|we) (?:get|receive|have)\b"
    rf".*{_IF_RETURNED}",
    re.IGNORECASE,
)
_EXTENDS = re.compile(r"\b(?:extend|extension|more time|longer|postpone|later deadline|few more days)\b", re.IGNORECASE)
_TO_SEND = re.compile(r"\b(?:returns?|label|deadline|send|sending|parcel|package|rma|drop)\b", re.IGNORECASE)
_MINE = re.compile(r"\b(?:i|me|my|rma)\b|^\W*(?:please\W+)?(?:extend|postpone)\b", re.IGNORECASE)
"""Whose time it is: the writer's, who says so or simply asks for it; other questions are about the shop's rules."""
_RATHER = re.compile(r"\b(?:instead of|rather than|and not|not)\b.*", re.IGNORECASE)
_NEW = re.compile(
    r"\b(?:new|another|fresh|replacement|reissue|expired|ran out|won'?t scan|doesn'?t (?:scan|work)|not (?:scanning"
    r"|working|valid)|lost)\b",
    re.IGNORECASE,
)
_CHANGES = re.compile(r"\b(?:change|switch|modify|edit|update|rather|instead|different)\b", re.IGNORECASE)
_SOURCE = re.compile(
    r"\b(?:same(?: \w+)? (?:as|like|of)|(?:ad+res+|place|one|home|house)(?: \w+)? (?:as|of|on|from|in|for|like)"
    r"|where|like|match\w*)(?: (?:in|on|for|of|my|the|other|with))*(?: orders?)?(?: (?:number|no\.?))?\W*$",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"\b(?:not sure yet|(?:don'?t|do not) (?:process|do|start|submit|open) (?:anything|it|them|that)\b(?! else)"
    r"|just (?:asking|checking|wondering|curious)|(?:haven'?t|have not|not) decided|before i decide)\b",
    re.IGNORECASE,
)
"""Words of who only wants to know what would be, and nothing done."""
_STATES = frozenset({"refund_status", "order_status", "return_status", "inform"})
_MY_RETURN = re.compile(r"\b(?:my|the|that|this|our) (?:\w+ )?(?:return|rma|exchange)\b|\brma\b", re.IGNORECASE)

_CHANGES_MINE = re.compile(
    r"\b(?:change|switch|modify|edit|update)\b[^.?!]{0,20}\b(?:my|that|this|our) (?:return|exchange)\b", re.IGNORECASE
)
"""What can only be said of a return that stands."""


def want_of(want: Want) -> Want:
    """Return a want under the name of what exactly is wanted."""
    if _tells_a_return(want):
        return replace(want, intent="start_return")
    text, named = want.text, any(entity["entity"] in {"order_id", "rma", "gift_code"} for entity in want.entities)
    stands = any(entity["entity"] == "rma" for entity in want.entities)
    if want.intent in _RETURNS and (_CHANGES_MINE.search(text) or (stands and changes_a_return(text))):
        return _to_what_it_becomes(replace(want, intent="change_return"))
    if want.intent == "change_return" and not extends(text):
        return _to_what_it_becomes(want)
    if _only_looks(want, named=named):
        return replace(want, intent="what_if")
    if want.intent in {"request_label", "return_status", "ask_policy", "change_return"} and extends(text):
        return replace(want, intent="extend_return")
    if want.intent == "request_label" and _NEW.search(text):
        return replace(want, intent="new_label")
    return _asking(want)


def _only_looks(want: Want, *, named: bool) -> bool:
    """Tell whether it is only asked what would be: what one would get, or with nothing to be done yet."""
    text, intent = want.text, want.intent
    if intent in {"start_return", "exchange_item"} and _NOT_YET.search(text):
        return True
    if intent in {"start_return", "exchange_item", "refund_status"} and _WOULD_GET.search(text):
        return True
    return intent == "ask_policy" and bool(_WILL_GET.search(text) or (named and _WOULD_GET.search(text)))


def _tells_a_return(want: Want) -> bool:
    """Tell whether why, and what for, are said though no verb is: "the vase is not needed, money back, drop-off"."""
    told = {entity["entity"] for entity in want.entities}
    goes_back = {"reason", "resolution"} <= told or {"resolution", "return_method"} <= told
    return want.intent in _STATES and goes_back and not form.is_question(want.text)


def _asking(want: Want) -> Want:
    """Name what only asks for facts (`ask_goods`, `ask_order`); what else it may be stands."""
    asked = facts_asked.asks(want.text, want.intent)
    if asked:
        return replace(want, intent=f"ask_{asked}")
    if want.intent == "change_order":
        want = replace(want, intent=acts.CHANGES.get(change_kind.read(want.text) or "", want.intent))
    if want.intent in ADDRESSED:
        return replace(want, entities=without_address(want.entities, want.text))
    return want


def _to_what_it_becomes(want: Want) -> Want:
    """Of two outcomes the one that is wanted: "change the exchange to a refund", "a refund instead of the exchange"."""
    outcomes = [entity for entity in want.entities if entity["entity"] == "resolution"]
    if len({entity["value"] for entity in outcomes}) < 2:
        return want
    end = len(_RATHER.sub("", want.text))
    meant = [entity for entity in outcomes if entity.get("start", 0) < end] or outcomes
    rest = tuple(entity for entity in want.entities if entity["entity"] != "resolution")
    return replace(want, entities=(*rest, meant[-1]))


def by_order(want: Want) -> list[Want]:
    """Return one want for each order that a return names."""
    numbers = list(dict.fromkeys(entity["value"] for entity in want.entities if entity["entity"] == "order_id"))
    if want.intent not in _RETURNS or len(numbers) < 2:
        return [want]
    rest = tuple(entity for entity in want.entities if entity["entity"] != "order_id")
    return [replace(want, entities=({"entity": "order_id", "value": number}, *rest)) for number in numbers]


def wants_longer(text: str) -> bool:
    """Tell whether a text asks for more time, whatever for."""
    return bool(_EXTENDS.search(text))


def extends(text: str) -> bool:
    """Tell whether a text asks for more time to send a parcel."""
    return bool(_EXTENDS.search(text) and _TO_SEND.search(text) and _MINE.search(text))


def changes_a_return(text: str) -> bool:
    """Tell whether a text asks to have something else for a return that stands."""
    return bool(_CHANGES.search(text) and _MY_RETURN.search(text))


def _tells_a_source(entity: dict[str, Any], text: str) -> bool:
    """Tell whether an order's number only says which address is meant: "the same place as #W8277957"."""
    start = entity.get("start")
    return entity["entity"] == "order_id" and start is not None and bool(_SOURCE.search(text[: int(start)]))


def without_address(entities: tuple[dict[str, Any], ...], text: str) -> tuple[dict[str, Any], ...]:
    """Return the entities without those that belong to a new address: "send it to 12 Oak Street, Portland 97214"."""
    without = tuple(entity for entity in entities if not _tells_a_source(entity, text))
    if any(entity["entity"] == "order_id" for entity in without):
        entities = without
    address = addresses.read(text)
    if not address.street:
        return entities
    parts = {address.zip, address.zip[:5], None}
    return tuple(
        entity
        for entity in entities
        if not (entity["entity"] == "name" and float(entity.get("confidence") or 0) < _INTRODUCED)
        and not (entity["entity"] == "zip" and entity["value"] in parts)
    )

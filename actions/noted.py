"""What a customer said along with a want, kept until the dialogue gets to it: "the blue one, too small"."""

from typing import Any

from actions.call import Call, Want
from store.identity import Evidence

_KEPT = ("reason", "resolution", "return_method", "refund_to", "variant", "product", "quantity")
_EVIDENCE = {
    "order_id": "order_number",
    "rma": "rma",
    "email": "email",
    "phone": "phone",
    "zip": "zip",
    "name": "name",
    "gift_code": "gift_code",
}
_RESOLUTION_OF = {"exchange_item": "exchange"}

Noted = dict[str, Any]


def of_want(want: Want) -> Noted:
    """Return what the words around a want tell about it."""
    noted = _values(want.entities)
    noted["text"] = want.text
    if want.intent in _RESOLUTION_OF:
        noted["resolution"] = _RESOLUTION_OF[want.intent]
    return noted


def of_message(call: Call) -> Noted:
    """Return what the present message tells, whatever it is about."""
    return _values(call.entities)


def take(call: Call, key: str) -> Any | None:
    """Return something that was noted, once; afterwards it is the slot's."""
    noted = dict(call.slots.get("noted") or {})
    value = noted.pop(key, None)
    if value is not None:
        call.set("noted", noted)
    return value


def add_words(call: Call) -> None:
    """Keep the words of the present message with those of the want, for steps that read them."""
    noted = dict(call.slots.get("noted") or {})
    said = str(noted.get("text") or "")
    opening = noted.get("opening") or said or call.text
    call.set("noted", {**noted, "opening": opening, "text": f"{said}\n{call.text}" if said else call.text})


def told_first(call: Call) -> tuple[str, ...]:
    """Return the words that began a want and, where more has been told since, all of them: the first to be tried
    before the others, which may speak of the same goods in passing."""
    noted = call.slots.get("noted") or {}
    return tuple(dict.fromkeys(str(text) for text in (noted.get("opening"), noted.get("text")) if text))


def evidence_of(entities: tuple[dict[str, Any], ...]) -> Evidence:
    """Return what entities tell about who the customer is and which order they mean."""
    found: dict[str, str] = {}
    for entity in entities:
        field = _EVIDENCE.get(entity["entity"])
        if field and field not in found:
            found[field] = str(entity["value"])
    return Evidence(**found)


def _values(entities: tuple[dict[str, Any], ...]) -> Noted:
    found: Noted = {}
    for entity in entities:
        if entity["entity"] in _KEPT and entity["entity"] not in found:
            found[entity["entity"]] = entity["value"]
    return found

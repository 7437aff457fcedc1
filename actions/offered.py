"""What is possible where a wish is not, as buttons."""

from collections.abc import Mapping

from actions import texts
from actions.call import Call
from actions.texts import AGAIN, Buttons
from casework.proposal import Instead, Refusal
from conversations.message import Choice

_WANTS: Mapping[Instead, tuple[str, str]] = {
    "cancel_order": ("Cancel the order", "cancel_order"),
    "open_return": ("Start a return", "start_return"),
    "other_items": ("Another item of this order", "start_return"),
    "order_status": ("Where is my order?", "order_status"),
    "return_status": ("How does my return stand?", "return_status"),
}
_CARE: Mapping[Instead, tuple[str, str]] = {"new_label": ("Send me a new label", "new_label")}


async def refuse(call: Call, refusal: Refusal) -> None:
    """Say why something is not possible and what is, and end the form."""
    call.say(refusal.text, buttons=instead(refusal, call.slots.get("order") or "", call.slots.get("rma") or ""))
    call.set("outcome", "refused")


def instead(refusal: Refusal, number: str, rma: str) -> Buttons:
    """Return what is possible instead as buttons, a person last; what a form itself would ask is left out."""
    buttons = [
        (_WANTS[one][0], Choice(_WANTS[one][1], "order_id", number))
        for one in refusal.possible
        if one in _WANTS and number
    ]
    buttons += [(_CARE[one][0], care(_CARE[one][1], rma)) for one in refusal.possible if one in _CARE and rma]
    return (*buttons, *texts.PERSON_CHOICE)


def care(want: str, rma: str) -> Choice:
    """Return the choice that begins a want about one return; the brain knows fewer wants than the desk."""
    return Choice(texts.INTENT_OF.get(want, want), AGAIN, {"want": want, "rma": rma})


def about_order(want: str, number: str) -> Choice:
    """Return the choice that begins a want about one order."""
    return Choice(texts.INTENT_OF.get(want, want), AGAIN, {"want": want, "order_id": number})

"""The custom actions of the stock bot, as rasa-sdk's own server runs them: look-ups in memory, nothing is stored.

They do less than the desk's: no database, no policy, no identity. What they save is in stock's favour.
"""

import re
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

_ORDER = re.compile(r"#?\s*H[\s-]*(\d{6})", re.IGNORECASE)
_ANSWER = "You have 30 days from delivery. A refund takes 3 to 5 business days once we have your parcel."
_OF_A_RETURN = ("reason", "resolution", "return_method")


class Answer(Action):  # type: ignore[misc]  # rasa-sdk brings no types
    """Answers a question about the policy."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say the answer."""
        dispatcher.utter_message(text=_ANSWER)
        return []


class OrderStatus(Action):  # type: ignore[misc]  # rasa-sdk brings no types
    """Says where an order is."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_order_status"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say the status."""
        dispatcher.utter_message(text=f"Order {tracker.get_slot('order_number')} was delivered.")
        return []


class SubmitReturn(Action):  # type: ignore[misc]  # rasa-sdk brings no types
    """Ends a return."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_submit_return"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say that it is done, and forget what it was about."""
        dispatcher.utter_message(text="Your return is ready.")
        return [SlotSet(slot, None) for slot in _OF_A_RETURN]


class FindsOrder:
    """Finds an order number in whatever message a form gets, as Rasa's guide does it for custom slot mappings."""

    async def extract_order_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the slot when the message names an order."""
        found = _ORDER.search(tracker.latest_message.get("text") or "")
        return {"order_number": f"#H{found[1]}"} if found else {}


class ValidateStatusForm(FindsOrder, FormValidationAction):  # type: ignore[misc]  # rasa-sdk brings no types
    """Checks what is filled in of a status form."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "validate_status_form"

    def validate_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Take an address only."""
        return {"email": value if "@" in str(value) else None}


class ValidateReturnForm(FindsOrder, FormValidationAction):  # type: ignore[misc]  # rasa-sdk brings no types
    """Checks what is filled in of a return form."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "validate_return_form"

    def validate_reason(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Take any reason, but none of an earlier return: while a form begins nothing is asked yet."""
        return {"reason": value if tracker.get_slot("requested_slot") else None}

    def validate_resolution(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Take any wish, but none of an earlier return."""
        return {"resolution": value if tracker.get_slot("requested_slot") else None}

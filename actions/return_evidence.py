"""What the policy may ask for before it decides: the condition of the items, and a photo of the damage."""

import re

from actions import people, reading, return_texts, texts, yes_no
from actions.call import Call
from actions.form import Step
from actions.return_state import NONE, NOT_NEEDED, decision_of, order_of
from conversations import repository as conversations
from conversations.message import Author, Choice
from handoff.ticket import Reason
from store.order import Order
from store.returns import CONDITIONS

_LOOK_BACK = 12
"""Among so many messages a picture that was sent without being asked for is found."""
_CANNOT = re.compile(
    r"\b(can'?t|cannot|can not|unable|not able|won'?t|no (photo|picture|camera|image|phone)|don'?t have|do not have"
    r"|skip|without|threw|thrown)\b",
    re.IGNORECASE,
)


class Condition(Step):
    """In what condition the items are, asked where the policy makes a difference."""

    slot = "condition"

    def recognises(self, call: Call) -> bool:
        """Words for a condition answer it."""
        return reading.condition(call.text) is not None

    async def fill(self, call: Call) -> None:
        """Take the pressed or told condition; nothing is needed where the policy does not ask."""
        pressed = call.choice(self.slot)
        told = pressed.value if pressed else reading.condition(call.text) if self.asked(call) else None
        if told in CONDITIONS:
            call.set(self.slot, told)
        elif not (await decision_of(call, await order_of(call))).condition_needed:
            call.set(self.slot, NOT_NEEDED)

    async def ask(self, call: Call) -> None:
        """Ask for it."""
        buttons = tuple((return_texts.CONDITION_TITLES[key], Choice("inform", self.slot, key)) for key in CONDITIONS)
        call.say(return_texts.CONDITION, buttons=buttons, expects=("condition", "choice"))


class Photo(Step):
    """A photo of the damage, asked where the policy wants one; who has none goes to a person."""

    slot = "photo"

    def recognises(self, call: Call) -> bool:
        """Saying that there is no photo is an answer."""
        return bool(_CANNOT.search(call.text))

    async def fill(self, call: Call) -> None:
        """Take the picture that was sent; without one a person decides."""
        if call.pictures and call.asked == self.slot:
            call.set(self.slot, [str(picture) for picture in call.pictures])
            return
        order = await order_of(call)
        if not (await decision_of(call, order)).photo_needed:
            call.set(self.slot, NOT_NEEDED)
            return
        sent = [] if call.asked == self.slot else await _sent_already(call)
        if sent:
            call.set(self.slot, sent)
            return
        pressed = call.choice(self.slot)
        refuses = self.asked(call) and (_CANNOT.search(call.text) or yes_no.read(call.text) == "no")
        if pressed or refuses:
            call.set(self.slot, NONE)
            items = ", ".join(f"{line['quantity']} x {_name(order, line['item'])}" for line in call.slots["items"])
            detail = f"No photo for a return of order {order.display_number} ({items}), reason {call.slots['reason']}."
            await people.hand_over(call, Reason.POLICY, detail, return_texts.WITHOUT_PHOTO)
            call.set("outcome", "with_person")

    async def ask(self, call: Call) -> None:
        """Ask for a photo."""
        buttons = ((return_texts.NO_PHOTO, Choice("inform", self.slot, NONE)), *texts.PERSON_CHOICE)
        call.say(return_texts.PHOTO, buttons=buttons, expects=("photo", "photo"))


async def _sent_already(call: Call) -> list[str]:
    """Return the pictures that were sent before anybody asked, since the last thing that was said yes or no to."""
    message = await conversations.message(call.session, call.room.message_id)
    newest = message.seq if message else 0
    said = await conversations.transcript(call.session, call.conversation.id, newest - _LOOK_BACK, _LOOK_BACK)
    pictures: list[str] = []
    for one in said:
        if (one.content.get("expects") or {}).get("slot") == "confirm":
            pictures = []
        if one.author is Author.CUSTOMER:
            files = one.content.get("attachments") or []
            pictures += [str(file["id"]) for file in files if str(file["media_type"]).startswith("image/")]
    return pictures


def _name(order: Order, item_id: str) -> str:
    return next((item.name for item in order.items if str(item.id) == item_id), item_id)

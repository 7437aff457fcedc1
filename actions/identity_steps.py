"""The first two steps of every form: who is the customer, and which order is it about?"""

import re

from actions import answers, noted, people, reading, texts
from actions.call import Call
from actions.form import Step
from casework import identities, orders
from conversations.message import Choice
from handoff.ticket import Reason
from store.identity import Evidence
from store.order import Order, OrderState
from store.policy_file import Level

_HAS_NO_NUMBER = re.compile(
    r"\b(don'?t|do not|can'?t|cannot|no longer)\b.*\b(know|have|find|remember)\b|\bno idea\b|\blost\b.*\bnumber\b",
    re.IGNORECASE,
)


_CONTACT = frozenset({"email", "phone", "zip", "name", "gift_code"})
_NO_CONTACT = {"email": None, "phone": None, "zip": None, "name": None}


class Identity(Step):
    """Done when the customer has proved enough for what they want."""

    slot = "identity"

    def __init__(self, level: Level, *, general_is_enough: bool = False, gift: bool = False) -> None:
        self._level: Level = level
        self._general_is_enough = general_is_enough
        self._gift = gift

    async def fill(self, call: Call) -> None:
        """Use what was proved before, else judge what has been said so far."""
        if self.asked(call) and _HAS_NO_NUMBER.search(call.text):
            await answers.answer_topic(call, "order-number-lost")
            return
        before = evidence(call)
        told = noted.evidence_of(call.entities) if call.form else Evidence()
        merged = _merge(before, told)
        if merged != before:
            call.set("evidence", merged.__dict__)
        if await self._known(call, merged):
            call.set(self.slot, True)
        elif merged.given and (merged != before or not call.form):
            await self._prove(call, merged)

    async def ask(self, call: Call) -> None:
        """Ask for what is missing, or say that what was given does not match."""
        mismatch = call.slots.get("mismatch")
        if mismatch:
            call.clear("mismatch")
            call.say(mismatch, buttons=texts.WITHOUT_NUMBER, expects=("identity", "text"))
            return
        given = evidence(call).given
        if not orders.needs_order_number(call.desk):
            call.say(texts.ASK_EMAIL_OR_NAME, expects=("identity", "text"))
        elif given & {"order", "rma"}:
            call.say(texts.ASK_CONTACT, buttons=texts.PERSON_CHOICE, expects=("identity", "text"))
        elif given:
            call.say(texts.ASK_NUMBER_TOO, buttons=texts.WITHOUT_NUMBER, expects=("order", "text"))
        else:
            text = texts.ASK_IDENTITY
            if self._gift and orders.takes_gift_codes(call.desk):
                text = f"{text} {texts.OR_GIFT_CODE}"
            call.say(text, buttons=texts.WITHOUT_NUMBER, expects=("identity", "text"))

    def recognises(self, call: Call) -> bool:
        """A number or a contact detail is an answer to "who are you?"."""
        return bool(noted.evidence_of(call.entities).given)

    async def _known(self, call: Call, said: Evidence) -> bool:
        if identities.customer_of(call.conversation, self._level):
            return True
        order = await orders.named(call.session, said)
        if order is None and not said.given & {"order", "rma", "gift_code"}:
            return bool(await orders.open_to(call.session, call.conversation, self._level, gift=self._gift))
        return order is not None and identities.may(call.conversation, self._level, order, gift=self._gift)

    async def _prove(self, call: Call, said: Evidence) -> None:
        proof = await identities.prove(call.session, call.desk, call.conversation, said)
        if proof.outcome == "locked":
            first = texts.CANNOT_MATCH
            detail = "Too many details that do not match an order."
            await people.hand_over(call, Reason.IDENTITY, detail, first)
            call.set("outcome", "with_person")
        elif proof.outcome == "wrong" and not noted.evidence_of(call.entities).given & _CONTACT:
            # another order than the one that the contact was given for: ask for this one's
            call.set("evidence", {**said.__dict__, **_NO_CONTACT})
        elif proof.outcome == "wrong":
            call.set("mismatch", texts.no_match(said))
            call.set("evidence", {**said.__dict__, **_NO_CONTACT, "gift_code": None})
        elif proof.claim is not None:
            await call.refresh()
            enough = await self._known(call, said) or (self._general_is_enough and proof.claim.level == "general")
            if enough:
                call.set(self.slot, True)


class OrderStep(Step):
    """Done when one order (or one return, which names its order) is meant."""

    slot = "order"

    def __init__(
        self, level: Level, *, state: OrderState | None = None, optional: bool = False, gift: bool = False
    ) -> None:
        self._level: Level = level
        self._state = state
        self._optional = optional
        self._gift = gift

    async def fill(self, call: Call) -> None:
        """Take the order that was named, or the only one that it can be."""
        chosen = call.choice(self.slot)
        told = noted.evidence_of(call.entities) if self.asked(call) else Evidence()
        said = evidence(call)
        number = chosen.value if chosen else told.order_number or said.order_number
        which = Evidence(order_number=number) if number else Evidence(rma=said.rma, gift_code=said.gift_code)
        order = await orders.named(call.session, which)
        if order and identities.may(call.conversation, self._level, order, gift=self._gift):
            call.set(self.slot, order.number)
            return
        candidates = await self._candidates(call)
        if self.asked(call) and not told.given:
            place = reading.position(call.text, len(candidates))
            named = candidates[place] if place is not None else _by_words(call.text, candidates)
            if named:
                call.set(self.slot, named.number)
        elif len(candidates) == 1 and not said.order_number:
            call.set(self.slot, candidates[0].number)
        elif not candidates and self._optional:
            call.set(self.slot, "")

    async def ask(self, call: Call) -> None:
        """Show the orders that it can be."""
        candidates = await self._candidates(call)
        if not candidates:
            call.say(texts.NO_ORDERS, buttons=texts.PERSON_CHOICE, expects=("order", "text"))
            return
        buttons = tuple(
            (
                texts.order_title(order, gift=identities.only_as_gift(call.conversation, order)),
                Choice("inform", "order", order.number),
            )
            for order in candidates
        )
        call.say(texts.WHICH_ORDER, buttons=buttons, expects=("order", "choice"))

    async def _candidates(self, call: Call) -> list[Order]:
        return await orders.open_to(call.session, call.conversation, self._level, state=self._state, gift=self._gift)


def evidence(call: Call) -> Evidence:
    """Return what the customer has said of themselves so far."""
    return Evidence(**(call.slots.get("evidence") or {}))


def _merge(before: Evidence, told: Evidence) -> Evidence:
    """What names an order replaces what named another one in another way: its number, a return's, a gift's code."""
    naming = {"order_number", "rma", "gift_code"}
    named = {field for field in naming if getattr(told, field)}
    if named:
        before = Evidence(**{**before.__dict__, **dict.fromkeys(naming - named)})
    return before.merge(told)


def _by_words(text: str, candidates: list[Order]) -> Order | None:
    titles = [
        (order.number, f"{order.display_number} " + " ".join(item.name for item in order.items)) for order in candidates
    ]
    number = reading.option(text, titles)
    return next((order for order in candidates if order.number == number), None)

"""The first step of every form: who is the customer?"""

import re
from dataclasses import replace

from actions import answers, noted, people, person_names, texts
from actions.call import Call
from actions.form import Step
from casework import identities, orders
from handoff.ticket import Reason
from store.identity import Evidence
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
        before = evidence(call)
        told = self._told(call)
        if self.asked(call) and not told.given and self._has_no_number(call):
            await answers.answer_topic(call, "order-number-lost")
            return
        merged = _merge(before, told)
        if merged != before:
            call.set("evidence", merged.__dict__)
        if told.given & {"order", "rma", "gift_code"}:
            call.set("names_order", True)
        if await self._known(call, merged):
            call.set(self.slot, True)
        elif merged.given and (merged != before or not call.form):
            await self._prove(call, merged)

    def _told(self, call: Call) -> Evidence:
        told = noted.evidence_of(call.entities) if call.form else Evidence()
        if self.asked(call) and told.zip and not told.name:
            told = replace(told, name=person_names.beside_zip(call.text))
        return told

    def _has_no_number(self, call: Call) -> bool:
        """Tell whether the number is not known where one is needed; who has forgotten the e-mail is asked again."""
        return orders.needs_order_number(call.desk) and bool(_HAS_NO_NUMBER.search(call.text))

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
            # the name stays: "sorry, wrong zip, it's 98186" does not say it again
            call.set("evidence", {**said.__dict__, **_NO_CONTACT, "gift_code": None, "name": said.name})
        elif proof.claim is not None:
            await call.refresh()
            enough = await self._known(call, said) or (self._general_is_enough and proof.claim.level == "general")
            if enough:
                call.set(self.slot, True)


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

"""The return form after its items: why, what for, where the money goes, and how it is sent."""

import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from actions import acts, exchange_steps, form, noted, reading, return_texts, yes_no
from actions.call import Call
from actions.form import Correctable
from actions.return_state import NONE, NOT_NEEDED, decision_of, is_gift, order_of, possible_offers
from conversations.message import Choice
from store import policy
from store.decision import Decision, Offer
from store.order import Order, PaymentMethod
from store.returns import METHODS, REASON_TITLES, REASONS

Decide = Callable[[Call, Order], Awaitable[Decision]]
"""How a form comes to its decision: about a return that is to be opened, or about one that stands."""


class Reason(Correctable):
    """Why it comes back; what fits no reason is kept in the customer's own words."""

    slot = "reason"
    dependants = ("condition", "photo", "resolution", "return_method", "confirm")

    def recognises(self, call: Call) -> bool:
        """Asked why, a customer may tell any story; only questions and other wants are something else."""
        return call.entity(self.slot) is not None or call.intent in {"out_of_scope", "give_feedback", "complaint"}

    async def fill(self, call: Call) -> None:
        """Take the pressed reason, the recognised one, or the words as they are."""
        pressed = call.choice(self.slot)
        told = pressed.value if pressed else call.entity("reason") if self.asked(call) else noted.take(call, "reason")
        if told is None and self.asked(call):
            told = reading.option(call.text, [(reason, REASON_TITLES[reason]) for reason in REASONS])
            if told is None and self._is_a_reason(call):
                told = "other"
                call.set("comment", call.text[:500])
        if told in REASONS:
            call.set(self.slot, told)

    def _is_a_reason(self, call: Call) -> bool:
        """A yes, a no, or an answer to another question is no reason; other words are, whatever they say."""
        other = ("resolution", "return_method", "refund_to", "order_id")
        if len(str(call.entity("product") or "")) > len(call.text) / 2:
            return False  # the item's name again
        if form.is_question(call.text) and call.text.rstrip().endswith("?"):
            return False
        if len(call.text) < _LEAST or yes_no.read(call.text) is not None:
            return False
        return len(call.text.split()) >= _A_STORY or not any(call.entity(name) for name in other)

    async def ask(self, call: Call) -> None:
        """Ask why, with the reasons as buttons."""
        buttons = tuple((REASON_TITLES[reason], Choice("inform", self.slot, reason)) for reason in REASONS)
        call.say(return_texts.WHY, buttons=buttons, expects=("reason", "choice"))

    async def corrected(self, call: Call) -> bool:
        """Another reason, said later: it may change who pays for what."""
        told = call.entity("reason")
        return told not in (None, call.slots["reason"]) and call.asked != self.slot


class Resolution(Correctable):
    """Refund, exchange or store credit; before that the policy decides whether there is anything to choose."""

    slot = "resolution"
    dependants = ("variant", "second_variant", "chosen_seconds", "refund_to", "return_method", "confirm")

    def __init__(self, decide: Decide = decision_of) -> None:
        self._decide = decide

    async def fill(self, call: Call) -> None:
        """Refuse what the policy refuses; else take the choice, or the only one there is."""
        order = await order_of(call)
        decision = await self._decide(call, order)
        if not decision.eligible_lines:
            buttons = return_texts.after_refusal(order, decision, gift=is_gift(call, order))
            call.say(return_texts.refused(order, decision), buttons=buttons)
            call.set("outcome", "refused")
            return
        if decision.refused_lines:
            self._leave_out_refused(call, order, decision)
        possible = {offer.resolution for offer in await possible_offers(call, order, decision)}
        told = self._told(call)
        if told in possible:
            call.set(self.slot, told)
        elif told == NONE:
            call.say(return_texts.LOOKED)
            call.set("outcome", "looked")
        elif told and call.entity("refund_to") is not None and "refund" in possible:
            call.set(self.slot, "refund")  # "the money on my gift card" sounds like store credit
        elif told:
            call.say(return_texts.not_possible(str(told)))
        elif len(possible) == 1 and not self.asked(call) and not _only_asks(call):
            call.set(self.slot, possible.pop())

    def _told(self, call: Call) -> Any:
        pressed = call.choice(self.slot)
        if pressed:
            return pressed.value
        if not self.asked(call):
            return noted.take(call, "resolution")
        titles = [(key, title) for key, title in return_texts.RESOLUTION_WORDS.items()]
        told = call.entity("resolution") or reading.option(call.text, titles)
        if told is None and call.entity("refund_to") is not None:
            told = "refund"  # "back to my card" says what, too
        looks = _only_asks(call) and yes_no.read(call.text) == "no"
        return told or (NONE if looks else None)

    def _leave_out_refused(self, call: Call, order: Order, decision: Decision) -> None:
        call.say(return_texts.partly_refused(order, decision))
        good = {str(line.order_item_id) for line in decision.eligible_lines}
        call.set("items", [line for line in call.slots["items"] if line["item"] in good])

    async def ask(self, call: Call) -> None:
        """Show the possible outcomes side by side, with amounts."""
        order = await order_of(call)
        decision = await self._decide(call, order)
        offers = await possible_offers(call, order, decision)
        shown: dict[str, Offer] = {}
        for offer in offers:
            shown.setdefault(offer.resolution, offer)
        say = call.amounts(order.currency)
        cards = [return_texts.offer_card(say, offer, gift=is_gift(call, order)) for offer in shown.values()]
        only_asks = _only_asks(call)
        buttons = ((return_texts.JUST_LOOKING, Choice("inform", self.slot, NONE)),) if only_asks else ()
        lead = return_texts.what_if if only_asks else return_texts.what_instead
        text = lead(decision, gift=is_gift(call, order))
        call.say(text, buttons=buttons, cards=cards, expects=("resolution", "choice"))

    async def corrected(self, call: Call) -> bool:
        """Another outcome, said later: "no, store credit"."""
        told = call.entity("resolution")
        if told is None and call.slots["resolution"] == "exchange" and not call.choices:
            named = [want.intent for want in acts.read(call.text, call.entities)]
            told = "refund" if named == ["start_return"] else None  # "then just return it"
            if told:
                call.set("noted", {**(call.slots.get("noted") or {}), "resolution": told})
        return told not in (None, call.slots["resolution"]) and call.asked != self.slot


class RefundTo(Correctable):
    """Where the money goes, asked only where the policy leaves a choice."""

    slot = "refund_to"
    dependants = ("confirm",)

    def __init__(self, decide: Decide = decision_of) -> None:
        self._decide = decide

    async def fill(self, call: Call) -> None:
        """Take the chosen destination, or the only one there is."""
        if call.slots["resolution"] == "exchange":
            await self._fill_difference(call)
            return
        offers = await self._offers(call)
        if len(offers) == 1 and call.slots["resolution"] == "refund":
            self._say_if_elsewhere(call, offers[0])
        if call.slots["resolution"] != "refund" or len(offers) < 2:
            call.set(self.slot, offers[0].refund_to or NOT_NEEDED if offers else NOT_NEEDED)
            return
        self._take(call, [(_place(offer), return_texts.destination(offer)) for offer in offers])

    def _take(self, call: Call, known: list[tuple[str, str]]) -> None:
        pressed = call.choice(self.slot)
        text = call.text if self.asked(call) else str(noted.take(call, "refund_to") or "")
        told = pressed.value if pressed else _original(text, known) or (reading.option(text, known) if text else None)
        if told is None and text and _OTHER_CARD.search(text):
            told = self._other_card(call, known)
        if told in dict(known):
            call.set(self.slot, told)

    def _other_card(self, call: Call, known: list[tuple[str, str]]) -> str | None:
        """Return the card that is not the one turned down, or, where none was, not the one that paid: the first."""
        cards = [place for place, title in known if not re.search(r"paypal|gift", title, re.IGNORECASE)]
        turned_down = noted.take(call, "turned_down") or next(iter(cards), None)
        others = [place for place in cards if place != turned_down]
        return others[0] if len(others) == 1 else None

    async def ask(self, call: Call) -> None:
        """Ask where the money should go, or where a difference in price should come from."""
        order = await order_of(call)
        if call.slots["resolution"] == "exchange":
            amounts, methods = await self._difference(call, order)
            shown = tuple((method.label, Choice("inform", self.slot, method.id)) for method in methods)
            text = return_texts.who_pays(call.amounts(order.currency), max(amounts) or min(amounts))
            call.say(text, buttons=shown, expects=("refund_to", "choice"))
            return
        buttons = tuple(
            (
                return_texts.destination_title(call.amounts(order.currency), offer),
                Choice("inform", self.slot, _place(offer)),
            )
            for offer in await self._offers(call)
        )
        call.say(return_texts.WHERE_TO, buttons=buttons, expects=("refund_to", "choice"))

    async def _fill_difference(self, call: Call) -> None:
        """Ask only where there is a difference and more than one method could bear it."""
        order = await order_of(call)
        amounts, methods = await self._difference(call, order)
        if not any(amounts) or len(methods) < 2:
            call.set(self.slot, methods[0].id if any(amounts) and methods else NOT_NEEDED)
            return
        self._take(call, [(method.id, method.label) for method in methods])

    async def _difference(self, call: Call, order: Order) -> tuple[tuple[Decimal, ...], list[PaymentMethod]]:
        amounts = await exchange_steps.differences(call, order, call.slots["items"])
        return amounts, await exchange_steps.methods_for(call, order, amounts)

    def _say_if_elsewhere(self, call: Call, only: Offer) -> None:
        """Say so when the money cannot go where the customer wants it."""
        wanted = str(noted.take(call, "refund_to") or "").casefold()
        fits = not wanted or any(word in only.destination.casefold() for word in wanted.split())
        if not fits and not {"original", "card", "same", "store"} & set(wanted.split()):
            call.say(return_texts.only_to(only.destination))

    async def _offers(self, call: Call) -> list[Offer]:
        decision = await self._decide(call, await order_of(call))
        return [offer for offer in decision.offers if offer.resolution == call.slots["resolution"]]

    async def corrected(self, call: Call) -> bool:
        """Another destination, said later: "no, to my gift card", "use my other card"."""
        if call.asked == self.slot or call.slots["refund_to"] == NOT_NEEDED:
            return False
        if _OTHER_CARD.search(call.text) and call.slots["refund_to"] != return_texts.THE_WAY_IT_WAS_PAID:
            told = {"refund_to": call.text, "turned_down": call.slots["refund_to"]}
            call.set("noted", {**(call.slots.get("noted") or {}), **told})
            return True
        return call.entity("refund_to") is not None


class ReturnMethod(Correctable):
    """How the parcel comes back."""

    slot = "return_method"
    dependants = ("confirm",)

    def __init__(self, decide: Decide = decision_of) -> None:
        self._decide = decide

    async def fill(self, call: Call) -> None:
        """Take the chosen way, or the only one there is."""
        offers = await self._offers(call)
        titles = [
            (offer.method, f"{offer.title} {return_texts.METHOD_WORDS.get(offer.method, '')}") for offer in offers
        ]
        pressed = call.choice(self.slot)
        told = pressed.value if pressed else self._told(call, titles)
        if told in dict(titles):
            call.set(self.slot, told)
        elif len(offers) == 1:
            call.set(self.slot, offers[0].method)

    def _told(self, call: Call, titles: list[tuple[Any, str]]) -> Any:
        if not self.asked(call):
            return noted.take(call, "return_method")
        if call.entity("resolution"):
            return None  # "store credit" is a change of mind and not a store
        return call.entity("return_method") or reading.option(call.text, titles)

    async def ask(self, call: Call) -> None:
        """Show the ways with their fees."""
        offers = await self._offers(call)
        say = call.amounts((await order_of(call)).currency)
        buttons = tuple(
            (return_texts.method_title(say, offer), Choice("inform", self.slot, offer.method)) for offer in offers
        )
        call.say(return_texts.HOW_TO_SEND, buttons=buttons, expects=("return_method", "choice"))

    async def _offers(self, call: Call) -> tuple[policy.MethodOffer, ...]:
        decision = await self._decide(call, await order_of(call))
        return policy.methods_for(decision, call.slots["resolution"])

    async def corrected(self, call: Call) -> bool:
        """Another way, said later."""
        told = call.entity("return_method")
        return told in METHODS and told != call.slots["return_method"] and call.asked != self.slot


_LEAST = 2
"""Letters of the shortest reason in words."""
_A_STORY = 6
"""Words from which an answer tells why, whatever else it names."""
_OTHER_CARD = re.compile(r"\b(?:other|second|another|different) (?:credit |debit )?card\b", re.IGNORECASE)


def _only_asks(call: Call) -> bool:
    """Tell whether the customer only wants to know what they would get."""
    return bool(call.slots.get("want") == "what_if")


def _place(offer: Offer) -> str:
    return offer.refund_to or return_texts.THE_WAY_IT_WAS_PAID


def _original(text: str, known: list[tuple[str, str]]) -> str | None:
    words = text.casefold()
    return known[0][0] if known and ("original" in words or "same" in words) else None

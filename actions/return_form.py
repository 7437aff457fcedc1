"""The return form after its items: reason, resolution, method, and the summary that waits for a clear yes."""

from typing import Any
from uuid import UUID

from actions import noted, reading, texts, yes_no
from actions.call import Call
from actions.form import Correctable, Step
from actions.return_state import NOT_NEEDED, decision_of, fingerprint, order_of, possible_offers, summary_of
from casework import returns
from conversations.message import Choice
from store import policy
from store.decision import Decision, Offer
from store.order import Order, OrderItem
from store.order import Variant as Stocked
from store.returns import METHODS, REASON_TITLES, REASONS


class Reason(Correctable):
    """Why it comes back; what fits no reason is kept in the customer's own words."""

    slot = "reason"
    dependants = ("resolution", "return_method", "confirm")

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
        return len(call.text) > 1 and yes_no.read(call.text) is None and not any(call.entity(name) for name in other)

    async def ask(self, call: Call) -> None:
        """Ask why, with the reasons as buttons."""
        buttons = tuple((REASON_TITLES[reason], Choice("inform", self.slot, reason)) for reason in REASONS)
        call.say(texts.WHY, buttons=buttons, expects=("reason", "choice"))

    def corrected(self, call: Call) -> bool:
        """Another reason, said later: it may change who pays for what."""
        told = call.entity("reason")
        return told not in (None, call.slots["reason"]) and call.asked != self.slot


class Resolution(Correctable):
    """Refund, exchange or store credit; before that the policy decides whether there is anything to choose."""

    slot = "resolution"
    dependants = ("variant", "refund_to", "return_method", "confirm")

    async def fill(self, call: Call) -> None:
        """Refuse what the policy refuses; else take the choice, or the only one there is."""
        order = await order_of(call)
        decision = await decision_of(call, order)
        if not decision.eligible_lines:
            call.say(texts.refused(order, decision), buttons=texts.after_refusal(order, decision))
            call.set("outcome", "refused")
            return
        if decision.refused_lines:
            self._leave_out_refused(call, order, decision)
        possible = {offer.resolution for offer in await possible_offers(call, order, decision)}
        told = self._told(call)
        if told in possible:
            call.set(self.slot, told)
        elif told:
            call.say(texts.not_possible(str(told)))
        elif len(possible) == 1 and not self.asked(call):
            call.set(self.slot, possible.pop())

    def _told(self, call: Call) -> Any:
        pressed = call.choice(self.slot)
        if pressed:
            return pressed.value
        if not self.asked(call):
            return noted.take(call, "resolution")
        titles = [(key, title) for key, title in texts.RESOLUTION_WORDS.items()]
        return call.entity("resolution") or reading.option(call.text, titles)

    def _leave_out_refused(self, call: Call, order: Order, decision: Decision) -> None:
        call.say(texts.partly_refused(order, decision))
        good = {str(line.order_item_id) for line in decision.eligible_lines}
        call.set("items", [line for line in call.slots["items"] if line["item"] in good])

    async def ask(self, call: Call) -> None:
        """Show the possible outcomes side by side, with amounts."""
        order = await order_of(call)
        decision = await decision_of(call, order)
        offers = await possible_offers(call, order, decision)
        shown: dict[str, Offer] = {}
        for offer in offers:
            shown.setdefault(offer.resolution, offer)
        cards = [texts.offer_card(order, offer) for offer in shown.values()]
        call.say(texts.what_instead(decision), cards=cards, expects=("resolution", "choice"))

    def corrected(self, call: Call) -> bool:
        """Another outcome, said later: "no, store credit"."""
        told = call.entity("resolution")
        return told not in (None, call.slots["resolution"]) and call.asked != self.slot


class Variant(Correctable):
    """For an exchange: what each item is exchanged for, as {item: variant}."""

    slot = "variant"
    dependants = ("confirm",)

    async def fill(self, call: Call) -> None:
        """Take the pressed or named variant for the first item that has none."""
        if call.slots["resolution"] != "exchange":
            call.set(self.slot, NOT_NEEDED)
            return
        order = await order_of(call)
        chosen = dict(call.slots.get("chosen_variants") or {})
        line = next((line for line in call.slots["items"] if line["item"] not in chosen), None)
        if line is not None:
            told = await self._told(call, order, line)
            if told:
                chosen[line["item"]] = told
                call.set("chosen_variants", chosen)
        if all(line["item"] in chosen for line in call.slots["items"]):
            call.set(self.slot, chosen)

    async def _told(self, call: Call, order: Order, line: dict[str, Any]) -> str | None:
        choices = await returns.exchange_choices(call.session, order, UUID(line["item"]), line["quantity"])
        known = {variant.id: variant.options_text for variant in choices}
        pressed = call.choice(self.slot)
        if pressed:
            return str(pressed.value) if pressed.value in known else None
        text = call.text if self.asked(call) else str(noted.take(call, "variant") or "")
        fitting = reading.options(text, list(known.items())) if text else []
        return fitting[0] if len(fitting) == 1 else _most_alike(order.item(UUID(line["item"])), fitting, choices)

    async def ask(self, call: Call) -> None:
        """Show what the item can be exchanged for."""
        order = await order_of(call)
        chosen = call.slots.get("chosen_variants") or {}
        line = next(line for line in call.slots["items"] if line["item"] not in chosen)
        item = order.item(UUID(line["item"]))
        assert item is not None
        choices = await returns.exchange_choices(call.session, order, item.id, line["quantity"])
        cards = [texts.variant_card(order, item, variant, line["quantity"]) for variant in choices]
        call.say(texts.exchange_for(item), cards=cards, expects=("variant", "choice"))

    def corrected(self, call: Call) -> bool:
        """Another size or colour, said as a correction."""
        told = call.entity("variant")
        stands = isinstance(call.slots["variant"], dict)
        if call.intent == "change_return" and told and stands and call.asked != self.slot:
            call.clear("chosen_variants")
            return True
        return False


class RefundTo(Correctable):
    """Where the money goes, asked only where the policy leaves a choice."""

    slot = "refund_to"
    dependants = ("confirm",)

    async def fill(self, call: Call) -> None:
        """Take the chosen destination, or the only one there is."""
        if call.slots["resolution"] == "exchange":
            paid_with = await returns.paid_with(call.session, await order_of(call))
            call.set(self.slot, paid_with.id if paid_with else NOT_NEEDED)
            return
        offers = await self._offers(call)
        if len(offers) == 1 and call.slots["resolution"] == "refund":
            self._say_if_elsewhere(call, offers[0])
        if call.slots["resolution"] != "refund" or len(offers) < 2:
            call.set(self.slot, offers[0].refund_to or NOT_NEEDED if offers else NOT_NEEDED)
            return
        pressed = call.choice(self.slot)
        text = call.text if self.asked(call) else str(noted.take(call, "refund_to") or "")
        known = [(str(offer.refund_to), offer.destination) for offer in offers]
        told = pressed.value if pressed else _original(text, known) or (reading.option(text, known) if text else None)
        if told in dict(known):
            call.set(self.slot, told)

    async def ask(self, call: Call) -> None:
        """Ask where the money should go."""
        offers = await self._offers(call)
        buttons = tuple((offer.destination, Choice("inform", self.slot, offer.refund_to)) for offer in offers)
        call.say(texts.WHERE_TO, buttons=buttons, expects=("refund_to", "choice"))

    def _say_if_elsewhere(self, call: Call, only: Offer) -> None:
        """Say so when the money cannot go where the customer wants it."""
        wanted = str(noted.take(call, "refund_to") or "").casefold()
        fits = not wanted or any(word in only.destination.casefold() for word in wanted.split())
        if not fits and not {"original", "card", "same"} & set(wanted.split()):
            call.say(texts.only_to(only.destination))

    async def _offers(self, call: Call) -> list[Offer]:
        decision = await decision_of(call, await order_of(call))
        return [offer for offer in decision.offers if offer.resolution == call.slots["resolution"]]

    def corrected(self, call: Call) -> bool:
        """Another destination, said later: "no, to my gift card"."""
        return call.entity("refund_to") is not None and call.asked != self.slot and call.slots["resolution"] == "refund"


class ReturnMethod(Correctable):
    """How the parcel comes back."""

    slot = "return_method"
    dependants = ("confirm",)

    async def fill(self, call: Call) -> None:
        """Take the chosen way, or the only one there is."""
        offers = await self._offers(call)
        titles = [(offer.method, f"{offer.title} {texts.METHOD_WORDS.get(offer.method, '')}") for offer in offers]
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
        currency = (await order_of(call)).currency
        buttons = tuple(
            (texts.method_title(offer, currency), Choice("inform", self.slot, offer.method)) for offer in offers
        )
        call.say(texts.HOW_TO_SEND, buttons=buttons, expects=("return_method", "choice"))

    async def _offers(self, call: Call) -> tuple[policy.MethodOffer, ...]:
        decision = await decision_of(call, await order_of(call))
        return policy.methods_for(decision, call.slots["resolution"])

    def corrected(self, call: Call) -> bool:
        """Another way, said later."""
        told = call.entity("return_method")
        return told in METHODS and told != call.slots["return_method"] and call.asked != self.slot


class Confirm(Step):
    """The summary, and a clear yes or no to it; nothing else counts."""

    slot = "confirm"

    async def fill(self, call: Call) -> None:
        """Read a yes or a no to the summary that was shown last."""
        pressed = call.choice(self.slot)
        answer = pressed.value if pressed else yes_no.read(call.text) if self.asked(call) else None
        if answer == "yes":
            call.set(self.slot, "yes")
        elif answer == "no":
            call.set(self.slot, "no")

    async def ask(self, call: Call) -> None:
        """Show exactly what will happen, and wait."""
        order = await order_of(call)
        decision = await decision_of(call, order)
        summary = await summary_of(call, order, decision)
        call.set("shown", fingerprint(summary))
        call.say(summary, buttons=texts.YES_NO, expects=("confirm", "yes_no"))


def _most_alike(item: OrderItem | None, fitting: list[str], choices: list[Stocked]) -> str | None:
    """Of several variants that fit, return the one that is otherwise what the customer has: "same but L"."""
    if item is None:
        return None
    alike = {
        variant.id: sum(1 for name, value in variant.options.items() if item.options.get(name) == value)
        for variant in choices
        if variant.id in fitting
    }
    top = max(alike.values(), default=0)
    best = [variant_id for variant_id, count in alike.items() if count == top]
    return best[0] if top > 0 and len(best) == 1 else None


def _original(text: str, known: list[tuple[str, str]]) -> str | None:
    words = text.casefold()
    return known[0][0] if known and ("original" in words or "same" in words) else None

"""The return form: items, reason, resolution, method, and the summary that waits for a clear yes."""

import hashlib
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

from actions import noted, reading, texts, yes_no
from actions.call import Call
from actions.form import Correctable, Step
from casework import orders, returns
from conversations.message import Choice
from store import policy
from store.decision import Decision, Offer, RequestLine
from store.order import Order, OrderItem
from store.order import Variant as Stocked
from store.returns import METHODS, REASON_TITLES, REASONS

NOT_NEEDED = "not_needed"
"""Value of a slot that this return does not need."""


_LESS = re.compile(r"\b(not|without|leave out|take out|remove|except|minus|skip)\b", re.IGNORECASE)
_MORE = re.compile(r"\b(also|add|too|as well|plus|and the)\b", re.IGNORECASE)


class Items(Correctable):
    """Which items come back, and how many of each: a list of {item, quantity}."""

    slot = "items"
    dependants = ("quantity", "resolution", "variant", "chosen_variants", "refund_to", "confirm")

    async def fill(self, call: Call) -> None:
        """Take the pressed cards, the named items, or the only one there is."""
        order = await order_of(call)
        refusal = await self._refusal(call, order)
        if refusal:
            call.say(refusal, buttons=texts.after_refusal(order))
            call.set("outcome", "refused")
            return
        pressed = [choice for choice in call.choices if choice.slot == self.slot]
        open_items = await returnable(call, order)
        picked = {UUID(str(choice.value)): choice.quantity for choice in pressed} if pressed else {}
        named_something = bool((call.slots.get("noted") or {}).get("product"))
        if not picked:
            picked = self._changed(call, open_items) or self._named(call, open_items, list(order.items))
        if not picked and len(open_items) == 1 and not self.asked(call) and not named_something:
            picked = {open_items[0].id: 1 if open_items[0].quantity == 1 else None}
        known = {item.id: item for item in open_items}
        chosen = [{"item": str(key), "quantity": count} for key, count in picked.items() if key in known]
        gone = [item for item in order.items if item.id in picked and item.id not in known]
        if gone:
            call.say(texts.returned_already(gone))
        if chosen:
            call.set(self.slot, chosen)

    def _named(self, call: Call, *groups: list[OrderItem]) -> dict[UUID, int | None]:
        """Find what is named, among what is open first: naming an item that is in a return must not pick another."""
        told = [call.text] if self.asked(call) else [noted.take(call, "text"), noted.take(call, "product")]
        for items in groups:
            for text in filter(None, told):
                picked = reading.items(str(text), items)
                if picked.items:
                    return picked.items
                if picked.unsure:
                    call.set("unsure_items", [str(item) for item in picked.unsure])
        return {}

    async def ask(self, call: Call) -> None:
        """Show the items to choose from."""
        order = await order_of(call)
        unsure = set(call.slots.get("unsure_items") or [])
        items = [item for item in await returnable(call, order) if not unsure or str(item.id) in unsure]
        left = await returns.left_to_return(call.session, order)
        cards = [texts.item_card(call.desk, order, item, left[item.id]) for item in items]
        text = texts.which_items(order, unsure=bool(unsure))
        call.say(text, cards=cards, expects=("items", "choices"))

    def corrected(self, call: Call) -> bool:
        """A correction that names a product means other items: fewer, more, or others instead."""
        if call.asked == self.slot or call.choices:
            return False
        how = "remove" if _LESS.search(call.text) else "add" if _MORE.search(call.text) else "replace"
        changes = how != "replace" or call.intent == "change_return"
        if not changes or call.entity("product") is None:
            return False
        call.set("items_change", {"how": how, "before": call.slots["items"]})
        return True

    def _changed(self, call: Call, open_items: list[OrderItem]) -> dict[UUID, int | None]:
        """Take a correction into what was chosen before; words that name nothing leave it as it was."""
        change = call.slots.get("items_change")
        if not change:
            return {}
        call.clear("items_change")
        noted.take(call, "product")
        before = {UUID(line["item"]): line["quantity"] for line in change["before"]}
        named = reading.items(_LESS.sub(" ", call.text), open_items).items
        if change["how"] == "remove":
            return {item: count for item, count in before.items() if item not in named} or before
        return {**before, **named} if change["how"] == "add" else named or before

    async def _refusal(self, call: Call, order: Order) -> str | None:
        if order.state != "delivered":
            return texts.not_delivered(order)
        return None if await returnable(call, order) else texts.all_returned(order)


class Quantity(Step):
    """How many pieces of each chosen item, where there are several."""

    slot = "quantity"

    async def fill(self, call: Call) -> None:
        """Fill in what was said; an item of which there is one needs no number."""
        order = await order_of(call)
        left = await returns.left_to_return(call.session, order)
        chosen = [dict(line) for line in call.slots["items"]]
        answer = self._answer(call)
        for line in chosen:
            most = left[UUID(line["item"])]
            if line["quantity"] is None and (answer is not None or most == 1):
                line["quantity"] = _of(most, answer)
                answer = None
            if line["quantity"] is not None and not 1 <= line["quantity"] <= most:
                call.say(texts.too_many(order, UUID(line["item"]), most))
                line["quantity"] = None
        if chosen != call.slots["items"]:
            call.set("items", chosen)
        if all(line["quantity"] for line in chosen):
            call.set(self.slot, sum(line["quantity"] for line in chosen))

    async def ask(self, call: Call) -> None:
        """Ask for the first number that is missing."""
        order = await order_of(call)
        left = await returns.left_to_return(call.session, order)
        line = next(line for line in call.slots["items"] if line["quantity"] is None)
        item = order.item(UUID(line["item"]))
        assert item is not None
        most = left[item.id]
        buttons = tuple((str(count), Choice("inform", self.slot, count)) for count in range(1, min(most, 6) + 1))
        call.say(texts.how_many(item, most), buttons=buttons, expects=("items", "number"))

    def _answer(self, call: Call) -> Any:
        pressed = call.choice(self.slot)
        if pressed:
            return pressed.value
        if not self.asked(call):
            told = noted.take(call, "quantity")
            return "all" if told == "both" else told
        left_out = _ALL_BUT.search(call.text)
        if left_out:
            return -(reading.number(left_out[1]) or 0)
        words = call.text.casefold().split()
        return "all" if {"all", "both", "everything"} & set(words) else reading.number(call.text)


_ALL_BUT = re.compile(r"\b(?:all|both) but (\w+)", re.IGNORECASE)


def _of(most: int, answer: int | str | None) -> int:
    """Return how many of `most` an answer means: a number, all of them, or all but so many (negative)."""
    if answer == "all":
        return most
    count = answer if isinstance(answer, int) else 1
    return most + count if count < 0 else count


class Reason(Correctable):
    """Why it comes back; what fits no reason is kept in the customer's own words."""

    slot = "reason"
    dependants = ("resolution", "return_method", "confirm")

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


async def summary_of(call: Call, order: Order, decision: Decision) -> str:
    """Write exactly what will happen on a yes."""
    offer = returns.offer_of(decision, call.slots["resolution"], call.slots["refund_to"])
    assert offer is not None, "the form asked for a yes to an offer that the policy does not make"
    method = next(m for m in policy.methods_for(decision, offer.resolution) if m.method == call.slots["return_method"])
    exchanges = []
    if offer.resolution == "exchange":
        for line in decision.eligible_lines:
            choices = await returns.exchange_choices(call.session, order, line.order_item_id, line.quantity)
            wanted = call.slots["variant"][str(line.order_item_id)]
            exchanges += [(line, variant) for variant in choices if variant.id == wanted]
    paid_with = await returns.paid_with(call.session, order)
    label = paid_with.label if paid_with else "your payment method"
    return texts.summary(call.desk, order, decision, offer, method, texts.Exchange(tuple(exchanges), label))


def fingerprint(summary: str) -> str:
    """Return a short mark of a summary: a yes holds for the one that was shown and for no other."""
    return hashlib.sha256(summary.encode()).hexdigest()[:16]


async def order_of(call: Call) -> Order:
    """Return the order that the form is about; its identity step has proved it."""
    order = await orders.get(call.session, call.conversation, call.slots["order"], "write")
    assert order is not None, "the form asked for items of an order that was not proved"
    return order


async def returnable(call: Call, order: Order) -> list[OrderItem]:
    """Return the items of which something is left to return, in the order's own order."""
    left = await returns.left_to_return(call.session, order)
    return [replace(item, quantity=left[item.id]) for item in order.items if left[item.id] > 0]


def lines_of(call: Call) -> tuple[RequestLine, ...]:
    """Return what the slots ask for."""
    reason = call.slots["reason"]
    return tuple(RequestLine(UUID(line["item"]), line["quantity"], reason) for line in call.slots["items"])


async def decision_of(call: Call, order: Order) -> Decision:
    """Return the policy's decision about what the slots ask for."""
    return await returns.decide(call.session, call.desk, order, lines_of(call))


async def possible_offers(call: Call, order: Order, decision: Decision) -> list[Offer]:
    """Return the offers; an exchange only where there is something in stock for every item."""
    found = []
    for offer in decision.offers:
        if offer.resolution == "exchange":
            choices = [
                await returns.exchange_choices(call.session, order, line.order_item_id, line.quantity)
                for line in decision.eligible_lines
            ]
            if not all(choices):
                continue
        found.append(offer)
    return found


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

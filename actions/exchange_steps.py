"""The return forms' exchange: for what, what else should that sell out, and who bears a difference in price."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from actions import form, reading, return_texts, yes_no
from actions.call import Call
from actions.form import Correctable, Step
from actions.pointing import listed, variants, wanted
from actions.return_state import NONE, NOT_NEEDED, is_gift, order_of
from casework import orders, proposal_words, returns
from conversations.message import Choice
from store import money, policy
from store.order import Order, OrderItem, PaymentMethod
from store.order import Variant as Stocked

_SKIPS = frozenset({"none", "nothing", "skip", "no second choice", "no other", "only that", "only that one", "neither"})


_STAYS = "stays"
"""In place of a variant: the item is what was asked for already ("the cheapest of each")."""


class Variant(Correctable):
    """What each item is exchanged for, as {item: variant}."""

    slot = "variant"
    dependants: tuple[str, ...] = ("second_variant", "chosen_seconds", "refund_to", "confirm")

    async def fill(self, call: Call) -> None:
        """Take the pressed or named variant for the first item that has none."""
        if not self.needed(call):
            call.set(self.slot, NOT_NEEDED)
            return
        order = await order_of(call)
        chosen = dict(call.slots.get("chosen_variants") or {})
        answers = self.asked(call) or call.choice(self.slot) is not None
        for line in list(call.slots["items"]):
            if line["item"] in chosen:
                continue
            told = await self._told(call, order, line, answers=answers)
            if told == _STAYS:
                call.set("items", [one for one in call.slots["items"] if one is not line])
                continue
            if not told:
                break
            answers = False  # an answer is about the first item that has none
            chosen[line["item"]] = told
            call.set("chosen_variants", chosen)
            call.clear("fitting_variants")
        if all(line["item"] in chosen for line in call.slots["items"]):
            call.set(self.slot, {line["item"]: chosen[line["item"]] for line in call.slots["items"]})

    def needed(self, call: Call) -> bool:
        """Tell whether variants are to be chosen at all."""
        return bool(call.slots["resolution"] == "exchange")

    async def _told(self, call: Call, order: Order, line: dict[str, Any], *, answers: bool) -> str | None:
        choices = await choices_for(call, order, line)
        pressed = call.choice(self.slot) if answers else None
        if pressed:
            return str(pressed.value) if pressed.value in {variant.id for variant in choices} else None
        shown = _fitting(call, choices)
        place = listed.place(call.text, len(shown)) if answers else None
        item = order.item(UUID(line["item"]))
        assert item is not None
        text = call.text if answers else self._wish(call, order, item)
        if not text:
            return None
        gone = await returns.sold_out_choices(call.session, order, item.id, line["quantity"])
        own = [one for other in await orders.open_to(call.session, call.conversation, "look") for one in other.items]
        found = variants.choose(text, item, [*choices, *(replace(one, stock=0) for one in gone)], call.alike, own)
        there = [one for one in found.best if one in choices]
        if found.exact and there:
            return there[0].id
        if place is not None and not found.said:
            return shown[place].id
        if found.stays:
            call.say(return_texts.is_utmost_already(item))
            return _STAYS if len(call.slots["items"]) > 1 else None
        self._say_what_is_missing(call, found)
        call.set("fitting_variants", [one.id for one in there])
        return None

    def _wish(self, call: Call, order: Order, item: OrderItem) -> str:
        """Return what was said about what an item is to become."""
        text = str((call.slots.get("noted") or {}).get("text") or "")
        found = wanted.read(text, order.items, call.alike) if text else []
        of_item = [one.wish for one in found if item.id in one.pointed.pieces or item.id in sum(one.pointed.unsure, ())]
        alone = len(call.slots["items"]) == 1
        return next(filter(None, of_item), " ".join(one.wish for one in found) if alone else "")

    def _say_what_is_missing(self, call: Call, found: variants.Found) -> None:
        """Say so when what was named is not there; something alike must not take its place unasked."""
        if found.sold_out:
            call.say(return_texts.sold_out(proposal_words.named(found.sold_out[0])))
        elif found.missing:
            call.say(return_texts.nobody_has(found.missing))

    async def ask(self, call: Call) -> None:
        """Show what the item can be exchanged for."""
        order = await order_of(call)
        chosen = call.slots.get("chosen_variants") or {}
        line = next(line for line in call.slots["items"] if line["item"] not in chosen)
        item = order.item(UUID(line["item"]))
        assert item is not None
        choices = await choices_for(call, order, line)
        cards = [_card(call, order, item, line, variant) for variant in _fitting(call, choices)]
        call.say(return_texts.exchange_for(item), cards=cards, expects=("variant", "choice"))

    async def corrected(self, call: Call) -> bool:
        """Another size or colour, said as a correction."""
        stands = call.slots["variant"]
        if not isinstance(stands, dict) or call.asked == self.slot or call.choices or form.is_question(call.text):
            return False
        order = await order_of(call)
        found = wanted.read(call.text, order.items, call.alike)
        chosen = dict(stands)
        for line in call.slots["items"]:
            item = UUID(line["item"])
            named = [one for one in found if item in one.pointed.pieces]
            if named or (len(stands) == 1 and not any(one.pointed.pieces for one in found)):
                text = " ".join(one.wish for one in named) or call.text
                chosen[line["item"]] = await self._only_one(call, order, line, text) or chosen[line["item"]]
        if chosen == stands:
            return False
        call.set("chosen_variants", chosen)
        return True

    async def _only_one(self, call: Call, order: Order, line: dict[str, Any], text: str) -> str | None:
        """Return the one variant in stock that a text names for an item."""
        item = order.item(UUID(line["item"]))
        assert item is not None
        there = await choices_for(call, order, line)
        found = variants.choose(text, item, there, call.alike)
        return found.best[0].id if found.said and found.exact and found.best else None


class SecondVariant(Step):
    """What is sent instead where the first choice has sold out by then, as {item: variant or none}."""

    slot = "second_variant"

    def recognises(self, call: Call) -> bool:
        """A word for "none" answers it."""
        return _skips(call.text)

    async def fill(self, call: Call) -> None:
        """Take the answer for the first item that has none; an item without another choice is not asked about."""
        if call.slots["resolution"] != "exchange":
            call.set(self.slot, NOT_NEEDED)
            return
        order = await order_of(call)
        chosen = dict(call.slots.get("chosen_seconds") or {})
        answered: str | None = None
        for line in call.slots["items"]:
            if line["item"] in chosen:
                continue
            others = await self._others(call, order, line) if await self._may_sell_out(call, order, line) else []
            told = self._told(call, others) if answered in {None, NONE} else None  # "none" is said of them all
            answered = answered or told
            if told or not others:
                chosen[line["item"]] = told or NONE
        if chosen != (call.slots.get("chosen_seconds") or {}):
            call.set("chosen_seconds", chosen)
        if all(line["item"] in chosen for line in call.slots["items"]):
            call.set(self.slot, {line["item"]: chosen[line["item"]] for line in call.slots["items"]})

    def _told(self, call: Call, others: list[Stocked]) -> str | None:
        known = {variant.id: variant.options_text for variant in others}
        pressed = call.choice(self.slot)
        if pressed:
            return str(pressed.value) if pressed.value in {NONE, *known} else None
        if not self.asked(call):
            return None
        return NONE if _skips(call.text) else reading.option(call.text, list(known.items()))

    async def ask(self, call: Call) -> None:
        """Show what else there is."""
        order = await order_of(call)
        chosen = call.slots.get("chosen_seconds") or {}
        line = next(line for line in call.slots["items"] if line["item"] not in chosen)
        item = order.item(UUID(line["item"]))
        assert item is not None
        everything = await choices_for(call, order, line)
        first = next((one for one in everything if one.id == call.slots["variant"][line["item"]]), None)
        cards = [
            _card(call, order, item, line, variant, self.slot) for variant in await self._others(call, order, line)
        ]
        buttons = ((return_texts.NO_SECOND_CHOICE, Choice("inform", self.slot, NONE)),)
        text = return_texts.second_choice(item, first.options_text if first else "your choice")
        call.say(text, buttons=buttons, cards=cards, expects=("variant", "choice"))

    async def _may_sell_out(self, call: Call, order: Order, line: dict[str, Any]) -> bool:
        """Tell whether so few pieces of the first choice are left that it may be gone before the yes."""
        few = call.desk.book.in_force(order.placed_at).rules.exchange.second_choice_below
        first = call.slots["variant"][line["item"]]
        found = next((one for one in await choices_for(call, order, line) if one.id == first), None)
        return few is None or found is None or found.stock < few

    async def _others(self, call: Call, order: Order, line: dict[str, Any]) -> list[Stocked]:
        first = call.slots["variant"][line["item"]]
        return [variant for variant in await choices_for(call, order, line) if variant.id != first]


def _fitting(call: Call, choices: list[Stocked]) -> list[Stocked]:
    """Return those that fit what was said so far, which are shown then; all where nothing was said."""
    return [one for one in choices if one.id in (call.slots.get("fitting_variants") or [])] or choices


async def choices_for(call: Call, order: Order, line: dict[str, Any]) -> list[Stocked]:
    """Return what a line can be exchanged for: of the same price where the shop says so, and of a gift."""
    item = order.item(UUID(line["item"]))
    found = await _there(call, order, line)
    rule = call.desk.book.in_force(order.placed_at).rules.exchange
    if item is None or not (is_gift(call, order) or rule.difference == "same_price_only"):
        return found
    return [one for one in found if policy.price_difference(item, one, line["quantity"], order.currency) == money.ZERO]


async def _there(call: Call, order: Order, line: dict[str, Any]) -> list[Stocked]:
    again = returns.is_replaced(call.desk, order, call.slots.get("reason"))
    return await returns.exchange_choices(call.session, order, UUID(line["item"]), line["quantity"], again=again)


async def differences(call: Call, order: Order, lines: list[dict[str, Any]]) -> tuple[Decimal, ...]:
    """Return the differences in price that may come about: with the first choices, and where all second ones are
    taken."""
    first: dict[str, str] = call.slots["variant"]
    second = call.slots.get("second_variant")
    seconds: dict[str, str] = second if isinstance(second, dict) else {}
    taken = {item: seconds[item] if seconds.get(item, NONE) != NONE else variant for item, variant in first.items()}
    return (await _difference(call, order, lines, first), await _difference(call, order, lines, taken))


def _card(
    call: Call, order: Order, item: OrderItem, line: dict[str, Any], variant: Stocked, slot: str = "variant"
) -> dict[str, Any]:
    difference = policy.price_difference(item, variant, line["quantity"], order.currency)
    return return_texts.variant_card(call.amounts(order.currency), variant, difference, slot)


async def _difference(call: Call, order: Order, lines: list[dict[str, Any]], variants: dict[str, str]) -> Decimal:
    total = money.ZERO
    for line in lines:
        item = order.item(UUID(line["item"]))
        found = await _there(call, order, line)
        variant = next((one for one in found if one.id == variants.get(line["item"])), None)
        if item and variant:
            total += policy.price_difference(item, variant, line["quantity"], order.currency)
    return total


async def methods_for(call: Call, order: Order, amounts: tuple[Decimal, ...]) -> list[PaymentMethod]:
    """Return the customer's own payment methods that can bear a difference in price, the one that paid first."""
    return await orders.methods_that_bear(call.session, order, max(amounts))


def _skips(text: str) -> bool:
    plain = " ".join(text.casefold().replace("'", "").split()).strip(" .!,")
    return plain in _SKIPS or yes_no.read(text) == "no"

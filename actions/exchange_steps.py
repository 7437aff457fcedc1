"""The return forms' exchange: for what, what else should that sell out, and who bears a difference in price."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from actions import noted, reading, return_texts, yes_no
from actions.call import Call
from actions.form import Correctable, Step
from actions.return_state import NONE, NOT_NEEDED, is_gift, order_of
from casework import orders, proposal_words, returns
from conversations.message import Choice
from store import money, policy
from store.order import Order, OrderItem, PaymentMethod
from store.order import Variant as Stocked

_SKIPS = frozenset({"none", "nothing", "skip", "no second choice", "no other", "only that", "only that one", "neither"})


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
        line = next((line for line in call.slots["items"] if line["item"] not in chosen), None)
        if line is not None:
            told = await self._told(call, order, line)
            if told:
                chosen[line["item"]] = told
                call.set("chosen_variants", chosen)
        if all(line["item"] in chosen for line in call.slots["items"]):
            call.set(self.slot, chosen)

    def needed(self, call: Call) -> bool:
        """Tell whether variants are to be chosen at all."""
        return bool(call.slots["resolution"] == "exchange")

    async def _told(self, call: Call, order: Order, line: dict[str, Any]) -> str | None:
        choices = await choices_for(call, order, line)
        known = {variant.id: variant.options_text for variant in choices}
        pressed = call.choice(self.slot)
        if pressed:
            return str(pressed.value) if pressed.value in known else None
        text = call.text if self.asked(call) else str(noted.take(call, "variant") or "")
        if text and await self._is_sold_out(call, order, line, text, choices):
            return None
        fitting = reading.options(text, list(known.items())) if text else []
        return fitting[0] if len(fitting) == 1 else _most_alike(order.item(UUID(line["item"])), fitting, choices)

    async def _is_sold_out(
        self, call: Call, order: Order, line: dict[str, Any], text: str, choices: list[Stocked]
    ) -> bool:
        """Say so when what was named is not there; something alike must not take its place unasked."""
        item = order.item(UUID(line["item"]))
        gone = await returns.sold_out_choices(call.session, order, UUID(line["item"]), line["quantity"])
        every = [*choices, *gone]
        fitting = reading.options(text, [(one.id, one.options_text) for one in every]) if gone else []
        meant = fitting[0] if len(fitting) == 1 else _most_alike(item, fitting, every)
        named = next((one for one in gone if one.id == meant), None)
        if named:
            call.say(return_texts.sold_out(proposal_words.named(named)))
        return named is not None

    async def ask(self, call: Call) -> None:
        """Show what the item can be exchanged for."""
        order = await order_of(call)
        chosen = call.slots.get("chosen_variants") or {}
        line = next(line for line in call.slots["items"] if line["item"] not in chosen)
        item = order.item(UUID(line["item"]))
        assert item is not None
        cards = [_card(call, order, item, line, variant) for variant in await choices_for(call, order, line)]
        call.say(return_texts.exchange_for(item), cards=cards, expects=("variant", "choice"))

    def corrected(self, call: Call) -> bool:
        """Another size or colour, said as a correction."""
        told = call.entity("variant")
        stands = isinstance(call.slots["variant"], dict)
        if call.intent == "change_return" and told and stands and call.asked not in {self.slot, "second_variant"}:
            call.clear("chosen_variants")
            return True
        return False


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
        answered = False
        for line in call.slots["items"]:
            if line["item"] in chosen:
                continue
            others = await self._others(call, order, line)
            told = None if answered else self._told(call, others)
            answered = answered or told is not None
            if told or not others:
                chosen[line["item"]] = told or NONE
        if chosen != (call.slots.get("chosen_seconds") or {}):
            call.set("chosen_seconds", chosen)
        if all(line["item"] in chosen for line in call.slots["items"]):
            call.set(self.slot, chosen)

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

    async def _others(self, call: Call, order: Order, line: dict[str, Any]) -> list[Stocked]:
        first = call.slots["variant"][line["item"]]
        return [variant for variant in await choices_for(call, order, line) if variant.id != first]


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


def _skips(text: str) -> bool:
    plain = " ".join(text.casefold().replace("'", "").split()).strip(" .!,")
    return plain in _SKIPS or yes_no.read(text) == "no"

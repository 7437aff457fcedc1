"""The return form's items: which come back, how many of each, and corrections of both."""

import itertools
import re
from typing import Any
from uuid import UUID

from actions import elsewhere, form, noted, reading, return_texts
from actions.call import Call
from actions.form import Correctable, Step
from actions.pointing import changes, goods
from actions.pointing.goods import Pointed
from actions.return_state import is_gift, order_of, returnable
from casework import returns
from conversations.message import Choice
from store.order import Order, OrderItem

_LESS = re.compile(r"\b(not|without|leave out|take out|remove|except|minus|skip)\b", re.IGNORECASE)
_THINKS_AGAIN = re.compile(
    r"\b(only|just|instead|rather|actually|changed my mind|on second thou?ghts?|i meant?|wait)\b|^\W*no\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\b(also|add|too|as well|plus|and the)\b", re.IGNORECASE)


class Items(Correctable):
    """Which items come back, and how many of each: a list of {item, quantity}."""

    slot = "items"
    dependants = ("quantity", "condition", "photo", "resolution", "variant", "second_variant", "refund_to", "confirm")

    async def fill(self, call: Call) -> None:
        """Take the pressed cards, the named items, or the only one there is."""
        order = await order_of(call)
        if await self._move_elsewhere(call):
            order = await order_of(call)
        refusal = await self._refusal(call, order)
        if order.state == "pending" and _wants_another(call) and not is_gift(call, order):
            call.say(return_texts.can_be_changed(order))
            call.set("agenda", [_change(call, order), *(call.slots.get("agenda") or [])])
            call.set("outcome", "refused")
            return
        if refusal:
            call.say(refusal, buttons=return_texts.after_refusal(order, gift=is_gift(call, order)))
            call.set("outcome", "refused")
            return
        pressed = [choice for choice in call.choices if choice.slot == self.slot]
        open_items = await returnable(call, order)
        picked = {UUID(str(choice.value)): choice.quantity for choice in pressed} if pressed else {}
        if not picked:
            picked = self._changed(call, open_items) or self._named(call, order, open_items)
        unsure = bool(call.slots.get("unsure_items"))
        if not picked and len(open_items) == 1 and not self.asked(call) and not unsure and not _names_goods(call):
            picked = {open_items[0].id: 1 if open_items[0].quantity == 1 else None}
        known = {item.id: item for item in open_items}
        chosen = [{"item": str(key), "quantity": count} for key, count in picked.items() if key in known]
        gone = [item for item in order.items if item.id in picked and item.id not in known]
        if gone:
            call.say(return_texts.returned_already(gone))
        if chosen:
            call.set(self.slot, chosen)

    def _named(self, call: Call, order: Order, open_items: list[OrderItem]) -> dict[UUID, int | None]:
        """Find what is named, among what is open first: naming an item that is in a return must not pick another.

        Where some are named and others fit the same words equally, the sure ones are kept until those are told apart.
        """
        texts = (call.text,) if self.asked(call) else noted.told_first(call)
        found = Pointed()
        for text, items in itertools.product(texts, (open_items, list(order.items))):
            found = goods.point(text, items, call.alike)
            if found.unsure:
                lines = [{"item": str(item), "quantity": count} for item, count in found.pieces.items()]
                call.set("items_change", {"how": "complete", "lines": lines})
                call.set("unsure_items", [str(item) for group in found.unsure for item in group])
                return {}
            if found.pieces:
                call.clear("unsure_items")
                return found.pieces
        if found.unknown:
            call.say(return_texts.not_in_it(order, found.unknown))
        return {}

    async def _move_elsewhere(self, call: Call) -> bool:
        """Asked what of an order comes back, a customer names what was in another one: that one is meant."""
        other = await elsewhere.other_order(call, call.text) if self.asked(call) and not call.choices else None
        if other:
            call.set("order", other.number)
            call.say(return_texts.that_is_in(other))
        return other is not None

    async def ask(self, call: Call) -> None:
        """Show the items to choose from."""
        order = await order_of(call)
        unsure = set(call.slots.get("unsure_items") or [])
        items = [item for item in await returnable(call, order) if not unsure or str(item.id) in unsure]
        left = await returns.left_to_return(call.session, order)
        gift = is_gift(call, order)
        cards = [
            return_texts.item_card(call.desk, call.amounts(order.currency), item, left[item.id], gift=gift)
            for item in items
        ]
        text = return_texts.which_items(order, unsure=bool(unsure), gift=gift)
        call.say(text, cards=cards, expects=("items", "choices"))

    async def corrected(self, call: Call) -> bool:
        """A correction that names a product means other items: fewer, more, or others instead."""
        if call.asked == self.slot or call.choices or form.is_question(call.text):
            return False
        told = _LESS.search(call.text) or _MORE.search(call.text) or _THINKS_AGAIN.search(call.text)
        if not told and call.intent != "change_return" and call.asked != "confirm":
            return False
        before = {UUID(line["item"]): line["quantity"] for line in call.slots["items"]}
        after = changes.read(call.text, before, await returnable(call, await order_of(call)), call.alike)
        if after and call.asked == "confirm" and call.entity("quantity") is not None and not _LESS.search(call.text):
            after = {**before, **after}  # "actually both mugs": the rest stays
        if not after or after == before:
            return False
        lines = [{"item": str(item), "quantity": count} for item, count in after.items()]
        call.set("items_change", {"how": "become", "lines": lines})
        await self._note_the_rest(call)
        return True

    async def _note_the_rest(self, call: Call) -> None:
        """Goods of another order, named in the same breath, are come to afterwards."""
        other = await elsewhere.rest(call, call.text)
        if other is None:
            return
        want = {"intent": call.slots["want"], "noted": {"text": call.text}, "as_before": True}
        agenda = list(call.slots.get("agenda") or [])
        call.set("agenda", [*agenda, {**want, "evidence": {"order_number": other.number}}])
        call.say(return_texts.rest_is_in(other))

    def _changed(self, call: Call, open_items: list[OrderItem]) -> dict[UUID, int | None]:
        """Take a correction of what was chosen before, or the answer that tells apart what was unsure."""
        change = call.slots.get("items_change")
        if not change:
            return {}
        before = {UUID(line["item"]): line["quantity"] for line in change["lines"]}
        if change["how"] == "complete":
            unsure = [item for item in open_items if str(item.id) in call.slots["unsure_items"]]
            named = goods.point(call.text, unsure, call.alike).pieces if self.asked(call) else {}
            if named:
                call.clear("items_change", "unsure_items")
            return {**before, **named} if named else {}
        call.clear("items_change")
        return before

    async def _refusal(self, call: Call, order: Order) -> str | None:
        if order.state != "delivered":
            return return_texts.not_delivered(order, gift=is_gift(call, order))
        nothing_left = not await returnable(call, order)
        return return_texts.all_returned(order, gift=is_gift(call, order)) if nothing_left else None


def _names_goods(call: Call) -> bool:
    return bool((call.slots.get("noted") or {}).get("product"))


def _wants_another(call: Call) -> bool:
    """Tell whether another variant is wanted, and not to send something back."""
    told = (call.slots.get("noted") or {}).get("resolution")
    return call.slots.get("want") == "exchange_item" or told == "exchange"


def _change(call: Call, order: Order) -> dict[str, Any]:
    """Return the want to have other items in an order, with all that was said about it."""
    return {
        "intent": "change_items",
        "noted": call.slots.get("noted") or {},
        "evidence": {"order_number": order.number},
    }


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
                call.say(return_texts.too_many(order, UUID(line["item"]), most))
                line["quantity"] = None
        if chosen != call.slots["items"]:
            call.set("items", chosen)
        if all(line["quantity"] for line in chosen):
            call.set(self.slot, sum(line["quantity"] for line in chosen))
            await returns.note_started(call.session, call.desk, order)

    async def ask(self, call: Call) -> None:
        """Ask for the first number that is missing."""
        order = await order_of(call)
        left = await returns.left_to_return(call.session, order)
        line = next(line for line in call.slots["items"] if line["quantity"] is None)
        item = order.item(UUID(line["item"]))
        assert item is not None
        most = left[item.id]
        buttons = tuple((str(count), Choice("inform", self.slot, count)) for count in range(1, min(most, 6) + 1))
        call.say(return_texts.how_many(item, most), buttons=buttons, expects=("items", "number"))

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

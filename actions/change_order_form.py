"""Changing an order that is not packed: its address, its payment, its items; and the address on file."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from actions import (
    change_kind,
    change_texts,
    confirm,
    elsewhere,
    exchange_steps,
    form,
    method_words,
    noted,
    offered,
    order_step,
    reading,
    return_texts,
    yes_no,
)
from actions.address_step import AddressStep, address_of
from actions.agenda import Agenda
from actions.call import Call
from actions.confirm import Confirm, Submit
from actions.exchange_steps import choices_for
from actions.form import Correctable, Form, Step
from actions.identity_steps import Identity
from actions.meant_orders import Meant
from actions.order_step import OrderStep
from actions.pointing import changes, goods
from actions.pointing.goods import Pointed
from actions.return_state import NOT_NEEDED, order_of
from casework import changeable, orders
from casework.proposal import Refusal
from casework.wishes import ChangeAddress, ChangeAddressOnFile, ChangeItems, ChangePayment, Wish
from conversations.message import Choice
from store.order import Order, PaymentMethod

WANTS = frozenset({"change_order", "change_address", "change_payment", "change_items", "change_address_on_file"})
_LESS = re.compile(
    r"\b(?:not|without|except|leave|skip|keep|minus) (?:out |for )?(?:the|my|that|those)\b", re.IGNORECASE
)
_ANOTHER_GOES_TO_THE_OLD = re.compile(
    r"\b(?:another|other|one of my|different) (?:orders?|one|purchase)\b[^.?!]*\b(?:old|previous|former)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\b(?:also|too|as well|plus|and the)\b", re.IGNORECASE)
_ONLY = re.compile(r"\b(?:only|just)\b", re.IGNORECASE)
_KIND_OF = {
    "change_address": "address",
    "change_payment": "payment",
    "change_items": "items",
    "change_address_on_file": "on_file",
}


class OrderToChange(OrderStep):
    """The order; for the address on file alone any order of the customer's does."""

    async def fill(self, call: Call) -> None:
        """Take the order that can still be changed, or any where none is to be."""
        await super().fill(call)
        said = str((call.slots.get("noted") or {}).get("text") or "")
        wants = change_kind.read(said) or _KIND_OF.get(call.slots.get("want") or "")
        if call.slots.get(self.slot) is None and wants == "on_file":
            found = await self._candidates(call)
            if found:
                call.set(self.slot, found[0].number)

    def _take(self, call: Call, found: Sequence[Order]) -> None:
        """Of several, ask which one where nothing yet says what is to be changed of them."""
        said = str((call.slots.get("noted") or {}).get("text") or "")
        if len(found) > 1 and call.slots.get("want") == "change_order" and change_kind.read(said) in {None, "items"}:
            named = goods.point(said, [item for order in found for item in order.items], call.alike)
            if not named.pieces:
                call.set("either_order", [order.number for order in found])
                return
        super()._take(call, found)

    def _meant(self, call: Call, text: str, scope: Sequence[Order], before: Order | None = None) -> Meant:
        """The order that goes to the new address already says where another one is to go."""
        meant = super()._meant(call, text, scope, before)
        others = [order for order in scope if order.state == "pending" and order not in meant.sure]
        if _ANOTHER_GOES_TO_THE_OLD.search(text) and len(meant.sure) == 1 and len(others) == 1:
            return Meant(tuple(others))
        return meant


class WhatToChange(Step):
    """Address, payment, items, or the address on file."""

    slot = "change"

    def recognises(self, call: Call) -> bool:
        """Naming one of them answers it."""
        return change_kind.read(call.text) is not None

    async def fill(self, call: Call) -> None:
        """Take what was pressed or said; end the form where the order is past changing."""
        pressed = call.choice(self.slot)
        other = await elsewhere.other_order(call, call.text) if self.asked(call) and not pressed else None
        if other:
            call.set("order", other.number)
        told = pressed.value if pressed else _KIND_OF.get(call.slots.get("want") or "")
        if told is None:
            told = await _said_to_change(call, self.asked(call))
        order = await order_of(call)
        refusal = changeable.refused(call.desk, order) if told != "on_file" else None
        if isinstance(refusal, Refusal) and told == "items" and order.state == "delivered":
            _exchange_instead(call, order)
        elif isinstance(refusal, Refusal):
            await offered.refuse(call, refusal)
        elif told in {"address", "payment", "items", "on_file"}:
            call.set(self.slot, told)

    async def ask(self, call: Call) -> None:
        """Ask what is to be changed."""
        call.say(change_texts.WHAT, buttons=change_texts.CHOICES, expects=("request", "choice"))


def _exchange_instead(call: Call, order: Order) -> None:
    """Go on with an exchange: it is what other items are called once they have been delivered."""
    want = {"intent": "exchange_item", "noted": {**(call.slots.get("noted") or {}), "resolution": "exchange"}}
    call.say(change_texts.is_exchanged(order))
    call.set("agenda", [{**want, "evidence": {"order_number": order.number}}, *(call.slots.get("agenda") or [])])
    call.set("outcome", "refused")


async def _said_to_change(call: Call, asked: bool) -> str | None:
    """Return what is to be changed; naming goods of the order without more is about those."""
    text = call.text if asked else str((call.slots.get("noted") or {}).get("text") or "")
    kind = change_kind.read(text)
    if kind is not None or not text:
        return kind
    found = goods.point(text, (await order_of(call)).items, call.alike)
    return "items" if found.pieces or found.unsure else None


class OnFile(Step):
    """Whether a new address of an order is also kept for the next ones."""

    slot = "on_file"

    async def fill(self, call: Call) -> None:
        """Take a yes or a no; not needed where it is the address on file already."""
        order = await order_of(call)
        if call.slots["change"] != "address" or address_of(call) == order.customer.address:
            call.set(self.slot, NOT_NEEDED)
            return
        pressed = call.choice(self.slot)
        answer = pressed.value if pressed else _yes_or_only_this(call.text) if self.asked(call) else None
        if answer is None and change_kind.also_on_file(str((call.slots.get("noted") or {}).get("text") or "")):
            answer = "yes"
        if answer in {"yes", "no"}:
            call.set(self.slot, answer)

    async def ask(self, call: Call) -> None:
        """Ask."""
        call.say(change_texts.ON_FILE, buttons=change_texts.ON_FILE_CHOICES, expects=("address", "yes_no"))


class ItemsToChange(Correctable):
    """Which lines of the order become something else."""

    slot = "items"
    dependants = ("variant", "payment", "confirm")

    async def fill(self, call: Call) -> None:
        """Take the pressed cards or the named items, whole lines each."""
        if call.slots["change"] != "items":
            call.set(self.slot, NOT_NEEDED)
            return
        order = await order_of(call)
        pressed = [str(choice.value) for choice in call.choices if choice.slot == self.slot]
        pressed = pressed or self._as_corrected(call)
        told = call.text if self.asked(call) else str((call.slots.get("noted") or {}).get("text") or "")
        found = goods.point(told, order.items, call.alike) if told and not pressed else Pointed()
        named = [str(item) for item in found.pieces]
        wanted = pressed or named or ([str(order.items[0].id)] if len(order.items) == 1 else [])
        lines = [{"item": str(item.id), "quantity": item.quantity} for item in order.items if str(item.id) in wanted]
        for line in lines:
            if not await choices_for(call, order, line):
                call.say(change_texts.NOTHING_ELSE_IN_STOCK)
                call.set("outcome", "refused")
                return
        if lines:
            call.set(self.slot, lines)

    async def ask(self, call: Call) -> None:
        """Show the items."""
        order = await order_of(call)
        say = call.amounts(order.currency)
        cards: list[dict[str, Any]] = [change_texts.item_card(call.desk, say, item) for item in order.items]
        call.say(change_texts.WHICH_ITEMS, cards=cards, expects=("items", "choices"))

    async def corrected(self, call: Call) -> bool:
        """Other items, said later: "only the backpack", "and the lamp too, in black"."""
        if call.slots["change"] != "items" or call.asked == self.slot or call.choices or form.is_question(call.text):
            return False
        plainly = _ONLY.search(call.text) or _LESS.search(call.text) or _MORE.search(call.text)
        if call.asked == "variant" and not plainly:
            return False  # "the 13-inch one" says what it becomes, though another line of the order is that
        before = {UUID(line["item"]): int(line["quantity"]) for line in call.slots["items"]}
        after = changes.read(call.text, before, (await order_of(call)).items, call.alike)
        if after and not (_ONLY.search(call.text) or _LESS.search(call.text)):
            after = {**before, **after}  # what one of them becomes is said without naming the others
        if not after or after.keys() == before.keys():
            return False
        call.set("items_change", {"how": "become", "items": [str(item) for item in after]})
        noted.add_words(call)
        return True

    @staticmethod
    def _as_corrected(call: Call) -> list[str]:
        change = call.slots.get("items_change") or {}
        call.clear("items_change")
        return [str(item) for item in change.get("items") or ()]


class NewVariant(exchange_steps.Variant):
    """What each of them becomes."""

    dependants = ("payment", "confirm")

    def needed(self, call: Call) -> bool:
        """Only items have variants."""
        return bool(call.slots["change"] == "items")


class Payment(Correctable):
    """Which of the customer's own methods pays from now on, or bears a difference in price."""

    slot = "payment"
    dependants = ("confirm",)

    async def fill(self, call: Call) -> None:
        """Take the chosen method, or the only one; ask for a difference only where there is a choice."""
        kind = call.slots["change"]
        if kind not in {"payment", "items"}:
            call.set(self.slot, NOT_NEEDED)
            return
        order = await order_of(call)
        methods, difference = await self._methods(call, order)
        if not methods:
            call.say(change_texts.NO_OTHER_METHOD, buttons=(("Talk to a person", Choice("talk_to_human")),))
            call.set("outcome", "refused")
            return
        pressed = call.choice(self.slot)
        told = pressed.value if pressed else self._named(call, order, methods)
        if told in {method.id for method in methods}:
            call.set(self.slot, told)
        elif kind == "items" and (not difference or len(methods) == 1):
            call.set(self.slot, methods[0].id)

    def _named(self, call: Call, order: Order, methods: list[PaymentMethod]) -> str | None:
        paying = [one.payment_method_id for one in order.payments if order.paid_with(one.payment_method_id) > 0]
        if self.asked(call):
            known = [(method.id, method.label) for method in methods]
            told = method_words.one(call.text, methods, paying)
            return told.id if told else reading.option(call.text, known)
        words = (noted.take(call, "refund_to"), (call.slots.get("noted") or {}).get("text"))
        found = (method_words.one(str(text), methods, paying) for text in words if text)
        return next((method.id for method in found if method), None)

    async def ask(self, call: Call) -> None:
        """Show the methods that can bear it."""
        order = await order_of(call)
        methods, difference = await self._methods(call, order)
        say = call.amounts(order.currency)
        buttons = tuple(
            (change_texts.method_title(say, method), Choice("inform", self.slot, method.id)) for method in methods
        )
        pays = call.slots["change"] == "items"
        text = return_texts.who_pays(say, difference) if pays else change_texts.WHICH_METHOD
        call.say(text, buttons=buttons, expects=("payment", "choice"))

    async def _methods(self, call: Call, order: Order) -> tuple[list[PaymentMethod], Decimal]:
        if call.slots["change"] == "items":
            difference = (await exchange_steps.differences(call, order, call.slots["items"]))[0]
            return await orders.methods_that_bear(call.session, order, difference), difference
        able = await orders.methods_that_bear(call.session, order, order.total)
        paying = {one.payment_method_id for one in order.payments if order.paid_with(one.payment_method_id) > 0}
        return [method for method in able if {method.id} != paying], order.total

    async def corrected(self, call: Call) -> bool:
        """Another method, said later: "no, with my PayPal"."""
        told = call.entity("refund_to") is not None and call.asked != self.slot
        return bool(told and call.slots["payment"] != NOT_NEEDED)


async def wish_of(call: Call) -> Wish:
    """Return what the slots have chosen."""
    order = await orders.get(call.session, call.conversation, call.slots["order"], "write")
    assert order is not None, "the form changes an order that was not proved"
    match call.slots["change"]:
        case "address":
            return ChangeAddress(order.id, address_of(call), also_on_file=call.slots["on_file"] == "yes")
        case "payment":
            return ChangePayment(order.id, call.slots["payment"])
        case "items":
            variants = {UUID(item): variant for item, variant in call.slots["variant"].items()}
            return ChangeItems(order.id, variants, call.slots["payment"])
        case _:
            return ChangeAddressOnFile(order.customer.id, address_of(call))


def _yes_or_only_this(text: str) -> str | None:
    return "no" if re.search(r"\bonly\b|\bjust this\b", text, re.IGNORECASE) else yes_no.read(text)


def build(agenda: Agenda) -> Form:
    """Put the form together."""
    steps = (
        Identity("write"),
        OrderToChange("write", state=order_step.always("pending")),
        WhatToChange(),
        AddressStep(),
        OnFile(),
        ItemsToChange(),
        NewVariant(),
        Payment(),
        Confirm(wish_of),
    )
    submit = Submit("change_order_form", "change_order", agenda, wish_of, ("variant", "chosen_variants", "payment"))
    return confirm.build(agenda, "change_order_form", WANTS, steps, submit, frozenset({"exchange_item"}))

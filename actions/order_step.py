"""The second step of every form: which order is it about? Of several, the others wait on the agenda."""

import re
from collections.abc import Callable, Sequence

from actions import meant_orders, noted, texts
from actions.call import Call
from actions.form import ANSWER_INTENTS, Correctable
from actions.identity_steps import evidence
from actions.meant_orders import Meant
from actions.pointing import listed
from casework import identities, orders
from conversations.message import Choice
from store.identity import Evidence
from store.order import Order, OrderState
from store.policy_file import Level

MOST_SHOWN = 8
_IT = re.compile(r"\b(?:it|this|that|them|those|these|(?:the|that|this) (?:whole|entire|same) order)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"\borders\b|\bboth\b|\bother\b", re.IGNORECASE)
_REJECTS = re.compile(
    r"^\W*(?:no|nope|nah|wait|sorry|actually|not)\b|\bnot th(?:at|is) (?:one|order)\b|\bwrong (?:one|order)\b"
    r"|\bi mean[t]?\b|\bdifferent order\b",
    re.IGNORECASE,
)
_WRONG_ORDER = re.compile(
    r"\b(?:wrong|not th(?:at|is|e right)|(?:an|my|the)?other|different) (?:order|one|purchase)\b", re.IGNORECASE
)
"""Words by which a customer says that the order under way is not the one that they mean."""
_ALSO = re.compile(r"\b(?:also|too|as well|plus|another|other)\b", re.IGNORECASE)


def always(state: OrderState) -> Callable[[Call], OrderState]:
    """Return what tells that a form is about orders in one state, whatever is wanted."""
    return lambda call: state


class OrderStep(Correctable):
    """Done when one order (or one return, which names its order) is meant.

    `state` says which orders what is wanted can be about; others are only taken when they are named.
    """

    slot = "order"
    dependants = (
        "identity", "items", "quantity", "condition", "photo", "variant", "chosen_variants",
        "second_variant", "chosen_seconds", "refund_to", "cancel_reason", "change", "payment", "rma", "confirm",
    )  # fmt: skip

    def __init__(
        self,
        level: Level,
        *,
        state: Callable[[Call], OrderState | None] = lambda call: None,
        optional: bool = False,
        gift: bool = False,
    ) -> None:
        self._level: Level = level
        self._state = state
        self._optional = optional
        self._gift = gift

    async def fill(self, call: Call) -> None:
        """Take the order that was named, pointed at by words or goods, or the only one that it can be."""
        numbered = await self._by_number(call)
        if numbered and (self.asked(call) or call.slots.get("names_order")):
            call.set(self.slot, numbered.number)
        elif self.asked(call):
            self._read_answer(call, await self._candidates(call))
        elif call.slots.get("names_order"):
            return  # a number was given, and it is not theirs: no other may take its place
        else:
            await self._work_out(call, numbered)

    def _read_answer(self, call: Call, candidates: Sequence[Order]) -> None:
        shown = self._shown(call, candidates)
        place = listed.place(call.text, len(shown))
        meant = Meant((shown[place],)) if place is not None else self._meant(call, call.text, shown)
        if meant and place is None:
            noted.add_words(call)
        self._take_meant(call, meant)

    async def _work_out(self, call: Call, before: Order | None) -> None:
        """Point by what was said; where that says nothing, it is the order that was talked about, or the only one."""
        candidates = await self._candidates(call)
        said = str((call.slots.get("noted") or {}).get("text") or "")
        if before is None and _IT.search(said):
            before = next((order for order in candidates if order.number == call.slots.get("last_order")), None)
        meant = self._meant(call, said, candidates, before)
        fitting = _in_state(candidates, self._state(call))
        unclear = meant.named == 0 and len(meant.sure) != 1 and not _SEVERAL.search(said)
        if before and (not meant or before in meant.either or unclear):
            meant = Meant((before,))
        elif not meant and len(fitting) == 1:
            meant = Meant((fitting[0],))
        self._take_meant(call, meant)
        if not candidates and self._optional:
            call.set(self.slot, "")

    def _meant(self, call: Call, text: str, scope: Sequence[Order], before: Order | None = None) -> Meant:
        now = call.desk.clock.now()
        return meant_orders.read(text, scope, self._state(call), now, call.alike, before) if text else Meant()

    async def _by_number(self, call: Call) -> Order | None:
        chosen = call.choice(self.slot)
        told = noted.evidence_of(call.entities) if self.asked(call) else Evidence()
        said = evidence(call)
        if self.asked(call) and not chosen and not told.given:
            return None
        number = chosen.value if chosen else told.order_number or said.order_number
        which = Evidence(order_number=number) if number else Evidence(rma=said.rma, gift_code=said.gift_code)
        order = await orders.named(call.session, which)
        allowed = order and identities.may(call.conversation, self._level, order, gift=self._gift)
        return order if allowed else None

    def _take_meant(self, call: Call, meant: Meant) -> None:
        if meant.sure:
            self._take(call, meant.sure)
        elif meant.either:
            call.set("either_order", [order.number for order in meant.either])

    def _take(self, call: Call, found: Sequence[Order]) -> None:
        """Take the first; the same is wanted of the others, one after the other."""
        call.set(self.slot, found[0].number)
        if len(found) == 1:
            return
        want = {"intent": call.slots["want"], "noted": call.slots.get("noted") or {}}
        rest = [{**want, "evidence": {"order_number": order.number}, "as_before": True} for order in found[1:]]
        call.set("agenda", [*rest, *(call.slots.get("agenda") or [])])
        call.say(texts.in_several_orders([order.display_number for order in found]))

    async def ask(self, call: Call) -> None:
        """Show the orders that it can be."""
        candidates = self._shown(call, await self._candidates(call))
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
        text = texts.WHICH_OF_THESE if call.slots.get("either_order") else texts.WHICH_ORDER
        call.say(text, buttons=buttons, expects=("order", "choice"))

    async def corrected(self, call: Call) -> bool:
        """Another order, said as a correction: by its number, by what was in it, or only as not this one."""
        if call.asked == self.slot or call.choices:
            return False
        if noted.evidence_of(call.entities).order_number is None:
            return call.asked == "confirm" and await self._points_elsewhere(call)
        return self._names_another(call)

    def _names_another(self, call: Call) -> bool:
        told = noted.evidence_of(call.entities).order_number
        another = told is not None and told != call.slots[self.slot] and call.intent in ANSWER_INTENTS
        if not another or _ALSO.search(call.text):
            return False
        self._go_to(call, str(told))
        return True

    async def _points_elsewhere(self, call: Call) -> bool:
        """Tell whether a summary is turned down for another order: "no, the more expensive speaker"."""
        if not _REJECTS.search(call.text) or _ALSO.search(_WRONG_ORDER.sub(" ", call.text)):
            return False
        candidates = await self._candidates(call)
        others = [order for order in candidates if order.number != call.slots[self.slot]]
        pointed = self._meant(call, _WRONG_ORDER.sub(" ", _REJECTS.sub(" ", call.text)), candidates)
        found = pointed.sure or pointed.either
        meant = [order for order in found if order in others]
        if len(found) == len(meant) == 1 and (pointed.named or _WRONG_ORDER.search(call.text)):
            self._go_to(call, meant[0].number)
        elif _WRONG_ORDER.search(call.text) and others:
            self._leave(call, _in_state(others, self._state(call)))
        else:
            return False
        call.set("noted", {**(call.slots.get("noted") or {}), "text": call.text})
        return True

    def _leave(self, call: Call, others: Sequence[Order]) -> None:
        """Go to the only other order that it can be, or ask which."""
        if len(others) == 1:
            self._go_to(call, others[0].number)
            return
        self._go_to(call, None)
        call.set("either_order", [order.number for order in others])

    @staticmethod
    def _go_to(call: Call, number: str | None) -> None:
        kept = {**(call.slots.get("evidence") or {}), "order_number": number, "rma": None, "gift_code": None}
        call.set("evidence", kept)
        call.set("names_order", True)

    async def _candidates(self, call: Call) -> list[Order]:
        return await orders.open_to(call.session, call.conversation, self._level, gift=self._gift)

    def _shown(self, call: Call, candidates: Sequence[Order]) -> list[Order]:
        either = call.slots.get("either_order")
        if either:
            return [order for order in candidates if order.number in either]
        return _in_state(candidates, self._state(call))[:MOST_SHOWN]


def _in_state(candidates: Sequence[Order], state: OrderState | None) -> list[Order]:
    """Return the orders in a state, or all where none is."""
    return [order for order in candidates if order.state == state] or list(candidates)

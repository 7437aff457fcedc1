"""The dialog in which an agent opens a return, also one that the policy refuses: it says which rules are set aside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import cast
from uuid import UUID

from nicegui.events import GenericEventArguments

from casework import order_desk, order_words, returns
from casework.order_desk import ItemView, Override
from console import notices, words
from console.dialogs import Field, Foot, Modal, Selection, says
from console.markup import Tag
from console.room import Room
from kit import errors
from store import money
from store.decision import Offer, RequestLine
from store.order import Order, Variant
from store.overriding import Overridden
from store.returns import REASON_TITLES, Method, Reason

_EXCHANGE = "exchange"


@dataclass(frozen=True)
class Opening:
    """Of which order, with which items left; `conversation_id` is None for an order that was looked up."""

    order: Order
    items: tuple[ItemView, ...]
    conversation_id: UUID | None
    tells: bool


@dataclass
class _Form:
    """What stands in the dialog at the moment."""

    quantities: dict[UUID, int] = field(default_factory=dict)
    reason: Reason = "no_longer_needed"
    found: Overridden | None = None
    offer: int = 0
    method: Method | None = None
    variants: dict[UUID, str] = field(default_factory=dict)


def show(room: Room, opening: Opening, changed: Callable[[], None]) -> None:
    """Open the dialog; call it within a page."""
    with Modal(f"Open a return for {opening.order.display_number}", wide=True) as modal:
        _Dialog(room, opening, changed, modal)


class _Dialog:
    def __init__(self, room: Room, opening: Opening, changed: Callable[[], None], modal: Modal) -> None:
        self._room = room
        self._opening = opening
        self._changed = changed
        self._form = _Form()
        if len(opening.items) == 1:
            self._form.quantities[opening.items[0].item.id] = 1
        with Tag("div", "rd-pick-items", attributes={"role": "group", "aria-label": "Items"}):
            for item in opening.items:
                self._item(item)
        why = Selection("Why it comes back", cast("Mapping[str, str]", REASON_TITLES), self._form.reason)
        why.on_change(lambda: self._set_reason(why.value))
        self._rest = Tag("div", "rd-override")
        self._note = Field("Why you open it", "It is kept with the return. The customer does not read it.", lines=2)
        self._foot = Foot(modal, "Open the return", self._open)
        self._draw()
        if self._form.quantities:
            modal.on("vue:mounted", self._work_out, args=[])

    def _item(self, view: ItemView) -> None:
        item = view.item
        with Tag("div", "rd-pick"):
            with Tag("label", "rd-option"):
                tick = Tag("input", attributes={"type": "checkbox"})
                if item.id in self._form.quantities:
                    tick.props["checked"] = True
                Tag("b", "", item.name)
                Tag("span", "rd-quiet", item.options_text)
            if view.left_to_return > 1:
                count = Selection("Pieces", {str(one): str(one) for one in range(1, view.left_to_return + 1)})
                pieces = count

                async def counted() -> None:
                    if self._form.quantities.get(item.id):  # how many counts once the item is ticked
                        await self._pick(item.id, int(pieces.value))

                count.on_change(counted)
            else:
                count = None
            if not view.verdict.eligible:
                Tag("p", "rd-verdict rd-verdict-refused", view.verdict.explanation)

        async def ticked(event: GenericEventArguments) -> None:
            await self._pick(item.id, (int(count.value) if count else 1) if event.args else 0)

        tick.on("change", ticked, js_handler="(event) => emit(event.target.checked)")

    async def _pick(self, item_id: UUID, quantity: int) -> None:
        """Take so many pieces of an item into the return; none takes it out."""
        self._form.quantities[item_id] = quantity
        await self._work_out()

    async def _set_reason(self, reason: str) -> None:
        self._form.reason = cast("Reason", reason)
        await self._work_out()

    def _lines(self) -> tuple[RequestLine, ...]:
        chosen = self._form.quantities.items()
        return tuple(RequestLine(item_id, quantity, self._form.reason) for item_id, quantity in chosen if quantity)

    async def _work_out(self) -> None:
        """Ask the policy what this return would be, and what would have to be set aside."""
        self._form.found = None
        problem = ""
        if self._lines():
            desk = self._room.desk
            try:
                async with desk.database.transaction() as session:
                    number = self._opening.order.number
                    self._form.found = await order_desk.despite(session, desk, number, self._lines())
            except errors.HouseError as error:
                problem = words.trouble(error)
        await self._draw_offers(problem)

    def _draw(self) -> None:
        self._rest.clear()
        with self._rest:
            Tag("p", "rd-quiet", "Choose what comes back.")

    async def _draw_offers(self, problem: str) -> None:
        found = self._form.found
        if found is None:
            self._rest.clear()
            with self._rest:
                Tag("p", "rd-problem" if problem else "rd-quiet", problem or "Choose what comes back.")
            return
        variants = await self._variants() if any(one.resolution == _EXCHANGE for one in found.decision.offers) else {}
        self._rest.clear()
        with self._rest:
            self._set_aside(found)
            offers = _offers(found, variants)
            self._form.offer = next(iter(offers), 0)
            labels = {str(place): _offer_title(offer, self._opening.order.currency) for place, offer in offers.items()}
            chosen = Selection("What the customer gets", labels)
            after = Tag("div")
            chosen.on_change(lambda: self._set_offer(int(chosen.value), after, variants))
        self._set_offer(self._form.offer, after, variants)

    def _set_aside(self, found: Overridden) -> None:
        if found.overruled:
            says([f"These rules are set aside for this return: {', '.join(sorted(found.overruled))}."])
        else:
            says(["The policy allows this return; nothing is set aside."])

    def _set_offer(self, place: int, after: Tag, variants: dict[UUID, list[Variant]]) -> None:
        found = self._form.found
        if found is None or place >= len(found.decision.offers):
            return
        self._form.offer = place
        offer = found.decision.offers[place]
        ways = {one.method: _way(one.title, one.fee, self._opening.order.currency) for one in found.decision.methods}
        after.clear()
        with after:
            if offer.resolution == _EXCHANGE:
                self._choose_variants(variants)
            way = Selection("How it comes back", cast("dict[str, str]", ways))
            self._form.method = cast("Method", way.value)
            way.on_change(lambda: setattr(self._form, "method", way.value))
            if not self._opening.tells:
                Tag("p", "rd-quiet", "The customer is not told in this chat.")

    def _choose_variants(self, variants: dict[UUID, list[Variant]]) -> None:
        for item_id, choices in variants.items():
            item = self._opening.order.item(item_id)
            labels = {one.id: f"{one.options_text} ({one.stock} in stock)" for one in choices}
            chosen = Selection(f"Exchange {item.name if item else 'it'} for", labels)
            self._choose_variant(item_id, chosen)
            chosen.on_change(partial(self._choose_variant, item_id, chosen))

    def _choose_variant(self, item_id: UUID, chosen: Selection) -> None:
        self._form.variants[item_id] = chosen.value

    def _chosen_variants(self) -> dict[UUID, str]:
        """Return what the items are exchanged for; an item that was ticked for a moment only is left out."""
        taken = {line.order_item_id for line in self._lines()}
        return {item_id: variant for item_id, variant in self._form.variants.items() if item_id in taken}

    async def _variants(self) -> dict[UUID, list[Variant]]:
        async with self._room.desk.database.transaction() as session:
            return {
                line.order_item_id: await returns.exchange_choices(
                    session, self._opening.order, line.order_item_id, line.quantity
                )
                for line in self._lines()
            }

    async def _open(self) -> None:
        found, method = self._form.found, self._form.method
        if found is None or method is None:
            raise errors.BadInput("Choose what comes back")
        offer = found.decision.offers[self._form.offer]
        exchange = offer.resolution == _EXCHANGE
        wanted = Override(
            order_number=self._opening.order.number,
            lines=self._lines(),
            resolution=offer.resolution,
            method=method,
            refund_to=offer.refund_to,
            reason=self._note.value.strip(),
            exchange_variants=self._chosen_variants() if exchange else {},
        )
        done = await order_desk.override(self._room.desk, wanted, self._room.agent.name, self._opening.conversation_id)
        told = "; the customer has been told" if done.told else ""
        notices.say(f"{done.return_.rma} is open: {order_words.standing(done.return_).lower()}{told}", "good")
        self._changed()


def _offers(found: Overridden, variants: dict[UUID, list[Variant]]) -> dict[int, Offer]:
    """Return the offers by their place; an exchange only where there is something in stock for every item."""
    stocked = bool(variants) and all(variants.values())
    return {
        place: offer for place, offer in enumerate(found.decision.offers) if offer.resolution != _EXCHANGE or stocked
    }


def _offer_title(offer: Offer, currency: str) -> str:
    amount = money.format(offer.amount, currency)
    title = order_words.RESOLUTION[offer.resolution]
    if offer.resolution == _EXCHANGE:
        return f"{title}, worth {amount}"
    return f"{title} of {amount} to {offer.destination}, {offer.when}"


def _way(title: str, fee: object, currency: str) -> str:
    cost = money.cents(str(fee))
    return f"{title}, {money.format(cost, currency)}" if cost else title

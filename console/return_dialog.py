"""The dialog in which an agent opens a return, also one that the policy refuses, or changes one.

Choices stand on the left: items, what the customer gets side by side, variants, the way back. On the right stands what
they come to: what will happen, which rules are set aside, and the words that the customer will read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast
from uuid import UUID

from nicegui.events import GenericEventArguments

from casework import changeable, order_desk, proposal_words, returns
from casework.desk import Desk
from casework.order_views import ItemView, OrderView
from casework.scenes import Done
from casework.wanted import ChangeReturn, OpenReturn
from console import notices, return_acts, return_choices, words
from console.dialogs import Field, Foot, Modal, Selection, says
from console.forecast import Forecast, Plan
from console.markup import Tag
from console.return_choices import EXCHANGE, Form, Piece, Place
from console.room import Room
from kit import errors, ids
from store import policy, repository, transfer
from store.decision import Offer
from store.order import Order, Variant
from store.overriding import Overridden
from store.returns import REASON_TITLES, Condition, Method, Reason, Return

_NOTHING_CHOSEN = "Choose what comes back."
_NO_SECOND = "No second choice"
_KEPT = "…"


@dataclass(frozen=True)
class Subject:
    """Of which order, or which return of it; `conversation_id` is None for an order that was looked up."""

    room: Room
    view: OrderView
    conversation_id: UUID | None
    changed: Callable[[], None]
    return_: Return | None = None


def show(subject: Subject) -> None:
    """Open the dialog; call it within a page."""
    order, return_ = subject.view.order, subject.return_
    heading = f"Change {return_.rma}" if return_ else f"Open a return for {order.display_number}"
    with Modal(heading, split=True) as modal:
        _Dialog(subject, modal)


class _Dialog:
    def __init__(self, subject: Subject, modal: Modal) -> None:
        self._subject = subject
        self._order: Order = subject.view.order
        self._say = proposal_words.saying(subject.room.desk.book.shop, self._order.currency)
        self._key = f"console:{ids.new_id()}"
        self._form = return_choices.of_return(subject.return_, self._order) if subject.return_ else Form()
        self._form.difference_to = self._form.difference_to or transfer.payer_of_most(self._order) or ""
        self._began = self._form.asked
        self._reserved = dict(self._form.first)
        self._turn = 0
        self._drawn: object = None
        self._said_aside: frozenset[str] | None = None
        with Tag("div", "rd-left"):
            self._pick_items() if subject.return_ is None else self._say_items(subject.return_)
            self._offers = Tag("div", "rd-part")
            self._after = Tag("div", "rd-part")
            self._aside = Tag("div", "rd-part")
        with Tag("div", "rd-right"):
            hint = "Choose what is to change." if subject.return_ else _NOTHING_CHOSEN
            self._forecast = Forecast(subject.room, hint)
        Foot(modal, "Change the return" if subject.return_ else "Open the return", self._do)
        if self._form.lines:
            modal.on("opened", self._work_out, args=[])

    # -- what comes back

    def _say_items(self, return_: Return) -> None:
        says([f"{line.quantity} × {line.name}: {REASON_TITLES[line.reason].lower()}" for line in return_.lines])

    def _pick_items(self) -> None:
        left = [item for item in self._subject.view.items if item.left_to_return > 0]
        with Tag("div", "rd-pick-items", attributes={"role": "group", "aria-label": "Items"}):
            for item in left:
                piece = self._form.pieces[item.item.id] = Piece(1 if len(left) == 1 else 0)
                self._item(item, piece)

    def _item(self, view: ItemView, piece: Piece) -> None:
        item = view.item
        with Tag("div", "rd-pick"):
            with Tag("label", "rd-option"):
                tick = Tag("input", attributes={"type": "checkbox", "checked": "true" if piece.quantity else None})
                Tag("b", "", item.name)
                Tag("span", "rd-quiet", item.options_text)
            if not view.verdict.eligible:
                Tag("p", "rd-verdict rd-verdict-refused", view.verdict.explanation)
            with Tag("div", "rd-pick-more") as more:
                counts = {str(one): str(one) for one in range(1, view.left_to_return + 1)}
                count = Selection("Pieces", counts) if len(counts) > 1 else None
                why = Selection("Why", cast("Mapping[str, str]", REASON_TITLES), piece.reason)
                state = Selection("Condition", return_choices.CONDITIONS)
            more.set_visibility(bool(piece.quantity))

        async def chosen() -> None:
            piece.quantity = int(count.value) if count and more.visible else int(more.visible)
            piece.reason = cast("Reason", why.value)
            piece.condition = cast("Condition", state.value) if state.value else None
            await self._work_out()

        async def ticked(event: GenericEventArguments) -> None:
            more.set_visibility(bool(event.args))
            await chosen()

        tick.on("change", ticked, js_handler="(event) => emit(event.target.checked)")
        for one in filter(None, (count, why, state)):
            one.on_change(chosen)

    # -- what the policy says to it

    async def _work_out(self) -> None:
        """Ask the policy what this return would be, and what would have to be set aside."""
        self._turn += 1
        turn = self._turn
        found, variants, problem = None, {}, ""
        if self._form.lines:
            try:
                found = await self._decide()
                if any(one.resolution == EXCHANGE for one in found.decision.offers):
                    variants = await self._variants()
            except errors.HouseError as error:
                problem = words.trouble(error)
        if turn != self._turn:  # something else was chosen meanwhile
            return
        self._form.found, self._form.variants = found, variants
        self._form.choose_again()
        self._draw_offers(problem)
        await self._draw_after()

    async def _decide(self) -> Overridden:
        room, return_ = self._subject.room, self._subject.return_
        async with room.desk.database.transaction() as session:
            if return_ is None:
                return await order_desk.despite(session, room.desk, self._order.number, self._form.lines)
            decision = await changeable.decide_anew(session, room.desk, self._order, return_.rma)
            return Overridden(frozenset(), decision)

    async def _variants(self) -> dict[UUID, list[Variant]]:
        """Return what each item can be exchanged for now; what a return has reserved is among it."""
        async with self._subject.room.desk.database.transaction() as session:
            found = {}
            for line in self._form.lines:
                item_id = line.order_item_id
                again = returns.is_replaced(self._subject.room.desk, self._order, line.reason)
                choices = await returns.exchange_choices(session, self._order, item_id, line.quantity, again=again)
                kept = self._reserved.get(item_id)
                if kept and kept not in {one.id for one in choices}:
                    choices = [*(await repository.variants_by_ids(session, [kept])).values(), *choices]
                found[item_id] = choices
            return found

    # -- what the customer gets

    def _draw_offers(self, problem: str) -> None:
        self._offers.clear()
        with self._offers:
            if problem:
                Tag("p", "rd-problem", problem, {"role": "alert"})
                return
            with Tag("fieldset", "rd-offers", attributes={"aria-label": "What the customer gets"}) as group:
                Tag("legend", "rd-field-label", "What the customer gets")
                for place, offer in self._form.offers.items():
                    self._offer(place, offer, group.id)
            group.set_visibility(bool(self._form.offers))

    def _offer(self, place: Place, offer: Offer, group: int) -> None:
        with Tag("label", "rd-offer"):
            attributes = {"type": "radio", "name": f"offer-{group}", "value": ":".join(place)}
            option = Tag("input", attributes=attributes | {"checked": "true" if place == self._form.place else None})
            Tag("span", "rd-offer-title", return_choices.title_of(offer))
            Tag("b", "rd-amount", return_choices.amount_of(offer, self._say))
            for detail in return_choices.details_of(offer, self._say):
                Tag("span", "rd-quiet rd-offer-detail", detail)
        option.on("change", partial(self._set_place, place), args=[])

    async def _set_place(self, place: Place) -> None:
        self._form.place = place
        self._form.choose_again()
        await self._draw_after()

    async def _draw_after(self) -> None:
        """Draw what is to be chosen besides, as it belongs to what the customer gets."""
        offer, found = self._form.offer, self._form.found
        ways = self._ways(offer, found) if offer and found else {}
        exchange = offer is not None and offer.resolution == EXCHANGE
        wanted = ways, exchange and {item: tuple(choices) for item, choices in self._form.variants.items()}
        if wanted != self._drawn:  # what stays the same is not drawn again: somebody may be at it
            self._drawn = wanted
            self._after.clear()
            with self._after:
                if exchange:
                    self._choose_variants()
                if ways:
                    self._choose_method(ways)
        aside = found.overruled if offer and found else None
        if aside != self._said_aside:
            self._said_aside = aside
            self._aside.clear()
            if aside is not None:
                with self._aside:
                    self._say_aside(aside)
        await self._foresee()

    def _ways(self, offer: Offer, found: Overridden) -> dict[Method, str]:
        known = policy.methods_for(found.decision, offer.resolution)
        return {one.method: return_choices.way_of(one.title, one.fee, self._say) for one in known}

    def _choose_variants(self) -> None:
        form = self._form
        for item_id, choices in form.variants.items():
            item = self._order.item(item_id)
            assert item is not None, "a return is about items of its order"
            labels = {one.id: return_choices.variant_of(one, item.unit_price, self._say) for one in choices}
            with Tag("div", "rd-pair"):
                first = Selection(f"{item.name}: instead", labels, form.first.get(item_id, ""))
                second = Selection("If that sells out", {"": _NO_SECOND} | labels, form.second.get(item_id, ""))
            first.on_change(partial(self._set, form.first, item_id, first))
            second.on_change(partial(self._set, form.second, item_id, second))
        if form.differs(self._order):
            methods = self._subject.view.payment_methods
            payers = {one.id: return_choices.method_of(one, self._say) for one in methods}
            pays = Selection("A difference in price goes by", payers, form.difference_to)

            async def set_payer() -> None:
                form.difference_to = pays.value
                await self._foresee()

            pays.on_change(set_payer)

    async def _set(self, chosen: dict[UUID, str], item_id: UUID, selection: Selection) -> None:
        chosen[item_id] = selection.value
        await self._foresee()

    def _choose_method(self, ways: Mapping[Method, str]) -> None:
        way = Selection("How it comes back", cast("Mapping[str, str]", ways), self._form.method or "")

        async def set_method() -> None:
            self._form.method = cast("Method", way.value)
            await self._foresee()

        way.on_change(set_method)

    def _say_aside(self, overruled: frozenset[str]) -> None:
        if self._subject.return_:
            return
        if not overruled:
            Tag("p", "rd-quiet", "The policy allows this return; nothing is set aside.")
            return
        Tag("p", "rd-needs", f"These rules are set aside for this return: {', '.join(sorted(overruled))}.")
        hint = "It is kept with the return. The customer does not read it."
        note = Field("Why you set them aside", hint, lines=2, value=self._form.reason)
        note.on_change(lambda: setattr(self._form, "reason", note.value.strip()))

    # -- what comes of it

    async def _foresee(self) -> None:
        await self._forecast.show(self._plan(self._form.reason or _KEPT))

    def _plan(self, reason: str) -> Plan | None:
        """Return what the button would do; None while something is still to be chosen."""
        wish, form = self._wish(), self._form
        if wish is None or form.found is None:
            return None
        overruled = form.found.overruled

        async def do(desk: Desk) -> Done:
            where = (self._subject.room.agent.name, self._subject.conversation_id)
            if isinstance(wish, ChangeReturn):
                return await order_desk.change_return(desk, wish, *where, key=self._key)
            wanted = return_choices.overriding(form, self._order, reason) if overruled else None
            if wanted:
                return await order_desk.override(desk, wanted, *where)
            return await order_desk.open_return(desk, wish, *where, key=self._key)

        return Plan(do, wish, overruled)

    def _wish(self) -> OpenReturn | ChangeReturn | None:
        return_ = self._subject.return_
        if return_:
            return return_choices.changing(self._form, return_, self._began)
        return return_choices.opening(self._form, self._order)

    async def _do(self) -> None:
        plan = self._plan(self._form.reason)
        if plan is None:
            changes = self._subject.return_ is not None
            raise errors.BadInput("Nothing would change" if changes else "Choose what comes back")
        notices.say(return_acts.said(await plan.act(self._subject.room.desk)), "good")
        self._subject.changed()

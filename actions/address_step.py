"""A postal address, asked as a whole and, where something is unclear, part by part."""

from dataclasses import asdict

from actions import address_references, addresses, change_texts, yes_no
from actions.address_references import Book, Known
from actions.call import Call
from actions.form import Correctable
from actions.pointing import listed
from actions.pointing import orders as pointing
from actions.return_state import NOT_NEEDED, order_of
from casework import order_facts
from conversations.message import Choice
from store.order import Address

_NEEDED = frozenset({"address", "on_file"})
_EITHER = "either"
"""Key in the slot of what was read so far: addresses of which one is meant."""


class AddressStep(Correctable):
    """The new address, as {street, extra, city, region, zip, country}."""

    slot = "address"
    dependants = ("on_file", "confirm")

    def recognises(self, call: Call) -> bool:
        """Whatever can be read as the address, or as the part that was asked for, answers it; so does pointing."""
        before = _so_far(call)
        read = _with(before, call.text, call.slots.get("address_asked")) != before
        return read or address_references.may_point(call.text)

    async def fill(self, call: Call) -> None:
        """Read what was said, or take the address that it points at; parts that are missing are asked for."""
        if call.slots["change"] not in _NEEDED:
            call.set(self.slot, NOT_NEEDED)
            return
        pressed = call.choice(self.slot)
        known = pressed.value if pressed else (call.slots.get("noted") or {}).get("address")
        if known and (pressed or not call.form):
            _take(call, Address(**known))
            return
        before = _so_far(call) or Address(country=(await order_of(call)).address.country or "US")
        text, reads = self._text(call)
        later = _with(before, text if reads else "", call.slots.get("address_asked") if self.asked(call) else None)
        if later.street or not text:
            if later != before:
                call.set("address_read", asdict(later))
            if not addresses.missing(later):
                _take(call, later)
        elif not await self._follow(call, text) and later != before:
            call.set("address_read", asdict(later))

    def _text(self, call: Call) -> tuple[str, bool]:
        """Return the words that may name the address, and whether they are to be read part by part."""
        if self.asked(call):
            return call.text, True
        if call.form is not None and (addresses.read(call.text).street or address_references.corrects(call.text)):
            return call.text, True
        text = str((call.slots.get("noted") or {}).get("text") or "")
        return text, bool(addresses.read(text).street)  # a zip that stands beside an order number is no new address

    async def _follow(self, call: Call, text: str) -> bool:
        """Take the address that a text points at; of several, keep them to be asked for."""
        found = self._chosen(call, text) or await _pointed_at(call, text, asked=self.asked(call))
        if len(found) == 1:
            _take(call, found[0].address)
        elif found:
            kept = [{"title": one.title, "address": asdict(one.address)} for one in found]
            call.set("address_read", {_EITHER: kept})
        return bool(found)

    def _chosen(self, call: Call, text: str) -> tuple[Known, ...]:
        """Return the address that an answer picks of those that were shown: "the second", "the Denver one"."""
        shown = _either(call)
        if not shown or not self.asked(call):
            return ()
        place = listed.place(text, len(shown))
        if place is not None:
            return (shown[place],)
        return address_references.among(text, shown)

    async def ask(self, call: Call) -> None:
        """Ask for the whole address, for the first part that is missing, or which of several is meant."""
        either = _either(call)
        if either:
            call.say(change_texts.WHICH_ADDRESS, buttons=_buttons(either), expects=("address", "choice"))
            return
        read = _so_far(call)
        lacking = addresses.missing(read) if read else list(addresses.PARTS)
        part = None if len(lacking) >= len(addresses.PARTS) else lacking[0]
        call.set("address_asked", part)
        if part is None or read is None:
            call.say(change_texts.ASK_ADDRESS, expects=("address", "text"))
            return
        known = ", ".join(piece for piece in (read.street, read.extra, read.city, read.region, read.zip) if piece)
        text = f"{change_texts.so_far(known)} {change_texts.PART_OF_ADDRESS[part]}"
        call.say(text.strip(), expects=("address", "text"))

    async def corrected(self, call: Call) -> bool:
        """Another address, said to the summary."""
        stands = isinstance(call.slots[self.slot], dict)
        if not stands or call.asked == self.slot:
            return False
        return bool(addresses.read(call.text).street) or await self._points_elsewhere(call)

    async def _points_elsewhere(self, call: Call) -> bool:
        if not address_references.corrects(call.text):
            return False
        found = await _pointed_at(call, call.text, asked=False)
        return bool(found) and all(one.address != address_of(call) for one in found)


def address_of(call: Call) -> Address:
    """Return the address that the slot holds."""
    return Address(**call.slots["address"])


def _so_far(call: Call) -> Address | None:
    kept = call.slots.get("address_read")
    return Address(**kept) if kept and _EITHER not in kept else None


def _either(call: Call) -> tuple[Known, ...]:
    kept = (call.slots.get("address_read") or {}).get(_EITHER) or ()
    return tuple(Known(Address(**one["address"]), one["title"]) for one in kept)


def _buttons(shown: tuple[Known, ...]) -> tuple[tuple[str, Choice], ...]:
    return tuple((one.address.one_line(), Choice("inform", "address", asdict(one.address))) for one in shown)


def _take(call: Call, address: Address) -> None:
    """Set the address; what waits on the agenda for the same words gets it too, and needs not ask."""
    call.set("address", asdict(address))
    text = (call.slots.get("noted") or {}).get("text")
    agenda = list(call.slots.get("agenda") or [])
    same = [
        one for one in agenda if text and one["intent"] == call.slots.get("want") and one["noted"].get("text") == text
    ]
    if same:
        known = {"address": asdict(address)}
        call.set("agenda", [{**one, "noted": {**one["noted"], **known}} if one in same else one for one in agenda])


async def _pointed_at(call: Call, text: str, *, asked: bool) -> tuple[Known, ...]:
    order = await order_of(call)
    ordered = await order_facts.orders_of(call.session, call.conversation, "write")
    changed = await order_facts.addresses_changed(call.session, call.conversation)
    book = Book(
        customer=order.customer,
        orders=tuple(ordered),
        current=order if call.slots["change"] == "address" else None,
        before=tuple(one.before for one in reversed(changed) if one.before),
        used=changed[-1].now if changed else None,
    )
    now = call.desk.clock.now()
    return address_references.resolve(
        text, book, lambda words, orders: pointing.point(words, orders, now, call.alike, order), asked=asked
    )


def _with(before: Address | None, text: str, part: str | None) -> Address:
    base = before or Address()
    later = addresses.merge(base, addresses.read(text, base.country))
    if part and getattr(later, part) == getattr(base, part) and yes_no.read(text) is None:
        later = addresses.with_part(later, part, text)
    return later

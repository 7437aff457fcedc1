"""A postal address, asked as a whole and, where something is unclear, part by part."""

from dataclasses import asdict

from actions import addresses, change_texts, noted, yes_no
from actions.call import Call
from actions.form import Correctable
from actions.return_state import NOT_NEEDED, order_of
from store.order import Address

_NEEDED = frozenset({"address", "on_file"})


class AddressStep(Correctable):
    """The new address, as {street, extra, city, region, zip, country}."""

    slot = "address"
    dependants = ("on_file", "confirm")

    def recognises(self, call: Call) -> bool:
        """Whatever can be read as the address, or as the part that was asked for, answers it."""
        before = _so_far(call)
        return _with(before, call.text, call.slots.get("address_asked")) != before

    async def fill(self, call: Call) -> None:
        """Read what was said; parts that are missing are asked for."""
        if call.slots["change"] not in _NEEDED:
            call.set(self.slot, NOT_NEEDED)
            return
        before = _so_far(call) or Address(country=(await order_of(call)).address.country or "US")
        says_it = self.asked(call) or (call.form is not None and bool(addresses.read(call.text).street))
        text = call.text if says_it else str(noted.take(call, "text") or "")
        if not says_it and not addresses.read(text).street:
            text = ""  # a zip that stands beside an order number is no new address
        later = _with(before, text, call.slots.get("address_asked") if self.asked(call) else None)
        if later != before:
            call.set("address_read", asdict(later))
        if not addresses.missing(later):
            call.set(self.slot, asdict(later))

    async def ask(self, call: Call) -> None:
        """Ask for the whole address, or for the first part that is missing, with what was read so far."""
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

    def corrected(self, call: Call) -> bool:
        """Another address, said to the summary."""
        stands = isinstance(call.slots[self.slot], dict)
        return stands and call.asked != self.slot and bool(addresses.read(call.text).street)


def address_of(call: Call) -> Address:
    """Return the address that the slot holds."""
    return Address(**call.slots["address"])


def _so_far(call: Call) -> Address | None:
    kept = call.slots.get("address_read")
    return Address(**kept) if kept else None


def _with(before: Address | None, text: str, part: str | None) -> Address:
    base = before or Address()
    later = addresses.merge(base, addresses.read(text, base.country))
    if part and getattr(later, part) == getattr(base, part) and yes_no.read(text) is None:
        later = addresses.with_part(later, part, text)
    return later

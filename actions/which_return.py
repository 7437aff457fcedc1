"""Which return is meant, for the forms that look after one that stands."""

from actions import reading, status_texts, texts
from actions.call import Call
from actions.form import Step
from actions.identity_steps import evidence
from actions.return_state import is_gift, order_of
from casework import orders
from conversations.message import Choice
from store.returns import Return, may_cancel


class WhichReturn(Step):
    """One return of the order: the one that was named, or the one of which nothing was sent."""

    slot = "rma"

    async def fill(self, call: Call) -> None:
        """Take the named return, else the only one that it can be; without any return end the form."""
        found = await candidates(call)
        if not found:
            order = await order_of(call)
            buttons = texts.start_return(order.number) + texts.PERSON_CHOICE
            call.say(status_texts.no_return(order, gift=is_gift(call, order)), buttons=buttons)
            call.set("outcome", "refused")
            return
        pressed = call.choice(self.slot)
        named = str(pressed.value) if pressed else call.entity("rma") or evidence(call).rma
        chosen = next((one for one in found if one.rma == named), None)
        if chosen is None and self.asked(call):
            rma = reading.option(call.text, [(one.rma, f"{one.rma} {names_of(one)}") for one in found])
            chosen = next((one for one in found if one.rma == rma), None)
        if chosen is None and len(found) == 1:
            chosen = found[0]
        if chosen:
            call.set(self.slot, chosen.rma)

    async def ask(self, call: Call) -> None:
        """Show the returns that it can be."""
        buttons = tuple(
            (f"{one.rma} · {names_of(one)}", Choice("inform", self.slot, one.rma)) for one in await candidates(call)
        )
        call.say(texts.WHICH_RETURN, buttons=buttons, expects=("order", "choice"))


async def candidates(call: Call) -> list[Return]:
    """Return the returns that can be meant: the named one, else those of which nothing was sent, else the newest."""
    order = await order_of(call)
    found = await orders.returns_of(call.session, call.conversation, order)
    named = [one for one in found if one.rma == (call.entity("rma") or evidence(call).rma)]
    return named or [one for one in found if may_cancel(one)] or found[:1]


def names_of(return_: Return) -> str:
    """Return what is in a return, in a few words."""
    return ", ".join(line.name for line in return_.lines)

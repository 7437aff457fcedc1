"""A new label or QR code for a return, and more time to send it."""

from actions import confirm
from actions.agenda import Agenda
from actions.call import Call
from actions.confirm import Confirm, Submit
from actions.form import Form
from actions.identity_steps import Identity
from actions.order_step import OrderStep
from actions.which_return import WhichReturn
from casework.wishes import ExtendReturn, NewLabel, Wish

WANTS = frozenset({"new_label", "extend_return"})


async def wish_of(call: Call) -> Wish:
    """Return what is wanted for the return."""
    rma = call.slots["rma"]
    return ExtendReturn(rma) if call.slots.get("want") == "extend_return" else NewLabel(rma)


def build(agenda: Agenda) -> Form:
    """Put the form together."""
    steps = (Identity("write", gift=True), OrderStep("write", gift=True), WhichReturn(), Confirm(wish_of))
    return confirm.build(agenda, "care_form", WANTS, steps, Submit("care_form", "new_label", agenda, wish_of))

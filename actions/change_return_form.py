"""Having something else for a return of which nothing was sent: another outcome, way to send, place or variant."""

from typing import Any

from actions import confirm, exchange_steps, offered, return_form
from actions.agenda import Agenda
from actions.call import Call
from actions.confirm import Confirm, Submit
from actions.form import Form
from actions.identity_steps import Identity
from actions.order_step import OrderStep
from actions.return_state import chosen
from actions.return_submit import CHOSEN
from actions.which_return import WhichReturn, candidates
from casework import changeable, return_changes, wishes
from casework.proposal import Refusal
from casework.wishes import ChangeReturn, Wish
from store.decision import Decision, RequestLine
from store.order import Order
from store.returns import METHODS, Return, may_cancel

WANTS = frozenset({"change_return"})


class ReturnToChange(WhichReturn):
    """The return, with its items and reasons in the slots from which the other steps read them."""

    async def fill(self, call: Call) -> None:
        """Take the return and what is in it."""
        await super().fill(call)
        current = next((one for one in await candidates(call) if one.rma == call.slots.get(self.slot)), None)
        if current is None:
            return
        if not may_cancel(current):
            as_it_is = ChangeReturn(current.rma, current.resolution, current.method, current.refund_to)
            refusal = await wishes.propose(call.session, call.desk, as_it_is)
            if isinstance(refusal, Refusal):
                await offered.refuse(call, refusal)
                return
        _keep_the_rest(call, current)
        lines = return_changes.lines_of(current)
        call.set("items", [_stored(line) for line in lines])
        call.set("reason", lines[0].reason)


def _keep_the_rest(call: Call, current: Return) -> None:
    """Who names one thing that is to change wants the others as they are; who names nothing is asked for each."""
    told = dict(call.slots.get("noted") or {})
    if told.get("resolution") and told["resolution"] != current.resolution and current.method in METHODS:
        told.setdefault("return_method", current.method)
    elif told.get("return_method") and current.resolution != "exchange":
        told.setdefault("resolution", current.resolution)
    call.set("noted", told)


async def decide(call: Call, order: Order) -> Decision:
    """Return the policy's decision about the return, as if it was opened now."""
    return await changeable.decide_anew(call.session, call.desk, order, call.slots["rma"])


async def wish_of(call: Call) -> Wish:
    """Return what the slots have chosen."""
    return ChangeReturn(rma=call.slots["rma"], **chosen(call))


def _stored(line: RequestLine) -> dict[str, Any]:
    return {
        "item": str(line.order_item_id),
        "quantity": line.quantity,
        "reason": line.reason,
        "condition": line.condition,
        "photos": [str(photo) for photo in line.photos],
    }


def build(agenda: Agenda) -> Form:
    """Put the form together."""
    steps = (
        Identity("write", gift=True),
        OrderStep("write", gift=True),
        ReturnToChange(),
        return_form.Resolution(decide),
        exchange_steps.Variant(),
        exchange_steps.SecondVariant(),
        return_form.RefundTo(decide),
        return_form.ReturnMethod(decide),
        Confirm(wish_of),
    )
    submit = Submit("change_return_form", "change_return", agenda, wish_of, CHOSEN)
    return confirm.build(agenda, "change_return_form", WANTS, steps, submit)

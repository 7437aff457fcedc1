"""The end of the return form: opens the return on a yes, and only for the summary that the yes was said to."""

from typing import Any
from uuid import UUID

from actions import form, people, return_form, return_items, return_state, texts
from actions.agenda import Agenda
from actions.call import Call, DeskAction
from actions.form import Form
from actions.identity_steps import Identity, OrderStep
from casework import returns
from casework.desk import Desk
from handoff.ticket import Reason
from kit import errors, ids
from store.decision import Decision
from store.order import Order
from store.ports import LabelTicket
from store.returns import Return


class SubmitReturn(DeskAction):
    """Rasa calls this when the return form has ended, whichever way."""

    action_name = "action_submit_return_form"

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    async def prepare(self, slots: dict[str, Any], message_id: UUID, desk: Desk) -> LabelTicket | None:
        """Order the label before the transaction opens; an unused one costs nothing and is never shown."""
        if slots.get("confirm") != "yes":
            return None
        rma = ids.new_rma_number()
        ticket = await desk.carrier.issue_label(rma, slots["return_method"])
        return LabelTicket(rma, ticket.tracking_number, ticket.carrier_name)

    async def act(self, call: Call) -> None:
        """Open the return, or say that nothing was changed; then go on with the agenda."""
        outcome = call.slots.get("outcome")
        if outcome is None and call.slots.get("confirm") == "yes":
            outcome = await self._open(call)
        elif outcome is None:
            call.say(texts.NOTHING_DONE)
        call.clear("confirm")
        if outcome in {"with_person", "chosen_again"}:
            call.mark(outcome)
            return
        call.clear("want")
        await self._agenda.go_on(call, closing=outcome != "refused" or bool(call.slots.get("agenda")))
        if not call.said:
            call.mark("form_ended")

    async def _open(self, call: Call) -> str:
        order = await return_state.order_of(call)
        decision = await return_state.decision_of(call, order)
        try:
            summary = await return_state.summary_of(call, order, decision)
            if return_state.fingerprint(summary) != call.slots.get("shown"):
                raise errors.Conflict("what would happen is no longer what was shown")
            async with call.session.begin_nested():
                opening, ticket = _opening(call, order, decision), call.room.prepared
                opened = await returns.open_return(call.session, call.desk, opening, call.conversation.id, ticket)
        except errors.Conflict:
            return await self._choose_again(call)
        return await _report(call, order, opened, _needs(call, order, decision))

    async def _choose_again(self, call: Call) -> str:
        """Something moved between the summary and the yes: the yes does not cover it, so the choice comes again."""
        call.say(texts.MOVED_MEANWHILE)
        call.clear("confirm", "resolution", "variant", "chosen_variants", "refund_to", "return_method", "shown")
        served = self._agenda.form_of("start_return")
        if await form.fill(served, call):
            return str(call.slots["outcome"])
        call.set("want", "start_return")
        call.follow_with(served.name)
        return "chosen_again"


def _opening(call: Call, order: Order, decision: Decision) -> returns.Opening:
    offer = returns.offer_of(decision, call.slots["resolution"], call.slots["refund_to"])
    assert offer is not None
    chosen = call.slots["variant"] if offer.resolution == "exchange" else {}
    eligible = {line.order_item_id for line in decision.eligible_lines}
    return returns.Opening(
        order_id=order.id,
        lines=tuple(line for line in return_state.lines_of(call) if line.order_item_id in eligible),
        resolution=offer.resolution,
        method=call.slots["return_method"],
        refund_to=_difference_to(call) if offer.resolution == "exchange" else offer.refund_to,
        exchange_variants={UUID(item): variant for item, variant in chosen.items()},
        comment=call.slots.get("comment") or "",
    )


def _difference_to(call: Call) -> str | None:
    """Return the payment method that bears the difference in price of an exchange."""
    chosen = call.slots["refund_to"]
    return None if chosen == return_state.NOT_NEEDED else str(chosen)


def _needs(call: Call, order: Order, decision: Decision) -> Reason:
    """Return why a person decides about a return: because of its value, or because the policy says so otherwise."""
    approval_rule = call.desk.book.in_force(order.placed_at).rules.approval_rule
    return Reason.HIGH_VALUE if approval_rule in decision.rule_ids else Reason.POLICY


async def _report(call: Call, order: Order, opened: Return, reason: Reason) -> str:
    """Tell what was done; a return that a person decides goes to the queue, with the words in the same step."""
    if opened.needs_person:
        first = texts.requested(opened)
        detail = f"{opened.rma} for order {order.display_number}: {opened.needs_person}"
        await people.hand_over(call, reason, detail, first)
        return "with_person"
    label = returns.label_of(call.desk, opened)
    attachments = [{"url": label.url, "media_type": "application/pdf", "name": label.name}] if label else []
    call.say(texts.opened(opened), cards=[texts.return_card(opened)], attachments=attachments)
    return "opened"


def build(agenda: Agenda) -> Form:
    """Put the form together."""
    from_first_to_last = (
        return_items.Items(),
        return_items.Quantity(),
        return_form.Reason(),
        return_form.Resolution(),
        return_form.Variant(),
        return_form.RefundTo(),
        return_form.ReturnMethod(),
        return_form.Confirm(),
    )
    wants = frozenset({"start_return", "exchange_item", "report_problem"})
    steps = (Identity("write"), OrderStep("write", only_delivered=True), *from_first_to_last)
    form = Form("return_form", wants, steps, SubmitReturn(agenda))
    agenda.add(form)
    return form

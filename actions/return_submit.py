"""The return form, put together from its steps."""

from actions import confirm, exchange_steps, order_step, return_evidence, return_form, return_items, return_state
from actions.agenda import Agenda
from actions.confirm import Confirm, Submit
from actions.form import Form
from actions.identity_steps import Identity
from actions.order_step import OrderStep

WANTS = frozenset({"start_return", "exchange_item", "report_problem", "what_if"})
CHOSEN = (
    "resolution",
    "variant",
    "chosen_variants",
    "second_variant",
    "chosen_seconds",
    "refund_to",
    "return_method",
)
"""What is chosen anew when something has moved since the summary was shown."""


def build(agenda: Agenda) -> Form:
    """Put the form together."""
    steps = (
        Identity("write", gift=True),
        OrderStep("write", state=order_step.always("delivered"), gift=True),
        return_items.Items(),
        return_items.Quantity(),
        return_form.Reason(),
        return_evidence.Condition(),
        return_evidence.Photo(),
        return_form.Resolution(),
        exchange_steps.Variant(),
        exchange_steps.SecondVariant(),
        return_form.RefundTo(),
        return_form.ReturnMethod(),
        Confirm(return_state.opening),
    )
    submit = Submit("return_form", "start_return", agenda, return_state.opening, CHOSEN)
    return confirm.build(agenda, "return_form", WANTS, steps, submit)

"""All custom actions, by the names under which domain.yml lists them."""

from rasa_sdk.executor import ActionExecutor

from actions import (
    cancel_form,
    care_form,
    change_order_form,
    change_return_form,
    people,
    return_submit,
    small_talk,
    status_form,
)
from actions.agenda import Agenda, TakeUp
from actions.call import DeskAction
from actions.form import Ask, Validate


def actions() -> dict[str, DeskAction]:
    """Build every action."""
    agenda = Agenda()
    builders = (return_submit, status_form, cancel_form, change_order_form, change_return_form, care_form)
    forms = tuple(builder.build(agenda) for builder in builders)
    listed: list[DeskAction] = [
        TakeUp(agenda),
        people.HandOver(),
        people.Complaint(),
        small_talk.Fallback(agenda),
        small_talk.Unprompted(agenda),
        small_talk.OutOfScope(agenda),
        small_talk.Stop(agenda),
    ]
    for form in forms:
        listed += [Validate(form), form.submit, *(Ask(form, step) for step in form.steps)]
    return {action.action_name: action for action in listed}


def names() -> set[str]:
    """Return the names of all actions."""
    return set(actions())


def executor(registered: dict[str, DeskAction]) -> ActionExecutor:
    """Return rasa_sdk's executor with these actions."""
    made = ActionExecutor()
    for action in registered.values():
        made.register_action(action)
    return made

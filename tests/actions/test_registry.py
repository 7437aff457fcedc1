"""What domain.yml lists and what the actions offer are the same."""

from pathlib import Path
from typing import Any

import yaml

from actions import registry
from actions.form import Ask


def domain(root: Path) -> dict[str, Any]:
    """Read the domain."""
    return dict(yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8")))


def test_every_action_stands_on_both_sides(project_root: Path) -> None:
    assert set(domain(project_root)["actions"]) | {"action_default_fallback"} == registry.names()


def test_every_step_of_a_form_is_a_required_slot_in_the_same_order(project_root: Path) -> None:
    asked: dict[str, list[str]] = {}
    for action in registry.actions().values():
        if isinstance(action, Ask):
            form, slot = action.form.name, action.step.slot
            asked.setdefault(form, []).append(slot)

    forms = domain(project_root)["forms"]
    assert asked == {name: form["required_slots"] for name, form in forms.items()}


def test_every_intent_has_a_rule(project_root: Path) -> None:
    rules = yaml.safe_load((project_root / "data" / "stories" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    ruled = {step["intent"] for rule in rules for step in rule["steps"] if "intent" in step}

    assert ruled == set(domain(project_root)["intents"]) | {"nlu_fallback"}


def test_every_intent_has_at_least_forty_examples_where_it_matters(project_root: Path) -> None:
    small_talk = {"greet", "goodbye", "thank"}
    for intent in domain(project_root)["intents"]:
        entries = yaml.safe_load((project_root / "data" / "nlu" / f"{intent}.yml").read_text(encoding="utf-8"))["nlu"]
        examples = [line for entry in entries for line in entry["examples"].splitlines() if line.startswith("- ")]
        assert len(set(examples)) >= (25 if intent in small_talk else 40), intent

"""What the customer is told at each step of a handoff: the words of the rules, with what is known filled in; pure."""

import re

from handoff.rules import HandoffRules
from handoff.situation import Situation
from handoff.ticket import Call, Outcome
from handoff.wait import Place, place_in_words, wait_in_words


def queued(rules: HandoffRules, why: str, place: Place) -> str:
    """Say that a person is coming, the place in the queue, and how long it takes."""
    return _fill(rules.texts.queued, why=why, place=place_in_words(place.place), wait=wait_in_words(place.minutes))


def nobody_comes(situation: Situation, why: str, address: str) -> str:
    """Say that nobody can come now, and either where they answer or that an address is needed."""
    texts, is_open = situation.rules.texts, situation.hours.is_open(situation.now)
    first = texts.nobody_there if is_open else texts.closed
    return _fill(f"{first} {_then(situation, address)}", **_known(situation, why=why, address=address))


def not_claimed(situation: Situation, address: str) -> str:
    """Say that nobody came in time, and either where they answer or that an address is needed."""
    text = f"{situation.rules.texts.not_claimed} {_then(situation, address)}"
    return _fill(text, **_known(situation, address=address))


def callback(situation: Situation, address: str) -> str:
    """Say that the address is noted, and when a person answers."""
    return _fill(situation.rules.texts.callback, **_known(situation, address=address))


def people_are_here(rules: HandoffRules, place: Place) -> str:
    """Say that people are there now, and the place in the queue."""
    text = rules.texts.people_are_here
    return _fill(text, place=place_in_words(place.place), wait=wait_in_words(place.minutes))


def still_waiting(rules: HandoffRules, place: Place) -> str:
    """Say the place in the queue and how long it takes, to somebody who asks."""
    text = rules.texts.still_waiting
    return _fill(text, place=place_in_words(place.place), wait=wait_in_words(place.minutes))


def no_address(situation: Situation) -> str:
    """Say what it means to leave no address."""
    return _fill(situation.rules.texts.no_address, **_known(situation))


def maybe_meant(rules: HandoffRules, address: str) -> str:
    """Ask whether another address was meant."""
    return _fill(rules.texts.maybe_meant, address=address)


def joined(rules: HandoffRules, agent_name: str, before: str | None = None) -> str:
    """Say who has joined, and from whom they take over."""
    if before:
        return _fill(rules.texts.passed_on, agent=agent_name, before=before)
    return _fill(rules.texts.joined, agent=agent_name)


def handed_back(rules: HandoffRules, agent_name: str, ending: tuple[Outcome, str]) -> str:
    """Say that the bot is back, with the outcome and the agent's line on it."""
    outcome, line = ending
    return _fill(rules.texts.handed_back, agent=agent_name, outcome=rules.outcomes[outcome], line=line.strip())


def why(rules: HandoffRules, call: Call) -> str:
    """Return the words for a reason, or for the rule that led to it where that has words of its own."""
    reason = rules.reasons[call.reason]
    return reason.words_for.get(str(call.trigger.get("rule", "")), reason.words)


def with_name(template: str, agent_name: str) -> str:
    """Fill an agent's name into a text; who was there before stands under `before`."""
    return _fill(template, agent=agent_name, before=agent_name)


def _then(situation: Situation, address: str) -> str:
    return situation.rules.texts.contact_known if address else situation.rules.texts.ask_contact


def _known(situation: Situation, **more: str) -> dict[str, str]:
    return {"hours": situation.hours.text, "when": situation.when_people_answer(), **more}


def _fill(template: str, **values: str) -> str:
    """Fill in what is known; what is not given is left out, and no gap shows."""
    known = {"why": "", "place": "", "wait": "", "agent": "", "before": "", "hours": "", "when": "", "address": ""}
    filled = template.format(**{**known, "outcome": "", "line": "", **values})
    return re.sub(r" {2,}", " ", filled).strip()

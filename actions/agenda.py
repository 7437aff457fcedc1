"""The agenda: what the customer wants, in order. One want is worked on at a time and none is forgotten."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz

from actions import acts, answers, elsewhere, facts, facts_asked, finer, form, noted, people, texts, yes_no
from actions.call import Call, DeskAction, Want
from actions.form import Form
from conversations.message import Choice
from handoff.ticket import Reason

_WITH_A_WANT = (
    "outcome", "unsure_items", "chosen_variants", "chosen_seconds", "comment", "shown", "wish", "noted", "want",
    "unfinished", "address_asked", "address_read", "names_order", "either_order",
    "fitting_variants", "items_change",
)  # fmt: skip


_NEGATED = re.compile(
    r"\b(?:do not|don'?t|dont|didn'?t|never)\s+(?:want to |wanna |need to |wish to )?(?:cancel|return|exchange|send)",
    re.IGNORECASE,
)
"""A want that is denied: "don't cancel my order"."""


_RETURNS = re.compile(r"\b(return|send)\w*\b", re.IGNORECASE)
_CALL_IT_OFF = re.compile(r"\bcall\w*\s+(?:it|that|this|them)\s+off\b", re.IGNORECASE)
_GIVES_BACK = re.compile(r"\b(?:return\w*|money back|drop\W?off|send\w*\b.*\bback|refund\w*)\b", re.IGNORECASE)
_CANCELS = re.compile(
    r"\bcanc[a-z]+|\b(?:call\w* off|stop|don'?t send|do not send|abort|withdraw|scrap|undo)\b", re.IGNORECASE
)
_CALLS_OFF = re.compile(
    r"\b(canc[a-z]+|tak\w+ back|get rid|rather|no longer want|call\w*.{0,20}\boff|stop\w*|keep\w*|kept|undo|withdraw\w*"
    r"|revoke|abort|forget|void|scrap|drop|close|delete|remove|reverse|mind|never|don'?t|do not|not|no need|any ?more"
    r"|instead|after all|back out|decided)\b(?! off)",
    re.IGNORECASE,
)


_MAKES_NO_SENSE_AFTERWARDS = frozenset({"change_order", "change_items", "change_payment", "change_address"})
_BEFORE_ITEMS = frozenset({"change_address", "change_payment"})
_CHOSEN_ITEMS = ("change", "items", "variant", "chosen_variants")
_STOPS_FIRST = re.compile(
    r"^\W*(?:ok |okay |no |actually |then )?(?:forget (?:it|that|about (?:it|that))|never ?mind(?: that| it)?"
    r"|scrap that|stop(?: that)?|leave (?:it|that)|drop (?:it|that)|skip (?:it|that)|cancel that)\W+(?=\w)",
    re.IGNORECASE,
)
"""What is under way is dropped for what follows: "forget that. cancel my pending orders"."""
_TELLING = frozenset({"order_id", "rma", "product", "variant", "reason"})
"""Details without which a verb alone ("change the weather") is no want of ours."""
_SAME_WORDS = 85
"""Likeness of two wordings (rapidfuzz, 0 to 100) from which they are one want said twice."""
_LOOKS_AFTER_A_RETURN = frozenset({"change_return", "extend_return", "new_label"})


class Agenda:
    """Starts forms for wants and goes on with the next when one is done."""

    def __init__(self) -> None:
        self._forms: dict[str, Form] = {}

    def add(self, added: Form) -> None:
        """Let a form serve its wants."""
        for want in added.wants:
            self._forms[want] = added

    def form_of(self, want: str) -> Form:
        """Return the form that serves a want."""
        return self._forms[want]

    async def take_up(self, call: Call, wants: list[Want]) -> None:
        """Take up new wants: outside a form the first begins now; inside one they wait until it is done."""
        if any(want.intent == "talk_to_human" and (len(wants) == 1 or people.are_named(want.text)) for want in wants):
            await self._bring_a_person(call, wants)
            return
        answered = [await _answer_at_once(call, want, alone=len(wants) == 1) for want in wants]
        asked_for = [
            want for want, done in zip(wants, answered, strict=True) if not done and want.intent in self._forms
        ]
        longer = one_want_each([want for want in asked_for if not _NEGATED.search(want.text)])
        if asked_for and not longer:
            call.say(texts.LEFT_ALONE, buttons=() if call.form else texts.MAIN_CHOICES)
        elif longer and call.form and call.slots.get("want") and not self._takes_its_place(call, longer):
            await self._note_for_later(call, longer)
        elif longer:
            if call.form:
                call.leave_form()
                call.say(texts.NOTHING_DONE)
            await self._begin_first(call, longer)

    async def _bring_a_person(self, call: Call, wants: list[Want]) -> None:
        also = ", ".join(texts.want_title(want.intent) for want in wants if want.intent in self._forms)
        wish = f"The customer asked for a person, and wants {also}." if also else "The customer asked for a person."
        await people.hand_over(call, Reason.ASKED_FOR, wish)

    async def _begin_first(self, call: Call, wants: list[Want]) -> None:
        _merge_contact(call, wants)
        wants = final_last(wants)
        call.set("agenda", [*(_stored(want) for want in wants), *(call.slots.get("agenda") or [])])
        if len(wants) > 1:
            call.say(texts.several_wants([want.intent for want in wants]))
        await self.go_on(call)

    async def go_on(self, call: Call, *, closing: bool = False) -> None:
        """Begin the next want of the agenda; with none left, ask whether there is more (`closing`)."""
        agenda = list(call.slots.get("agenda") or [])
        if not agenda:
            if closing:
                _say_what_was_done(call)
                call.say(texts.ANYTHING_ELSE, buttons=texts.MAIN_CHOICES)
            return
        first, rest = agenda[0], agenda[1:]
        call.set("agenda", rest)
        if closing:
            call.say(texts.next_want(first["intent"]))
        await self._begin(call, first)

    async def _begin(self, call: Call, want: dict[str, Any]) -> None:
        served = self._forms[want["intent"]]
        refused = _refused_items(call, want)
        said_before = _said_for_the_same(call) if want.get("as_before") else {}
        reset(call, served)
        if refused:
            call.set("items", refused)
        for slot, value in (want.get("kept") or {}).items():
            call.set(slot, value)
        call.set("want", want["intent"])
        call.set("noted", {**said_before, **want["noted"]})
        merge_evidence(call, want["evidence"])
        if any(want["evidence"].get(name) for name in ("order_number", "rma", "gift_code")):
            call.set("names_order", True)
        if await form.fill(served, call):
            await served.submit.act(call)
        else:
            call.follow_with(served.name)

    def _takes_its_place(self, call: Call, wants: list[Want]) -> bool:
        """Tell whether what is under way is dropped for something else: turned down, told to stop, or senseless now."""
        if _STOPS_FIRST.match(call.text):
            return True
        family = self._family(call.slots["want"])
        others = [want for want in wants if want.intent not in family]
        if others and call.asked == "confirm" and yes_no.opens_with(call.text, "no"):
            return True
        return _makes_it_senseless(call, wants)

    async def _note_for_later(self, call: Call, wants: list[Want]) -> None:
        if self._told_ahead(call, wants):
            return
        if _must_come_first(call, wants):
            await self._put_first(call, wants)
            return
        family = self._family(call.slots["want"])
        current = call.slots.get("change")
        new = [
            want
            for want in wants
            if want.intent not in family
            or acts.another_change(want.text, want.entities, current)
            or await _other_order(call, want)
        ]
        if not new:
            return
        waiting = list(call.slots.get("agenda") or [])
        call.set("agenda", [*waiting, *(_stored(want) for want in new if not _waits_already(want, waiting))])
        call.say(texts.noted_for_later([want.intent for want in new]))

    async def _put_first(self, call: Call, wants: list[Want]) -> None:
        """Do what cannot be done any more after the changed items, then go on with those as they were chosen."""
        chosen = {slot: call.slots[slot] for slot in _CHOSEN_ITEMS if call.slots.get(slot) is not None}
        under_way = {"intent": call.slots["want"], "noted": call.slots.get("noted") or {}, "kept": chosen}
        under_way["evidence"] = {"order_number": call.slots.get("order")}
        call.leave_form()
        call.set("agenda", [under_way, *(call.slots.get("agenda") or [])])
        call.say(texts.FIRST_THIS)
        first = [_stored(want) for want in wants]
        call.set("agenda", [*first, *call.slots["agenda"]])
        await self.go_on(call)

    async def take_up_question(self, call: Call) -> bool:
        """Answer a question for facts that sounded like something else; returns whether it was one."""
        asked = None if call.choices else facts_asked.asks(call.text, call.intent)
        if asked:
            await self.take_up(call, [Want(f"ask_{asked}", call.text, call.entities)])
        return asked is not None

    async def take_up_named(self, call: Call) -> bool:
        """Take up what a message plainly names to be done, whatever the whole of it sounded like."""
        named = [] if call.choices else acts.read(call.text, call.entities)
        plain = len(named) > 1 or any(entity["entity"] in _TELLING for entity in call.entities)
        if named and plain:
            await self.take_up(call, [one for want in named for one in finer.by_order(finer.want_of(want))])
            return True
        return await self.take_up_question(call)

    async def add_elsewhere(self, call: Call) -> bool:
        """Keep for later what a message says about another order: "yes, and the skateboard too"."""
        want = call.slots.get("want")
        if not want or call.choices or await elsewhere.other_order(call, call.text) is None:
            return False
        named = [one for one in acts.read(call.text, call.entities) if one.intent in self._forms]
        await self.take_up(call, named or [Want(want, call.text, call.entities)])
        return True

    def _told_ahead(self, call: Call, wants: list[Want]) -> bool:
        """Keep "refund", said before the form has come to it; asked as a question it is about a refund's state."""
        served = self._forms[call.slots["want"]]
        told = call.entity("resolution")
        early = "resolution" in served.slots and [want.intent for want in wants] == ["refund_status"]
        if not early or told is None or form.is_question(call.text):
            return False
        call.set("noted", {**(call.slots.get("noted") or {}), "resolution": told})
        return True

    def _family(self, want: str) -> frozenset[str]:
        served = self._forms.get(want)
        return served.wants if served else frozenset()


def _say_what_was_done(call: Call) -> None:
    """Sum up where several wants were carried out one after the other."""
    done = call.slots.get("done") or []
    if len(done) > 1:
        call.say(texts.all_done(done))
    call.clear("done")


def _makes_it_senseless(call: Call, wants: list[Want]) -> bool:
    """Tell whether there is no sense in what is under way any more: who calls a return off wants no label for it."""
    calls_off = [want.intent for want in wants]
    if calls_off == ["start_return"]:
        return call.slots.get("want") in _MAKES_NO_SENSE_AFTERWARDS and call.slots.get("variant") is None
    if calls_off == ["cancel_return"]:
        return call.slots.get("want") in _LOOKS_AFTER_A_RETURN
    named = noted.evidence_of(wants[0].entities).order_number
    same_order = named is None or named == call.slots.get("order")
    return calls_off == ["cancel_order"] and same_order and call.slots.get("want") in _MAKES_NO_SENSE_AFTERWARDS


def _must_come_first(call: Call, wants: list[Want]) -> bool:
    """Tell whether the items under way would be the last that can be changed of an order, and more is to be."""
    return call.slots.get("change") == "items" and {want.intent for want in wants} <= _BEFORE_ITEMS


def _waits_already(want: Want, waiting: list[dict[str, Any]]) -> bool:
    """Tell whether a want stands on the agenda, said in much the same words."""
    return any(
        one["intent"] == want.intent and fuzz.token_set_ratio(str(one["noted"].get("text")), want.text) >= _SAME_WORDS
        for one in waiting
    )


def _said_for_the_same(call: Call) -> dict[str, Any]:
    """Return why, and what for, where the same is wanted of one order after the other."""
    reason = call.slots.get("cancel_reason") or call.slots.get("reason")
    said = {"reason": reason, "resolution": call.slots.get("resolution")}
    return {name: value for name, value in said.items() if value}


def _refused_items(call: Call, want: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the items that were refused a moment ago: "it is faulty" is said of them, where nothing else is named."""
    named = want["noted"].get("product") or want["evidence"].get("order_number") or want["evidence"].get("rma")
    again = want["intent"] == "report_problem" and call.slots.get("outcome") == "refused" and not named
    items = call.slots.get("items")
    return items if again and isinstance(items, list) else None


async def _answer_at_once(call: Call, want: Want, *, alone: bool) -> bool:
    """Answer what needs no form, wherever the dialogue stands; returns whether it is answered."""
    if want.intent == "ask_order":
        return await facts.answer_order(call, want.text)
    if want.intent == "ask_goods" and await facts.answer_goods(call, want.text):
        return True
    if want.intent in {"ask_policy", "ask_goods"}:
        await answers.answer(call, want.text, call.vector if alone else None)
        return True
    return False


class TakeUp(DeskAction):
    """Rasa calls this for every message that brings a want."""

    action_name = "action_take_up"

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    async def act(self, call: Call) -> None:
        """Take up what the message, or the pressed button, wants."""
        call.clear("failures")
        await self._agenda.take_up(call, wants_of(call))
        if not call.said:
            call.mark("taken_up")


def wants_of(call: Call) -> list[Want]:
    """Return the wants of a message; a pressed button is one, with the order or item that it stands for."""
    if call.choices:
        return [_pressed(call.choices)]
    heard = _in_all(acts.read(call.text, call.entities), call.wants)
    wants = heard if len(heard) > 1 else [Want(_plainly(heard, call.intent), call.text, call.entities)]
    return [one for want in wants for one in finer.by_order(finer.want_of(_not_called_off(want)))]


def _plainly(heard: list[Want], intent: str) -> str:
    """Return the intent of a message with one want: of returning, exchanging and changing its verb tells best which."""
    named = heard[0].intent if heard else intent
    return named if {named, intent} <= _OF_THE_SAME_KIND else intent


_OF_THE_SAME_KIND = frozenset({"start_return", "exchange_item", "change_order", "change_items"})
_TOLD_BY_NO_VERB = frozenset({"ask_policy", "refund_status", "return_status", "order_status", "request_label"})


def _in_all(named: list[Want], heard: Sequence[Want]) -> list[Want]:
    """Join what verbs name and what the brain has heard: by its verbs a want keeps all that was said around it."""
    if not named:
        return list(heard)
    others = [
        want
        for want in heard
        if (want.intent == "talk_to_human" and people.are_named(want.text))
        or (want.intent in _TOLD_BY_NO_VERB and form.is_question(want.text))
    ]
    asked = {want.text.strip(" .?!") for want in named if want.intent.startswith("ask_")}
    return [*named, *(want for want in others if want.text.strip(" .?!") not in asked)]


def _pressed(choices: tuple[Choice, ...]) -> Want:
    told = _entities(choices)
    named = next((entity["value"] for entity in told if entity["entity"] == "want"), choices[0].intent)
    return Want(str(named), "", tuple(told))


def _not_called_off(want: Want) -> Want:
    """Nothing is called off without a word that says so: "return the mug, no longer needed" is a return."""
    if want.intent == "cancel_return" and _RETURNS.search(want.text) and not _CALLS_OFF.search(want.text):
        return replace(want, intent="start_return")
    if want.intent == "cancel_order" and _CALL_IT_OFF.search(want.text):
        return replace(want, intent="cancel_return")  # where there is none, the order is what was meant
    if want.intent == "cancel_order" and _GIVES_BACK.search(want.text) and not _CANCELS.search(want.text):
        return replace(want, intent="start_return")
    return want


def final_last(wants: list[Want]) -> list[Want]:
    """Put a change of items behind other changes of an order: after it nothing of that order can be changed."""
    changes = [want for want in wants if want.intent in _BEFORE_ITEMS]
    items = [want for want in wants if want.intent in {"change_items", "change_order"}]
    if not changes or not items:
        return wants
    rest = iter([*changes, *items])
    return [next(rest) if want in changes or want in items else want for want in wants]


def one_want_each(wants: list[Want]) -> list[Want]:
    """Join what is one want in two clauses: "return the shoes, refund please to my card" asks for no status."""
    joined: list[Want] = []
    for want in wants:
        before = joined[-1] if joined else None
        if before and _is_only_the_resolution(before, want):
            joined[-1] = Want(before.intent, before.text, (*before.entities, *want.entities))
        else:
            joined.append(want)
    return joined


def _is_only_the_resolution(before: Want, want: Want) -> bool:
    names_another_order = any(entity["entity"] in {"order_id", "rma"} for entity in want.entities)
    return (
        before.intent in {"start_return", "report_problem"}
        and want.intent == "refund_status"
        and not form.is_question(want.text)
        and not names_another_order
    )


def reset(call: Call, served: Form) -> None:
    """Begin a form with empty slots: what belongs to another want must not answer this one."""
    if call.slots.get("order"):
        call.set("last_order", call.slots["order"])
    call.clear(*served.slots, *_WITH_A_WANT)


def _entities(choices: tuple[Choice, ...]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for choice in choices:
        if choice.slot == texts.AGAIN:  # a button that takes up a refused return again: several details at once
            told += [{"entity": name, "value": value} for name, value in dict(choice.value).items()]
        elif choice.slot:
            told.append({"entity": choice.slot, "value": choice.value})
    return told


def _stored(want: Want) -> dict[str, Any]:
    evidence = noted.evidence_of(want.entities)
    return {"intent": want.intent, "noted": noted.of_want(want), "evidence": evidence.__dict__}


def merge_evidence(call: Call, told: dict[str, Any]) -> None:
    """What a want says about its order replaces what an earlier want said; contact details stay."""
    kept = dict(call.slots.get("evidence") or {})
    if told.get("order_number") or told.get("rma") or told.get("gift_code"):
        kept.update(order_number=None, rma=None, gift_code=None)
    kept.update({key: value for key, value in told.items() if value})
    call.set("evidence", kept)


def _merge_contact(call: Call, wants: list[Want]) -> None:
    """Who the customer is holds for all wants of a message, whichever clause it stands in."""
    changing = any(want.intent in finer.ADDRESSED for want in wants)
    told = noted.evidence_of(finer.without_address(call.entities, call.text) if changing else call.entities)
    merge_evidence(call, {"email": told.email, "phone": told.phone, "zip": told.zip, "name": told.name})


async def _other_order(call: Call, want: Want) -> bool:
    said = noted.evidence_of(want.entities)
    if said.gift_code or (said.order_number and said.order_number != call.slots.get("order")):
        return True
    return not said.order_number and await elsewhere.other_order(call, want.text) is not None

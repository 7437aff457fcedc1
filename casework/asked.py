"""What a customer was asked and has answered already: the list of things that nobody should ask again.

The dialogue state knows best what was taken as an answer; when it is empty (after a hand-back, before the first form)
the transcript tells, by what each message expected and what the customer said next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import order_words
from casework.desk import Desk
from casework.known import Known
from conversations.message import Author, Message
from store import repository
from store.order import describe_options
from store.returns import REASON_TITLES, REASONS

_LONGEST = 300
_EVIDENCE = {
    "order_number": "Order number",
    "rma": "Return number",
    "email": "E-mail",
    "phone": "Phone",
    "zip": "Zip code",
    "name": "Name",
}
_WANTS = {
    "start_return": "A return",
    "exchange_item": "An exchange",
    "report_problem": "A problem with an item",
    "refund_status": "Where their refund is",
    "return_status": "How their return stands",
    "order_status": "Where their order is",
    "cancel_return": "To call off a return",
    "cancel_order": "To cancel an order",
    "change_order": "To change an order",
    "request_label": "Their label",
    "ask_policy": "An answer to a question",
}
_ASKED = {
    "identity": "Who they are",
    "order": "Which order",
    "items": "Which items",
    "reason": "Why it comes back",
    "cancel_reason": "Why it is to be cancelled",
    "photo": "A photo",
    "resolution": "What they would like instead",
    "variant": "What to exchange it for",
    "refund_to": "Where the money goes",
    "return_method": "How to send it back",
    "address": "Their address",
    "confirm": "Whether to go ahead",
    "request": "What they want",
}
_NO_QUESTION_TO_A_CASE = frozenset({"rating", "comment"})
_NOT_AN_ANSWER = frozenset(
    {"talk_to_human", "complaint", "ask_policy", "stop", "out_of_scope", "greet", "thank", "goodbye", "nlu_fallback"}
)
_NOT_NEEDED = "not_needed"


@dataclass(frozen=True)
class Answered:
    """A question and the customer's answer, in words."""

    asked: str
    answer: str


async def answered(session: AsyncSession, desk: Desk, case: Known, messages: Sequence[Message]) -> tuple[Answered, ...]:
    """Return what was asked and answered, each question once with its newest answer."""
    if case.slots:
        found = await _from_slots(session, desk, case)
        known = {entry.asked for entry in found}
        extra = [entry for slot, entry in _from_transcript(messages) if slot not in _ASKED]
        return (*found, *(entry for entry in extra if entry.asked not in known))
    newest = {entry.asked: entry for _, entry in _from_transcript(messages)}
    return tuple(newest.values())


def open_question(messages: Sequence[Message]) -> str:
    """Return the last thing that was asked and not answered, else what the customer said last; empty for no words."""
    said = next((one for one in reversed(messages) if one.author is Author.CUSTOMER and one.text), None)
    question = next((one for one in reversed(messages) if _question_in(one)), None)
    if question and (said is None or said.seq < question.seq or _is_no_answer(said)):
        return _question_in(question)
    return _short(said.text) if said else ""


async def _from_slots(session: AsyncSession, desk: Desk, case: Known) -> list[Answered]:
    slots = case.slots
    found = [Answered("What they want", _WANTS[want]) for want in _wants(slots)]
    evidence = slots.get("evidence")
    if isinstance(evidence, dict):
        found += [Answered(label, str(evidence[key])) for key, label in _EVIDENCE.items() if evidence.get(key)]
    writers: dict[str, Callable[[Any], str]] = {
        "order": lambda told: f"#{told}" if isinstance(told, str) and told else "",
        "items": lambda told: _items(case),
        "reason": _reason,
        "comment": lambda told: f"“{_short(str(told))}”",
        "resolution": lambda told: order_words.RESOLUTION.get(str(told), ""),
        "return_method": lambda told: _method(desk, case, str(told)),
        "cancel_reason": _reason,
        "confirm": lambda told: {"yes": "Yes", "no": "No"}.get(str(told), ""),
    }
    for slot, write in writers.items():
        words = write(slots[slot]) if slot in slots else ""
        if words:
            found.append(Answered(_ASKED.get(slot, "In their own words"), words))
    return [*found, *await _looked_up(session, case)]


async def _looked_up(session: AsyncSession, case: Known) -> list[Answered]:
    """What stands in slots as ids: what an item is exchanged for, and the payment method."""
    found = []
    stored = case.slots.get("variant")
    chosen = stored if isinstance(stored, dict) else case.slots.get("chosen_variants")
    if isinstance(chosen, dict) and chosen:
        variants = await repository.variants_by_ids(session, [str(one) for one in chosen.values()])
        words = [f"{one.product_name} ({describe_options(one.options)})" for one in variants.values()]
        found += [Answered(_ASKED["variant"], ", ".join(words))] if words else []
    destination = case.slots.get("refund_to")
    if isinstance(destination, str) and destination != _NOT_NEEDED and case.order:
        methods = await repository.payment_methods_of(session, case.order.customer.id)
        found += [Answered(_ASKED["refund_to"], one.label) for one in methods if one.id == destination]
    return found


def _wants(slots: dict[str, Any]) -> list[str]:
    agenda = slots.get("agenda")
    later = [entry.get("intent") for entry in agenda if isinstance(entry, dict)] if isinstance(agenda, list) else []
    told = [want for want in (slots.get("want"), *later) if isinstance(want, str) and want in _WANTS]
    return list(dict.fromkeys(told))


def _reason(told: Any) -> str:
    return REASON_TITLES[told] if told in REASONS else ""


def _items(case: Known) -> str:
    if case.order is None:
        return ""
    return ", ".join(
        order_words.item(item, line.quantity) for line in case.lines if (item := case.order.item(line.order_item_id))
    )


def _method(desk: Desk, case: Known, told: str) -> str:
    rules = desk.book.in_force(case.order.placed_at if case.order else None).rules
    return next((entry.title for entry in rules.methods if entry.method == told), "")


def _from_transcript(messages: Sequence[Message]) -> list[tuple[str, Answered]]:
    """Pair each question with the customer's next words; a question that was asked again was not answered before."""
    found: list[tuple[UUID, str, Answered]] = []
    question: Message | None = None
    for message in messages:
        if message.author is Author.CUSTOMER and question and not _is_no_answer(message):
            answer = message.text or ("a file" if message.content.get("attachments") else "")
            if answer:
                slot = _slot(question)
                found.append((question.id, slot, Answered(_ASKED.get(slot, slot.capitalize()), _short(answer))))
            question = None
        elif message.author in (Author.BOT, Author.SYSTEM) and _slot(message):
            if found and found[-1][1:2] == (_slot(message),) and _asks_again(messages, found[-1][0], message):
                found.pop()
            question = message
    return [(slot, entry) for _, slot, entry in found]


def _asks_again(messages: Sequence[Message], earlier_id: UUID, message: Message) -> bool:
    earlier = next(one for one in messages if one.id == earlier_id)
    return bool(earlier.content.get("expects") == message.content.get("expects"))


def _slot(message: Message) -> str:
    expects = message.content.get("expects")
    slot = str(expects.get("slot") or "") if isinstance(expects, dict) else ""
    return "" if slot in _NO_QUESTION_TO_A_CASE else slot


def _is_no_answer(message: Message) -> bool:
    return message.intent in _NOT_AN_ANSWER


def _question_in(message: Message) -> str:
    """Return the question of a message: the bot's when it waits for an answer, an agent's when it ends in a mark."""
    asks = bool(_slot(message)) if message.author is Author.BOT else message.author is Author.AGENT
    lines = [line.strip() for line in message.text.splitlines() if line.strip()]
    if not asks or not lines:
        return ""
    questions = [line for line in lines if "?" in line]
    if message.author is Author.AGENT and not questions:
        return ""
    return _short(questions[-1] if questions else lines[-1])


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1].rstrip()}…"

"""Reads which facts a text asks for, about goods or about the writer's own orders. Pure, no model involved.

Conservative on purpose: what is no clear question for a fact stays what the brain took it for.
"""

import re
from collections.abc import Mapping
from typing import Literal

from actions import facts_words
from actions.facts_words import OrderFact

type Subject = Literal["goods", "order"]

_CLAUSE = re.compile(
    r"[.?!;\n]+(?=\s|$)|\s[-–—]\s|:\s|,?\s+\b(?:and(?!\s+#?\s?[a-z]?-?\d{5,})|but|also|then|plus)\b"
    r"|,\s+(?=(?:what|which(?! (?:is|was|are) (?:my|our|the|a))|how|when|where|if|can|could)\b)"
)
_SHORT = 7
"""A clause of so few words may ask without a word that leads a question: "tracking number of the tablet"."""

_STATES = re.compile(
    r"\b(?:is|was|are|were|has|had|am|be|\w+(?<!order)(?<!receiv)(?<!purchas)(?<!cancel)(?<!cancell)ed|went|got|\w+n't)\b"
)
"""A short clause with such a verb tells something and asks nothing: "the price dropped"."""
_TELLS = re.compile(r"^\W*(?:(?:but|and|so|because|yes|no|ok) )*(?:i|we|it|they|you|he|she|this|that)\b")
"""So does one that begins with who does something."""
_NEEDS_OWN: frozenset[OrderFact] = frozenset(
    {"price", "options", "items", "extreme", "sent_to", "state", "total", "orders", "spent"}
)
"""Facts that could be the shop's as well: they must be asked of what is the writer's own."""
_ACTING = frozenset({"start_return", "exchange_item", "cancel_order", "change_order", "report_problem", "complaint"})
_PLAINLY_ASKED: frozenset[OrderFact] = frozenset(
    {"tracking", "on_file", "total", "left", "balance", "back", "to_pay", "spent", "paid_with", "extreme", "orders"}
)
"""Facts whose words are seldom used for anything but asking."""
_NAMED: frozenset[OrderFact] = frozenset({"tracking", "total", "balance", "back", "to_pay", "spent", "paid_with"})
"""Facts that are asked for by naming them; "my default address", "the most expensive item" may answer a question."""
_NOT_OF_RETURNS: frozenset[OrderFact] = frozenset({"sent_to", "tracking", "on_file", "state", "items"})
_OF_RETURNS = re.compile(r"\b(?:return|returns|returning|refunds?|label|drop|exchanges?|rma)\b")
_HIDES: Mapping[OrderFact, frozenset[OrderFact]] = {
    "spent": frozenset({"total", "price", "back", "items", "options"}),
    "left": frozenset({"total", "price", "items", "state", "back", "to_pay"}),
    "extreme": frozenset({"items", "total", "price"}),
    "to_pay": frozenset({"total", "price"}),
    "back": frozenset({"total", "price", "to_pay", "items"}),
    "balance": frozenset({"price", "total", "options", "left"}),
    "total": frozenset({"price", "to_pay"}),
    "on_file": frozenset({"sent_to"}),
    "sent_to": frozenset({"items", "state"}),
    "tracking": frozenset({"items", "options", "state"}),
    "paid_with": frozenset({"total", "price", "items"}),
    "orders": frozenset({"items", "options", "state"}),
    "state": frozenset({"items", "options"}),
    "price": frozenset({"items"}),
}
"""Facts whose words stand in a more telling one: "the total of all the grills" is no order's total."""


def asks(text: str, intent: str) -> Subject | None:
    """Return what facts a want asks for that the brain took for `intent`; None when the intent stands.

    What is to be done stays to be done: where a text names it, only its other clauses may ask for something.
    """
    if intent == "what_if":
        return None
    found = subject(text)
    if found == "order" and intent == "order_status" and order_facts(text) == ("state",):
        return None  # "has my order shipped?" is what the intent says
    if found == "goods" and intent in {"order_status", "return_status", "refund_status", "request_label"}:
        return None
    if intent in _ACTING:
        return found if _only_asks(text, found) else None
    return found


def _only_asks(text: str, found: Subject | None) -> bool:
    """Tell whether a text that sounds like something to be done only asks: "tracking number of my cancelled order"."""
    if facts_words.ACTS.search(_without_nouns(plain(text))):
        return False
    if found == "goods":
        return bool(facts_words.LEADS.search(plain(text)))
    return bool(set(order_facts(text)) & _PLAINLY_ASKED)


def subject(text: str) -> Subject | None:
    """Return whether a text asks for facts about goods or about the writer's orders; None when for neither."""
    whole, clauses = plain(text), asking_clauses(text)
    if any(_facts_in(clause, whole) for clause in clauses):
        return "order"
    asked = "?" in text or bool(facts_words.LEADS.search(whole))
    if any(_asks_goods(clause, asked=asked) for clause in (*clauses, " ".join(clauses))):
        return "goods"
    return None


def order_facts(text: str) -> tuple[OrderFact, ...]:
    """Return what a text asks about orders, in the order in which it asks."""
    whole, found = plain(text), dict[OrderFact, None]()
    for clause in asking_clauses(text):
        found |= dict.fromkeys(_facts_in(clause, whole))
    if "extreme" in found:
        found.pop("price", None)  # "the most expensive item and its price"
    return tuple(found)


def counts(text: str) -> bool:
    """Tell whether a text asks how many there are."""
    return bool(re.search(r"\bhow many\b|\bnumber of\b", plain(text)))


def same_again(text: str) -> bool:
    """Tell whether a text asks for just what the writer has: "is the same one in stock?"."""
    return bool(re.search(r"\b(?:same|identical|exact|exactly this|another one of)\b", plain(text)))


def plain(text: str) -> str:
    """Return a text in lower case with single blanks and straight apostrophes."""
    return " ".join(text.casefold().replace("’", "'").split())


def asking_clauses(text: str) -> list[str]:
    """Return the clauses of a text that ask for something and order nothing to be done.

    "I want to know the price and its battery life": what follows a question without a verb of its own belongs to it.
    """
    found: list[str] = []
    asking = False
    for clause in _CLAUSE.split(plain(text)):
        if not clause.strip():
            continue
        brief = len(clause.split()) < _SHORT or bool(facts_words.NAMES.search(clause))
        names_it = brief and not _STATES.search(clause) and not _TELLS.search(clause)
        leads = bool(facts_words.LEADS.search(clause) or facts_words.WISHES.search(clause)) or names_it
        asking = (leads or asking) and not facts_words.ACTS.search(_without_nouns(clause))
        if asking:
            found.append(clause.strip())
    return found


def _without_nouns(clause: str) -> str:
    """Leave out nouns that look like something to be done: "my return", "the exchange", "get in return"."""
    return re.sub(r"\b(?:my|the|this|that|a|an|in|for|each) (?:return|exchange|change|refund|swap)s?\b", " ", clause)


def _facts_in(clause: str, whole: str) -> list[OrderFact]:
    """Return the facts that a clause of a whole text asks for."""
    asking = bool(facts_words.LEADS.search(whole) or facts_words.NAMES.search(whole))
    if facts_words.NOT_FACTS.search(clause):
        return []
    own = bool(facts_words.OWN.search(clause))
    own = own or (bool(facts_words.OWN.search(whole)) and not facts_words.SHOPS.search(clause))
    found: list[OrderFact] = [
        fact
        for fact, words in facts_words.ORDER_FACTS.items()
        if words.search(clause)
        and (own or fact not in _NEEDS_OWN)
        and not (fact in _NOT_OF_RETURNS and _OF_RETURNS.search(clause))
    ]
    if not facts_words.LEADS.search(clause) and "?" not in whole and not asking:
        found = [fact for fact in found if fact in _NAMED]
    if not facts_words.OWN.search(clause) and facts_words.SHOPS.search(clause):
        found = [fact for fact in found if fact not in _NEEDS_OWN]
    hidden = {less for fact in found for less in _HIDES.get(fact, ())}
    return [fact for fact in found if fact not in hidden]


def _asks_goods(clause: str, *, asked: bool) -> bool:
    """Tell whether a clause asks for what there is; without a word that asks, "the cheapest one" is an answer."""
    if not (asked or facts_words.LEADS.search(clause)):
        return False
    if facts_words.NOT_FACTS.search(clause) or facts_words.NO_GOODS.search(clause):
        return False
    return bool(facts_words.GOODS.search(clause))

"""The shop's answers, ready to be found."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import encoder
from faq import content
from faq.entry import Entry
from faq.matcher import Match, Matcher
from store import facts
from store.order import Order
from store.policy_file import PolicyBook


@dataclass(frozen=True)
class Library:
    """All entries by their key, the matcher over them, and the policy that fills in their numbers."""

    entries: dict[str, Entry]
    matcher: Matcher
    book: PolicyBook

    def find(self, text: str, packed_vector: str | None) -> Match:
        """Find the entry that a text asks for; a vector that was made for this text saves making it again."""
        return self.matcher.find(text, encoder.unpack(packed_vector) if packed_vector else None)

    def answer(self, entry: Entry, now: datetime, order: Order | None) -> str:
        """Return the answer with the policy's numbers: those of the known order, else those in force today."""
        rules = self.book.in_force(order.placed_at if order else now)
        return entry.answer(facts.of(rules, now, order))


def open_library(folder: Path, book: PolicyBook, model: encoder.Encoder, now: datetime, cache: Path) -> Library:
    """Read the answers and learn to find them.

    Raises:
        BadInput: a file is broken, or uses a fact that the policy does not give.
    """
    known = frozenset(facts.of(book.in_force(now), now))
    entries = content.load(folder, known)
    matcher = Matcher(entries, model.encode, cache=cache)
    return Library({entry.key: entry for entry in entries}, matcher, book)

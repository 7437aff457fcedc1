"""The shop's answers, ready to be found."""

from datetime import datetime
from pathlib import Path

import encoder
from faq.entry import Entry
from faq.matcher import Match, Matcher
from faq.shelf import Shelf
from store import facts
from store.order import Order
from store.policy_file import PolicyBook


class Library:
    """The answers as the shop last edited them, and the policy that fills in their numbers."""

    def __init__(self, shelf: Shelf, book: PolicyBook) -> None:
        self._shelf = shelf
        self._book = book

    @property
    def entries(self) -> dict[str, Entry]:
        """All entries by their key."""
        return self._shelf.books.entries

    @property
    def matcher(self) -> Matcher:
        """What finds entries."""
        return self._shelf.books.matcher

    def find(self, text: str, packed_vector: str | None) -> Match:
        """Find the entry that a text asks for; a vector that was made for this text saves making it again."""
        return self.matcher.find(text, encoder.unpack(packed_vector) if packed_vector else None)

    def find_each(self, text: str, packed_vector: str | None) -> tuple[Match, ...]:
        """Find the entries that a text asks for: more than one where it surely holds several questions."""
        return self.matcher.find_each(text, encoder.unpack(packed_vector) if packed_vector else None)

    def nearest(self, text: str, packed_vector: str | None) -> tuple[tuple[Entry, float], ...]:
        """Return the entries that are nearest in meaning, best first, with their cosines, whether they fit or not."""
        return self.matcher.nearest(text, encoder.unpack(packed_vector) if packed_vector else None)

    def answer(self, entry: Entry, now: datetime, order: Order | None) -> str:
        """Return the answer with the policy's numbers: those of the known order, else those in force today."""
        rules = self._book.in_force(order.placed_at if order else now)
        return entry.answer(facts.of(rules, now, order))


def open_library(folder: Path, book: PolicyBook, model: encoder.Encoder, now: datetime, cache: Path) -> Library:
    """Read the answers and learn to find them.

    Raises:
        BadInput: a file is broken, or uses a fact that the policy does not give.
    """
    known = frozenset(facts.of(book.in_force(now), now))
    return Library(Shelf(folder, model.encode, variables=known, cache=cache), book)

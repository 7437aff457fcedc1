"""The answers as they stand in their folder: read at the start, and again whenever somebody has edited one."""

import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from faq import content, vectors
from faq.entry import Entry
from faq.matcher import Matcher
from faq.vectors import Encode
from kit.errors import BadInput

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often, at most, the folder is looked at."""

type Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Books:
    """One reading of the folder: the entries by their key, and the matcher over them."""

    entries: dict[str, Entry]
    matcher: Matcher


class Shelf:
    """Gives the newest answers that are right.

    A change is noticed by the files' times and read beside the work (a thread); until then, and when the edit is
    broken, the answers before it stay. What is wrong is logged once for each edit.
    """

    def __init__(
        self,
        folder: Path,
        encode: Encode,
        *,
        variables: Collection[str] | None = None,
        strangers: Path = content.STRANGERS,
        cache: Path | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the folder; raises BadInput with file, line and reason."""
        self._folder, self._encode, self._variables, self._strangers = folder, encode, variables, strangers
        self._kept = vectors.Kept(encode, cache)
        self._ticks = ticks
        self._reading = threading.Lock()
        self._looked_at = ticks()
        self._stamp = self._stamp_now()
        self._books = self._read()

    @property
    def books(self) -> Books:
        """The answers as they are now; looks after the folder once a second and never waits for it."""
        if self._ticks() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = self._ticks()
            if self._stamp_now() != self._stamp and not self._reading.locked():
                threading.Thread(target=self.renew, name="faq", daemon=True).start()
        return self._books

    def renew(self) -> bool:
        """Read the folder again if a file has changed; returns whether there are new answers."""
        with self._reading:
            stamp = self._stamp_now()
            if stamp == self._stamp:
                return False
            self._stamp = stamp
            try:
                self._books = self._read()
            except (BadInput, OSError) as error:
                logger.warning("an answer was edited and cannot be used; the ones before it stay: %s", error)
                return False
            logger.info("the answers were read again: %s entries", len(self._books.entries))
            return True

    def _read(self) -> Books:
        entries = content.load(self._folder, self._variables)
        matcher = Matcher(entries, self._encode, strangers=content.strangers(self._strangers), kept=self._kept)
        return Books({entry.key: entry for entry in entries}, matcher)

    def _stamp_now(self) -> Stamp:
        found = []
        for path in (*sorted(self._folder.glob("*.md")), self._strangers):
            try:
                state = path.stat()
            except OSError:  # taken away while we look
                continue
            found.append((path.name, state.st_mtime_ns, state.st_size))
        return tuple(found)

"""Rate limits of one process: so many events of a kind per minute and key."""

import time
from collections import OrderedDict, deque

WINDOW_SECONDS = 60.0
_MOST_KEYS = 50_000


class PerMinute:
    """A sliding window per key; the oldest keys are forgotten when there are too many."""

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._events: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_for(self, key: str) -> float:
        """Count an event; returns 0, or the seconds to wait when it is one too many (it is then not counted)."""
        now = time.monotonic()
        events = self._events.setdefault(key, deque())
        self._events.move_to_end(key)
        while events and now - events[0] > WINDOW_SECONDS:
            events.popleft()
        if len(events) >= self._allowed:
            return WINDOW_SECONDS - (now - events[0])
        events.append(now)
        while len(self._events) > _MOST_KEYS:
            self._events.popitem(last=False)
        return 0.0

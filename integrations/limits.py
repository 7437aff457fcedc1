"""How much one key may ask of one process: a bucket that fills again evenly, and gives a burst once."""

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_KEYS = 10_000


class Bucket:
    """So many requests per minute and key, counted in this process; the oldest keys are forgotten."""

    def __init__(self, per_minute: int, timer: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / 60
        self._timer = timer
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_for(self, key: str) -> float:
        """Count a request; returns 0, or the seconds to wait when it is one too many (it is then not counted)."""
        now = self._timer()
        left, at = self._left.get(key, (self._size, now))
        left = min(self._size, left + (now - at) * self._per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_second
        self._left[key] = (left if wait else left - 1, now)
        self._left.move_to_end(key)
        while len(self._left) > _MOST_KEYS:
            self._left.popitem(last=False)
        return wait

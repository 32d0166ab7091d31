"""Limit how many entries come under one name: a token bucket for each key, and one for each sender of what is refused.

Only what was taken is charged to a key, so nobody can use up the limit of a key that is not theirs; what was refused is
charged to the address that sent it. Buckets live in one worker process.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final

MOST_BUCKETS: Final = 20_000


class RateLimit:
    """Keep token buckets by name.

    Args:
        rate: tokens that come back each second; 0 means no limit.
        burst: tokens of a full bucket.
        now: seconds of a clock that never goes back.
    """

    def __init__(self, rate: int, burst: int, *, now: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._now = now
        self._lock = Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str) -> int:
        """Return the whole seconds until something may come under a name; 0 says now."""
        if not self._rate:
            return 0
        with self._lock:
            tokens = self._tokens(name)
        return 0 if tokens > 0 else math.floor(-tokens / self._rate) + 1

    def charge(self, name: str, count: int) -> None:
        """Take tokens; a bucket may go below zero, and is then closed for longer."""
        if not self._rate or not count:
            return
        with self._lock:
            self._buckets[name] = (self._tokens(name) - count, self._now())
            self._buckets.move_to_end(name)
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)

    def _tokens(self, name: str) -> float:
        tokens, since = self._buckets.get(name, (self._burst, 0.0))
        return min(self._burst, tokens + (self._now() - since) * self._rate)

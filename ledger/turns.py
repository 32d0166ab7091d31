"""Let the threads of a process take turns, since only one of them runs Python at a time anyway.

Threads that all want to run wake each other in vain at every pause of the one that does, and a thread that appends
pauses at every row. So each waits until those before it are done, or wait for something themselves; and whoever appends
for all lets the others go first, so that what they bring joins the batch.

Turns only save time. One that does not come soon is not waited for, so nobody can hold up the others for long, and
nothing may rest on being alone: locks are for that. Never wait for a client inside a turn: it may take its time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: How long a thread waits for those before it.
PATIENCE_S: Final = 0.05
#: Turns that a thread leaves to others when it steps back.
COURTESY: Final = 64


class Turns:
    """Give turns in the order of asking: `with turns:` around work that waits for no client."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: deque[threading.Lock] = deque()
        self._back: deque[threading.Lock] = deque()
        self._courtesy = 0
        self._holder: int | None = None
        self._handed = False

    def __enter__(self) -> None:
        """Wait for a turn."""
        self._take(self._line)

    def __exit__(self, *_: object) -> None:
        """Hand the turn on."""
        self._give()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others go on while this thread waits for something."""
        had = self._give()
        try:
            yield
        finally:
            if had:
                self._take(self._line)

    def step_back(self) -> None:
        """Let those who wait and those who come go first, but not for ever."""
        if self._give():
            self._courtesy = COURTESY
            self._take(self._back)

    def _take(self, line: deque[threading.Lock]) -> None:
        with self._lock:
            if self._holder is None and not self._handed:
                self._holder = threading.get_ident()
                return
            mine = threading.Lock()
            mine.acquire()
            line.append(mine)
        mine.acquire(timeout=PATIENCE_S)
        with self._lock:
            if mine in line:
                line.remove(mine)
            else:
                self._holder, self._handed = threading.get_ident(), False

    def _give(self) -> bool:
        """Hand the turn to the next thread; tell whether this one had it."""
        with self._lock:
            if self._holder != threading.get_ident():
                return False
            self._holder = None
            line = self._line if self._line and (self._courtesy or not self._back) else self._back
            if line:
                self._courtesy = max(self._courtesy - 1, 0)
                self._handed = True
                line.popleft().release()
            return True

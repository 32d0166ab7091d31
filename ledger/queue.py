"""Join the requests of many threads into batches, without a timer.

While one batch is being committed, arrivals wait; the next batch takes all of them. The thread that finds nobody
appending appends for everyone who waits, then hands over to the first who came meanwhile: no thread of its own, so the
queue survives a fork, and an idle service answers a single request at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from ledger.errors import QueueUnavailable
from ledger.service import SubmitResult
from ledger.turns import Turns

Note = tuple[bytes, Sequence[str]]
BATCH: Final = 256


class AppendQueue:
    """Append what several threads submit, in the order of their arrival.

    Args:
        append: appends a batch and answers each note in order, as `ledger.service.Ledger.submit` does.
        most_entries: notes that may wait at one time.
        most_requests: requests that may wait at one time.
        turns: those of the process, if other threads than those that append take turns too.
        batch: notes of one batch; a single larger request goes alone.
    """

    def __init__(
        self,
        append: Callable[[Sequence[Note]], Sequence[SubmitResult]],
        *,
        most_entries: int,
        most_requests: int,
        turns: Turns | None = None,
        batch: int = BATCH,
    ) -> None:
        self._append = append
        self._most_entries = most_entries
        self._most_requests = most_requests
        self._turns = turns if turns is not None else Turns()
        self._batch = batch
        self._lock = threading.Lock()
        self._waiting: deque[_Request] = deque()
        self._entries = 0
        self._busy = False

    def submit(self, notes: Sequence[Note]) -> list[SubmitResult]:
        """Append notes and return what became of each, once that is durable.

        Raises:
            QueueUnavailable: too much is waiting already; nothing was taken.
            LedgerError: the batch failed as a whole, as `append` says; send the same notes again.
        """
        with self._turns:
            return self._submit(_Request(notes))

    def _submit(self, request: _Request) -> list[SubmitResult]:
        notes = request.notes
        with self._lock:
            full = len(self._waiting) >= self._most_requests or self._entries + len(notes) > self._most_entries
            if self._waiting and full:
                raise QueueUnavailable("too many entries are waiting to be appended; send the same again later")
            self._waiting.append(request)
            self._entries += len(notes)
            first, self._busy = not self._busy, True
        if not first:
            with self._turns.aside():
                request.turn.acquire()
        if not request.done:
            self._turns.step_back()
            self._lead()
        if request.error is not None:
            raise request.error
        return request.results

    def _lead(self) -> None:
        """Append for everyone who waits, the caller first among them, and let the next one lead."""
        batch = self._take()
        try:
            results = self._append([note for request in batch for note in request.notes])
            at = 0
            for request in batch:
                request.results = list(results[at : at + len(request.notes)])
                at += len(request.notes)
        except BaseException as error:
            interrupted = QueueUnavailable("the append was interrupted; send the same again later")
            for request in batch:
                request.error = error if isinstance(error, Exception) else interrupted
            raise
        finally:
            for request in batch:
                request.done = True
            self._hand_over()
            for request in batch[1:]:
                request.turn.release()

    def _take(self) -> list[_Request]:
        with self._lock:
            batch = [self._waiting.popleft()]
            count = len(batch[0].notes)
            while self._waiting and count + len(self._waiting[0].notes) <= self._batch:
                batch.append(self._waiting.popleft())
                count += len(batch[-1].notes)
            self._entries -= count
        return batch

    def _hand_over(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting[0].turn.release()
            else:
                self._busy = False


class _Request:
    """Hold what one thread submitted, and the lock that it sleeps on."""

    __slots__ = ("done", "error", "notes", "results", "turn")

    def __init__(self, notes: Sequence[Note]) -> None:
        self.notes = notes
        self.turn = threading.Lock()
        self.turn.acquire()
        self.done = False
        self.results: list[SubmitResult] = []
        self.error: BaseException | None = None

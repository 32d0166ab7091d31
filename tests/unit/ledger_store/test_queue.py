"""The queue before the log: batches form by themselves, everybody gets their own answers, and there is an end to it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.errors import QueueUnavailable, StoreUnavailable
from ledger.log.proof import Receipt
from ledger.queue import AppendQueue, Note
from ledger.service import SubmitResult
from tests.support.chain import SEASON, ChainBuilder, used


class Gate:
    """Append to a list, one batch each time the gate is opened."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.open = threading.Semaphore(0)
        self.entered = threading.Semaphore(0)
        self.failing = False

    def append(self, notes: Sequence[Note]) -> list[SubmitResult]:
        self.entered.release()
        assert self.open.acquire(timeout=30)
        self.batches.append([note for note, _ in notes])
        if self.failing:
            raise StoreUnavailable("the disk is full")
        return [SubmitResult(note.decode(), "logged") for note, _ in notes]


def note(name: str) -> Note:
    return name.encode(), ()


def wait_for(queue: AppendQueue, requests: int) -> None:
    """Wait until so many requests stand in the queue."""
    while len(queue._waiting) < requests:
        threading.Event().wait(0.001)


def test_arrivals_during_a_commit_make_the_next_batch_and_keep_their_order() -> None:
    gate = Gate()
    queue = AppendQueue(gate.append, most_entries=100, most_requests=100, batch=6)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(queue.submit, [note("first")])]
        assert gate.entered.acquire(timeout=30)
        for number in range(5):
            answers.append(pool.submit(queue.submit, [note(f"{number}a"), note(f"{number}b")]))
            wait_for(queue, number + 1)
        for _ in range(3):
            gate.open.release()
        found = [[one.entry_id for one in answer.result(30)] for answer in answers]
    assert [len(batch) for batch in gate.batches] == [1, 6, 4]
    assert [one for batch in gate.batches for one in batch] == [name.encode() for names in found for name in names]
    assert found == [["first"], *([f"{number}a", f"{number}b"] for number in range(5))]


def test_request_larger_than_a_batch_goes_alone() -> None:
    gate = Gate()
    queue = AppendQueue(gate.append, most_entries=2, most_requests=1, batch=2)
    gate.open.release()
    assert len(queue.submit([note(str(number)) for number in range(5)])) == 5
    assert [len(batch) for batch in gate.batches] == [5]


@pytest.mark.parametrize(("entries", "requests"), [(3, 100), (100, 2)])
def test_full_queue_refuses_and_takes_again_later(entries: int, requests: int) -> None:
    gate = Gate()
    queue = AppendQueue(gate.append, most_entries=entries, most_requests=requests)
    with ThreadPoolExecutor(4) as pool:
        running = pool.submit(queue.submit, [note("running")])
        assert gate.entered.acquire(timeout=30)
        waiting = []
        for number in range(2):
            waiting.append(pool.submit(queue.submit, [note(f"{number}a"), *([note("0b")] if not number else [])]))
            wait_for(queue, number + 1)
        with pytest.raises(QueueUnavailable):
            queue.submit([note("too much")])
        for _ in range(3):
            gate.open.release()
        assert [len(one.result(30)) for one in (running, *waiting)] == [1, 2, 1]
    assert queue.submit([note("later")])[0].status == "logged"
    assert b"too much" not in [one for batch in gate.batches for one in batch]


def test_failed_batch_fails_those_in_it_and_nobody_after() -> None:
    gate = Gate()
    queue = AppendQueue(gate.append, most_entries=100, most_requests=100)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(queue.submit, [note("first")])
        assert gate.entered.acquire(timeout=30)
        others = []
        for number in range(3):
            others.append(pool.submit(queue.submit, [note(str(number))]))
            wait_for(queue, number + 1)
        gate.open.release()
        assert first.result(30)[0].status == "logged"
        assert gate.entered.acquire(timeout=30)
        gate.failing = True
        gate.open.release()
        for other in others:
            with pytest.raises(StoreUnavailable):
                other.result(30)
    gate.failing = False
    gate.open.release()
    assert queue.submit([note("after")])[0].status == "logged"


def test_many_threads_append_to_one_ledger_and_each_gets_its_own_receipt(tmp_path: Path) -> None:
    chain = ChainBuilder()
    growers = [chain.actor(f"grower-{number}", "grower") for number in range(8)]
    ledger = chain.ledger(tmp_path)
    size = ledger.size
    queue = AppendQueue(ledger.submit, most_entries=1000, most_requests=1000)
    queues = []
    for number, grower in enumerate(growers):
        orchard = chain.facility(f"orchard-{number}", grower)
        items = [used("urea", "1", "kg")]
        notes = [chain.added[-1]]
        notes += [
            chain.must("activity", grower, facility=orchard, stage="orchard", data={"period": SEASON}, items=items)
            for _ in range(6)
        ]
        queues.append(notes)

    def send(place: int) -> list[SubmitResult]:
        found = []
        for added in queues[place]:
            # A bad note in the same request, and the same request twice, change nothing for the good one.
            sent = [(b"no entry", ()), (added.signed.note, added.lines)]
            found += [queue.submit(sent), queue.submit(sent)][0][1:]
        return found

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert ledger.size == size + 8 * 7
    indexes = set()
    for notes, results in zip(queues, answers, strict=True):
        for added, result in zip(notes, results, strict=True):
            assert (result.entry_id, result.status) == (added.entry_id, "logged")
            receipt = Receipt.parse(result.receipt or "")
            receipt.verify(added.signed.note, ledger.log_key)
            indexes.add(receipt.index)
    assert indexes == set(range(size, size + 8 * 7))

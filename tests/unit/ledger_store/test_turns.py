"""Turns go round in the order of asking, pass over whoever waits or steps back, and never hold anybody up for long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger import turns as module
from ledger.queue import AppendQueue, Note
from ledger.service import SubmitResult
from ledger.turns import Turns


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a turn as long as a slow machine may need."""
    monkeypatch.setattr(module, "PATIENCE_S", 30)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(100) as made:
        yield made


def wait_until(reached: Callable[[], bool]) -> None:
    while not reached():
        threading.Event().wait(0.001)


def waiting(turns: Turns) -> int:
    return len(turns._line)


def line_up(pool: ThreadPoolExecutor, turns: Turns, count: int, work: Callable[[int], None]) -> None:
    """Let threads ask for a turn one after the other, while the caller has it."""

    def take(number: int) -> None:
        with turns:
            work(number)

    for number in range(count):
        pool.submit(take, number)
        wait_until(lambda: waiting(turns) == number + 1)  # noqa: B023


def test_turns_come_in_the_order_of_asking_and_one_at_a_time(pool: ThreadPoolExecutor) -> None:
    turns, seen, inside = Turns(), list[int](), list[int]()

    def work(number: int) -> None:
        inside.append(number)
        threading.Event().wait(0.005)
        seen.append(len(inside))
        inside.remove(number)
        order.append(number)

    order = list[int]()
    with turns:
        line_up(pool, turns, 8, work)
    pool.shutdown()
    assert order == list(range(8)) and seen == [1] * 8


def test_who_waits_aside_lets_the_others_go_on(pool: ThreadPoolExecutor) -> None:
    turns, done = Turns(), threading.Event()
    with turns:
        line_up(pool, turns, 1, lambda _: done.set())
        with turns.aside():
            assert done.wait(30)
    with turns.aside():
        assert not turns._give(), "without a turn there is none to come back to"


@pytest.mark.parametrize("count", [3, module.COURTESY + 5])
def test_who_steps_back_comes_after_the_others_but_not_after_all(pool: ThreadPoolExecutor, count: int) -> None:
    turns, order = Turns(), list[int]()
    with turns:
        line_up(pool, turns, count, order.append)
        turns.step_back()
        assert order == list(range(min(count, module.COURTESY + 1)))
    pool.shutdown()
    assert order == list(range(count))


def test_a_turn_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, pool: ThreadPoolExecutor) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.01)
    turns = Turns()
    order = list[int]()

    def pass_by() -> None:
        with turns:
            turns.step_back()
            order.append(-1)

    with turns:
        for _ in range(3):
            pool.submit(pass_by).result(30)
        assert order == [-1] * 3 and waiting(turns) == 0
    order.clear()
    monkeypatch.setattr(module, "PATIENCE_S", 30)
    with turns:
        line_up(pool, turns, 2, order.append)
    pool.shutdown()
    assert order == [0, 1], "turns go on as before"


def test_all_who_wait_for_a_turn_join_one_batch(pool: ThreadPoolExecutor) -> None:
    turns, batches = Turns(), list[int]()

    def append(notes: Sequence[Note]) -> list[SubmitResult]:
        batches.append(len(notes))
        return [SubmitResult(note.decode(), "logged") for note, _ in notes]

    queue = AppendQueue(append, most_entries=100, most_requests=100, turns=turns)
    with turns:
        found = []
        for number in range(7):
            found.append(pool.submit(queue.submit, [(str(number).encode(), ())]))
            wait_until(lambda: waiting(turns) == number + 1)  # noqa: B023
    assert [one.result(30)[0].entry_id for one in found] == [str(number) for number in range(7)]
    assert batches == [7]

"""Check ranges side by side: each worker process opens the store for itself."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

from ledger.fsck.chunk import Chunk, Task, check_chunk
from ledger.store.base import LogReader, LogStore

_AHEAD = 2
_store: LogStore | None = None


def check_tasks(
    store: LogStore, reader: LogReader, tasks: Iterable[Task], *, jobs: int
) -> Iterator[tuple[Task, Chunk]]:
    """Check ranges and give the results in order; at most a few ranges are held at a time.

    Args:
        store: the store, which workers open again by pickling.
        reader: reads the ranges when there is one job.
        tasks: the ranges; entries in them must not change any more.
        jobs: number of worker processes; 1 works in this process.
    """
    if jobs < 2:
        for task in tasks:
            yield task, check_chunk(reader, task)
        return
    context, waiting = get_context("spawn"), deque[tuple[Task, Future[Chunk]]]()
    with ProcessPoolExecutor(jobs, context, _open_store, (pickle.dumps(store),)) as pool:
        try:
            for task in tasks:
                waiting.append((task, pool.submit(_check, task)))
                if len(waiting) >= jobs + _AHEAD:
                    yield _next(waiting)
            while waiting:
                yield _next(waiting)
        finally:
            pool.shutdown(cancel_futures=True)


def _next(waiting: deque[tuple[Task, Future[Chunk]]]) -> tuple[Task, Chunk]:
    task, future = waiting.popleft()
    return task, future.result()


def _open_store(pickled: bytes) -> None:
    global _store
    _store = pickle.loads(pickled)


def _check(task: Task) -> Chunk:
    if _store is None:
        raise RuntimeError("the worker has no store")
    with _store.read() as reader:
        return check_chunk(reader, task)

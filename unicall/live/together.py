"""Several reads at once.

What surprises people: these are not the threads of ``concurrent.futures``, which Python waits for at its end. Whoever stops a run
must not have to wait until the last vendor has answered; and a read can be left alone at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def each(call: Callable[[T], U], items: Iterable[T], at_once: int) -> Iterator[U]:
    """What this gives for each item, in their order; so many are asked for at the same time. Raises what the first raises."""
    todo: SimpleQueue[tuple[Future[U], T]] = SimpleQueue()
    asked: list[Future[U]] = []
    for item in items:
        asked.append(Future())
        todo.put((asked[-1], item))
    over = Event()
    for _ in range(min(at_once, len(asked))):
        Thread(target=_work, args=(call, todo, over), daemon=True).start()
    try:
        for one in asked:
            yield one.result()
    finally:
        over.set()


def _work(call: Callable[[T], U], todo: SimpleQueue[tuple[Future[U], T]], over: Event) -> None:
    while not over.is_set():
        try:
            future, item = todo.get_nowait()
        except Empty:
            return
        try:
            future.set_result(call(item))
        except BaseException as error:  # noqa: BLE001  (whoever waits for it raises it)
            future.set_exception(error)

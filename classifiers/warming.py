"""Loading in the background: started while the scanner fetches, finished before the first verdict."""

from collections.abc import Callable
from threading import Thread

_running: list[Thread] = []


def start(load: Callable[[], None]) -> None:
    """Begin to load; one thing at a time."""
    if not _running:
        _running.append(Thread(target=load, name="datakeep-warming", daemon=True))
        _running[0].start()


def finish() -> None:
    """Wait for what was begun: loaded twice at once, it would take twice as long."""
    while _running:
        _running[0].join()
        _running.clear()

"""A deadline that holds even where a server only pretends to answer: at its end, the connection is cut."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class StalledError(Exception):
    """The server had its time and did not finish; whatever the driver made of it is not the point."""


class Watch:
    """Cuts the connections it was told of after some seconds, unless it is stopped before."""

    def __init__(self, seconds: float) -> None:
        """Start counting."""
        self.fired = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True
        self._timer.start()

    def over(self, descriptor: int) -> None:
        """Watch one connection; its descriptor is doubled, so that closing it elsewhere does no harm."""
        with self._lock:
            self._sockets.append(socket.socket(fileno=os.dup(descriptor)))

    def stop(self) -> None:
        """Stop counting, and let go."""
        self._timer.cancel()
        self._release()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Where it fired, drivers' exceptions in here come out as StalledError."""
        try:
            yield
        except Exception:
            if self.fired:
                raise StalledError from None
            raise

    def _fire(self) -> None:
        with self._lock:
            self.fired = True
            for one in self._sockets:
                _cut(one)
        self._release()

    def _release(self) -> None:
        with self._lock:
            for one in self._sockets:
                one.close()
            self._sockets.clear()


def _cut(one: socket.socket) -> None:
    with suppress(OSError):  # it may be closed already, which is all we want
        one.shutdown(socket.SHUT_RDWR)

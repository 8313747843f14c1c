"""DuckDB instances that stay while catalogs come and go: to start one takes ten times as long as to attach a file to it.

An instance may attach one file and reach nothing else outside of itself.
"""

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

# https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview: the own file stays open, nothing else.
SEALED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}
ACCESS = "enable_external_access"
PARTS = ("", ".wal", ".wal.checkpoint", ".wal.recovery")  # files that are the database's
KEPT = 2  # idle instances that a process keeps

_idle: dict[tuple[int, Path], Any] = {}  # by process, as a child must not use what its parent started
_guard = threading.Lock()


@contextmanager
def attached(path: Path, *, read_only: bool) -> Iterator[Any]:
    """The driver's connection to an instance with the file attached, as what unqualified names mean.

    Raises duckdb.Error where the file cannot be opened. After an error the instance is not used again.
    """
    instance = _taken(path)
    try:
        instance.execute(f"ATTACH {_literal(path)} AS held ({'READ_ONLY' if read_only else 'READ_WRITE'})")
    except duckdb.IOException:  # somebody else has it
        _leave(path, instance)
        raise
    except duckdb.Error:
        instance.close()
        raise
    try:
        instance.execute("USE held")
        yield instance
    except BaseException:
        instance.close()
        raise
    try:
        instance.execute("USE memory")
        instance.execute("DETACH held")
    except duckdb.Error:  # a disk that is full cannot be checkpointed; what was acknowledged is in the WAL
        instance.close()
    else:
        _leave(path, instance)


def _taken(path: Path) -> Any:
    with _guard:
        idle = _idle.pop((os.getpid(), path), None)
    return idle or _started(path)


def _leave(path: Path, instance: Any) -> None:
    with _guard:
        _idle[os.getpid(), path] = instance
        over = [_idle.pop(key) for key in _own()[:-KEPT]]
    for one in over:
        one.close()


def _own() -> list[tuple[int, Path]]:
    return [key for key in _idle if key[0] == os.getpid()]


def _started(path: Path) -> Any:
    instance = duckdb.connect(":memory:", config={key: value for key, value in SEALED.items() if key != ACCESS})
    instance.execute(f"SET temp_directory = {_literal(f'{path}.tmp')}")
    instance.execute(f"SET allowed_paths = [{', '.join(_literal(f'{path}{part}') for part in PARTS)}]")
    instance.execute(f"SET {ACCESS} = false")
    settle(instance)
    return instance


def settle(instance: Any) -> None:
    """Times in UTC, and nothing on stdout: in a worker process the driver takes itself to be in a notebook."""
    instance.execute("SET TimeZone = 'UTC'")
    instance.execute("SET enable_progress_bar = false")
    instance.execute("SET lock_configuration = true")


def _literal(path: Path | str) -> str:
    return "'{}'".format(str(path).replace("'", "''"))


@atexit.register
def _close() -> None:
    """Let go before the driver is torn down."""
    for key in _own():
        with suppress(duckdb.Error):
            _idle.pop(key).close()

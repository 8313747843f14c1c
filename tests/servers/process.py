"""A server process of our own: started on loopback, watched while it comes up, stopped for sure."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

PATIENCE = 60.0  # seconds until a server that does not answer counts as broken; two busy cores need a few
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
NOBODY = "nobody"


class ServerMissingError(Exception):
    """This machine cannot run the server; the message says why."""


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that were free just now, all different."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def unprivileged() -> dict[str, str | int | list[int]]:
    """Arguments of `Popen` that run a server as nobody where we are root, since PostgreSQL refuses root."""
    return {"user": NOBODY, "group": _group_of_nobody(), "extra_groups": []} if os.geteuid() == 0 else {}


def _group_of_nobody() -> int:
    import pwd  # noqa: PLC0415 - POSIX only

    return pwd.getpwnam(NOBODY).pw_gid


def give_to_server(folder: Path) -> None:
    """Make `folder` and what is in it the server's own."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, NOBODY, _group_of_nobody())


def reachable_by_all(path: Path) -> bool:
    """Whether another user may get to `path`: every folder above it lets others through."""
    return all(one.stat().st_mode & 0o001 for one in (path, *path.resolve().parents) if one.is_dir())


@contextmanager
def own_folder(name: str) -> Iterator[Path]:
    """A new folder of the server's own, which is gone afterwards."""
    places = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - mkdtemp makes it ours alone
    above = next((place for place in places if os.geteuid() != 0 or reachable_by_all(place)), None)
    if above is None:
        raise ServerMissingError("no temporary folder that the user nobody can reach")
    folder = Path(tempfile.mkdtemp(prefix=f"datakeep-{name}-", dir=above))
    try:
        give_to_server(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    folder: Path,
    answers: Callable[[], bool],
    stop: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` in `folder` until the block ends, which begins once `answers()`; its log is `folder/server.log`.

    Raises ServerMissingError with the end of its log where it ends before, or does not answer in time.
    """
    log = folder / "server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=environment(folder, env),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for pytest; it stops the servers in its own order
            preexec_fn=partial(_die_with_parent, stop),  # noqa: PLW1509 - runs before any thread of ours exists
            **unprivileged(),
        )
    try:
        _wait(process, answers, log)
        yield process
    finally:
        _end(process, stop)


def environment(folder: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment with the server's own temporary folder: nobody may not be able to use ours."""
    return {**os.environ, "TMPDIR": str(folder), **(env or {})}


def _die_with_parent(stop: signal.Signals) -> None:
    """Ask the kernel to stop this process when pytest is killed without a chance to do it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop), 0, 0, 0)


def _wait(process: subprocess.Popen[bytes], answers: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not answers():
        if process.poll() is not None or time.monotonic() > until:
            said = log.read_text(errors="replace").splitlines()[-5:]
            raise ServerMissingError(f"{Path(str(process.args[0])).name} does not answer: {' / '.join(said)}")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

"""Where records are sent to besides the ledger: a file of JSON lines, syslog. What is sent is what stands in the log."""

import json
import os
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from jit.interface import JitError
from jit.proof.canonical import stamp
from jit.proof.record import Record

TIMEOUT = 5.0  # seconds that a sink has to take one record
UDP_MOST = 60_000  # bytes of one datagram; IPv4 carries 65,507
UNSURE = 50  # records sent again after a stream broke: TCP does not say which of the last ones arrived
AUDIT = 13  # the facility "log audit" of RFC 5424
SEVERITIES = {"glass": 2, "refused": 4, "denied": 4, "failed": 3}  # critical, warning, error; else notice
NOTICE = 5


class SinkError(JitError):
    """A sink did not take a record. It is sent again: after `wait` seconds where the sink said so.

    `unsure` is how many records before it may be lost too, and are sent once more.
    """

    def __init__(self, message: str, *, wait: float | None = None, unsure: int = 0) -> None:
        """Take the message, and what the sink said."""
        super().__init__(message)
        self.wait = wait
        self.unsure = unsure


class Sink(Protocol):
    """Takes records in order. Sending one twice does no harm: `seq` is in each."""

    def send(self, record: Record, now: datetime) -> None:
        """Hand one record over. Raises SinkError; then it is sent again later."""
        ...

    def seen(self) -> int:
        """The last record that the sink itself knows to have taken; 0 where it cannot tell."""
        ...

    def close(self) -> None:
        """Let go of what is open; the next record opens it again."""
        ...


@dataclass
class JsonLines:
    """A file with one record a line, as `audit list --format jsonl` prints it; it may be moved away at any time."""

    path: Path
    _file: BinaryIO | None = field(default=None, init=False, repr=False)

    def send(self, record: Record, now: datetime) -> None:  # noqa: ARG002 - a Sink's signature
        """Append the record, durably."""
        try:
            file = self._opened()
            file.write(json.dumps(record.as_json()).encode() + b"\n")
            os.fsync(file.fileno())
        except OSError as error:
            self.close()
            raise SinkError(f"{self.path} cannot be written: {os.strerror(error.errno or 0)}") from None

    def seen(self) -> int:
        """The record of the last whole line; what a crash left of a line is cut off."""
        try:
            with self.path.open("r+b") as file:
                whole = _whole(file)
                return int(json.loads(whole)["seq"]) if whole else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO:
        """The file at the path: another one once it was rotated."""
        if self._file is not None:
            try:
                if os.path.samestat(self.path.stat(), os.fstat(self._file.fileno())):
                    return self._file
            except FileNotFoundError:
                pass
            self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(handle, "ab", buffering=0)
        return self._file


def _whole(file: BinaryIO) -> bytes:
    """The last line that has an end; the file ends behind it from now on."""
    size, tail = file.seek(0, os.SEEK_END), b""
    while size - len(tail) > 0 and tail.count(b"\n") < 2:
        start = max(0, size - 2 * len(tail) - 4096)
        file.seek(start)
        tail = file.read(size - start)
    end = tail.rfind(b"\n") + 1
    file.truncate(size - len(tail) + end)
    return tail[:end].rstrip(b"\n").rpartition(b"\n")[2]


@dataclass
class Syslog:
    """RFC 5424 messages by `udp`, `tcp` (framed by RFC 6587's octet counts) or a `unix` socket at `address`."""

    transport: str
    address: tuple[str, int] | str
    _socket: socket.socket | None = field(default=None, init=False, repr=False)

    def send(self, record: Record, now: datetime) -> None:  # noqa: ARG002 - a Sink's signature
        """Send one message. A datagram that is too large leaves the list of entries out, and says so."""
        try:
            connection = self._connected()
            if connection.type == socket.SOCK_DGRAM:
                connection.send(_message(record, UDP_MOST))
            else:
                text = _message(record, None)
                connection.sendall(b"%d %s" % (len(text), text))
        except OSError as error:
            broken = self._socket is not None and self._socket.type == socket.SOCK_STREAM
            self.close()
            said = os.strerror(error.errno) if error.errno else "no answer in time"
            raise SinkError(f"syslog at {self._where} does not take records: {said}", unsure=broken * UNSURE) from None

    def seen(self) -> int:
        """Syslog does not say."""
        return 0

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def _where(self) -> str:
        return self.address if isinstance(self.address, str) else f"{self.address[0]}:{self.address[1]}"

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = _connect(self.transport, self.address)
        elif self._socket.type == socket.SOCK_STREAM and _hung_up(self._socket):
            raise ConnectionResetError(104, "the other side closed it")
        return self._socket


def _connect(transport: str, address: tuple[str, int] | str) -> socket.socket:
    if isinstance(address, str):
        return _connect_unix(address)
    if transport == "tcp":
        return socket.create_connection(address, timeout=TIMEOUT)
    family, kind, protocol, _, place = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
    made = socket.socket(family, kind, protocol)
    made.settimeout(TIMEOUT)
    made.connect(place)
    return made


def _connect_unix(path: str) -> socket.socket:
    """A datagram socket, as syslog daemons have it, else a stream."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        made = socket.socket(socket.AF_UNIX, kind)
        made.settimeout(TIMEOUT)
        try:
            made.connect(path)
        except OSError as error:
            made.close()
            if kind == socket.SOCK_STREAM or error.errno != 91:  # EPROTOTYPE: the daemon wants the other kind
                raise
        else:
            return made
    raise AssertionError


def _hung_up(connection: socket.socket) -> bool:
    """Whether the other side closed the stream: writing into it would lose the record without an error."""
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""


def _message(record: Record, most: int | None) -> bytes:
    noun, _, verb = record.event.type.partition(".")
    severity = SEVERITIES.get(verb, SEVERITIES.get(noun, NOTICE))
    head = (f"<{AUDIT * 8 + severity}>1 {stamp(record.ts)} {socket.gethostname() or '-'} datakeep - {record.event.type} "
            f'[meta sequenceId="{record.seq % 2**31}"] \ufeff')  # fmt: skip
    body: dict[str, Any] = record.as_json()
    text = (head + json.dumps(body)).encode()
    if most is not None and len(text) > most:
        text = (head + json.dumps({**body, "entries": [], "entries_left_out": len(body["entries"])})).encode()
    return text


def wants(types: tuple[str, ...]) -> Callable[[Record], bool]:
    """Whether a record is of one of `types`: `grant` means every `grant.…`; without any, all are wanted."""

    def wanted(record: Record) -> bool:
        kind = record.event.type
        return not types or any(kind == one or kind.startswith(f"{one}.") for one in types)

    return wanted

"""Where records are sent to besides the ledger: a file of JSON lines, syslog. What is sent is what stands in the log."""

import json
import os
import select
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from jit.delivery.tls import Trust, farewell, hung_up, words
from jit.interface import JitError
from jit.lines import append
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
    _file: FileIO | None = field(default=None, init=False, repr=False)

    def send(self, record: Record, now: datetime) -> None:  # noqa: ARG002 - a Sink's signature
        """Append the record, durably."""
        try:
            append(self._opened(), json.dumps(record.as_json()).encode() + b"\n")
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

    def _opened(self) -> FileIO:
        """The file at the path: another one once it was rotated."""
        if self._file is not None:
            try:
                if os.path.samestat(self.path.stat(), os.fstat(self._file.fileno())):
                    return self._file
            except FileNotFoundError:
                pass
            self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)  # no wait for a pipe
        self._file = FileIO(handle, "ab")
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
    """RFC 5424 messages by `udp`, `tcp` (framed by RFC 6587's octet counts), `tls` (RFC 5425) or a `unix` socket.

    At `address`; by TLS the host there has to be who its certificate says, as `trust` has it.
    """

    transport: str
    address: tuple[str, int] | str
    trust: Trust = field(default_factory=Trust)
    _socket: socket.socket | None = field(default=None, init=False, repr=False)

    def send(self, record: Record, now: datetime) -> None:  # noqa: ARG002 - a Sink's signature
        """Send one message. A datagram that is too large leaves entries, then other lists out, and says so."""
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
            said = f"syslog at {self._where} does not take records: {words(error)}"
            raise SinkError(said, unsure=broken * UNSURE) from None

    def seen(self) -> int:
        """Syslog does not say."""
        return 0

    def close(self) -> None:
        """Close the connection."""
        if isinstance(self._socket, ssl.SSLSocket):
            farewell(self._socket)
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def _where(self) -> str:
        return self.address if isinstance(self.address, str) else f"{self.address[0]}:{self.address[1]}"

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = _connect(self.transport, self.address, self.trust)
        elif self._socket.type == socket.SOCK_STREAM and _hung_up(self._socket):
            raise ConnectionResetError(104, "the other side closed it")
        return self._socket


def _connect(transport: str, address: tuple[str, int] | str, trust: Trust) -> socket.socket:
    if isinstance(address, str):
        return _connect_unix(address)
    if transport == "tls":
        context = trust.context()
        return context.wrap_socket(socket.create_connection(address, timeout=TIMEOUT), server_hostname=address[0])
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
    if isinstance(connection, ssl.SSLSocket):
        return hung_up(connection)
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""


def _message(record: Record, most: int | None) -> bytes:
    noun, _, verb = record.event.type.partition(".")
    severity = SEVERITIES.get(verb, SEVERITIES.get(noun, NOTICE))
    head = (f"<{AUDIT * 8 + severity}>1 {stamp(record.ts)} {socket.gethostname() or '-'} datakeep - {record.event.type} "
            f'[meta sequenceId="{record.seq % 2**31}"] \ufeff')  # fmt: skip
    body: dict[str, Any] = record.as_json()
    text = (head + json.dumps(body)).encode()
    for part in ("entries", "because", "detail", "classes"):
        if most is not None and len(text) > most and body.get(part):
            body |= {part: type(body[part])(), f"{part}_left_out": len(body[part])}
            text = (head + json.dumps(body)).encode()
    return text


def wants(types: tuple[str, ...]) -> Callable[[Record], bool]:
    """Whether a record is of one of `types`: `grant` means every `grant.…`; without any, all are wanted."""

    def wanted(record: Record) -> bool:
        kind = record.event.type
        return not types or any(kind == one or kind.startswith(f"{one}.") for one in types)

    return wanted

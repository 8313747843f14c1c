"""TLS to a sink: it proves who it is before a record names anybody to it."""

import os
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FAREWELL = 1.0  # seconds for the other side to say that it has read to the end


@dataclass(frozen=True, slots=True)
class Trust:
    """`ca` is a PEM file of whom to believe that a sink is who it says, the machine's own list where there is none.

    `certificate` is a PEM file of a certificate and its key, for a sink that asks who we are.
    """

    ca: Path | None = None
    certificate: Path | None = None

    def context(self) -> ssl.SSLContext:
        """What a connection is wrapped in: certificate and name are checked, TLS 1.2 at least. Raises OSError."""
        made = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            made.load_cert_chain(self.certificate)
        return made


def words(error: OSError) -> str:
    """What went wrong, without what the system calls it where that says nothing."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS fails ({error.reason or 'the connection broke off'})"
    said = os.strerror(error.errno) if error.errno else "no answer in time"
    return f"{error.filename}: {said}" if error.filename else said


def hung_up(connection: ssl.SSLSocket) -> bool:
    """Whether the other side closed the stream. What else it may say, such as keys to resume by, is let go."""
    waited = connection.gettimeout()
    connection.settimeout(0)
    try:
        return connection.recv(1) == b""
    except ssl.SSLWantReadError:
        return False
    finally:
        connection.settimeout(waited)


def farewell(connection: ssl.SSLSocket) -> None:
    """Say that this is the end, and read what the other side has yet to say.

    Closing with something unread resets the connection, and what was sent last may be lost with it.
    """
    with suppress(OSError, ValueError):
        connection.settimeout(FAREWELL)
        connection.unwrap()

"""What can go wrong with a database, in our words. Drivers quote row values and passwords in theirs.

A dialect names the trouble; this module says it to the user and adds what helps.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

import sqlalchemy as sa

from scanners.interface import Cause, ScanError, Source, SourceUnreachableError, Unit, UnitUnreadableError

ADDRESS_HINT = "write it as scheme://user@host:port/database, with special signs percent-encoded"

E = TypeVar("E", bound=Exception)


class Trouble(StrEnum):
    """What a driver's exception amounts to."""

    REFUSED = "does not let us in"
    SHUT = "does not answer, or does not let us in"
    ABSENT = "is not there"
    NO_DATABASE = "is no database that this scanner reads"
    UNREACHABLE = "does not answer"
    UNTRUSTED = "does not prove by TLS that it is the server of that name"
    BUSY = "has no connection left"
    STALLED = "stopped answering"
    LOCKED = "is locked by somebody else"
    CONFLICT = "was changed on the primary while the replica was read"
    FILTERED = "may only be read by its partitions, and none was found"
    TIMEOUT = "took longer than its budget"
    DENIED = "may not be read by this role"
    ROW_SECURITY = "hides rows by a policy"
    RESTRICTED = "is no plain table any more"
    GONE = "is gone"
    BROKEN = "could not be read"


CAUSES = {
    Trouble.DENIED: Cause.PERMISSION,
    Trouble.ROW_SECURITY: Cause.PERMISSION,
    Trouble.REFUSED: Cause.PERMISSION,
    Trouble.TIMEOUT: Cause.TIMEOUT,
    Trouble.LOCKED: Cause.TIMEOUT,
    Trouble.STALLED: Cause.TIMEOUT,
    Trouble.GONE: Cause.GONE,
    Trouble.RESTRICTED: Cause.GONE,
    Trouble.ABSENT: Cause.GONE,
    Trouble.UNREACHABLE: Cause.UNREACHABLE,
    Trouble.UNTRUSTED: Cause.UNREACHABLE,
    Trouble.BUSY: Cause.BUSY,
    Trouble.CONFLICT: Cause.BUSY,
    Trouble.FILTERED: Cause.PARTITION_FILTER,
    Trouble.SHUT: Cause.UNREACHABLE,
}

PLACED = (Trouble.ABSENT, Trouble.NO_DATABASE)

SOURCE_HINTS = {
    Trouble.REFUSED: "check the user in the source's url, and its password",
    Trouble.SHUT: "check user, host and port in the source's url, the password, and whether the server runs",
    Trouble.ABSENT: "check the source's url",
    Trouble.NO_DATABASE: "check the source's url: the file may be of another kind, damaged or encrypted",
    Trouble.UNREACHABLE: "check host and port in the source's url, and whether the server runs",
    Trouble.UNTRUSTED: "name its authority in the url: ?sslrootcert=FILE (MySQL: ?ssl_ca=FILE); where the network itself "
    "is trusted, ?sslmode=disable (MySQL: ?ssl_mode=disabled)",
    Trouble.STALLED: "something takes connections on that port, but speaks no further",
    Trouble.BUSY: "try again later, or allow the scanner's role a connection of its own",
}

UNIT_HINTS = {
    Trouble.DENIED: "grant the scanner's role SELECT on it",
    Trouble.ROW_SECURITY: "row-level security would hide rows from the scanner; a role with BYPASSRLS sees all",
    Trouble.TIMEOUT: "raise the source's sample.seconds",
    Trouble.LOCKED: "scan again when the lock is gone",
    Trouble.RESTRICTED: "it was a table when the source was listed; views are not read",
}


def address(source: Source, *, allowed: Collection[str] | None = ()) -> sa.URL:
    """The source's URL, taken apart. Raises ScanError where it is none; the library would quote it, password and all.

    After the `?` only options in `allowed` may stand: others make drivers read files, run commands or drop guards. None allows all, for drivers that we do not know.
    """
    try:
        url = sa.make_url(source.url)
    except (sa.exc.ArgumentError, ValueError):
        raise _noted(ScanError(f"source {source.name} has no usable url"), ADDRESS_HINT) from None
    refused = [] if allowed is None else sorted(set(url.query) - set(allowed))
    if refused:
        known = f"known here: {', '.join(sorted(allowed or ())) or 'none'}"
        raise _noted(ScanError(f"source {source.name}: the url's option {refused[0]} is not allowed"), known)
    return url


def source_error(source: Source, trouble: Trouble, code: str = "") -> ScanError:
    """The error for a source that cannot be used at all."""
    passing = trouble in {
        Trouble.UNREACHABLE,
        Trouble.SHUT,
        Trouble.BUSY,
        Trouble.TIMEOUT,
        Trouble.LOCKED,
        Trouble.STALLED,
    }
    kind = SourceUnreachableError if passing else ScanError
    called = f"source {source.name}" if source.replica is None else f"source {source.name}: its replica"
    named = f"{called}{_place(source)}" if trouble in PLACED else called
    return _noted(kind(f"{named} {_said(trouble, code)}"), SOURCE_HINTS.get(trouble))


def _place(source: Source) -> str:
    """What the user called the database: a file's or a database's own name, without server, user and password."""
    try:
        database = sa.make_url(source.replica or source.url).database
    except (sa.exc.ArgumentError, ValueError):
        return ""
    return f": {database.rpartition('/')[2]}" if database else ""


def unit_error(unit: Unit, trouble: Trouble, code: str = "") -> UnitUnreadableError:
    """The error for one table; the rest of the source goes on."""
    cause = CAUSES.get(trouble, Cause.MALFORMED)
    return _noted(UnitUnreadableError(f"{unit} {_said(trouble, code)}", cause), UNIT_HINTS.get(trouble))


def _said(trouble: Trouble, code: str) -> str:
    return f"{trouble} ({code})" if code else str(trouble)


def _noted(error: E, hint: str | None) -> E:
    if hint:
        error.add_note(hint)
    return error

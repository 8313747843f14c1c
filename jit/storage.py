"""SQLite as the ledger uses it: the schema, full durability, and errors that are ours. The only door to sqlite3."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jit.interface import LedgerError

VERSION = 3
RETRY = 0.01  # seconds between two tries at a switch that SQLite does not wait for

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE requests (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, document TEXT NOT NULL,
    state TEXT AS (json_extract(document, '$.state')), requester TEXT AS (json_extract(document, '$.requester')),
    created TEXT AS (json_extract(document, '$.created')), automatic INTEGER AS (json_extract(document, '$.automatic')));
CREATE INDEX requests_by_state ON requests (state, created);
CREATE INDEX requests_by_person ON requests (requester, automatic, created);
CREATE TABLE grants (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, document TEXT NOT NULL,
    state TEXT AS (json_extract(document, '$.state')), grantee TEXT AS (json_extract(document, '$.grantee')),
    starts TEXT AS (json_extract(document, '$.starts')), expires TEXT AS (json_extract(document, '$.expires')));
CREATE INDEX grants_by_state ON grants (state, expires);
CREATE INDEX grants_by_person ON grants (grantee, state);
CREATE TABLE records (seq INTEGER PRIMARY KEY, record TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TRIGGER requests_stay BEFORE DELETE ON requests BEGIN SELECT RAISE(ABORT, 'a request stays on record'); END;
CREATE TRIGGER grants_stay BEFORE DELETE ON grants BEGIN SELECT RAISE(ABORT, 'a grant stays on record'); END;
CREATE TRIGGER records_stay BEFORE DELETE ON records BEGIN SELECT RAISE(ABORT, 'a record stays'); END;
CREATE TRIGGER records_stand BEFORE UPDATE ON records BEGIN SELECT RAISE(ABORT, 'a record is never changed'); END;
"""
CAMPAIGNS = """
CREATE TABLE campaigns (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, document TEXT NOT NULL,
    state TEXT AS (json_extract(document, '$.state')), closes TEXT AS (json_extract(document, '$.closes')));
CREATE TABLE questions (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, document TEXT NOT NULL,
    campaign TEXT AS (json_extract(document, '$.campaign')), person TEXT AS (json_extract(document, '$.person')),
    rule TEXT AS (json_extract(document, '$.rule')), state TEXT AS (json_extract(document, '$.state')));
CREATE INDEX questions_by_campaign ON questions (campaign);
CREATE INDEX questions_by_rule ON questions (person, rule);
CREATE TRIGGER campaigns_stay BEFORE DELETE ON campaigns BEGIN SELECT RAISE(ABORT, 'a campaign stays on record'); END;
CREATE TRIGGER questions_stay BEFORE DELETE ON questions BEGIN SELECT RAISE(ABORT, 'a question stays on record'); END;
"""
QUESTIONS_OF_GRANTS = """
CREATE INDEX questions_by_grant ON questions (json_extract(document, '$.grant'), state);
"""
STEPS = (SCHEMA, CAMPAIGNS, QUESTIONS_OF_GRANTS)
"""What each version adds to the one before; never edited once released."""


def connected(path: Path, wait: float) -> sqlite3.Connection:
    """The database at `path`, its tables made where there are none; another writer is waited for `wait` seconds."""
    connection = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        _switch(connection, wait)
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def plainly(path: Path, verb: str, only: type[Exception] = Exception) -> Iterator[None]:
    """SQLite's and the disk's errors as ours; theirs may quote what was being written."""
    try:
        yield
    except (sqlite3.Error, OSError, ValueError, KeyError, TypeError) as error:
        if not isinstance(error, only):
            raise
        raise _unusable(path, verb, "another process holds it" if _is_busy(error) else None) from None


def _unusable(path: Path, verb: str, hint: str | None) -> LedgerError:
    error = LedgerError(f"the ledger {path} cannot be {verb}")
    error.add_note(hint or "nothing is lent until it can; is the disk full, or the file damaged or not yours?")
    return error


def _switch(connection: sqlite3.Connection, wait: float) -> None:
    """To WAL. SQLite does not wait by itself here, and another process may be making the same ledger right now."""
    deadline = time.monotonic() + wait
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(RETRY)
        else:
            return


def _is_busy(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _prepare(connection: sqlite3.Connection) -> None:
    """Full sync, and the tables where there are none."""
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        connection.execute("ROLLBACK")
        raise LedgerError("this ledger was written by a newer datakeep")
    for step in STEPS[found:]:
        for statement in _statements(step):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """The statements of `script` one by one: executescript would commit between them."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

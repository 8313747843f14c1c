"""What a source is, the grain it is worked in, and what a scanner promises.

Nouns: a `Source` is configured; its `Unit`s are tables, logical datasets or log streams; a unit has `Field`s; a
`Sample` is what was drawn of one field, and its `Coverage` says how much of it was looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import pyarrow as pa

from scanners.secrets import Secret


class ScanError(Exception):
    """Root of what goes wrong while scanning; raised as itself it ends the work on one source.

    The message names what the user named and never quotes a value, a DSN or a driver; a hint rides on `add_note()`.
    """


class SourceUnreachableError(ScanError):
    """The source does not answer; trying again later may help."""


class UnitUnreadableError(ScanError):
    """One unit cannot be examined; it is recorded with its cause, and the rest of the source goes on."""

    def __init__(self, message: str, cause: "Cause") -> None:
        """Take the sentence for the user and the cause that the catalog keeps."""
        super().__init__(message, cause)
        self.cause = cause

    def __str__(self) -> str:
        return str(self.args[0])


class Cause(StrEnum):
    """Why something was not, or not wholly, examined. The catalog shows it as `coverage_reason`."""

    EMPTY = "empty"
    PERMISSION = "permission"
    TIMEOUT = "timeout"
    PARTITION_FILTER = "partition_filter"
    TYPE = "type"
    TOO_LARGE = "too_large"
    DECODE = "decode"
    MALFORMED = "malformed"
    ENCRYPTED = "encrypted"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    BUDGET = "budget"
    GONE = "gone"


class Extent(StrEnum):
    """How far a field was examined."""

    EXAMINED = "examined"
    PARTIAL = "partial"
    NOT_EXAMINED = "not_examined"


class Kind(StrEnum):
    """What a `file:` or `s3:` source holds."""

    OBJECTS = "objects"
    LOGS = "logs"


class Key(StrEnum):
    """The part a column plays in the constraints of its table."""

    PRIMARY = "primary"
    UNIQUE = "unique"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Budget:
    """What one unit may cost: rows drawn, seconds on the source, bytes read. The first to run out ends the drawing."""

    rows: int = 1000
    seconds: float = 30.0
    bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one scan of a whole source may cost; None: no limit. Units that are due once it is spent are not examined."""

    rows: int | None = None
    seconds: float | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A configured place: a database, a bucket prefix, a folder, a log stream. Cheap, picklable, holds no secret.

    `url` has no password in it: a password (or a key pair, for S3) is a `Secret`, resolved on the worker.
    `include` and `exclude` are globs over datasets; exclude wins. Of databases only: `replica` is the URL of a copy that
    is read in the place of the source, `views` says that views are examined too, and `connections` is how many may be
    open to it at a time from one machine (None: one per worker).
    """

    name: str
    url: str
    kind: Kind = Kind.OBJECTS
    password: Secret | None = None
    access_key: Secret | None = None
    secret_key: Secret | None = None
    endpoint: str | None = None
    region: str | None = None
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    budget: Budget = field(default_factory=Budget)
    allowance: Allowance = field(default_factory=Allowance)
    allow_superuser: bool = False
    replica: str | None = None
    views: bool = False
    connections: int | None = None

    @property
    def scheme(self) -> str:
        """The part of the URL that picks the scanner, such as `postgresql` or `s3`."""
        return self.url.split(":", 1)[0].split("+", 1)[0].lower()


@dataclass(frozen=True, slots=True)
class Field:
    """One column, or one nested path, of a unit. Prints as `crm/public.customers#address.zip`.

    `uid` is what the engine knows it by whatever it is called, so that it is the same field after a rename; None where the
    engine does not tell.
    """

    source: str
    dataset: str
    path: str
    data_type: str = "text"
    nullable: bool = True
    key: Key | None = None
    comment: str | None = None
    uid: str | None = None

    def __str__(self) -> str:
        return f"{self.source}/{self.dataset}#{self.path}"


@dataclass(frozen=True, slots=True)
class Part:
    """One file or object of a unit. `version` changes when its bytes do (an ETag, or size and modification time)."""

    path: str
    size: int
    version: str


@dataclass(frozen=True, slots=True)
class Unit:
    """The grain of work: a table, a logical dataset, a log stream. Distributed, resumed and counted by.

    `fields` are those known before reading (a database's columns); a file's come with its samples. `rows` is an
    estimate and None where unknown. `fingerprint` changes whenever schema or content may have; None: cannot be told,
    so the unit is always examined again. `parts` are the files it is made of, where it is made of files.
    """

    source: str
    dataset: str
    fields: tuple[Field, ...] = ()
    rows: int | None = None
    fingerprint: str | None = None
    parts: tuple[Part, ...] = ()

    def __str__(self) -> str:
        return f"{self.source}/{self.dataset}"


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a unit that was not, or not wholly, looked at, by the name it is listed under, and why."""

    part: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at of one field. "Clean" must be earned: without values, nothing was examined.

    `rows` counts the rows drawn, `values` the non-null ones, `distinct` the different ones; `share` is the part of
    the unit's rows that was drawn (0 to 1, None where the whole is unknown); `method` says how they were drawn (`all`,
    `row_sample`, `block_sample`, `key_range`, `reservoir`, `newest_partition`, `head`). `cause` says why the extent is not `examined`; `gaps` names the
    parts that are the reason, where the unit is made of parts.
    """

    extent: Extent
    cause: Cause | None = None
    rows: int = 0
    values: int = 0
    distinct: int = 0
    share: float | None = None
    method: str = "all"
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One field's values as drawn (an Arrow array, nulls included), and how far they speak for the field.

    `repr` shows no value, so that raw data cannot reach a log by accident.
    """

    field: Field
    values: pa.Array
    coverage: Coverage

    def __repr__(self) -> str:
        return f"Sample({self.field}, {len(self.values)} values)"


class Scanner(Protocol):
    """Configuration that can look, not a connection: frozen, cheap, picklable.

    Every method opens and closes its own handle; secrets resolve where it runs. `scanners.testing.ScannerContract`
    holds the promises as tests.
    """

    @property
    def source(self) -> Source:
        """The source this scanner was made for."""
        ...

    def units(self) -> Iterator[Unit]:
        """What there is, include and exclude applied. Raises ScanError when the source cannot be listed at all."""
        ...

    def sample(self, unit: Unit, budget: Budget, *, seed: int = 0) -> Sequence[Sample]:
        """Values of every field of `unit`, drawn at random within `budget`; the same seed draws the same.

        A field that could not be looked at is a Sample of no values whose Coverage names the cause. Raises
        UnitUnreadableError for the unit as a whole, SourceUnreachableError when the source went away.
        """
        ...

    def read(self, unit: Unit, *, limit: int) -> pa.Table:
        """Up to `limit` rows of `unit` with all its columns, for a reader who holds a grant. Errors as `sample`."""
        ...

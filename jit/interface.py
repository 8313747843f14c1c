"""Who asks for what, what the policy says, and what is lent until when."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from classifiers import DataClass, Sensitivity


class JitError(Exception):
    """Root of what goes wrong with lending; the message names what the user named, a hint rides as a note."""


class DeniedError(JitError):
    """The policy or the record forbids it: one's own request, another's grant, an ended grant, no rule that allows."""


class UnknownError(JitError):
    """No request, grant or class of that name."""


class PolicyError(JitError):
    """The policy file cannot be used as it stands."""


class LedgerError(JitError):
    """The ledger cannot be read or written; nothing new is granted then."""


class TamperError(JitError):
    """A record does not verify: it was changed, cut or signed by somebody else."""


class RequestState(StrEnum):
    """Where a request stands. Only `pending` moves on."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"  # by the policy
    REJECTED = "rejected"  # by a person
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class GrantState(StrEnum):
    """Where a grant stands on paper. What it allows at a moment is `is_live`, never this word alone."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the settings (or, with a server, the identity provider) know."""

    name: str
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for, before anybody answered.

    `classes` within `scope` (a glob over `source/dataset#field`), or `entries` by id. `seconds` None takes the policy's
    default; `start` None is now. `break_glass` asks to read in an emergency without an allow, heard and reviewed.
    """

    requester: str
    classes: tuple[DataClass, ...] = ()
    scope: str = "*"
    entries: tuple[str, ...] = ()
    purpose: str | None = None
    reason: str = ""
    ticket: str | None = None
    seconds: int | None = None
    start: datetime | None = None
    break_glass: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """One level of approval: `n` distinct people of the approvers called `of`."""

    of: str
    n: int


class Outcome(StrEnum):
    """What the policy says of a request."""

    APPROVED = "approved"
    PENDING = "pending"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Decision:
    """The policy's answer: the same object for a dry run and for the real one.

    `seconds` is what will be lent (the least of all maxima); `needs` are the levels still to be filled, in order;
    `rules` the ids of the rules it rests on; `because` says in words which conditions passed or failed; `rows` is the
    cap on rows per read, None where no rule sets one; `pending_for` how long, in seconds, people have to answer.
    Where the glass was broken, `notify` are the groups to tell at once, `review_within` the seconds until somebody has
    to have looked at it.
    """

    outcome: Outcome
    seconds: int = 0
    needs: tuple[Need, ...] = ()
    rules: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    rows: int | None = None
    pending_for: int = 4 * 3600
    break_glass: bool = False
    notify: tuple[str, ...] = ()
    review_within: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person said to a request, once."""

    person: str
    approve: bool
    at: datetime
    reason: str = ""
    level: int = 0  # which of the request's levels it counts for, from 0


@dataclass(frozen=True, slots=True)
class Request:
    """A request on the record; the attributes are the keys of the contract's JSON.

    `entries` are the concrete fields it was resolved to; `digest` binds the answers to exactly what was asked.
    """

    id: str
    state: RequestState
    requester: str
    classes: tuple[DataClass, ...]
    scope: str
    entries: tuple[str, ...]
    purpose: str | None
    reason: str
    ticket: str | None
    seconds: int
    start: datetime | None
    created: datetime
    answers: tuple[Answer, ...]
    needs: tuple[Need, ...]
    grant_id: str | None
    because: tuple[str, ...]
    digest: str
    rows: int | None = None
    expires: datetime | None = None  # when a pending request lapses
    levels: tuple[Need, ...] = ()  # every level of approval it takes; `needs` are those still open
    automatic: bool = False  # approved by the policy alone; quotas count these
    extends: str | None = None  # the grant that this asks to prolong
    follows: bool = False  # what is lent takes new fields of the classes in: the policy says drift: follow
    break_glass: bool = False  # read in an emergency, without an allow
    notify: tuple[str, ...] = ()  # groups to tell of it at once
    review_by: datetime | None = None  # until when somebody has to have looked at it


@dataclass(frozen=True, slots=True)
class Pin:
    """An entry as it stood when it was lent. What the catalog says later can only take away from that."""

    entry: str
    classes: tuple[DataClass, ...]
    sensitivity: Sensitivity | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What is lent: exactly these entries, to this person, from `starts` until `expires`.

    `withheld` are those of them that wait for a new decision, since the catalog holds more of them than was lent.
    """

    id: str
    state: GrantState
    grantee: str
    classes: tuple[DataClass, ...]
    entries: tuple[str, ...]
    starts: datetime
    expires: datetime
    provisioner: str
    because: tuple[str, ...]
    request_id: str = ""
    rows: int | None = None
    purpose: str | None = None
    pins: tuple[Pin, ...] = ()
    notes: tuple[str, ...] = ()  # what people typed about it; stays in the ledger, never in a record or an export
    withheld: tuple[str, ...] = ()

    @property
    def length(self) -> timedelta:
        """How long it is lent for."""
        return self.expires - self.starts


@dataclass(frozen=True, slots=True)
class Usage:
    """What the record says of a person that counts when they ask.

    `automatic` is when they were approved for by the policy alone: quotas count it. `unreviewed` are the requests for
    which they broke the glass and whose review is overdue. `barred` are the rules that an access review took from them,
    `reviewed` the grants of which one asks whether they stay.
    """

    automatic: tuple[datetime, ...] = field(default=())
    unreviewed: tuple[str, ...] = ()
    barred: frozenset[str] = frozenset()
    reviewed: frozenset[str] = frozenset()


def is_live(grant: Grant, now: datetime) -> bool:
    """Whether the grant allows a read at `now`. The only place where expiry is decided; sweeping merely cleans up."""
    return grant.state in {GrantState.SCHEDULED, GrantState.ACTIVE} and grant.starts <= now < grant.expires

"""Access reviews: a campaign asks of everything lent, and of everybody who could ask, whether it is to stay."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from classifiers import DataClass


class CampaignState(StrEnum):
    """Where a campaign stands. Past its end it is closed, swept or not: nothing is kept any more."""

    OPEN = "open"
    CLOSED = "closed"


class QuestionState(StrEnum):
    """What was said to a question. What is still open when the campaign ends is revoked."""

    OPEN = "open"
    KEEP = "keep"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Campaign:
    """One access review, from `opened` until `closes`; `classes` and `scope` say what it is about."""

    id: str
    state: CampaignState
    opened_by: str
    opened: datetime
    closes: datetime
    classes: tuple[DataClass, ...] = ()
    scope: str = "*"


@dataclass(frozen=True, slots=True)
class Question:
    """Whether `person` keeps one thing: a grant, or what a rule of the policy lets them ask for.

    Exactly one of `grant` and `rule` is there. `until` is the end that the grant had before the campaign took it.
    """

    id: str
    campaign: str
    state: QuestionState
    person: str
    classes: tuple[DataClass, ...]
    entries: tuple[str, ...]
    grant: str | None = None
    rule: str | None = None
    until: datetime | None = None
    answered_by: str | None = None
    answered: datetime | None = None
    reason: str = ""  # what the reviewer typed; stays in the ledger

"""What is believed of one field, as a pure function of what the machine saw, what people decided and whose it is.

Human over policy over machine; the machine's own view is kept beside a decision, never in its place.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.interface import Action, Authority, ChangeKind, Judgement, Status
from classifiers import Classification, ClassifyError, ClassInfo, DataClass, Label, Sensitivity, Taxonomy
from scanners import Cause, Extent

RANK = {Authority.MACHINE: 0, Authority.POLICY: 1, Authority.HUMAN: 2}
VERDICTS = frozenset({Action.ACCEPT, Action.REJECT, Action.RECLASSIFY})
CIRCUMSTANCES = frozenset({Cause.PERMISSION, Cause.TIMEOUT, Cause.UNREACHABLE, Cause.GONE})  # of the look, not the data


@dataclass(frozen=True, slots=True)
class Belief:
    """One row of what is believed. `labels` is what holds; `proposed` is what the machine says."""

    source: str
    dataset: str
    field: str
    data_type: str
    first_seen: datetime
    labels: tuple[Label, ...] = ()
    status: Status = Status.NONE
    coverage: Extent = Extent.NOT_EXAMINED
    coverage_reason: Cause | None = None
    sensitivity: Sensitivity | None = None
    regulations: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    owner: str | None = None
    purpose: tuple[str, ...] = ()
    examined: int = 0
    distinct: int = 0
    matched: int = 0
    gone: bool = False
    proposed: tuple[Label, ...] = ()
    disagrees: bool = False
    ambiguous: bool = False
    decision_id: int | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    digest: str = ""

    @property
    def id(self) -> str:
        """The entry's id."""
        return f"{self.source}/{self.dataset}#{self.field}"

    @property
    def data_class(self) -> DataClass | None:
        """The leading class."""
        return self.labels[0].data_class if self.labels else None


def looked(before: Belief, seen: Classification) -> Belief:
    """The machine's side after a look.

    A look that saw less does not withdraw what a fuller one found: clean must be earned.
    """
    coverage = seen.coverage
    withdrawn = bool(before.proposed) and not seen.labels and coverage.extent is not Extent.EXAMINED
    return replace(
        before,
        data_type=seen.field.data_type,
        proposed=before.proposed if withdrawn else seen.labels,
        ambiguous=before.ambiguous if withdrawn else seen.ambiguous,
        coverage=coverage.extent,
        coverage_reason=coverage.cause,
        examined=before.examined if withdrawn else seen.examined,
        distinct=before.distinct if withdrawn else coverage.distinct,
        matched=before.matched if withdrawn else seen.matched,
        gone=False,
        digest=digest(seen),
    )


def unreadable(before: Belief, cause: Cause | None) -> Belief:
    """After a look that failed: not examined, with the cause; what was known stays known."""
    return replace(before, coverage=Extent.NOT_EXAMINED, coverage_reason=cause, gone=False)


def decided(before: Belief, judgement: Judgement | None, taxonomy: Taxonomy) -> Belief:
    """With the decision in force applied, or with the machine's own proposal where there is none."""
    labels, status = before.proposed, Status.PROPOSED if before.proposed else Status.NONE
    if judgement is not None:
        status = Status.REJECTED if judgement.action is Action.REJECT else Status.CONFIRMED
        labels = judgement.labels
    infos = [info for label in labels if (info := known(taxonomy, label.data_class))]
    return replace(
        before,
        labels=labels,
        status=status,
        sensitivity=sensitivity(labels, taxonomy),
        regulations=_union(info.regulations for info in infos),
        requirements=_union(info.requirements for info in infos),
        disagrees=judgement is not None and disagrees(judgement, before.proposed),
        decision_id=judgement.serial if judgement else None,
        decided_by=judgement.actor if judgement else None,
        decided_at=judgement.happened if judgement else None,
    )


def in_force(judgements: Sequence[Judgement]) -> Judgement | None:
    """The decision that holds: of those neither undone nor expired, the highest authority's latest."""
    ended = {judgement.undoes for judgement in judgements}
    standing = [one for one in judgements if one.action in VERDICTS and one.serial not in ended]
    return max(standing, key=lambda one: (RANK[one.authority], one.serial), default=None)


def disagrees(judgement: Judgement, proposed: Sequence[Label]) -> bool:
    """Whether the machine now says what was not on the table when somebody decided, and contradicts them.

    A steward who overruled a proposal is not asked again about the same proposal.
    """
    now = {label.data_class for label in proposed}
    if now == set(judgement.seen):
        return False
    if judgement.action is Action.REJECT:
        return bool(now - set(judgement.seen))
    held = [label.data_class for label in judgement.labels]
    return not any(mine.covers(other) or other.covers(mine) for mine in held for other in now)


def change(before: Belief | None, after: Belief) -> ChangeKind | None:  # noqa: PLR0911 - a table of precedence
    """What became different, the weightiest first; None where nothing did."""
    if before is None:
        return ChangeKind.NEW
    if before == after:
        return None
    if before.gone != after.gone:
        return ChangeKind.GONE if after.gone else ChangeKind.BACK
    if _classes(before) != _classes(after):
        return _class_change(before, after)
    if (before.status, before.decision_id) != (after.status, after.decision_id):
        return ChangeKind.DECIDED
    if after.disagrees and not before.disagrees:
        return ChangeKind.DISAGREED
    if _owned(before) != _owned(after):
        return ChangeKind.OWNED
    if (before.coverage, before.coverage_reason) != (after.coverage, after.coverage_reason):
        return ChangeKind.COVERAGE
    return ChangeKind.DETAILS


def _class_change(before: Belief, after: Belief) -> ChangeKind:
    if not before.labels:
        return ChangeKind.FOUND
    if not after.labels:
        return ChangeKind.UNSEEN if after.status is Status.NONE else ChangeKind.LOWERED
    was, now = before.sensitivity or 0, after.sensitivity or 0
    if was == now:
        return ChangeKind.CHANGED
    return ChangeKind.RAISED if now > was else ChangeKind.LOWERED


def _classes(belief: Belief) -> tuple[DataClass, ...]:
    return tuple(label.data_class for label in belief.labels)


def _owned(belief: Belief) -> tuple[object, ...]:
    return (belief.owner, belief.purpose, belief.requirements, belief.regulations, belief.sensitivity)


def known(taxonomy: Taxonomy, key: str) -> ClassInfo | None:
    """What the taxonomy says of a class, None for one it does not know (any more)."""
    try:
        return taxonomy.get(key)
    except ClassifyError:
        return None


def sensitivity(labels: Iterable[Label], taxonomy: Taxonomy) -> Sensitivity | None:
    """The highest of the labels; a class that the taxonomy does not know counts as the most sensitive."""
    infos = [known(taxonomy, label.data_class) for label in labels]
    return max((info.sensitivity if info else Sensitivity.CRITICAL for info in infos), default=None)


def _union(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for one in lists for item in one))


def digest(seen: Classification) -> str:
    """What a look found, in short: the same digest, the same evidence."""
    told = repr((seen.field.data_type, seen.coverage, seen.labels, seen.alternatives, seen.findings, seen.examined,
                 seen.matched, seen.ambiguous))  # fmt: skip
    return hashlib.blake2b(told.encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()


def settled(seen: Sequence[Classification]) -> bool:
    """Whether looking again at the same content would show nothing else: no field failed for circumstances."""
    return not any(one.coverage.cause in CIRCUMSTANCES for one in seen)

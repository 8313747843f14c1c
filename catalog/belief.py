"""What is believed of one field, as a pure function of what the machine saw, what people decided and whose it is.

Human over policy over machine; the machine's own view is kept beside a decision, never in its place.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.interface import ChangeKind, Status
from catalog.judgements import Action, Authority, Judgement
from classifiers import Classification, ClassifyError, ClassInfo, DataClass, Label, Sensitivity, Taxonomy
from scanners import Cause, Extent

RANK = {Authority.MACHINE: 0, Authority.POLICY: 1, Authority.HUMAN: 2}
VERDICTS = frozenset({Action.ACCEPT, Action.REJECT, Action.RECLASSIFY})
QUOTED = re.compile(r"@|\d{4}|['\"`]")  # an address, a number, an example in quotes
COMMENT = 200  # characters of a comment that are kept
# Of the look, not of the data.
CIRCUMSTANCES = frozenset({
    Cause.PERMISSION, Cause.TIMEOUT, Cause.UNREACHABLE, Cause.BUSY, Cause.BUDGET, Cause.PARTITION_FILTER, Cause.GONE,
})  # fmt: skip


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
    asked_by: str | None = None
    muted_until: datetime | None = None
    decision_id: int | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    digest: str = ""
    comment: str | None = None  # what the source says of the field
    reason: str | None = None  # why somebody decided so
    uid: str | None = None  # what the engine knows it by, whatever it is called
    waits: int | None = None  # since which commit it awaits a decision

    @property
    def id(self) -> str:
        """The entry's id."""
        return f"{self.source}/{self.dataset}#{self.field}"

    @property
    def place(self) -> tuple[str, str, str]:
        """Source, dataset and field."""
        return (self.source, self.dataset, self.field)

    @property
    def waiting(self) -> bool:
        """Whether somebody has to decide."""
        return not self.gone and (self.status is Status.PROPOSED or self.disagrees or self.asked_by is not None)

    @property
    def personal(self) -> bool:
        """Whether it holds a class, or one was proposed or decided on: what most questions are about."""
        said = self.status is not Status.NONE or self.asked_by is not None or self.muted_until is not None
        return said or bool(self.labels or self.proposed)

    @property
    def data_class(self) -> DataClass | None:
        """The leading class."""
        return self.labels[0].data_class if self.labels else None


def looked(
    before: Belief, seen: Classification, proposed: tuple[Label, ...] | None = None, mark: str | None = None
) -> Belief:
    """The machine's side after a look.

    `proposed` is what is made of its labels, where thresholds are set; `mark` is its digest, where it is known. A look
    that saw less does not withdraw what a fuller one found: clean must be earned.
    """
    coverage, labels = seen.coverage, seen.labels if proposed is None else proposed
    withdrawn = bool(before.proposed) and not labels and coverage.extent is not Extent.EXAMINED
    return replace(
        before,
        data_type=seen.field.data_type,
        proposed=before.proposed if withdrawn else labels,
        ambiguous=before.ambiguous if withdrawn else seen.ambiguous,
        coverage=coverage.extent,
        coverage_reason=coverage.cause,
        examined=before.examined if withdrawn else seen.examined,
        distinct=before.distinct if withdrawn else coverage.distinct,
        matched=before.matched if withdrawn else seen.matched,
        gone=False,
        digest=mark or digest(seen),
        comment=plain(seen.field.comment),
        uid=seen.field.uid,
    )


def unreadable(before: Belief, cause: Cause | None) -> Belief:
    """After a look that failed: not examined, with the cause; what was known stays known."""
    return replace(before, coverage=Extent.NOT_EXAMINED, coverage_reason=cause, gone=False)


def decided(before: Belief, judgements: Sequence[Judgement], taxonomy: Taxonomy) -> Belief:
    """With the decision in force applied, or with the machine's own proposal where there is none."""
    if not judgements and not before.proposed and before.status is Status.NONE:
        return before  # most fields of most sources: clean, and nobody said otherwise
    standing = in_force(judgements)
    labels, status = before.proposed, Status.PROPOSED if before.proposed else Status.NONE
    if standing is not None:
        status = Status.REJECTED if standing.action is Action.REJECT else Status.CONFIRMED
        labels = standing.labels
    elif lapsed := _lapsed(judgements):
        labels, status = _either(lapsed.labels, before.proposed), Status.PROPOSED
    asked = waiting(judgements)
    infos = [info for label in labels if (info := known(taxonomy, label.data_class))]
    return replace(
        before,
        labels=labels,
        status=status if labels or standing else Status.NONE,
        sensitivity=sensitivity(labels, taxonomy),
        regulations=_union(info.regulations for info in infos),
        requirements=_union(info.requirements for info in infos),
        disagrees=standing is not None and disagrees(standing, before.proposed),
        asked_by=asked.actor if asked else None,
        muted_until=_muted(judgements, before.proposed),
        decision_id=standing.serial if standing else None,
        decided_by=standing.actor if standing else None,
        decided_at=standing.happened if standing else None,
        reason=standing.reason or None if standing else None,
    )


def in_force(judgements: Sequence[Judgement]) -> Judgement | None:
    """The decision that holds: of those neither undone nor expired, the highest authority's latest.

    One that waits for a second person counts from when that person agreed.
    """
    since = {one.seconds: one.serial for one in judgements if one.action is Action.SECOND}
    standing = [one for one in _open(judgements) if not one.pending or one.serial in since]
    return max(standing, key=lambda one: (RANK[one.authority], since.get(one.serial, one.serial)), default=None)


def waiting(judgements: Sequence[Judgement]) -> Judgement | None:
    """The decision that waits for a second person; a later decision that holds makes it void."""
    seconded = {one.seconds for one in judgements if one.action is Action.SECOND}
    asked = [one for one in _open(judgements) if one.pending and one.serial not in seconded]
    last = max(asked, key=lambda one: one.serial, default=None)
    later = in_force(judgements)
    return None if last and later and later.serial > last.serial else last


def _open(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Verdicts that were not taken back and have not run out."""
    ended = {one.undoes for one in judgements}
    return [one for one in judgements if one.action in VERDICTS and one.serial not in ended]


def _lapsed(judgements: Sequence[Judgement]) -> Judgement | None:
    """The last decision, where it ran out: until somebody decides again what it held counts beside the proposal."""
    expired = {one.undoes for one in judgements if one.action is Action.EXPIRE}
    ended = {one.undoes for one in judgements if one.action is Action.UNDO}
    last = [one for one in judgements if one.action in VERDICTS and one.serial not in ended and not one.pending]
    return last[-1] if last and last[-1].serial in expired else None


def _either(held: Sequence[Label], proposed: Sequence[Label]) -> tuple[Label, ...]:
    classes = {label.data_class for label in held}
    return (*held, *(label for label in proposed if label.data_class not in classes))


def muting(judgements: Sequence[Judgement]) -> Judgement | None:
    """The last silence that somebody asked for and nobody took back."""
    ended = {one.undoes for one in judgements}
    return next((one for one in reversed(judgements) if one.action is Action.MUTE and one.serial not in ended), None)


def _muted(judgements: Sequence[Judgement], proposed: Sequence[Label]) -> datetime | None:
    """Until when nobody is to be asked; what the machine did not say at the time ends the silence."""
    last = muting(judgements)
    if last is None or {label.data_class for label in proposed} - set(last.seen):
        return None
    return last.valid_until


def lowers(before: Belief, labels: Sequence[Label], taxonomy: Taxonomy) -> bool:
    """Whether these labels are less sensitive than what is held."""
    return (sensitivity(labels, taxonomy) or 0) < (before.sensitivity or 0)


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
    if _said(before) != _said(after):
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


def _said(belief: Belief) -> tuple[object, ...]:
    return (belief.status, belief.decision_id, belief.asked_by, belief.muted_until)


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


def plain(comment: str | None) -> str | None:
    """A column's comment as it is kept, cut to a line: None for one that may quote a value of the column."""
    if not comment or QUOTED.search(comment):
        return None
    return comment.encode("utf-8", "backslashreplace").decode("utf-8")[:COMMENT]


def settled(seen: Sequence[Classification]) -> bool:
    """Whether looking again at the same content would show nothing else: no field failed for circumstances."""
    return not any(one.coverage.cause in CIRCUMSTANCES for one in seen)

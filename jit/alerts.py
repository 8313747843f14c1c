"""What needs a look, read from the audit record alone: rules over records, each a pure function.

An alert is there as long as the records say so, and its id is made of them: whoever asks twice gets the same alerts, and
nothing has to run for them to appear. Acknowledging one is a record too.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from jit.change import unknown
from jit.interface import DeniedError, Person
from jit.ledger import Ledger
from jit.proof.canonical import moment
from jit.proof.record import Event, Record
from jit.resolve import check_reason

HIGH, MEDIUM = "high", "medium"
READS, READS_WITHIN = 3, timedelta(minutes=10)
DENIALS, DENIALS_WITHIN = 5, timedelta(hours=1)
CLASSES, CLASSES_WITHIN = 4, timedelta(hours=1)
"""How many refused reads, denied requests and different classes denied, in how long, are no accident any more."""
FOUND = {"critical": HIGH, "high": HIGH, "medium": MEDIUM}
"""How urgent it is that a field holds more than was known of it, by its sensitivity; less is for the queue alone."""
ACKNOWLEDGED = "alert.acknowledged"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that needs a look. `id` is its rule and what it is about; `told` are the people it concerns by name."""

    id: str
    severity: str
    at: datetime
    person: str
    because: str
    request: str | None = None
    grant: str | None = None
    seq: int = 0
    told: tuple[str, ...] = ()
    acknowledged_by: str | None = None
    acknowledged: datetime | None = None

    @property
    def rule(self) -> str:
        """The rule that raised it."""
        return self.id.partition(":")[0]

    def as_json(self) -> dict[str, Any]:
        """The item that `alert list` prints."""
        return {
            "id": self.id, "rule": self.rule, "severity": self.severity, "at": self.at.isoformat(), "person": self.person,
            "because": self.because, "request": self.request, "grant": self.grant, "seq": self.seq,
            "told": list(self.told), "acknowledged_by": self.acknowledged_by,
            "acknowledged": self.acknowledged.isoformat() if self.acknowledged else None,
        }  # fmt: skip


Rule = Callable[[Sequence[Record], datetime], Iterator[Alert]]


def glass_broken(records: Sequence[Record], _now: datetime) -> Iterator[Alert]:
    """Somebody broke the glass, and nobody has reviewed it yet."""
    for record in _unreviewed(records):
        yield _about(record, "glass-broken", HIGH, f"{record.event.actor} broke the glass")


def review_overdue(records: Sequence[Record], now: datetime) -> Iterator[Alert]:
    """A broken glass that should have been reviewed by now."""
    for record in _unreviewed(records):
        due = moment(record.event.detail["review_by"])
        if now >= due:
            said = f"nobody reviewed by {due:%Y-%m-%d %H:%M} UTC that {record.event.actor} broke the glass"
            yield replace(_about(record, "review-overdue", HIGH, said), at=due)


def refused_reads(records: Sequence[Record], _now: datetime) -> Iterator[Alert]:
    """One person was refused several reads in a short time: trying what is not lent."""
    for record, burst in _bursts(records, "read.refused", READS, READS_WITHIN):
        said = f"{len(burst)} reads of {record.event.actor} were refused within {READS_WITHIN.seconds // 60} minutes"
        yield _burst("refused-reads", record, burst, said)


def denied_burst(records: Sequence[Record], _now: datetime) -> Iterator[Alert]:
    """One person was denied several requests in a short time."""
    for record, burst in _bursts(records, "request.denied", DENIALS, DENIALS_WITHIN):
        yield _burst(
            "denied-burst", record, burst, f"{len(burst)} requests of {record.event.actor} were denied within an hour"
        )


def class_walking(records: Sequence[Record], _now: datetime) -> Iterator[Alert]:
    """One person was denied one class after another: looking for a door that is open."""
    walked: dict[str, deque[Record]] = defaultdict(deque)
    for record in _of(records, "request.denied"):
        recent = walked[record.event.actor]
        recent.append(record)
        while record.ts - recent[0].ts > CLASSES_WITHIN:
            recent.popleft()
        tried = {one for each in recent for one in each.event.classes}
        if len(tried) >= CLASSES:
            said = f"{record.event.actor} was denied {len(tried)} different classes within an hour"
            yield _burst("class-walking", record, tuple(recent), said)
            recent.clear()


def ended_in_the_spool(records: Sequence[Record], _now: datetime) -> Iterator[Alert]:
    """A grant ended while the ledger could not be written: the end waited in the spool."""
    for record in _of(records, "grant.revoked"):
        if "spooled" in record.event.detail:
            said = f"{record.event.grant} ended while the ledger could not be written"
            yield _about(record, "ended-in-the-spool", MEDIUM, said)


def stuck(records: Sequence[Record], _now: datetime) -> Iterator[Alert]:
    """A grant that ended on paper, and could not be taken back from its target yet."""
    last: dict[str, Record] = {}
    for record in records:
        if record.event.type.startswith("grant.") and record.event.grant and "state" in record.event.detail:
            last[record.event.grant] = record
    for record in last.values():
        if record.event.detail["state"] == "stuck":
            yield _about(record, "stuck", HIGH, f"{record.event.grant} could not be taken back yet")


def key_rotated(records: Sequence[Record], _now: datetime) -> Iterator[Alert]:
    """The record is signed by another key from here on."""
    for record in _of(records, "key.rotated"):
        yield _about(record, "key-rotated", MEDIUM, f"{record.event.actor} had the record signed by another key")


def revoked_unanswered(records: Sequence[Record], _now: datetime) -> Iterator[Alert]:
    """An access review ended with questions that nobody had answered."""
    for record in _of(records, "campaign.closed"):
        if count := record.event.detail.get("unanswered", 0):
            yield _about(
                record, "review-unanswered", MEDIUM, f"{count} questions of an access review went unanswered: revoked"
            )


def scan_found(records: Sequence[Record], _now: datetime) -> Iterator[Alert]:
    """A scan found fields that hold more than was known of them, and nobody decided on all of them since."""
    decided: set[str] = set()
    for record in reversed(records):
        detail = record.event.detail
        if record.event.type == "review.done":
            decided.update(record.event.entries)
        elif record.event.type == "scan.found" and detail["worst"] in FOUND:
            left = [name for name in record.event.entries if name not in decided]
            if left:
                said = f"{detail['run']} found more in {', '.join(left[:3])}" + (
                    f" and {len(left) - 3} more fields" if len(left) > 3 else ""
                )
                about = f"{said}: {detail['worst']} at worst, {', '.join(record.event.classes)}"
                alert = _about(record, "scan-found", FOUND[detail["worst"]], about)
                yield replace(alert, id=f"scan-found:{detail['run']}")


RULES: tuple[Rule, ...] = (
    glass_broken, review_overdue, refused_reads, denied_burst, class_walking, ended_in_the_spool, stuck, key_rotated,
    revoked_unanswered, scan_found,
)  # fmt: skip


def alerts(records: Iterable[Record], now: datetime) -> list[Alert]:
    """Every alert that the records raise at `now`, the newest first, with who acknowledged it."""
    log = tuple(records)
    seen = {record.event.detail["alert"]: record for record in _of(log, ACKNOWLEDGED)}
    found = [_acknowledged(one, seen) for rule in RULES for one in rule(log, now)]
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)


def acknowledge(ledger: Ledger, name: str, person: Person, now: datetime, reason: str = "") -> Alert:
    """Put on record that `person` has looked at an alert. Raises UnknownError for one that there is not.

    Raises DeniedError, on record, for what `person` did: acknowledging it would take it off everybody's list.
    """
    check_reason(reason)
    moment_ = ledger.moment(now)
    found = {one.id: one for one in alerts(ledger.records(), moment_)}
    if name not in found:
        raise unknown("alert", name)
    alert = found[name]
    if alert.person == person.name:
        refused = DeniedError(f"{name} is about you: somebody else looks at it")
        ledger.record(
            Event(
                "alert.refused", person.name, alert.request, alert.grant, decision="refused", because=(str(refused),)
            ),
            now,
            narrowing=True,
        )
        raise refused
    with ledger.write(now, narrowing=True) as change:
        committed = change.commit_to(reason)
        detail = {"alert": name} | ({"reason": committed} if committed else {})
        change.record(Event(ACKNOWLEDGED, person.name, alert.request, alert.grant, detail=detail))
        return replace(alert, acknowledged_by=person.name, acknowledged=change.now)


def _acknowledged(alert: Alert, seen: Mapping[str, Record]) -> Alert:
    record = seen.get(alert.id)
    return alert if record is None else replace(alert, acknowledged_by=record.event.actor, acknowledged=record.ts)


def _of(records: Iterable[Record], kind: str) -> Iterator[Record]:
    return (record for record in records if record.event.type == kind)


def _unreviewed(records: Sequence[Record]) -> list[Record]:
    reviewed = {record.event.request for record in _of(records, "glass.reviewed")}
    return [record for record in _of(records, "glass.broken") if record.event.request not in reviewed]


def _bursts(
    records: Sequence[Record], kind: str, count: int, within: timedelta
) -> Iterator[tuple[Record, tuple[Record, ...]]]:
    """Each time that one person did `kind` for the `count`-th time within `within`; counting begins anew then."""
    recent: dict[str, deque[Record]] = defaultdict(deque)
    for record in _of(records, kind):
        mine = recent[record.event.actor]
        mine.append(record)
        while record.ts - mine[0].ts > within:
            mine.popleft()
        if len(mine) >= count:
            yield record, tuple(mine)
            mine.clear()


def _about(record: Record, rule: str, severity: str, because: str) -> Alert:
    event = record.event
    about = event.grant if rule == "stuck" else event.request or event.grant or str(record.seq)
    told = tuple(event.detail.get("told", ()))
    return Alert(
        f"{rule}:{about}", severity, record.ts, event.actor, because, event.request, event.grant, record.seq, told
    )


def _burst(rule: str, last: Record, burst: Sequence[Record], because: str) -> Alert:
    name = f"{rule}:{last.event.actor}:{burst[0].seq}"
    return Alert(name, HIGH, last.ts, last.event.actor, because, last.event.request, last.event.grant, last.seq)

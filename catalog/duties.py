"""What must be done with personal data, why, and where something that must be known is not; the record of processing.

Pure: entries and the taxonomy in, statements out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from catalog.belief import sensitivity
from catalog.interface import Entry, Status
from classifiers import ClassInfo, DataClass, Sensitivity, Taxonomy
from scanners import Extent

SPECIAL = "GDPR Art. 9"


@dataclass(frozen=True, slots=True)
class Purpose:
    """What data is processed for, and what is laid down about it; what is empty or None nobody laid down.

    `classes` are those it may be used on, with what is below them; None allows all.
    """

    name: str
    title: str = ""
    classes: tuple[DataClass, ...] | None = None
    basis: str = ""
    subjects: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    transfers: tuple[str, ...] = ()
    residency: tuple[str, ...] = ()
    retention: timedelta | None = None

    def allows(self, data_class: DataClass) -> bool:
        """Whether data of this class may be used for it."""
        return self.classes is None or any(key.covers(data_class) for key in self.classes)


Purposes = Mapping[str, Purpose]


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to be done with an entry, because of what it holds or is there for, of which these regulations speak."""

    requirement: str
    because: str
    regulations: tuple[str, ...]

    def __str__(self) -> str:
        rules = f" ({', '.join(self.regulations)})" if self.regulations else ""
        return f"{self.requirement}: {self.because}{rules}"


def duties(entry: Entry, taxonomy: Taxonomy, purposes: Purposes | None = None) -> tuple[Duty, ...]:
    """What must be done with an entry, each with what first asks for it: a class, or a purpose of personal data."""
    found: dict[str, Duty] = {}
    for data_class in entry.classes:
        for info in _line(data_class, taxonomy):
            for requirement in info.requirements:
                found.setdefault(requirement, Duty(requirement, f"it holds {info.key}", info.regulations))
    for name in entry.purpose if entry.classes else ():
        for duty in _of_purpose((purposes or {}).get(name, Purpose(name))):
            found.setdefault(duty.requirement, duty)
    return tuple(found.values())


def _of_purpose(purpose: Purpose) -> Iterator[Duty]:
    because = f"it is there for {purpose.name}"
    if purpose.retention is not None:
        yield Duty(f"delete after {_span(purpose.retention)}", because, ("GDPR Art. 5(1)(e)",))
    if purpose.residency:
        yield Duty(f"keep in {', '.join(purpose.residency)}", because, ("GDPR Art. 44",))


def _line(data_class: DataClass, taxonomy: Taxonomy) -> list[ClassInfo]:
    """A class and what is above it, the highest first: a requirement's reason is where it is stated."""
    line: list[ClassInfo] = []
    key: DataClass | None = data_class if data_class in taxonomy else None
    while key is not None:
        line.insert(0, taxonomy.get(key))
        key = line[0].parent
    return line


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is not known of an entry and has to be: what, why, and what to do about it."""

    id: str
    what: str
    why: str
    todo: str
    sensitivity: Sensitivity | None


def lacks(entries: Iterable[Entry], taxonomy: Taxonomy, purposes: Purposes | None = None) -> list[Lack]:
    """What is not known, the most sensitive first. Give it every entry: what was not examined is a lack too."""
    known = purposes or {}
    found = [
        lack
        for entry in entries
        for lack in (*_lacks(entry), *_doubts(entry, taxonomy), *_purpose_lacks(entry, taxonomy, known))
    ]
    return sorted(found, key=lambda lack: (-(lack.sensitivity or 0), lack.id, lack.what))


def _purpose_lacks(entry: Entry, taxonomy: Taxonomy, purposes: Purposes) -> Iterator[Lack]:
    """What is wrong with an entry's purposes: one that nobody laid down, is not for the class, or keeps data for ever."""
    special = next((key for key in entry.classes if key in taxonomy and SPECIAL in taxonomy.get(key).regulations), None)
    for name in entry.purpose if entry.classes else ():
        purpose = purposes.get(name)
        where = f"`purposes: {{{name}: …}}` in the settings"
        if purpose is None and purposes:
            yield Lack(
                entry.id, "purpose", f"nobody laid down what {name} is", f"state it under {where}", entry.sensitivity
            )
        if purpose is None or purpose.retention is None:
            why = f"nobody laid down how long data for {name} is kept (GDPR Art. 5(1)(e))"
            yield Lack(entry.id, "retention", why, f"say retention under {where}", entry.sensitivity)
        for key in entry.classes if purpose is not None else ():
            if purpose is not None and not purpose.allows(key):
                why, todo = f"{name} is not for {key}", f"use it for something else, or say so under {where}"
                yield Lack(entry.id, "purpose", why, todo, entry.sensitivity)
        if special is not None and (purpose is None or "9(2)" not in purpose.basis.replace(" ", "")):
            why = f"{special} is a special category, and {name} states no ground (GDPR Art. 9(2))"
            yield Lack(entry.id, "basis", why, f"say basis under {where}", entry.sensitivity)


def _lacks(entry: Entry) -> Iterator[Lack]:
    level = entry.sensitivity
    if entry.coverage is Extent.NOT_EXAMINED and entry.coverage_reason != "empty":
        why = f"it was not examined ({entry.coverage_reason or 'unknown'}), so it is not known to be clean"
        yield Lack(entry.id, "content", why, "let the scanner see it, then `datakeep scan`", level)
    if not entry.classes:
        return
    assign = "`datakeep review assign ENTRY"
    if entry.owner is None:
        yield Lack(entry.id, "owner", "nobody answers for it", f"{assign} --owner OWNER`", level)
    if not entry.purpose:
        why = "personal data needs a purpose (GDPR Art. 5(1)(b))"
        yield Lack(entry.id, "purpose", why, f"{assign} --purpose PURPOSE`", level)
    if entry.status is Status.PROPOSED and (level or 0) >= Sensitivity.HIGH:
        why = f"it is {level.word if level else 'sensitive'} and no person confirmed it"
        yield Lack(entry.id, "review", why, "`datakeep review next`", level)


def _doubts(entry: Entry, taxonomy: Taxonomy) -> Iterator[Lack]:
    """What the machine finds in an entry against a decision, where it would be sensitive."""
    level = sensitivity(entry.proposed, taxonomy) if entry.disagrees else None
    if level is not None and level >= Sensitivity.HIGH:
        said = ", ".join(label.data_class for label in entry.proposed)
        why = f"{said} is found in it, and {entry.decided_by} decided otherwise before"
        yield Lack(entry.id, "review", why, "`datakeep review next`", level)


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of the record of processing (GDPR Art. 30(1)): what a source is known to hold, for one set of purposes.

    What nobody laid down of the purposes is empty, to be filled in.
    """

    source: str
    owners: tuple[str, ...]  # (a) who answers for it
    purposes: tuple[str, ...]  # (b)
    categories: tuple[str, ...]  # (c) categories of personal data
    special: tuple[str, ...]  # (c) of which special categories, Art. 9
    measures: tuple[str, ...]  # (g) what the classes require
    subjects: tuple[str, ...]  # (c) categories of data subjects
    recipients: tuple[str, ...]  # (d)
    transfers: tuple[str, ...]  # (e)
    erasure: tuple[str, ...]  # (f) time limits
    bases: tuple[str, ...]  # Art. 6, and 9(2): what auditors ask for beside the record
    datasets: int
    fields: int
    unreviewed: int


def activities(entries: Iterable[Entry], taxonomy: Taxonomy, purposes: Purposes | None = None) -> list[Activity]:
    """The record of processing as far as the catalog knows it, by source and purposes."""
    groups: dict[tuple[str, tuple[str, ...]], list[Entry]] = {}
    for entry in entries:
        if entry.classes:
            groups.setdefault((entry.source, tuple(sorted(entry.purpose))), []).append(entry)
    known = purposes or {}
    return [
        _activity(source, [known.get(name, Purpose(name)) for name in names], members, taxonomy)
        for (source, names), members in sorted(groups.items())
    ]


def _activity(source: str, purposes: Sequence[Purpose], members: Sequence[Entry], taxonomy: Taxonomy) -> Activity:
    infos = {key: taxonomy.get(key) for entry in members for key in entry.classes if key in taxonomy}
    unknown = {key for entry in members for key in entry.classes} - set(infos)
    return Activity(
        source=source,
        owners=tuple(sorted({entry.owner for entry in members if entry.owner})),
        purposes=tuple(one.title or one.name for one in purposes),
        categories=(*sorted(info.title for info in infos.values()), *sorted(unknown)),
        special=tuple(sorted(info.title for info in infos.values() if SPECIAL in info.regulations)),
        measures=tuple(sorted({duty for entry in members for duty in entry.requirements})),
        subjects=_union(one.subjects for one in purposes),
        recipients=_union(one.recipients for one in purposes),
        transfers=_union(one.transfers for one in purposes),
        erasure=tuple(f"{one.name}: {_span(one.retention)}" for one in purposes if one.retention),
        bases=tuple(f"{one.name}: {one.basis}" for one in purposes if one.basis),
        datasets=len({entry.dataset for entry in members}),
        fields=len(members),
        unreviewed=sum(entry.status is Status.PROPOSED for entry in members),
    )


def _span(length: timedelta) -> str:
    return f"{length.days} days" if length.days else f"{length.seconds // 3600} hours"


def _union(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for one in lists for item in one))

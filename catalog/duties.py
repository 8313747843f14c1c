"""What must be done with personal data, why, and where something that must be known is not; the record of processing.

Pure: entries and the taxonomy in, statements out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalog.interface import Entry, Status
from classifiers import ClassInfo, DataClass, Sensitivity, Taxonomy
from scanners import Extent

SPECIAL = "GDPR Art. 9"


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to be done with an entry: because it holds `data_class`, of which these regulations speak."""

    requirement: str
    data_class: DataClass
    regulations: tuple[str, ...]

    def __str__(self) -> str:
        because = f" ({', '.join(self.regulations)})" if self.regulations else ""
        return f"{self.requirement}: it holds {self.data_class}{because}"


def duties(entry: Entry, taxonomy: Taxonomy) -> tuple[Duty, ...]:
    """What must be done with an entry, each with the class that first asks for it."""
    found: dict[str, Duty] = {}
    for data_class in entry.classes:
        for info in _line(data_class, taxonomy):
            for requirement in info.requirements:
                found.setdefault(requirement, Duty(requirement, info.key, info.regulations))
    return tuple(found.values())


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


def lacks(entries: Iterable[Entry]) -> list[Lack]:
    """What is not known, the most sensitive first. Give it every entry: what was not examined is a lack too."""
    found = [lack for entry in entries for lack in _lacks(entry)]
    return sorted(found, key=lambda lack: (-(lack.sensitivity or 0), lack.id, lack.what))


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


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of the record of processing (GDPR Art. 30(1)): what a source is known to hold, for one set of purposes.

    What a catalog cannot know (controller, recipients, transfers) is left to be filled in.
    """

    source: str
    owners: tuple[str, ...]  # (a) who answers for it
    purposes: tuple[str, ...]  # (b)
    categories: tuple[str, ...]  # (c) categories of personal data
    special: tuple[str, ...]  # (c) of which special categories, Art. 9
    measures: tuple[str, ...]  # (g) what the classes require
    datasets: int
    fields: int
    unreviewed: int


def activities(entries: Iterable[Entry], taxonomy: Taxonomy) -> list[Activity]:
    """The record of processing as far as the catalog knows it, by source and purposes."""
    groups: dict[tuple[str, tuple[str, ...]], list[Entry]] = {}
    for entry in entries:
        if entry.classes:
            groups.setdefault((entry.source, tuple(sorted(entry.purpose))), []).append(entry)
    return [_activity(source, purposes, members, taxonomy) for (source, purposes), members in sorted(groups.items())]


def _activity(source: str, purposes: tuple[str, ...], members: Sequence[Entry], taxonomy: Taxonomy) -> Activity:
    infos = {key: taxonomy.get(key) for entry in members for key in entry.classes if key in taxonomy}
    unknown = {key for entry in members for key in entry.classes} - set(infos)
    return Activity(
        source=source,
        owners=tuple(sorted({entry.owner for entry in members if entry.owner})),
        purposes=purposes,
        categories=(*sorted(info.title for info in infos.values()), *sorted(unknown)),
        special=tuple(sorted(info.title for info in infos.values() if SPECIAL in info.regulations)),
        measures=tuple(sorted({duty for entry in members for duty in entry.requirements})),
        datasets=len({entry.dataset for entry in members}),
        fields=len(members),
        unreviewed=sum(entry.status is Status.PROPOSED for entry in members),
    )

"""The catalog as a steward meets it: decisions by id or glob, and the queue of what awaits one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from catalog import queue, reading
from catalog.commit import EXPIRED, Commit, commit
from catalog.database import Connection, Database
from catalog.globs import is_glob
from catalog.imports import Asked
from catalog.interface import CatalogError, Entry, Ownership, Status
from catalog.judgements import Action, Authority, Queue, ReviewStats
from catalog.queue import Terms, Wanted
from catalog.reading import Filter
from catalog.review import Review
from catalog.terms import AutoAccept, Rules, Word
from classifiers import ClassifyError, Taxonomy

SCANNER = "datakeep"  # the actor of what a run does
PEOPLE_SPOKE = """
    SELECT DISTINCT concat(source, '/', dataset, '#', field) AS id FROM decisions
    WHERE action = 'expire' OR (authority = 'human' AND action NOT IN ('assign', 'mute'))
"""


def _awaits(entry: Entry, _now: datetime) -> bool:
    return entry.status is Status.PROPOSED


def _is_decided(entry: Entry, now: datetime) -> bool:
    silent = entry.muted_until is not None and entry.muted_until > now
    return entry.status in {Status.CONFIRMED, Status.REJECTED} or entry.asked_by is not None or silent


# What a glob means to a decision; an id means its entry in any case. Any other decision is for every entry.
MEANT: dict[Action, Callable[[Entry, datetime], bool]] = {
    Action.ACCEPT: _awaits,
    Action.REJECT: _awaits,
    Action.MUTE: _awaits,
    Action.SECOND: lambda entry, _now: entry.asked_by is not None,
    Action.UNDO: _is_decided,
}


class Stewardship:
    """What people decide. Each call is one commit: all entries named, or none."""

    def __init__(self, path: Path, taxonomy: Taxonomy, *, rules: Rules | None = None, wait: float = 30.0) -> None:
        """Take the file's place (made by the first write), the classes there are and how decisions are made."""
        self.path = path
        self.taxonomy = taxonomy
        self.rules = rules or Rules()
        self._database = Database(path, wait=wait)

    def accept(
        self, patterns: Iterable[str], word: Word, *, now: datetime, said: Ownership | None = None
    ) -> list[Entry]:
        """What the machine proposes is so. A glob touches what awaits a decision, an id its entry in any case."""
        with self._change(now, "accept", actor=word.actor) as work:
            entries = self._touched(work.connection, Action.ACCEPT, patterns, now)
            decision = Review(work, word, self.taxonomy, self.rules)
            decision.accept(entries)
            _assign(decision, entries, said)
        return self._again(entries)

    def reject(self, patterns: Iterable[str], word: Word, *, now: datetime) -> list[Entry]:
        """These hold no personal data. A glob touches what awaits a decision, an id its entry in any case."""
        with self._change(now, "reject", actor=word.actor) as work:
            entries = self._touched(work.connection, Action.REJECT, patterns, now)
            Review(work, word, self.taxonomy, self.rules).reject(entries)
        return self._again(entries)

    def reclassify(
        self,
        patterns: Iterable[str],
        classes: Iterable[str],
        word: Word,
        *,
        now: datetime,
        said: Ownership | None = None,
    ) -> list[Entry]:
        """These hold these classes, the leading one first."""
        with self._change(now, "reclassify", actor=word.actor) as work:
            entries = self._touched(work.connection, Action.RECLASSIFY, patterns, now)
            decision = Review(work, word, self.taxonomy, self.rules)
            decision.reclassify(entries, classes)
            _assign(decision, entries, said)
        return self._again(entries)

    def assign(self, patterns: Iterable[str], said: Ownership, word: Word, *, now: datetime) -> list[Entry]:
        """Whose these are, and what they are there for.

        `source/dataset` names a dataset as a whole: what it has no word of its own on inherits this, new columns too.
        """
        with self._change(now, "assign", actor=word.actor) as work:
            decision = Review(work, word, self.taxonomy, self.rules)
            entries = self._assign(decision, patterns, said)
        return self._again(entries)

    def second(self, patterns: Iterable[str], word: Word, *, now: datetime) -> list[Entry]:
        """Agree to lower these, as somebody else asked. A glob touches what waits for a second person."""
        with self._change(now, "second", actor=word.actor) as work:
            entries = self._touched(work.connection, Action.SECOND, patterns, now)
            Review(work, word, self.taxonomy, self.rules).second(entries)
        return self._again(entries)

    def mute(self, patterns: Iterable[str], word: Word, until: datetime, *, now: datetime) -> list[Entry]:
        """Ask nobody about these before `until`, unless the machine says something new of them."""
        with self._change(now, "mute", actor=word.actor) as work:
            entries = self._touched(work.connection, Action.MUTE, patterns, now)
            Review(work, word, self.taxonomy, self.rules).mute(entries, until)
        return self._again(entries)

    def expire(self, *, now: datetime) -> int:
        """Decisions whose time ran out come back to the queue; how many did. Harmless to call often."""
        if not self.path.exists():
            return 0
        with self._database.reading() as connection:
            due = connection.value(f"SELECT count(*) FROM ({EXPIRED})", {"now": now})  # noqa: S608 - ours
        if due:
            with self._change(now, "expire") as work:
                return Review(work, Word(SCANNER, "its time ran out", Authority.POLICY), self.taxonomy).expire()
        return 0

    def auto_accept(self, *, now: datetime, dry: bool = False) -> dict[AutoAccept, list[Entry]]:
        """Let the rules decide what they take of the proposals, or with `dry` only say what; by rule.

        What a person ever decided on, and what a term ran out on, is left to people.
        """
        taken = self._takes()
        if dry:
            return taken
        for rule, entries in taken.items():
            with self._change(now, "auto-accept", actor=rule.name) as work:
                Review(work, Word(rule.name, str(rule), Authority.POLICY), self.taxonomy, self.rules).accept(entries)
        return {rule: self._again(entries) for rule, entries in taken.items()}

    def _takes(self) -> dict[AutoAccept, list[Entry]]:
        """What each rule would decide, the first that takes an entry counting."""
        if not self.rules.accepts:
            return {}
        with self._database.reading() as connection:
            wanted = Filter(
                statuses=(Status.PROPOSED,), min_confidence=min(r.min_confidence for r in self.rules.accepts)
            )
            found = reading.entries(connection, wanted, reading.version_at(connection, None))
            people = {row["id"] for row in connection.rows(PEOPLE_SPOKE)}
        taken: dict[AutoAccept, list[Entry]] = {}
        for entry in found:
            rule = next((rule for rule in self.rules.accepts if rule.takes(entry)), None)
            if rule is not None and entry.id not in people:
                taken.setdefault(rule, []).append(entry)
        return taken

    def decide_all(self, asked: Iterable[Asked], word: Word, *, now: datetime) -> list[Entry]:
        """Many decisions at once, in order: all of them or none. Raises CatalogError, ClassifyError as each would."""
        touched: dict[str, Entry] = {}
        with self._change(now, "import", actor=word.actor) as work:
            version = reading.version_at(work.connection, None)
            for one in asked:
                decision = Review(work, replace(word, reason=one.reason or word.reason), self.taxonomy, self.rules)
                try:
                    entries = self._decide(decision, one, version)
                except (CatalogError, ClassifyError) as error:
                    error.add_note(f"{one.where} asks for it; nothing of it was done")
                    raise
                touched |= {entry.id: entry for entry in entries}
        return self._again(list(touched.values()))

    def _decide(self, decision: Review, one: Asked, version: int) -> list[Entry]:
        """Do what one row asks for; the entries that it is about."""
        if one.action is Action.ASSIGN and one.ownership is not None:
            return self._assign(decision, [one.id], one.ownership)
        entries = reading.resolve(decision.commit.connection, [one.id], version)
        if one.action is Action.ACCEPT:
            decision.accept(entries)
        elif one.action is Action.REJECT:
            decision.reject(entries)
        elif one.action is Action.RECLASSIFY:
            decision.reclassify(entries, one.classes)
        _assign(decision, entries, one.ownership)
        return entries

    def undo(self, patterns: Iterable[str], word: Word, *, now: datetime) -> list[Entry]:
        """Take back the last decision or silence. A glob touches entries with one."""
        with self._change(now, "undo", actor=word.actor) as work:
            entries = self._touched(work.connection, Action.UNDO, patterns, now)
            Review(work, word, self.taxonomy, self.rules).undo(entries)
        return self._again(entries)

    def queue(  # noqa: PLR0913 - the filters, by name
        self,
        *,
        sources: Iterable[str] = (),
        classes: Iterable[str] = (),
        datasets: Iterable[str] = (),
        statuses: Iterable[Status] = (),
        steward: str | None = None,
        overdue: bool = False,
        readers: Mapping[str, int] | None = None,
        now: datetime | None = None,
        as_of: datetime | None = None,
        limit: int | None = None,
    ) -> Queue:
        """What awaits a decision, or did at a time: clusters of entries that look the same, the riskiest first.

        All, or the first `limit` with how many there are. `readers` says how many people can read an entry now, by id;
        it raises the risk. With `now`, without what is muted then, and with `overdue` only what is late then. `steward`
        takes that person's questions only, `nobody` those that no rule gives to anybody.
        """
        entries = Filter(sources=tuple(sources), datasets=tuple(datasets), statuses=tuple(statuses), unmuted_at=now)
        wanted = Wanted(entries, tuple(classes), steward, overdue)
        terms = Terms(self.rules, self.taxonomy, now, readers or {})
        with self._database.reading() as connection:
            return queue.queue(connection, wanted, reading.version_at(connection, as_of), terms, limit)

    def stats(self, *, now: datetime | None = None, as_of: datetime | None = None) -> ReviewStats:
        """How far the review is, or was at a time; with `now`, also what is overdue then."""
        with self._database.reading() as connection:
            version = reading.version_at(connection, as_of)
            return queue.stats(connection, version, Terms(self.rules, self.taxonomy, now))

    @contextmanager
    def _change(self, now: datetime, action: str, run_id: str | None = None, actor: str = SCANNER) -> Iterator[Commit]:
        """A commit on a catalog that is there: only a run makes one."""
        self._database.require()
        with commit(self._database, now, actor=actor, action=action, run_id=run_id) as work:
            yield work

    def touched(self, action: Action, patterns: Iterable[str], *, now: datetime) -> list[Entry]:
        """The entries that a decision on these would touch; nothing is done."""
        with self._database.reading() as connection:
            return self._touched(connection, action, patterns, now)

    def _touched(self, connection: Connection, action: Action, patterns: Iterable[str], now: datetime) -> list[Entry]:
        """The entries named by id, and those that globs match and that the action is for; for `assign` of datasets too."""
        names = list(dict.fromkeys(patterns))
        wholes = _datasets(connection, names) if action is Action.ASSIGN else {}
        named = [name for name in names if name not in wholes]
        found = reading.resolve(connection, named, reading.version_at(connection, None), every=True) if named else []
        meant = MEANT.get(action)
        return [
            *(entry for entry in found if entry.id in named or meant is None or meant(entry, now)),
            *(entry for entries in wholes.values() for entry in entries),
        ]

    def _assign(self, decision: Review, patterns: Iterable[str], said: Ownership) -> list[Entry]:
        """Assign entries by id and glob, and datasets by name; the entries that it is about."""
        connection, names = decision.commit.connection, list(patterns)
        entries = self._touched(connection, Action.ASSIGN, names, decision.commit.now)
        wholes = _datasets(connection, names)
        for members in wholes.values():
            decision.assign(members, said, whole=True)
        inside = {entry.id for members in wholes.values() for entry in members} - set(names)
        _assign(decision, [entry for entry in entries if entry.id not in inside], said)
        return entries

    def _again(self, entries: Sequence[Entry]) -> list[Entry]:
        """The same entries, as they are now."""
        if not entries:
            return []
        with self._database.reading() as connection:
            names = [entry.id for entry in entries]
            return reading.resolve(connection, names, reading.version_at(connection, None))


def _datasets(connection: Connection, names: Iterable[str]) -> dict[str, list[Entry]]:
    """The entries of each dataset that is named as `source/dataset`. Raises CatalogError for a whole source."""
    found = {}
    for name in names:
        source, slash, dataset = name.partition("/")
        if is_glob(name) or "#" in name:
            continue
        if not slash:
            error = CatalogError(f"no entry {name}")
            error.add_note("whose a whole source is stands in the settings: `owner` and `purpose` under `sources`")
            raise error
        wanted = Filter(sources=(source,), datasets=(dataset,), unclassified=True)
        found[name] = reading.entries(connection, wanted, reading.version_at(connection, None))
    return {name: entries for name, entries in found.items() if entries}


def _assign(decision: Review, entries: Sequence[Entry], said: Ownership | None) -> None:
    if said is not None and said != Ownership():
        decision.assign(entries, said)

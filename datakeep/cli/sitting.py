"""`datakeep review next`: one question after another, one key each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from datakeep.cli.entries import ahead, on_record
from datakeep.cli.errors import say
from datakeep.cli.moment import Moment
from datakeep.cli.render import counted, note, safe
from datakeep.cli.session import Session

if TYPE_CHECKING:
    from catalog import Explanation, Queue, QueueItem, Word

KEYS = "[a]ccept  [r]eject  re[c]lassify  [m]ute  [w]hy: give a reason  [s]kip  [u]ndo  [q]uit"
AGREE = "[y] agree, as a second person  "
SHOWN = 10  # ids of a question, and pieces of evidence
MUTED = timedelta(days=30)  # unless somebody says until when
QUIT = {"q", "\x03", "\x04"}
DEEDS = {*"arcmywsu", *QUIT}


@dataclass
class Sitting:
    """A steward at the queue: what was skipped and done, and the reason that is given for what comes."""

    session: Session
    word: "Word"
    questions: "Callable[..., Queue]"
    skipped: set[str] = field(default_factory=set)
    done: "list[QueueItem]" = field(default_factory=list)

    def hold(self) -> None:
        """Ask until nothing is left or somebody quits. Others decide meanwhile: each question is taken afresh."""
        item, left = self._next()
        while item is not None:
            _describe(item, left, self.session)
            if not self._answered(item):
                break
            item, left = self._next()
        note(f"{len(self.done)} decided, {left} left to decide, {len(self.skipped)} skipped")

    def _next(self) -> "tuple[QueueItem | None, int]":
        """The riskiest question that was not skipped, and how many of them are left."""
        first = self.questions(limit=len(self.skipped) + 1)
        left = [item for item in first if item.ids[0] not in self.skipped]
        return (left[0] if left else None), first.decisions - (len(first) - len(left))

    def _answered(self, item: "QueueItem") -> bool:
        """Do what the next key says; False to quit. What cannot be done is said, and the question comes again."""
        from catalog import CatalogError  # noqa: PLC0415 - loads DuckDB
        from classifiers import ClassifyError  # noqa: PLC0415

        while (key := click.getchar().lower()) not in DEEDS:
            note(f"no key {key}: {KEYS}")
        if key in QUIT:
            return False
        try:
            self._do(key, item)
        except (CatalogError, ClassifyError, click.UsageError) as error:
            say(error)
        return True

    def _do(self, key: str, item: "QueueItem") -> None:
        if key == "s":
            self.skipped.add(item.ids[0])
        elif key == "w":
            self.word = replace(self.word, reason=click.prompt("reason"))
        elif key == "u":
            self._undo()
        else:
            self._decide(key, item)

    def _decide(self, key: str, item: "QueueItem") -> None:
        catalog, word, now = self.session.house.catalog, self.word, self.session.now()
        deeds: dict[str, tuple[str, Callable[[], Sequence[Any]]]] = {
            "a": ("accept", lambda: catalog.accept(item.ids, word, now=now)),
            "r": ("reject", lambda: catalog.reject(item.ids, word, now=now)),
            "y": ("second", lambda: catalog.second(item.ids, word, now=now)),
        }
        if key == "c":
            classes = [self.session.house.taxonomy.get(name).key for name in click.prompt("class").split()]
            deeds["c"] = ("reclassify", lambda: catalog.reclassify(item.ids, classes, word, now=now))
        elif key == "m":
            said = click.prompt("until", default=f"{now + MUTED:%Y-%m-%d}")
            until = ahead(self.session, Moment().convert(said, None, None))
            deeds["m"] = ("mute", lambda: catalog.mute(item.ids, word, until, now=now))
        if not any(_same(item, other) for other in self.questions()):
            note("somebody decided on it meanwhile")
            return
        self._record(*deeds[key], item)
        self.done.append(item)

    def _undo(self) -> None:
        if not self.done:
            note("nothing to undo: nothing was decided here yet")
            return
        catalog, ids, now = self.session.house.catalog, self.done[-1].ids, self.session.now()
        self._record("undo", lambda: catalog.undo(ids, self.word, now=now), self.done.pop())

    def _record(self, action: str, deed: "Callable[[], Sequence[Any]]", item: "QueueItem") -> None:
        waits = sum(entry.asked_by is not None for entry in on_record(self.session, action, deed))
        note(
            f"{action}: {_entries(item.ids)}" + (f", {waits} of them for a second person to agree to" if waits else "")
        )


def _same(item: "QueueItem", other: "QueueItem") -> bool:
    """Whether two questions are one: of the same entries, on the same grounds."""
    return (item.ids, item.data_class, item.proposed, item.why) == (
        other.ids,
        other.data_class,
        other.proposed,
        other.why,
    )


def _entries(ids: Sequence[str]) -> str:
    return counted(len(ids), "entry", "entries")


def _describe(item: "QueueItem", left: int, session: Session) -> None:
    """What is asked first, and what speaks for and against it in its first entry."""
    why = session.house.catalog.explain(item.ids[0])
    click.echo(f"\n{_entries(item.ids)}, {counted(left, 'decision', 'decisions')} left")
    for entry_id in item.ids[:SHOWN]:
        click.echo(f"  {safe(entry_id)}")
    if len(item.ids) > SHOWN:
        click.echo(f"  and {len(item.ids) - SHOWN} more")
    for line in _told(item, why):
        click.echo(f"  {safe(line)}")
    click.echo((AGREE if why.entry.asked_by else "") + KEYS)


def _told(item: "QueueItem", why: "Explanation") -> Iterable[str]:
    entry = why.entry
    labels = ", ".join(f"{label.data_class} ({label.confidence:.2f})" for label in entry.proposed) or "nothing"
    yield f"proposed: {labels}; {'; '.join(item.why)}"
    if item.data_class and (item.data_class,) != item.proposed:
        yield f"held: {', '.join(entry.classes)}"
    facts = (
        f"{item.sensitivity.word}" if item.sensitivity else "",
        f"owner {item.owner}" if item.owner else "",
        f"due {item.due:%Y-%m-%d %H:%M} UTC" if item.due else "",
        f"{counted(item.readers, 'person', 'people')} can read it now" if item.readers else "",
        f"{entry.coverage}: {entry.examined} values, {entry.distinct} distinct",
    )
    yield ", ".join(filter(None, facts))
    for one in sorted(why.findings, key=lambda one: one.against)[:SHOWN]:
        seen = f" {one.matched} of {one.examined}" if one.matched else ""
        said = f": {one.note}" if one.note else ""
        yield f"{'against' if one.against else 'for'} {one.data_class or one.entity or ''}: {one.detector}{seen}{said}"

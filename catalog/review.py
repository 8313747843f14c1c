"""Decisions of people and policies: each on the record for good, applied at once, and undone only by another record.

Lowering what is held (a class that somebody confirmed, or a very sensitive one) opens access, so it waits for a second
person. A decision on a class with a term runs out, and the entry comes back to the queue.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from catalog import hints, ownership, rows
from catalog.belief import Belief, decided, in_force, muting, waiting
from catalog.commit import Commit, Place
from catalog.interface import CatalogError, Entry, Ownership
from catalog.judgements import Action, Judgement
from catalog.terms import Rules, Word
from classifiers import DataClass, Label, Mode, Taxonomy

History = dict[Place, list[Judgement]]


@dataclass(frozen=True, slots=True)
class Review:
    """One person's word on some entries, within one commit."""

    commit: Commit
    word: Word
    taxonomy: Taxonomy
    rules: Rules = field(default_factory=Rules)

    def accept(self, entries: Sequence[Entry]) -> None:
        """What the machine proposes of these entries is so. Raises CatalogError where it proposes nothing."""
        beliefs = self._beliefs(entries)
        silent = next((belief for belief in beliefs if not belief.proposed), None)
        if silent is not None:
            error = CatalogError(f"nothing is proposed for {silent.id}")
            error.add_note("`datakeep review reclassify ENTRY --class CLASS` says what it is")
            raise error
        self._decide(beliefs, Action.ACCEPT, lambda belief: belief.proposed)

    def reject(self, entries: Sequence[Entry]) -> None:
        """These entries hold no personal data, whatever the machine proposes of them now."""
        self._decide(self._beliefs(entries), Action.REJECT, lambda _: ())

    def reclassify(self, entries: Sequence[Entry], classes: Iterable[str]) -> None:
        """These entries hold these classes, the leading one first. Raises ClassifyError for an unknown class."""
        keys = [self.taxonomy.get(key).key for key in dict.fromkeys(classes)]
        self._decide(self._beliefs(entries), Action.RECLASSIFY, lambda belief: _labels(belief, keys))

    def second(self, entries: Sequence[Entry]) -> None:
        """Agree to what somebody else decided. Raises CatalogError where nothing waits, or it is one's own."""
        beliefs = self._beliefs(entries)
        history = self._history(beliefs)
        made = []
        for belief in beliefs:
            asked = waiting(history.get(_place(belief), ()))
            if asked is None:
                raise CatalogError(f"nothing waits for a second person on {belief.id}")
            if asked.actor == rows.text(self.word.actor):
                error = CatalogError(f"{asked.actor} cannot second an own decision on {belief.id}")
                error.add_note("somebody else has to agree")
                raise error
            made.append(replace(self._judgement(belief, Action.SECOND), seconds=asked.serial))
        self._apply(beliefs, self._write(beliefs, made), history)

    def mute(self, entries: Sequence[Entry], until: datetime) -> None:
        """Ask nobody about these before `until`, unless the machine says something new of them."""
        beliefs = self._beliefs(entries)
        history = self._history(beliefs)
        made = [replace(self._judgement(belief, Action.MUTE), valid_until=until) for belief in beliefs]
        self._apply(beliefs, self._write(beliefs, made), history)

    def assign(self, entries: Sequence[Entry], said: Ownership, *, whole: bool = False) -> None:
        """Whose these entries are and what for; None leaves it as it is. `whole`: it is said of their datasets."""
        beliefs = self._beliefs(entries)
        fields: list[ownership.Level] = [_place(belief) for belief in beliefs]
        levels = [(source, dataset, None) for source, dataset in dict.fromkeys(place[:2] for place in fields)]
        ownership.state(self.commit, levels if whole else fields, said, actor=self.word.actor)
        owners = ownership.Owners.of(self.commit.connection, {belief.source for belief in beliefs})
        self._write(beliefs, [self._judgement(belief, Action.ASSIGN) for belief in beliefs])
        for belief in beliefs:
            self.commit.believe(owners.apply(belief))

    def undo(self, entries: Sequence[Entry]) -> None:
        """Take back the last decision on each entry: the one before it holds again, or the machine's proposal.

        A silence that lasts still is taken back like a decision. Raises CatalogError for an entry on which nobody decided.
        """
        beliefs = self._beliefs(entries)
        history = self._history(beliefs)
        made, ended = [], []
        for belief in beliefs:
            known = history.get(_place(belief), ())
            last = self._last(known)
            if last is None:
                raise CatalogError(f"nobody decided on {belief.id}")
            made.append(self._taken_back(belief, known, last))
            ended.append(last.serial)
        since = self.commit.waited(ended)  # a question that was never answered is as old as it was
        asked = [replace(belief, waits=belief.waits or since.get(belief.place)) for belief in beliefs]
        self._apply(asked, self._write(beliefs, made), history)

    def _last(self, known: Sequence[Judgement]) -> Judgement | None:
        """What undoing takes back."""
        silence = muting(known)
        silent = silence if silence and (silence.valid_until or self.commit.now) > self.commit.now else None
        made = [one for one in (waiting(known) or in_force(known), silent) if one is not None]
        return max(made, key=lambda one: one.serial, default=None)

    def _taken_back(self, belief: Belief, known: Sequence[Judgement], last: Judgement) -> Judgement:
        """The record that undoes a decision; where what holds then is lower, a decision for it that waits instead."""
        undone = replace(self._judgement(belief, Action.UNDO), undoes=last.serial)
        after = decided(belief, [*known, undone], self.taxonomy)
        if last.pending or not self.rules.ask_second(belief, after.labels, self.taxonomy):
            return undone
        action = Action.RECLASSIFY if after.labels else Action.REJECT
        return replace(self._judgement(belief, action), labels=after.labels, pending=True)

    def expire(self) -> int:
        """Put on record every decision whose time ran out by now; how many there were."""
        due = self.commit.expired()
        beliefs = [self.commit.belief(place) for place in due]
        history = self._history(beliefs)
        made = [
            replace(self._judgement(belief, Action.EXPIRE), undoes=serial)
            for belief, serial in zip(beliefs, due.values(), strict=True)
        ]
        self._apply(beliefs, self._write(beliefs, made), history)
        return len(made)

    def _decide(self, beliefs: Sequence[Belief], action: Action, labels: Callable[[Belief], tuple[Label, ...]]) -> None:
        history = self._history(beliefs)
        made = [self._made(belief, action, labels(belief)) for belief in beliefs]
        self._apply(beliefs, self._write(beliefs, made), history)

    def _made(self, belief: Belief, action: Action, labels: tuple[Label, ...]) -> Judgement:
        pending = self.rules.ask_second(belief, labels, self.taxonomy)
        until = self.rules.until(labels, self.word, self.commit.now)
        return replace(self._judgement(belief, action), labels=labels, pending=pending, valid_until=until)

    def _apply(self, beliefs: Sequence[Belief], made: Sequence[Judgement], history: History) -> None:
        after = []
        for belief, judgement in zip(beliefs, made, strict=True):
            known = [*history.get(_place(belief), ()), judgement]
            after.append(decided(belief, known, self.taxonomy))
            self.commit.believe(after[-1])
        hints.teach(self.commit, after, self.taxonomy)

    def _write(self, beliefs: Sequence[Belief], made: Sequence[Judgement]) -> list[Judgement]:
        """Put the judgements on record, numbered."""
        first = self.commit.next_serial()
        numbered = [replace(one, serial=first + step) for step, one in enumerate(made)]
        pairs = zip(beliefs, numbered, strict=True)
        facts = [rows.judgement_row(one, self.commit.version, _place(belief)) for belief, one in pairs]
        self.commit.append("decisions", facts)
        return numbered

    def _judgement(self, belief: Belief, action: Action) -> Judgement:
        return Judgement(
            serial=0,
            id=belief.id,
            action=action,
            authority=self.word.authority,
            actor=rows.text(self.word.actor),
            reason=rows.text(self.word.reason),
            happened=self.commit.now,
            seen=tuple(label.data_class for label in belief.proposed),
        )

    def _beliefs(self, entries: Sequence[Entry]) -> list[Belief]:
        known = self.commit.load({(entry.source, entry.dataset) for entry in entries})
        return [known[entry.source, entry.dataset][entry.field] for entry in entries]

    def _history(self, beliefs: Sequence[Belief]) -> History:
        return self.commit.judgements({(belief.source, belief.dataset) for belief in beliefs})


def _labels(belief: Belief, keys: Sequence[DataClass]) -> tuple[Label, ...]:
    """A person's word is sure; where the machine named the same class, its entity and mode are kept."""
    named = {label.data_class: label for label in reversed(belief.proposed)}
    return tuple(replace(named.get(key, Label(key, "", 1.0, Mode.VALUE)), confidence=1.0) for key in keys)


def _place(belief: Belief) -> Place:
    return (belief.source, belief.dataset, belief.field)

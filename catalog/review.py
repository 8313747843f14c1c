"""Decisions of people and policies: each on the record for good, applied at once, and undone only by another record."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog import ownership, rows
from catalog.belief import Belief, decided, in_force
from catalog.commit import Commit, Place
from catalog.interface import Action, Authority, CatalogError, Entry, Judgement, Ownership
from classifiers import DataClass, Label, Mode, Taxonomy


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says of entries: who, with which authority, why, and until when it holds (None: for good)."""

    actor: str
    reason: str = ""
    authority: Authority = Authority.HUMAN
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """One person's word on some entries, within one commit."""

    commit: Commit
    word: Word
    taxonomy: Taxonomy

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

    def assign(self, entries: Sequence[Entry], said: Ownership) -> None:
        """Whose these entries are and what for; None leaves it as it is."""
        beliefs = self._beliefs(entries)
        for belief in beliefs:
            ownership.state(self.commit, _place(belief), said, actor=self.word.actor)
        owners = ownership.Owners.of(self.commit.connection, {belief.source for belief in beliefs})
        made = [self._judgement(belief, Action.ASSIGN) for belief in beliefs]
        self._write(beliefs, made)
        for belief in beliefs:
            self.commit.believe(owners.apply(belief))

    def undo(self, entries: Sequence[Entry]) -> None:
        """Take back the decision in force on each entry: the one before it holds again, or the machine's proposal.

        Raises CatalogError for an entry on which nobody decided.
        """
        beliefs = self._beliefs(entries)
        history = self._history(beliefs)
        made = []
        for belief in beliefs:
            standing = in_force(history.get(_place(belief), ()))
            if standing is None:
                raise CatalogError(f"nobody decided on {belief.id}")
            made.append(replace(self._judgement(belief, Action.UNDO), undoes=standing.serial))
        self._apply(beliefs, self._write(beliefs, made), history)

    def _decide(self, beliefs: Sequence[Belief], action: Action, labels: Callable[[Belief], tuple[Label, ...]]) -> None:
        made = [replace(self._judgement(belief, action), labels=labels(belief)) for belief in beliefs]
        history = self._history(beliefs)
        self._apply(beliefs, self._write(beliefs, made), history)

    def _apply(
        self, beliefs: Sequence[Belief], made: Sequence[Judgement], history: dict[Place, list[Judgement]]
    ) -> None:
        for belief, judgement in zip(beliefs, made, strict=True):
            standing = in_force([*history.get(_place(belief), ()), judgement])
            self.commit.believe(decided(belief, standing, self.taxonomy))

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
            valid_until=self.word.valid_until,
        )

    def _beliefs(self, entries: Sequence[Entry]) -> list[Belief]:
        known = self.commit.load({(entry.source, entry.dataset) for entry in entries})
        return [known[entry.source, entry.dataset][entry.field] for entry in entries]

    def _history(self, beliefs: Sequence[Belief]) -> dict[Place, list[Judgement]]:
        return self.commit.judgements({(belief.source, belief.dataset) for belief in beliefs})


def _labels(belief: Belief, keys: Sequence[DataClass]) -> tuple[Label, ...]:
    """A person's word is sure; where the machine named the same class, its entity and mode are kept."""
    named = {label.data_class: label for label in reversed(belief.proposed)}
    return tuple(replace(named.get(key, Label(key, "", 1.0, Mode.VALUE)), confidence=1.0) for key in keys)


def _place(belief: Belief) -> Place:
    return (belief.source, belief.dataset, belief.field)

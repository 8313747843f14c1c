"""What one field says of another: values that they share, and a decision on a field like it. Proposals, never decisions.

A hint counts where a field's own evidence proposes nothing and nobody decided. It is on record with where it came from,
and is taken back where that ends.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import pyarrow as pa

from catalog import rows
from catalog.belief import Belief, decided
from catalog.commit import Commit, Dataset, Place, units_table
from catalog.database import Connection
from catalog.interface import Status
from classifiers import DataClass, Finding, Label, Mode, Taxonomy

TAUGHT = 0.5  # how sure a proposal is that rests on a name and a type alone


class Via(StrEnum):
    """What a hint rests on."""

    VALUES = "values"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Hint:
    """`place` may hold what `origin` holds. Without a label: it was said, and is taken back."""

    place: Place
    via: Via
    origin: Place
    share: float
    label: Label | None

    def row(self, version: int) -> rows.Row:
        """As a row of `hints`."""
        where = dict(zip(("source", "dataset", "field"), self.place, strict=True))
        whence = dict(zip(("origin_source", "origin_dataset", "origin_field"), self.origin, strict=True))
        entity, mode = (self.label.entity, self.label.mode) if self.label else ("", Mode.VALUE)
        said = {"class": self.label.data_class if self.label else None, "entity": rows.text(entity), "mode": str(mode)}
        return {"version": version, "via": str(self.via), "share": self.share, **where, **whence, **said}

    def finding(self) -> Finding:
        """As evidence, in words."""
        origin = "{}/{}#{}".format(*self.origin)
        values = f"shares about {self.share:.0%} of its values with {origin}"
        note = values if self.via is Via.VALUES else f"{origin}, called the same, was decided to hold this"
        label = self.label or Label(DataClass(""), "", 0)
        return Finding(f"shared {self.via}" if self.via is Via.VALUES else str(self.via), label.entity, label.data_class,
                       score=self.share, mode=label.mode, version="1", note=note)  # fmt: skip


LAST = """
    SELECT * FROM hints WHERE version <= $version AND {where}
    QUALIFY row_number() OVER (PARTITION BY source, dataset, field, via ORDER BY version DESC) = 1 AND class IS NOT NULL
"""


def hint(row: Mapping[str, object]) -> Hint:
    """A hint from a row of `hints`."""
    place = (str(row["source"]), str(row["dataset"]), str(row["field"]))
    origin = (str(row["origin_source"]), str(row["origin_dataset"]), str(row["origin_field"]))
    share = float(str(row["share"]))
    label = Label(DataClass(str(row["class"])), str(row["entity"]), round(share, 2), Mode(str(row["mode"])))
    return Hint(place, Via(str(row["via"])), origin, share, label)


def of_units(commit: Commit, units: Iterable[Dataset]) -> dict[Place, list[Hint]]:
    """The hints in force for fields of these units, shared values first."""
    wanted = set(units)
    if not wanted:
        return {}
    with commit.connection.given(wanted=units_table(wanted)):
        sql = LAST.format(where="(source, dataset) IN (SELECT (source, dataset) FROM wanted)")
        found = map(hint, commit.connection.rows(sql, {"version": commit.version}))
        return _by_place(found)


def of_place(connection: Connection, place: Mapping[str, object]) -> list[Hint]:
    """The hints in force for one field (`source`, `dataset`, `field`) at a `version`."""
    sql = LAST.format(where="source = $source AND dataset = $dataset AND field = $field")
    return sorted(map(hint, connection.rows(sql, place)), key=lambda one: one.via is Via.DECISION)


def _by_place(hints: Iterable[Hint]) -> dict[Place, list[Hint]]:
    found: dict[Place, list[Hint]] = {}
    for one in sorted(hints, key=lambda one: one.via is Via.DECISION):
        found.setdefault(one.place, []).append(one)
    return found


def carry(commit: Commit, old: Place, new: Place) -> None:
    """The hints in force for a field go with it to its new name."""
    place = dict(zip(("source", "dataset", "field"), old, strict=True))
    found = of_place(commit.connection, {**place, "version": commit.version})
    commit.append("hints", [replace(one, place=new).row(commit.version) for one in found])


def labels(hints: Sequence[Hint]) -> tuple[Label, ...]:
    """What the hints propose: the weightiest one's class."""
    return tuple(one.label for one in hints[:1] if one.label)


# -- a decision teaches

TEACHING = """
    SELECT b.source, b.dataset, b.field FROM beliefs b JOIN lessons l ON b.data_type = l.data_type
    AND lower(regexp_extract(b.field, '[^.]*$')) = l.name
    WHERE b.until IS NULL AND NOT b.gone AND b.class IS NULL AND b.decision_id IS NULL
"""


def teach(commit: Commit, decisions: Sequence[Belief], taxonomy: Taxonomy) -> None:
    """What people say of a field that its evidence did not is proposed for fields of the same name and type.

    Only for those that hold nothing as yet and on which nobody decided. Where the decision ends so does what it taught.
    """
    ended = _taught_by(commit, {one.place for one in decisions})
    lessons = {_likeness(one): one for one in decisions if teaches(one)}
    held = {one.place: one.data_class for one in lessons.values()}
    over = [one for one in ended if one.label and held.get(one.origin) != one.label.data_class]
    made = [replace(one, label=None) for one in over]
    if lessons:
        table = pa.Table.from_pylist([{"name": name, "data_type": kind} for name, kind in lessons])
        with commit.connection.given(lessons=table):
            found = [(row["source"], row["dataset"], row["field"]) for row in commit.connection.rows(TEACHING)]
        decided_now = {one.place for one in decisions}
        known = commit.load({(source, dataset) for source, dataset, _ in found})
        pupils = [known[place[0], place[1]][place[2]] for place in found if place not in decided_now]
        made += [lesson(pupil, lessons[_likeness(pupil)]) for pupil in pupils]
    say(commit, made, taxonomy)


def teaches(belief: Belief) -> bool:
    """Whether a person confirmed a class here that the field's evidence does not show."""
    proposed = {label.data_class for label in belief.proposed}
    named = not belief.field.startswith("col_") and belief.field != "*"
    return belief.status is Status.CONFIRMED and named and not proposed & {label.data_class for label in belief.labels}


def lesson(pupil: Belief, teacher: Belief) -> Hint:
    """What a decision on one field proposes for another."""
    return Hint(pupil.place, Via.DECISION, teacher.place, TAUGHT, replace(teacher.labels[0], confidence=TAUGHT))


def _taught_by(commit: Commit, origins: Collection[Place]) -> list[Hint]:
    if not origins:
        return []
    sql = LAST.format(where="via = 'decision'")
    return [one for one in map(hint, commit.connection.rows(sql, {"version": commit.version})) if one.origin in origins]


def _likeness(belief: Belief) -> tuple[str, str]:
    return (belief.field.rpartition(".")[2].lower(), belief.data_type)


TEACHERS = """
    SELECT * FROM personal WHERE until IS NULL AND NOT gone AND status = 'confirmed' AND len(classes) > 0
    AND NOT list_has_any([c.class FOR c IN classes], [p.class FOR p IN proposed])
"""


def learn(commit: Commit, pupils: Sequence[Belief], known: Mapping[Place, Sequence[Hint]]) -> dict[Place, Hint]:
    """The lessons of earlier decisions for fields that a run looked at: those that hold nothing and were told nothing."""
    blank = [one for one in pupils if not one.labels and one.decision_id is None and not known.get(one.place)]
    if not blank:
        return {}
    teachers = [belief for row in commit.connection.rows(TEACHERS) if teaches(belief := rows.belief(row))]
    by_likeness = {_likeness(teacher): teacher for teacher in teachers}
    found = [lesson(one, by_likeness[_likeness(one)]) for one in blank if _likeness(one) in by_likeness]
    commit.append("hints", [one.row(commit.version) for one in found])
    return {one.place: one for one in found}


# -- putting them on record

EVIDENCE = """
    SELECT source, dataset, field, arg_max(labels, version) AS found, arg_max(extent, version) AS extent
    FROM verdicts SEMI JOIN wanted USING (source, dataset) GROUP BY ALL
"""


def say(commit: Commit, made: Sequence[Hint], taxonomy: Taxonomy) -> None:
    """Put hints on record, and what is believed with them."""
    if not made:
        return
    last = {(one.place, one.via): one for one in made}  # one taken back and said anew at once is said anew
    commit.append("hints", [one.row(commit.version) for one in last.values()])
    units = {(one.place[0], one.place[1]) for one in made}
    known, judgements, said = commit.load(units), commit.judgements(units), of_units(commit, units)
    with commit.connection.given(wanted=units_table(units)):
        silent = {(row["source"], row["dataset"], row["field"]) for row in commit.connection.rows(EVIDENCE)
                  if not row["found"]}  # fmt: skip
    for place in {one.place for one in made} & silent:
        belief = known[place[0], place[1]][place[2]]
        hinted = replace(belief, proposed=labels(said.get(place, ())))
        commit.believe(decided(hinted, judgements.get(place, ()), taxonomy))

"""Laws of belief: whatever scans and people do, in whatever order."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from catalog import Action, Authority, Catalog, Judgement, Rules, Status, Word
from catalog.belief import Belief, decided, in_force, looked
from catalog.testing import START, day, record_run, seen, unit
from classifiers import DataClass, Label, Taxonomy

CLASSES = ("user.contact.email", "user.contact.phone_number", "user.financial.credit_card", "user.name", "user.contact")
TAXONOMY = Taxonomy.load()
TABLE = unit(fields=("value",))
ENTRY = "crm/public.customers#value"

found = st.lists(st.sampled_from(CLASSES), unique=True, max_size=2).map(tuple)
verdicts = st.builds(
    Judgement,
    serial=st.just(0),
    id=st.just(ENTRY),
    action=st.sampled_from([Action.ACCEPT, Action.REJECT, Action.RECLASSIFY]),
    authority=st.sampled_from([Authority.HUMAN, Authority.POLICY]),
    actor=st.sampled_from(["bo", "cy"]),
    reason=st.just(""),
    happened=st.just(START),
    labels=found.map(lambda classes: tuple(Label(DataClass(key), "", 1.0) for key in classes)),
    pending=st.booleans(),
)


def numbered(judgements):
    return [
        Judgement(number, one.id, one.action, one.authority, one.actor, "", START, one.labels, pending=one.pending)
        for number, one in enumerate(judgements, start=1)
    ]


@given(st.lists(verdicts, max_size=6), found)
def test_a_decision_in_force_is_what_is_believed_whatever_the_machine_says(judgements, proposed):
    history = numbered(judgements)
    belief = looked(Belief("crm", "t", "f", "text", START), seen(TABLE, "value", *proposed))
    after = decided(belief, history, TAXONOMY)
    standing = in_force(history)

    if standing is None:
        assert tuple(label.data_class for label in after.labels) == proposed
        assert after.status is (Status.PROPOSED if proposed else Status.NONE)
    else:
        assert after.labels == standing.labels
        assert after.decided_by == standing.actor


@given(st.lists(verdicts, max_size=6))
def test_precedence_is_total_and_a_human_comes_first(judgements):
    history = numbered(judgements)
    standing = in_force(history)
    holding = [one for one in history if not one.pending]
    people = [one for one in holding if one.authority is Authority.HUMAN]

    assert standing == (people or holding or [None])[-1]


@given(st.lists(verdicts, min_size=1, max_size=6), found)
def test_undoing_the_last_decision_restores_what_was_believed_before_it(judgements, proposed):
    *before, last = numbered(judgements)
    belief = looked(Belief("crm", "t", "f", "text", START), seen(TABLE, "value", *proposed))
    undo = Judgement(99, ENTRY, Action.UNDO, Authority.HUMAN, "bo", "", START, undoes=last.serial)

    assert decided(belief, [*before, last, undo], TAXONOMY) == decided(belief, before, TAXONOMY)


class Month(RuleBasedStateMachine):
    """Scans and people at one field, on a real catalog, against a model of a few lines."""

    @initialize()
    def start(self):
        self.folder = Path(tempfile.mkdtemp())
        self.catalog = Catalog(self.folder / "catalog.duckdb", TAXONOMY, rules=Rules(second_person=None))
        self.day, self.machine, self.decisions, self.answered = 0, (), [], {}
        self.scan(())

    def teardown(self):
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    def now(self):
        self.day += 1
        return day(self.day)

    @rule(classes=found)
    def scan(self, classes):
        record_run(self.catalog, self.now(), {TABLE: {"value": classes}})
        self.machine = classes

    @precondition(lambda self: self.machine)
    @rule(actor=st.sampled_from(["bo", "cy"]))
    def accept(self, actor):
        self.catalog.accept([ENTRY], Word(actor), now=self.now())
        self.decisions.append(("confirmed", self.machine))

    @rule(actor=st.sampled_from(["bo", "cy"]))
    def reject(self, actor):
        self.catalog.reject([ENTRY], Word(actor), now=self.now())
        self.decisions.append(("rejected", ()))

    @rule(classes=st.sampled_from(CLASSES).map(lambda key: (key,)))
    def reclassify(self, classes):
        self.catalog.reclassify([ENTRY], classes, Word("bo"), now=self.now())
        self.decisions.append(("confirmed", classes))

    @precondition(lambda self: self.decisions)
    @rule()
    def undo(self):
        self.catalog.undo([ENTRY], Word("bo"), now=self.now())
        self.decisions.pop()

    @rule(status=st.sampled_from([Status.CONFIRMED, Status.REJECTED]))
    def a_policy_speaks(self, status):
        policy = Word("rule", authority=Authority.POLICY)
        decide = self.catalog.reject if status is Status.REJECTED else self.catalog.accept
        if not self.decisions or (status is Status.CONFIRMED and not self.machine):
            return  # with nobody's decision over it, it would decide; that law is above
        decide([ENTRY], policy, now=self.now())

    @invariant()
    def what_is_believed_is_the_last_decision(self):
        entry = self.catalog.entry(ENTRY)
        self.answered[self.day] = entry
        assert tuple(label.data_class for label in entry.proposed) == tuple(self.machine)
        if self.decisions:
            assert (str(entry.status), entry.classes) == self.decisions[-1]

    @invariant()
    def every_day_still_answers_what_it_answered(self):
        for number in list(self.answered)[-3:]:
            assert self.catalog.entry(ENTRY, as_of=day(number)) == self.answered[number]


@pytest.mark.timeout(120)
def test_no_sequence_of_scans_and_decisions_breaks_precedence_or_the_past():
    run_state_machine_as_test(
        Month,
        settings=settings(
            max_examples=6,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )

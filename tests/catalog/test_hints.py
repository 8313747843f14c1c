"""What one field says of another: shared values, and decisions on fields like it. Proposals, never decisions."""

import random
from dataclasses import replace

import pyarrow as pa
import pytest

from catalog import Look, RunStatus, Status, Word
from catalog.testing import day, seen, unit
from classifiers.sketch import sketch

KEY = bytes(range(32))
NAME, EMAIL, ACCOUNT = "user.name", "user.contact.email", "user.account.username"
USERS, REFS = unit("public.users", ("handle",)), unit("public.refs", ("contact_ref",), source="erp")
HANDLE, REF = "crm/public.users#handle", "erp/public.refs#contact_ref"
HANDLES = [f"handle-{number * 7919 % 10007}" for number in range(400)]


def drawn(of, path, values, *classes):
    return replace(
        seen(of, path, *classes, coverage=replace(seen(of, path).coverage, distinct=len(set(values)))),
        sketch=sketch(pa.array(values), KEY),
    )


@pytest.fixture
def run(catalog):
    """`run(day, {unit: [(field, values, class, …)]})` records a run, sketches included."""

    def record(now, content):
        run_id = catalog.start_run(sorted({of.source for of in content}), now=now)
        for of, fields in content.items():
            catalog.record_all(
                run_id, [Look(of, classifications=tuple(drawn(of, *field) for field in fields))], now=now
            )
        catalog.correlate(run_id, now=now)
        catalog.finish_run(run_id, RunStatus.COMPLETE, now=now)
        return run_id

    return record


def test_a_field_that_shares_its_values_with_a_known_one_is_proposed_the_same(run, catalog):
    mixed = HANDLES[:360] + [f"stranger-{number}" for number in range(40)]
    run(day(1), {USERS: [("handle", HANDLES, ACCOUNT)], REFS: [("contact_ref", mixed)]})
    entry, why = catalog.entry(REF), catalog.explain(REF)

    assert (entry.data_class, entry.status, entry.decided_by) == (ACCOUNT, Status.PROPOSED, None)
    told = [finding for finding in why.findings if finding.detector == "shared values"]
    assert [finding.note.partition(" % ")[2] or finding.note.partition("% ")[2] for finding in told] == [
        f"of its values with {HANDLE}"
    ]
    assert 0.82 <= told[0].score <= 0.98


def test_a_field_that_shares_few_values_is_proposed_nothing(run, catalog):
    mixed = HANDLES[:80] + [f"stranger-{number}" for number in range(320)]
    run(day(1), {USERS: [("handle", HANDLES, ACCOUNT)], REFS: [("contact_ref", mixed)]})

    assert catalog.entry(REF).data_class is None


def test_what_is_known_later_is_found_too_and_what_ends_is_taken_back(run, catalog, bo):
    run(day(1), {USERS: [("handle", HANDLES)], REFS: [("contact_ref", HANDLES)]})
    catalog.reclassify([HANDLE], [ACCOUNT], bo, now=day(2))
    run(day(3), {USERS: [("handle", HANDLES)]})
    assert catalog.entry(REF).data_class == ACCOUNT
    assert catalog.entry(REF, as_of=day(2)).data_class is None

    run(day(4), {REFS: [("contact_ref", [f"stranger-{number}" for number in range(400)])]})
    assert catalog.entry(REF).data_class is None
    assert catalog.entry(HANDLE).status is Status.CONFIRMED


def test_a_look_without_news_leaves_the_proposal_standing(run, catalog):
    content = {USERS: [("handle", HANDLES, ACCOUNT)], REFS: [("contact_ref", HANDLES)]}
    run(day(1), content)
    before = catalog.entry(REF)
    run(day(2), content)

    assert replace(catalog.entry(REF), last_scanned=before.last_scanned, run_id=before.run_id) == before


def test_a_proposal_by_shared_values_never_overrules_a_person(run, catalog, bo):
    run(day(1), {REFS: [("contact_ref", HANDLES)]})
    catalog.reject([REF], bo, now=day(2))
    run(day(3), {USERS: [("handle", HANDLES, ACCOUNT)]})

    assert catalog.entry(REF).status is Status.REJECTED


def test_hints_make_no_chain(run, catalog):
    other = unit("public.more", ("other_ref",), source="erp")
    half = HANDLES[150:] + [
        f"more-{number}" for number in range(250)
    ]  # shares 62 % with the refs, too little with the users
    refs = HANDLES[:250] + [f"more-{number}" for number in range(150)]
    run(day(1), {USERS: [("handle", HANDLES, ACCOUNT)], REFS: [("contact_ref", refs)]})
    assert catalog.entry(REF).data_class == ACCOUNT
    run(day(2), {other: [("other_ref", half[250:])]})

    assert catalog.entry("erp/public.more#other_ref").data_class is None


MEMBER = {source: unit("public.members", ("member_ref", "x"), source=source) for source in ("crm", "erp", "hr")}


def blank(source):
    of = MEMBER[source]
    return {of: [("member_ref", ["a"]), ("x", ["a"])]}


def test_a_decision_proposes_the_same_for_fields_like_it_and_decides_nothing(run, catalog, bo):
    run(day(1), blank("crm") | blank("erp"))
    catalog.reclassify(["crm/public.members#member_ref"], [NAME], bo, now=day(2))
    pupil = catalog.entry("erp/public.members#member_ref")

    assert (pupil.data_class, pupil.status, pupil.confidence) == (NAME, Status.PROPOSED, 0.5)
    assert "crm/public.members#member_ref" in catalog.explain(pupil.id).findings[-1].note
    assert catalog.entry("erp/public.members#x").data_class is None
    run(day(3), blank("hr"))
    assert catalog.entry("hr/public.members#member_ref").data_class == NAME


def test_what_a_decision_taught_ends_with_it(run, catalog, bo):
    run(day(1), blank("crm") | blank("erp"))
    before = catalog.entry("erp/public.members#member_ref")
    catalog.reclassify(["crm/public.members#member_ref"], [NAME], bo, now=day(2))
    undone = ["crm/public.members#member_ref"]
    catalog.undo(undone, bo, now=day(3))
    assert (
        catalog.entry("erp/public.members#member_ref").data_class == NAME
    )  # less is believed once a second one agrees
    catalog.second(undone, Word("cy"), now=day(3))

    assert catalog.entry("erp/public.members#member_ref") == before
    catalog.reclassify(["crm/public.members#member_ref"], [NAME], bo, now=day(4))
    catalog.accept(["erp/public.members#member_ref"], Word("cy"), now=day(5))
    catalog.undo(undone, bo, now=day(6))
    catalog.second(undone, Word("di"), now=day(6))
    assert catalog.entry("erp/public.members#member_ref").decided_by == "cy"


def test_random_texts_of_two_fields_share_nothing():
    made = random.Random(1)
    assert not set(sketch(pa.array([made.randbytes(9).hex() for _ in range(500)]), KEY)) & set(
        sketch(pa.array([made.randbytes(9).hex() for _ in range(500)]), KEY)
    )

import pytest

from catalog import Action, Authority, CatalogError, Ownership, Status, UnknownEntryError, Word
from catalog.testing import day, unit
from classifiers import ClassifyError

CARD, EMAIL, NAME, PHONE = (
    "user.financial.credit_card",
    "user.contact.email",
    "user.name",
    "user.contact.phone_number",
)
CUSTOMERS, ORDERS = unit(), unit("public.orders", ("card", "email"))
CONTENT = {CUSTOMERS: {"id": (), "email": (EMAIL,)}, ORDERS: {"card": (CARD,), "email": (EMAIL,)}}
ENTRY = "crm/public.customers#email"


@pytest.fixture(scope="module")
def template(made):
    return made(day(1), CONTENT, owner="team-crm", purpose=("support",))


@pytest.fixture
def filled(catalog, template):
    return template(catalog)


def test_an_accepted_entry_is_confirmed_with_who_when_and_why(filled, bo):
    (entry,) = filled.accept([ENTRY], bo, now=day(2))

    assert (entry.status, entry.classes) == (Status.CONFIRMED, (EMAIL,))
    assert (entry.decided_by, entry.decided_at) == ("bo", day(2))
    (judgement,) = filled.explain(ENTRY).judgements
    assert (judgement.action, judgement.authority, judgement.reason) == (Action.ACCEPT, Authority.HUMAN, "looked at it")


def test_a_rejected_entry_holds_no_class(filled, bo):
    (entry,) = filled.reject([ENTRY], bo, now=day(2))

    assert (entry.status, entry.classes, entry.sensitivity) == (Status.REJECTED, (), None)
    assert entry.proposed[0].data_class == EMAIL


def test_a_reclassified_entry_holds_the_persons_classes_and_their_sensitivity(filled, bo):
    (entry,) = filled.reclassify([ENTRY], [CARD, NAME], bo, now=day(2))

    assert (entry.status, entry.classes, entry.confidence) == (Status.CONFIRMED, (CARD, NAME), 1.0)
    assert entry.sensitivity.word == "critical"
    assert "PCI" in " ".join(entry.regulations)


def test_reclassifying_to_an_unknown_class_changes_nothing(filled, bo):
    before = filled.version()
    with pytest.raises(ClassifyError, match=r"no class user\.contact\.emial"):
        filled.reclassify(["crm/*"], ["user.contact.emial"], bo, now=day(2))

    assert filled.version() == before
    assert {entry.status for entry in filled.entries()} == {Status.PROPOSED}


def test_accepting_what_nobody_proposed_is_an_error_and_changes_nothing(filled, bo):
    with pytest.raises(CatalogError, match=r"nothing is proposed for crm/public\.customers#id"):
        filled.accept([ENTRY, "crm/public.customers#id"], bo, now=day(2))

    assert filled.entry(ENTRY).status is Status.PROPOSED


def test_a_glob_leaves_decided_entries_alone_and_an_id_does_not(filled, bo):
    filled.reject([ENTRY], bo, now=day(2))

    assert [entry.id for entry in filled.accept(["crm/*"], bo, now=day(3))] == [
        "crm/public.orders#card",
        "crm/public.orders#email",
    ]
    assert filled.entry(ENTRY).status is Status.REJECTED
    assert filled.accept([ENTRY], bo, now=day(4))[0].status is Status.CONFIRMED


def test_deciding_on_what_is_not_there_is_an_error(filled, bo):
    with pytest.raises(UnknownEntryError, match="no entry crm/nope#x"):
        filled.accept(["crm/nope#x", ENTRY], bo, now=day(2))
    assert filled.entry(ENTRY).status is Status.PROPOSED


def test_undo_brings_back_the_decision_before_it(filled, bo):
    filled.accept([ENTRY], bo, now=day(2))
    filled.reclassify([ENTRY], [PHONE], bo, now=day(3))

    (entry,) = filled.undo([ENTRY], bo, now=day(4))
    assert (entry.classes, entry.decided_at) == ((EMAIL,), day(2))
    (entry,) = filled.undo([ENTRY], bo, now=day(5))
    assert (entry.status, entry.decided_by) == (Status.PROPOSED, None)
    with pytest.raises(CatalogError, match="nobody decided on"):
        filled.undo([ENTRY], bo, now=day(6))


def test_undo_takes_back_a_mistaken_bulk_decision(filled, bo):
    before = filled.entries()
    filled.accept(["crm/*"], bo, now=day(2))
    filled.undo(["crm/*"], bo, now=day(3))

    assert filled.entries() == before


@pytest.mark.parametrize("found", [(), (PHONE,), (EMAIL, PHONE), (EMAIL,)])
@pytest.mark.parametrize("decide", ["accept", "reject", "reclassify"])
def test_a_rescan_never_changes_a_decision(filled, scan, bo, decide, found):
    word = ([CARD],) if decide == "reclassify" else ()
    (before,) = getattr(filled, decide)([ENTRY], *word, bo, now=day(2))
    scan(day(3), CONTENT | {CUSTOMERS: {"id": (), "email": found}}, owner="team-crm", purpose=("support",))

    after = filled.entry(ENTRY)
    assert (after.status, after.classes, after.decided_at) == (before.status, before.classes, before.decided_at)
    assert tuple(label.data_class for label in after.proposed) == found


@pytest.mark.parametrize(
    ("decide", "found", "asked"),
    [
        ("accept", (EMAIL,), False),
        ("accept", (PHONE,), True),
        ("accept", (), True),  # no longer seen
        ("accept", (EMAIL, PHONE), False),
        ("accept", ("user.contact",), False),  # the class above covers it
        ("reject", (EMAIL,), False),  # a person overruled exactly this
        ("reject", (PHONE,), True),
        ("reject", (), False),
        ("reclassify", (EMAIL,), False),
        ("reclassify", (CARD,), False),
        ("reclassify", (PHONE,), True),
    ],
)
def test_the_machine_asks_again_only_about_what_was_not_on_the_table(filled, scan, bo, decide, found, asked):  # noqa: PLR0913, PLR0917 - a table
    word = ([CARD],) if decide == "reclassify" else ()
    getattr(filled, decide)([ENTRY], *word, bo, now=day(2))
    scan(day(3), CONTENT | {CUSTOMERS: {"id": (), "email": found}})

    assert filled.entry(ENTRY).disagrees is asked
    assert (ENTRY in [entry for item in filled.queue() for entry in item.ids]) is asked


def test_deciding_again_settles_a_disagreement(filled, scan, bo):
    filled.reject([ENTRY], bo, now=day(2))
    scan(day(3), CONTENT | {CUSTOMERS: {"id": (), "email": (PHONE,)}})
    filled.reject([ENTRY], bo, now=day(4))

    assert not filled.entry(ENTRY).disagrees


def test_a_person_outranks_a_policy_whoever_spoke_last(filled, bo):
    policy = Word("auto-accept", "sure enough", Authority.POLICY)
    filled.reject([ENTRY], bo, now=day(2))
    filled.accept([ENTRY], policy, now=day(3))

    assert filled.entry(ENTRY).status is Status.REJECTED


def test_an_owner_of_a_field_outranks_that_of_its_source(filled, scan, bo):
    filled.assign([ENTRY], Ownership("ana", None), bo, now=day(2))
    scan(day(3), CONTENT, owner="team-new", purpose=("support", "billing"))

    assert (filled.entry(ENTRY).owner, filled.entry(ENTRY).purpose) == ("ana", ("support", "billing"))
    assert filled.entry("crm/public.orders#card").owner == "team-new"


def test_accepting_can_say_whose_it_is(filled, bo):
    (entry,) = filled.accept([ENTRY], bo, now=day(2), said=Ownership("ana", ("billing",)))

    assert (entry.status, entry.owner, entry.purpose) == (Status.CONFIRMED, "ana", ("billing",))


def test_the_queue_puts_what_looks_the_same_together_and_the_riskiest_first(filled):
    first, second = filled.queue()

    assert first.ids == ("crm/public.orders#card",)
    assert second.ids == (ENTRY, "crm/public.orders#email")
    assert first.risk > second.risk


def test_the_queue_is_empty_when_all_is_decided(filled, bo):
    filled.accept(["crm/*"], bo, now=day(2))

    assert list(filled.queue()) == []
    stats = filled.stats()
    assert (stats.waiting, stats.statuses, stats.decided_by) == (0, {"confirmed": 3, "none": 1}, {"bo": 3})
    assert stats.accepted == {EMAIL: 2, CARD: 1}


def test_the_catalogs_version_grows_with_every_change_of_belief_and_only_then(filled, scan, bo):
    versions = [filled.version()]
    filled.accept([ENTRY], bo, now=day(2))
    versions.append(filled.version())
    scan(day(3), CONTENT, owner="team-crm", purpose=("support",))
    assert filled.version() == versions[-1]
    filled.undo([ENTRY], bo, now=day(4))
    versions.append(filled.version())

    assert versions == sorted(set(versions))


def test_reasons_are_kept_as_they_were_said(filled):
    said = '=HYPERLINK("x") \x1b[31m \u202e \'; DROP TABLE decisions; --'
    filled.accept([ENTRY], Word("bo\ud800", said), now=day(2))

    (judgement,) = filled.explain(ENTRY).judgements
    assert (judgement.reason, judgement.actor) == (said, "bo\\ud800")

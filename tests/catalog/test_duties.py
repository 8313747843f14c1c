import pytest

from catalog import Ownership, activities, duties, lacks
from catalog.testing import day, seen, unit
from scanners import Cause, Coverage, Extent

EMAIL, HEALTH, CARD = "user.contact.email", "user.health_and_medical", "user.financial.credit_card"
TABLE = unit(fields=("email", "diagnosis", "id"))


@pytest.fixture(scope="module")
def template(made):
    return made(day(1), {TABLE: {"email": (EMAIL,), "diagnosis": (HEALTH,), "id": ()}})


@pytest.fixture
def filled(catalog, template):
    return template(catalog)


def test_every_requirement_says_which_class_asks_for_it(filled, taxonomy):
    told = {duty.requirement: duty for duty in duties(filled.entry("crm/public.customers#diagnosis"), taxonomy)}

    consent = told["explicit consent or another ground of GDPR Art. 9(2)"]
    assert consent.data_class == HEALTH
    assert "GDPR Art. 9" in consent.regulations
    assert told["record the purpose of processing"].data_class == "user"
    assert set(told) == set(filled.entry("crm/public.customers#diagnosis").requirements)
    assert any(
        "it holds user.health_and_medical" in reason
        for reason in filled.explain("crm/public.customers#diagnosis").reasons
    )


def test_what_is_not_known_is_a_lack_until_it_is(filled, bo):
    lacking = lambda: {(lack.id.rpartition("#")[2], lack.what) for lack in lacks(filled.entries(all=True))}  # noqa: E731
    assert lacking() == {
        ("diagnosis", "owner"), ("diagnosis", "purpose"), ("diagnosis", "review"), ("email", "owner"), ("email", "purpose")
    }  # fmt: skip

    filled.accept(["crm/*"], bo, now=day(2), said=Ownership("dr", ("care",)))
    assert lacking() == set()


@pytest.mark.parametrize(("cause", "lack"), [(Cause.PERMISSION, True), (Cause.EMPTY, False)])
def test_what_was_not_examined_is_not_known_to_be_clean(filled, cause, lack):
    run_id = filled.start_run(["crm"], now=day(2))
    other = unit("other", ("x",))
    filled.record(run_id, other, [seen(other, "x", coverage=Coverage(Extent.NOT_EXAMINED, cause))], now=day(2))

    assert (("crm/other#x", "content") in {(one.id, one.what) for one in lacks(filled.entries(all=True))}) is lack


def test_the_most_sensitive_lack_comes_first(filled):
    levels = [lack.sensitivity or 0 for lack in lacks(filled.entries())]
    assert levels == sorted(levels, reverse=True)


def test_the_record_of_processing_tells_purposes_apart(filled, taxonomy, bo):
    filled.assign(["crm/public.customers#diagnosis"], Ownership("dr", ("care",)), bo, now=day(2))
    unstated, care = activities(filled.entries(), taxonomy)

    assert (unstated.purposes, unstated.categories, unstated.special) == ((), ("E-mail address",), ())
    assert (care.purposes, care.owners, care.fields, care.datasets, care.unreviewed) == (("care",), ("dr",), 1, 1, 1)
    assert care.special == care.categories
    assert "explicit consent or another ground of GDPR Art. 9(2)" in care.measures

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog import Ownership, Purpose, activities, duties, lacks
from catalog.testing import day, record_run, seen, unit
from classifiers import DataClass, Sensitivity
from scanners import Cause, Coverage, Extent

EMAIL, HEALTH, CARD = "user.contact.email", "user.health_and_medical", "user.financial.credit_card"
CARE = {
    "care": Purpose(
        "care", "Treatment of patients", basis="Art. 6(1)(b), 9(2)(h)", subjects=("patients",), recipients=("insurers",),
        transfers=("none",), residency=("EU",), retention=timedelta(days=3650),
    )
}  # fmt: skip
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
    assert consent.because == f"it holds {HEALTH}"
    assert "GDPR Art. 9" in consent.regulations
    assert told["record the purpose of processing"].because == "it holds user"
    assert set(told) == set(filled.entry("crm/public.customers#diagnosis").requirements)
    assert any(
        "it holds user.health_and_medical" in reason
        for reason in filled.explain("crm/public.customers#diagnosis").reasons
    )


def test_what_is_not_known_is_a_lack_until_it_is(filled, taxonomy, bo):
    def lacking():
        return {(lack.id.rpartition("#")[2], lack.what) for lack in lacks(filled.entries(all=True), taxonomy, CARE)}

    assert lacking() == {
        ("diagnosis", "owner"), ("diagnosis", "purpose"), ("diagnosis", "review"), ("email", "owner"), ("email", "purpose")
    }  # fmt: skip

    filled.accept(["crm/*"], bo, now=day(2), said=Ownership("dr", ("care",)))
    assert lacking() == set()


@pytest.mark.parametrize(("cause", "lack"), [(Cause.PERMISSION, True), (Cause.EMPTY, False)])
def test_what_was_not_examined_is_not_known_to_be_clean(filled, taxonomy, cause, lack):
    run_id = filled.start_run(["crm"], now=day(2))
    other = unit("other", ("x",))
    filled.record(run_id, other, [seen(other, "x", coverage=Coverage(Extent.NOT_EXAMINED, cause))], now=day(2))

    assert (
        ("crm/other#x", "content") in {(one.id, one.what) for one in lacks(filled.entries(all=True), taxonomy)}
    ) is lack


def test_the_most_sensitive_lack_comes_first(filled, taxonomy):
    levels = [lack.sensitivity or 0 for lack in lacks(filled.entries(), taxonomy)]
    assert levels == sorted(levels, reverse=True)


def test_the_record_of_processing_tells_purposes_apart(filled, taxonomy, bo):
    filled.assign(["crm/public.customers#diagnosis"], Ownership("dr", ("care",)), bo, now=day(2))
    unstated, care = activities(filled.entries(), taxonomy)

    assert (unstated.purposes, unstated.categories, unstated.special) == ((), ("E-mail address",), ())
    assert (care.purposes, care.owners, care.fields, care.datasets, care.unreviewed) == (("care",), ("dr",), 1, 1, 1)
    assert care.special == care.categories
    assert "explicit consent or another ground of GDPR Art. 9(2)" in care.measures


@pytest.mark.parametrize(
    ("purpose", "lacking"),
    [
        (CARE["care"], set()),
        (replace(CARE["care"], retention=None), {("diagnosis", "retention"), ("email", "retention")}),
        (replace(CARE["care"], classes=(DataClass("user.contact"),)), {("diagnosis", "purpose")}),
        (replace(CARE["care"], basis=""), {("diagnosis", "basis")}),
        (replace(CARE["care"], basis="Art. 6(1)(b)"), {("diagnosis", "basis")}),  # no ground for a special category
        (
            Purpose("other"),
            {(f, w) for f in ("diagnosis", "email") for w in ("purpose", "retention")} | {("diagnosis", "basis")},
        ),
    ],
)
def test_what_a_purpose_leaves_open_is_a_lack_of_what_it_is_for(filled, taxonomy, bo, purpose, lacking):
    filled.accept(["crm/*"], bo, now=day(2), said=Ownership("dr", ("care",)))
    found = lacks(filled.entries(all=True), taxonomy, {purpose.name: purpose})

    assert {(lack.id.rpartition("#")[2], lack.what) for lack in found} == lacking


def test_what_a_purpose_lays_down_is_a_duty_of_what_it_is_for(filled, taxonomy, bo):
    filled.assign(["crm/*"], Ownership("dr", ("care",)), bo, now=day(2))
    told = [str(duty) for duty in duties(filled.entry("crm/public.customers#email"), taxonomy, CARE)]

    assert "delete after 3650 days: it is there for care (GDPR Art. 5(1)(e))" in told
    assert "keep in EU: it is there for care (GDPR Art. 44)" in told
    assert duties(filled.entry("crm/public.customers#id"), taxonomy, CARE) == ()


def test_the_record_of_processing_takes_what_is_laid_down(filled, taxonomy, bo):
    filled.assign(["crm/*"], Ownership("dr", ("care",)), bo, now=day(2))
    (care,) = activities(filled.entries(), taxonomy, CARE)

    assert (care.purposes, care.subjects, care.recipients) == (("Treatment of patients",), ("patients",), ("insurers",))
    assert (care.transfers, care.erasure, care.bases) == (
        ("none",),
        ("care: 3650 days",),
        ("care: Art. 6(1)(b), 9(2)(h)",),
    )


def test_what_the_machine_finds_against_a_decision_is_a_lack_where_it_would_be_sensitive(catalog, taxonomy, bo):
    table = unit(fields=("ref",))
    record_run(catalog, day(1), {table: {"ref": (EMAIL,)}})
    catalog.reject(["crm/public.customers#ref"], bo, now=day(2))
    assert lacks(catalog.entries(all=True), taxonomy) == []
    record_run(catalog, day(3), {table: {"ref": ("user.financial.credit_card",)}})

    (lack,) = lacks(catalog.entries(all=True), taxonomy)
    assert (lack.what, lack.sensitivity) == ("review", Sensitivity.CRITICAL)
    assert lack.why == "user.financial.credit_card is found in it, and bo decided otherwise before"

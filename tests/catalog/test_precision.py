from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import Look, Precision
from catalog.testing import day, seen, unit
from classifiers import DataClass, Finding

EMAIL, PHONE, NAME = "user.contact.email", "user.contact.phone_number", "user.name"
TABLE = unit(fields=("a", "b", "c", "d"))


@pytest.fixture
def filled(catalog):
    """Every field looks like an e-mail to the pattern; one name speaks for a phone, one speaks against."""
    name = Finding("name", "PHONE", DataClass(PHONE), note="called phone")
    against = Finding("type", "EMAIL", DataClass(EMAIL), against=True)
    found = [seen(TABLE, field, EMAIL) for field in "abcd"]
    remark = Finding("verdict", "EMAIL", DataClass(EMAIL), note="would not be proposed without: pattern")
    found[1] = replace(found[1], findings=(*found[1].findings, name, against, remark))
    run_id = catalog.start_run(["crm"], now=day(1))
    catalog.record_all(run_id, [Look(TABLE, classifications=tuple(found))], now=day(1))
    return catalog


def test_recognizers_are_measured_by_the_decisions_that_hold(filled, bo):
    filled.accept(["crm/public.customers#a"], bo, now=day(2))
    filled.reclassify(["crm/public.customers#b"], [PHONE], bo, now=day(2))
    filled.reject(["crm/public.customers#c"], bo, now=day(3))
    told = {(one.recognizer, one.data_class): (one.right, one.decided) for one in filled.precision()}

    assert told == {("pattern", EMAIL): (1, 3), ("name", PHONE): (1, 1)}
    assert [(one.right, one.decided) for one in filled.precision(as_of=day(2)) if one.recognizer == "pattern"] == [
        (1, 2)
    ]


def test_a_class_and_its_parent_agree(filled, bo):
    filled.reclassify(["crm/public.customers#a"], ["user.contact"], bo, now=day(2))

    assert [(one.right, one.decided) for one in filled.precision()] == [(1, 1)]


def test_what_nobody_decided_measures_nothing(filled):
    assert filled.precision() == []


@given(st.integers(1, 500), st.data())
def test_the_true_share_is_between_the_bounds_and_more_decisions_bring_them_closer(decided, data):
    right = data.draw(st.integers(0, decided))
    one, more = (Precision("p", "E", DataClass(NAME), right * times, decided * times) for times in (1, 10))

    assert 0 <= one.low <= one.share <= one.high <= 1
    assert more.high - more.low < one.high - one.low


def test_the_bounds_are_wilsons():
    one = Precision("p", "E", DataClass(NAME), 8, 10)  # as in Newcombe, Statistics in Medicine 17 (1998)
    assert (round(one.low, 3), round(one.high, 3)) == (0.49, 0.943)

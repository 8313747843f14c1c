import pyarrow as pa
import pytest

from classifiers import Taxonomy, presidio
from classifiers.engine import FieldClassifier
from classifiers.opinion import READ, opinions
from scanners import Cause, Coverage, Extent, Field, Sample


@pytest.mark.parametrize(
    ("entity", "value"),
    [
        ("EMAIL_ADDRESS", "someone{}@example.org"),
        ("IP_ADDRESS", "198.51.100.{}"),
        ("MAC_ADDRESS", "00:00:5e:00:53:{:02x}"),
    ],
)
def test_presidio_says_what_values_are_as_a_whole(entity, value):
    best = opinions([value.format(number) for number in range(1, 41)]).opinions[0]

    assert (best.entity, best.matched, best.examined) == (entity, READ, READ)


def test_a_finding_inside_a_longer_text_is_no_opinion_of_the_value():
    assert opinions([f"write to someone{number}@example.org about the order" for number in range(5)]).opinions == ()


def test_an_opinion_is_evidence_on_a_field_that_nothing_claims_and_decides_nothing():
    values = pa.array([f"2026-11-{day:02}" for day in range(1, 29)])
    sample = Sample(
        Field("shop", "orders", "shipped"), values, Coverage(Extent.EXAMINED, rows=28, values=28, distinct=28)
    )
    (found,) = FieldClassifier(Taxonomy.load()).classify([sample])

    assert found.labels == ()
    assert [one.entity for one in found.findings if one.detector.startswith("presidio ")] == ["DATE_TIME"]


def test_values_that_presidio_does_not_get_through_make_the_coverage_partial(monkeypatch):
    monkeypatch.setattr(presidio, "TIMEOUT", 1e-7)
    values = pa.array([f"{'9' * 60}{number}-{'4' * 60}" for number in range(30)])
    (found,) = FieldClassifier(Taxonomy.load()).classify(
        [Sample(Field("shop", "orders", "mark"), values, Coverage(Extent.EXAMINED))]
    )

    assert (found.labels, found.coverage.extent, found.coverage.cause) == ((), Extent.PARTIAL, Cause.TIMEOUT)

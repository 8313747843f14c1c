import pyarrow as pa
import pytest

from classifiers import Taxonomy
from classifiers.engine import FieldClassifier
from classifiers.opinion import READ, opinions
from scanners import Coverage, Extent, Field, Sample


@pytest.mark.parametrize(
    ("entity", "value"),
    [
        ("EMAIL_ADDRESS", "someone{}@example.org"),
        ("IP_ADDRESS", "198.51.100.{}"),
        ("MAC_ADDRESS", "00:00:5e:00:53:{:02x}"),
    ],
)
def test_presidio_says_what_values_are_as_a_whole(entity, value):
    best = opinions([value.format(number) for number in range(1, 41)])[0]

    assert (best.entity, best.matched, best.examined) == (entity, READ, READ)


def test_a_finding_inside_a_longer_text_is_no_opinion_of_the_value():
    assert opinions([f"write to someone{number}@example.org about the order" for number in range(5)]) == []


def test_an_opinion_is_evidence_on_a_field_that_nothing_claims_and_decides_nothing():
    values = pa.array([f"2026-11-{day:02}" for day in range(1, 29)])
    sample = Sample(
        Field("shop", "orders", "shipped"), values, Coverage(Extent.EXAMINED, rows=28, values=28, distinct=28)
    )
    (found,) = FieldClassifier(Taxonomy.load()).classify([sample])

    assert found.labels == ()
    assert [one.entity for one in found.findings if one.detector.startswith("presidio ")] == ["DATE_TIME"]

"""A classifier's promises as tests: a plug-in inherits `ClassifierContract` and says how to make one.

```python
class TestMine(ClassifierContract):
    def classifier(self):
        return MyClassifier()
```
"""

# ruff: noqa: S101 - a contract asserts

import pickle

import pyarrow as pa

from classifiers.interface import Classifier
from scanners import Coverage, Extent, Field, Sample

MAILS = tuple(f"person{number}@example.org" for number in range(20))


class ClassifierContract:
    """One verdict a sample, in order, the same every time; nothing examined means not clean; no value gets out."""

    def classifier(self) -> Classifier:
        """The classifier under test."""
        raise NotImplementedError

    def samples(self) -> list[Sample]:
        """A unit of three fields: one personal, one clean, one empty."""
        columns = {
            "email": pa.array(MAILS),
            "quantity": pa.array(range(20)),
            "nothing": pa.array([None] * 20, pa.string()),
        }
        return [
            Sample(Field("contract", "customers", path, str(values.type)), values, Coverage(Extent.EXAMINED, rows=20))
            for path, values in columns.items()
        ]

    def test_every_sample_gets_one_verdict_in_order(self) -> None:
        """The pipeline zips them."""
        samples = self.samples()
        found = self.classifier().classify(samples)
        assert [one.field for one in found] == [sample.field for sample in samples]

    def test_the_same_samples_give_the_same_verdicts(self) -> None:
        """A verdict that depends on the day cannot be reviewed."""
        samples = self.samples()
        assert list(self.classifier().classify(samples)) == list(self.classifier().classify(samples))

    def test_a_personal_field_is_found_and_a_clean_one_is_not(self) -> None:
        """The least that a classifier must do."""
        personal, clean, _ = self.classifier().classify(self.samples())
        assert personal.labels
        assert not clean.labels

    def test_what_was_not_examined_is_not_called_clean(self) -> None:
        """Doubt narrows."""
        assert self.classifier().classify(self.samples())[2].coverage.extent is Extent.NOT_EXAMINED

    def test_no_samples_give_no_verdicts(self) -> None:
        """A unit may be empty."""
        assert list(self.classifier().classify([])) == []

    def test_no_value_leaves_in_a_verdict(self) -> None:
        """Only findings travel."""
        told = pickle.dumps(tuple(self.classifier().classify(self.samples())))
        assert not any(mail.encode() in told for mail in MAILS)

    def test_it_travels_to_a_worker(self) -> None:
        """The same object runs in a process pool or on another machine."""
        there: Classifier = pickle.loads(pickle.dumps(self.classifier()))  # noqa: S301 - what was just dumped
        assert len(there.classify(self.samples())) == 3

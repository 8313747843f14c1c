"""A classifier's promises as tests: a plug-in inherits `ClassifierContract` and says how to make one.

```python
class TestMine(ClassifierContract):
    def classifier(self):
        return MyClassifier()
```
"""

# ruff: noqa: S101 - a contract asserts

import pickle
import random
from collections.abc import Iterator

import pyarrow as pa

from classifiers.interface import Classifier
from scanners import Coverage, Extent, Field, Sample

MAILS = tuple(f"person{number}@example.org" for number in range(20))

MEGABYTE = 1 << 20
SEEDS = (
    "a@a." * 40, "." * 4000, "a." * 2000, "http://" * 500, "1-" * 2000, "(" * 3000, "+" * 3000, "0" * 5000, "ab:" * 1500,
    "://a:b@" * 300, "$2b$12$" * 300, "-----BEGIN PRIVATE KEY-----" * 100, "eyJ" * 1000 + "." + "eyJ" * 1000, "\x00" * 2000, "\u202e" * 900 + "moc.elpmaxe@ob",
    "\u200b" * 2000, "é" * 3000, "名" * 3000, "😀" * 2000, "\ufeff" + "x" * 2000, "{" * 3000, "[" * 2000 + "]" * 2000, '{"a":' * 900 + "1" + "}" * 900,
    "<a href='" * 400, "\\" * 3000, "GB82" * 800, "4111 " * 900, "%s%n%x" * 300, "'; DROP TABLE users;--" * 50, "user=" * 700, "١٢٣" * 900, "1" * 15 + " " + "1" * 15 + " ",
    "O'" * 1000, "St. " * 1000, "Mr. " * 1000, "12 High Street, " * 300, "john smith " * 400, "e" * 3999 + "@", "\t\n\r" * 900, "ﷺ" * 600,
)  # fmt: skip


def hostile_cells(count: int, seed: int = 11) -> Iterator[str]:
    """Cells made to stall, crash or fool: what makes patterns backtrack, megabytes, NULs, bidi marks, halves of surrogates."""
    rng = random.Random(seed)  # noqa: S311 - the same every time
    for number in range(count):
        cell = (
            rng.choice(SEEDS)
            + rng.choice(("", "!", "@", " ", "\n", "x" * 50))
            + rng.choice(SEEDS)[: rng.randrange(300)]
        )
        cell = cell[rng.randrange(5) :]
        if number % 20 == 7:
            cell *= MEGABYTE // len(cell) + 1
        elif number % 20 == 11:
            cell = "\ud83d" + cell + "\udfff"
        yield cell


def as_arrow(cell: str) -> pa.Array:
    """One cell as a column: text, or bytes where it is none (half of a surrogate pair cannot be in an Arrow string)."""
    try:
        return pa.array([cell])
    except UnicodeEncodeError:
        return pa.array([cell.encode("utf-8", "surrogatepass")])


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

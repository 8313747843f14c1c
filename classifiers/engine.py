"""The built-in classifier: names, Presidio's recognizers over distinct values, one verdict a field."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from classifiers.interface import Classification, Finding, Label, Mode
from classifiers.names import named_as
from classifiers.presidio import analyze, presidio_version
from classifiers.taxonomy import Taxonomy
from classifiers.verdict import decide
from scanners import Extent, Sample

CAP = 100
MINIMUM = 0.4
STRONG = ("EMAIL_ADDRESS", "IBAN_CODE", "CREDIT_CARD", "IP_ADDRESS", "US_SSN", "MAC_ADDRESS", "CRYPTO")


@dataclass(frozen=True, slots=True)
class FieldClassifier:
    """Classifies the fields of one unit. Picklable: recognizers and model are loaded once in each process."""

    taxonomy: Taxonomy

    def classify(self, samples: Sequence[Sample]) -> Sequence[Classification]:
        """One Classification per sample, in order."""
        return [self._classify(sample) for sample in samples]

    def _classify(self, sample: Sample) -> Classification:
        texts = _texts(sample.values)
        if sample.coverage.extent is Extent.NOT_EXAMINED or not texts:
            return Classification(sample.field, sample.coverage)
        whole, inside = _counts(texts)
        shares = {entity: count / len(texts) for entity, count in whole.items()}
        named = named_as(sample.field.path)
        findings = [self._finding("presidio", entity, count, len(texts)) for entity, count in whole.items()]
        if named:
            findings.append(self._finding("name", named, 0, len(texts)))
        decided, mode = decide(named, shares), Mode.VALUE
        if decided is None and inside:
            decided, mode = (inside.most_common(1)[0][0], 0.7), Mode.CONTAINS
        labels: tuple[Label, ...] = ()
        if decided and (data_class := self.taxonomy.class_of(decided[0])):
            labels = (Label(data_class, decided[0], decided[1], mode),)
        matched = (whole if mode is Mode.VALUE else inside)[decided[0]] if decided else 0
        return Classification(
            sample.field, sample.coverage, labels, findings=tuple(findings), examined=len(texts), matched=matched
        )

    def _finding(self, detector: str, entity: str, matched: int, examined: int) -> Finding:
        return Finding(
            detector, entity, self.taxonomy.class_of(entity), matched, examined, 0.5, version=presidio_version()
        )


def _texts(values: pa.Array) -> list[str]:
    if pa.types.is_nested(values.type) or pa.types.is_binary(values.type) or pa.types.is_null(values.type):
        return []
    distinct = pc.unique(pc.drop_null(values)).slice(0, CAP)
    return [str(value).strip()[:500] for value in distinct.to_pylist() if str(value).strip()]


def _counts(texts: Sequence[str]) -> tuple[Counter[str], Counter[str]]:
    """How many texts are an entity as a whole, and how many hold a strong one within."""
    whole: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for text in texts:
        spans = [span for span in analyze(text, STRONG) if span.score >= MINIMUM]
        whole.update({span.entity for span in spans if span.end - span.start >= 0.9 * len(text)})
        inside.update({span.entity for span in spans if span.end - span.start < 0.9 * len(text)})
    return whole, inside

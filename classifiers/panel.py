"""Several classifiers over the same fields: ours first, those of plug-ins as proposals where ours claims nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from classifiers.interface import Classification, Classifier, ClassifyError, Finding, Prepares
from scanners import Extent, Field, Sample


@dataclass(frozen=True, slots=True)
class Panel:
    """Asks everybody. `others` are the plug-ins' by name; what they say beside our verdict stays an alternative."""

    ours: Classifier
    others: tuple[tuple[str, Classifier], ...]

    def prepare(self, fields: Sequence[Field]) -> None:
        """Passed on to ours."""
        if isinstance(self.ours, Prepares):
            self.ours.prepare(fields)

    def classify(self, samples: Sequence[Sample]) -> Sequence[Classification]:
        """One Classification per sample, in order. Raises ClassifyError where a plug-in gives another number of them."""
        found = list(self.ours.classify(samples))
        for name, other in self.others:
            theirs = other.classify(samples)
            if len(theirs) != len(samples):
                raise ClassifyError(f"classifier {name} gave {len(theirs)} verdicts on {len(samples)} fields")
            found = [_beside(name, own, said) for own, said in zip(found, theirs, strict=True)]
        return found


def _beside(name: str, own: Classification, said: Classification) -> Classification:
    known = {label.data_class for label in (*own.labels, *own.alternatives)}
    new = tuple(label for label in said.labels if label.data_class not in known)
    if not new or own.coverage.extent is Extent.NOT_EXAMINED:
        return own
    findings = own.findings + tuple(
        Finding(
            f"plug-in {name}", label.entity, label.data_class, said.matched, said.examined, label.confidence, label.mode
        )
        for label in new
    )
    if own.labels:
        return replace(own, alternatives=own.alternatives + new, findings=findings)
    return replace(own, labels=new, findings=findings, matched=said.matched)

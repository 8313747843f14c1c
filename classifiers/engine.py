"""The built-in classifier: names, distinct values once, neighbours, one verdict a field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from classifiers import warming
from classifiers.combination import combined
from classifiers.contains import Contents, contents, leaves
from classifiers.evidence import Evidence, gather
from classifiers.gazetteers import cities, countries, regions
from classifiers.interface import Classification, Finding, Label, Mode
from classifiers.lexicon import Strength
from classifiers.marks import marks
from classifiers.matching import tallies
from classifiers.models import MODEL
from classifiers.names import naming, refers_to_a_person
from classifiers.opinion import Heard, Opinion, opinions
from classifiers.presidio import model as load_model
from classifiers.presidio import presidio_version
from classifiers.profile import Profile, Sort, profile_of
from classifiers.rules.custom import CustomRule
from classifiers.surroundings import Neighbours
from classifiers.taxonomy import Taxonomy
from classifiers.transformer import reading
from classifiers.verdict import ACCEPT, UNSURE, Candidate, candidates, held, is_running_text, turning_point
from scanners import Cause, Coverage, Extent, Field, Sample

CLEAR = (0.8, 0.5, 0.5)  # confidence from which a field is a neighbour to reckon with, round by round
VERSION = "1"
TOLD = 0.6  # share of values that the transformer must agree on
WHOLE = 0.8  # share of values that are the thing as a whole, from which a field is it rather than holds it


@dataclass(frozen=True, slots=True)
class FieldClassifier:
    """Classifies the fields of one unit. Picklable: recognizers, lists and the model load once in each process.

    `custom` are the user's own rules (`classifiers.rules.custom.load_rules`); where one is surer, it leads. `model` is the
    spaCy model that reads running text; `transformer` asks the one of the extra `onnx` where nothing else decides.
    """

    taxonomy: Taxonomy
    custom: tuple[CustomRule, ...] = ()
    model: str = MODEL
    transformer: bool = False

    def prepare(self, fields: Sequence[Field]) -> None:
        """Load the lists, and the model where a field sounds like notes, while the values are still being fetched."""
        model = self.model if any(map(_sounds_like_notes, fields)) else None
        warming.start(lambda: warm(model))

    def classify(self, samples: Sequence[Sample]) -> Sequence[Classification]:
        """One Classification per sample, in order. The samples are one unit's: neighbours are evidence."""
        warming.finish()
        mark = marks(sample.field.path for sample in samples)
        looked = [_look(sample.field, sample.values, mark) for sample in samples]
        linked = any(refers_to_a_person(evidence.naming) for evidence in looked)
        around = [Neighbours(linked=linked)] * len(looked)
        for clear in CLEAR:
            clears = [_clear(evidence, beside, clear) for evidence, beside in zip(looked, around, strict=True)]
            around = _around(clears, linked=linked)
        return combined(list(map(self._classify, samples, looked, around)))

    def _classify(self, sample: Sample, evidence: Evidence, around: Neighbours) -> Classification:
        judged = candidates(evidence, around)
        coverage = _coverage(sample.coverage, evidence.profile)
        if not evidence.profile.texts:
            named = tuple(self._label(one, Mode.VALUE) for one in judged[:3] if one.confidence >= ACCEPT)
            return Classification(sample.field, coverage, alternatives=named)
        if own := self._own(sample.field, coverage, evidence, judged):
            return own
        if held_inside := self._inside(sample.field, evidence, judged):
            labels, findings, matched = held_inside
            return Classification(
                sample.field, coverage, labels, findings=findings, examined=len(evidence.profile.texts), matched=matched
            )
        return self._value(sample.field, coverage, evidence, judged)

    def _own(
        self, field: Field, coverage: Coverage, evidence: Evidence, judged: list[Candidate]
    ) -> Classification | None:
        """The verdict of the user's own rules, where one of them is surer than ours."""
        texts = evidence.profile.texts
        rated = [(rule.confidence(field.path, texts), rule) for rule in self.custom]
        confidence, rule = max(rated, key=lambda pair: pair[0], default=(0.0, None))
        if rule is None or confidence < ACCEPT or (judged and judged[0].confidence > confidence):
            return None
        matched = sum(map(rule.takes, texts))
        finding = Finding(
            rule.name, rule.entity, rule.data_class, matched, len(texts), confidence, note="a rule of your own"
        )
        label = Label(rule.data_class, rule.entity, round(confidence, 4))
        others = tuple(self._label(one, Mode.VALUE) for one in judged[:3] if one.confidence >= ACCEPT)
        return Classification(field, coverage, (label,), others, (finding,), len(texts), matched)

    def _value(self, field: Field, coverage: Coverage, evidence: Evidence, judged: list[Candidate]) -> Classification:
        examined = len(evidence.profile.texts)
        best = judged[0] if judged else None
        labels = (self._label(best, Mode.VALUE),) if best and best.confidence >= ACCEPT else ()
        others = judged[1:] if labels else judged
        unclaimed = not labels and evidence.profile.sort is Sort.TEXT
        if unclaimed and self.transformer and (read := self._transformed(field, coverage, evidence)):
            return read
        heard = opinions(evidence.profile.texts) if unclaimed else Heard()
        return Classification(
            field=field,
            coverage=_narrowed(coverage, Cause.TIMEOUT) if heard.unread else coverage,
            labels=labels,
            alternatives=tuple(self._label(one, Mode.VALUE) for one in others[:3] if one.confidence >= UNSURE[0] / 3),
            findings=tuple(f for one in judged[:3] for f in self._findings(one, evidence))
            + tuple(map(self._heard, heard.opinions)),
            examined=examined,
            matched=round(evidence.share(best.proof) * examined) if best and labels and best.proof else 0,
            ambiguous=bool(best and UNSURE[0] <= best.confidence < UNSURE[1]),
        )

    def _transformed(self, field: Field, coverage: Coverage, evidence: Evidence) -> Classification | None:
        """The verdict of the transformer on values that read like words and that nothing claims."""
        texts = evidence.profile.texts
        read = reading(texts) if evidence.naming.strength("CLEAN") is None else None
        key = self.taxonomy.class_of(read.entity) if read else None
        if read is None or key is None or read.share < TOLD:
            return None
        matched = round(read.share * len(texts))
        finding = Finding(
            "transformer", read.entity, key, read.matched, read.examined, read.share, note="the extra onnx"
        )
        label = Label(key, read.entity, round(min(UNSURE[1], read.share), 4))
        return Classification(field, coverage, (label,), findings=(finding,), examined=len(texts), matched=matched)

    def _inside(
        self, field: Field, evidence: Evidence, judged: list[Candidate]
    ) -> tuple[tuple[Label, ...], tuple[Finding, ...], int] | None:
        """The verdict on a field that holds personal data without being it; None where it is or holds none."""
        texts = evidence.profile.texts
        if evidence.share("json") > 0.5:
            return self._json(field, texts)
        if not is_running_text(evidence, judged):
            return None
        found = contents(texts, language=evidence.share("prose") > 0.1, model=self.model)
        kept = held(found, evidence)
        if not kept:
            return None
        findings = tuple(self._inside_finding(entity, found) for entity in kept)
        if set(kept) == {"PHONE_NUMBER"} and evidence.share("phone_shape") > WHOLE:  # the text is the number
            key = self.taxonomy.get("user.contact.phone_number").key
            return (Label(key, "PHONE_NUMBER", kept["PHONE_NUMBER"]),), findings, found.texts["PHONE_NUMBER"]
        return self._contained(kept), findings, max(found.texts[entity] for entity in kept)

    def _json(self, field: Field, texts: tuple[str, ...]) -> tuple[tuple[Label, ...], tuple[Finding, ...], int] | None:
        parts = leaves(texts)
        samples = [
            Sample(replace(field, path=f"{field.path}.{path}" if path else field.path), pa.array(values, pa.string()), EXAMINED)
            for path, values in parts.items()
        ]  # fmt: skip
        verdicts = [one for one in self.classify(samples) if one.labels]
        if not verdicts:
            return None
        findings = tuple(f for one in verdicts for f in one.findings)[:12]
        if set(parts) == {""}:  # a list of scalars is those scalars
            return verdicts[0].labels, findings, verdicts[0].matched
        kept = {one.labels[0].entity: one.labels[0].confidence for one in verdicts}
        return self._contained(kept), findings, len(texts)

    def _contained(self, kept: Mapping[str, float]) -> tuple[Label, ...]:
        surest = max(kept.values())
        ordered = sorted(kept, key=lambda entity: -kept[entity])
        whole = self.taxonomy.class_of("FREE_TEXT_WITH_PII")
        first = (Label(whole, "FREE_TEXT_WITH_PII", surest, Mode.CONTAINS),) if whole else ()
        return first + tuple(
            Label(key, entity, kept[entity] * 0.99, Mode.CONTAINS)
            for entity in ordered
            if entity != "FREE_TEXT_WITH_PII" and (key := self.taxonomy.class_of(entity))
        )

    def _label(self, one: Candidate, mode: Mode) -> Label:
        key = self.taxonomy.class_of(one.entity)
        assert key is not None, one.entity  # noqa: S101 - a test holds every policy against the taxonomy
        return Label(key, one.entity, round(one.confidence, 4), mode)

    def _findings(self, one: Candidate, evidence: Evidence) -> list[Finding]:
        key, examined = self.taxonomy.class_of(one.entity), len(evidence.profile.texts)
        turning = Finding("verdict", one.entity, key, score=0.0, version=VERSION, note=turning_point(one))
        return [
            Finding(
                detector=reason.detector,
                entity=one.entity,
                data_class=key,
                matched=round(evidence.share(reason.detector) * examined),
                examined=examined,
                score=min(1.0, abs(reason.points) / 10),
                against=reason.points < 0,
                version=VERSION,
                note=reason.note,
            )
            for reason in one.reasons
        ] + [turning]

    def _heard(self, one: Opinion) -> Finding:
        """Presidio's opinion as evidence."""
        return Finding(
            detector=f"presidio {one.recognizer}",
            entity=one.entity,
            data_class=self.taxonomy.class_of(one.entity),
            matched=one.matched,
            examined=one.examined,
            score=one.score,
            version=presidio_version(),
            note="Presidio's opinion; it does not decide",
        )

    def _inside_finding(self, entity: str, found: Contents) -> Finding:
        return Finding(
            detector="ner+gazetteer" if entity == "PERSON" else "pattern",
            entity=entity,
            data_class=self.taxonomy.class_of(entity),
            matched=found.texts[entity],
            examined=found.read,
            score=0.85,
            mode=Mode.CONTAINS,
            version=presidio_version() if entity == "PERSON" else VERSION,
            note=f"{1000 * found.rate(entity):.0f} per 1,000 values",
        )


EXAMINED = Coverage(Extent.EXAMINED)


def warm(model: str | None) -> None:
    """Load what nearly every unit needs: lists and automata; and the model, if one is named."""
    tallies(["a"])
    for load in (cities, countries, regions):
        load()
    if model:
        load_model(model)


def _sounds_like_notes(field: Field) -> bool:
    return bool(naming(field.path, field.dataset, field.comment).strength("FREE_TEXT_WITH_PII"))


def _look(field: Field, values: pa.Array, mark: str | None) -> Evidence:
    return gather(naming(field.path, field.dataset, field.comment, mark), profile_of(values), field.key)


def _around(clear: Sequence[frozenset[str]], *, linked: bool) -> list[Neighbours]:
    """For each field, what the others hold."""
    return [Neighbours(frozenset().union(*clear[:at], *clear[at + 1 :]), linked) for at in range(len(clear))]


def _clear(evidence: Evidence, around: Neighbours, enough: float) -> frozenset[str]:
    """The entity that a field surely holds; where it is empty, the one its name surely claims."""
    judged = candidates(evidence, around)
    sure = {one.entity for one in judged[:1] if one.confidence >= enough}
    named = {claim.entity for claim in evidence.naming.claims if claim.strength is Strength.SURE}
    return frozenset(sure | (named if not evidence.profile.texts else set()))


def _coverage(coverage: Coverage, profile: Profile) -> Coverage:
    """The scanner's coverage, narrowed by what was not looked at here: no values, or cells cut short."""
    if coverage.extent is Extent.NOT_EXAMINED:
        return coverage
    if profile.sort is Sort.BINARY and profile.values:
        return replace(coverage, extent=Extent.NOT_EXAMINED, cause=Cause.TYPE)
    if not profile.texts:
        return replace(coverage, extent=Extent.NOT_EXAMINED, cause=coverage.cause or Cause.EMPTY)
    return _narrowed(coverage, Cause.TOO_LARGE) if profile.truncated else coverage


def _narrowed(coverage: Coverage, cause: Cause) -> Coverage:
    """Examined, but not all of it, and why."""
    return replace(coverage, extent=Extent.PARTIAL, cause=cause) if coverage.extent is Extent.EXAMINED else coverage

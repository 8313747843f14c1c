"""From evidence to one verdict a field. Pure; every threshold stands here.

A candidate's points are natural log odds: a prior, what the names say, what the values say, what the neighbours say.
The logistic of their sum is the confidence. Weights were set on generated columns and checked on labelled tables
(`benchmarks/accuracy.py` prints the reliability).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log

from classifiers.contains import Contents
from classifiers.evidence import Evidence
from classifiers.lexicon import Strength
from classifiers.names import Subject, is_number_of, is_opaque, is_strange
from classifiers.policies import POLICIES, Policy
from classifiers.profile import Sort
from classifiers.surroundings import Neighbours, Reason

PRIOR = -4.5  # one column in ninety, for any one class, before anything is known
CLAIM = {Strength.SURE: 6.0, Strength.LIKELY: 3.0, Strength.MAYBE: 1.0}
CLEAN_CLAIM = {Strength.SURE: -6.0, Strength.LIKELY: -3.0, Strength.MAYBE: -1.5}
TAKEN_BACK = -5.0  # `email_count`
NAMED_OTHERWISE = -1.5  # a telling name that tells of something else
NAMED_STRANGELY = -0.5  # words we do not know: few columns are of any one class
SLOPE = 1.4  # calibration: the error of confidence over ten bins is then under 0.05 (`benchmarks/accuracy.py`)
ACCEPT = 0.55  # confidence from which a class is proposed; under it as many are wrong as right
UNSURE = (0.3, 0.7)  # asks for a larger sample, then for a steward
KEYED = -3.0  # a primary, unique or foreign key of whole numbers
FIT = 0.6  # share of values that must be possible at all
PROVEN = 0.7  # share from which a proof counts in full
FEW = 8  # distinct values under which a share says less


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity, the points for it and where they come from."""

    entity: str
    points: float
    reasons: tuple[Reason, ...]
    proof: str = ""

    @property
    def confidence(self) -> float:
        """The logistic of the points, steepened as the reliability on generated columns asks."""
        return 1 / (1 + exp(-max(-30.0, min(30.0, SLOPE * self.points))))


def turning_point(candidate: Candidate) -> str:
    """What would change the verdict: the one reason without which a class would fall, or how much an absent one lacks."""
    if candidate.confidence < ACCEPT:
        return f"{_points(ACCEPT) - candidate.points:.1f} points short of being proposed"
    decisive = [reason for reason in candidate.reasons if candidate.points - reason.points < _points(ACCEPT)]
    if not decisive:
        return "no single piece of evidence decides it"
    return f"would not be proposed without: {', '.join(dict.fromkeys(reason.detector for reason in decisive))}"


def _points(confidence: float) -> float:
    return log(confidence / (1 - confidence)) / SLOPE


def candidates(evidence: Evidence, neighbours: Neighbours) -> list[Candidate]:
    """Every entity that anything speaks for, best first."""
    found = [
        judged
        for entity, policy in POLICIES.items()
        if evidence.profile.sort in policy.sorts
        and (policy.unaided or evidence.naming.strength(entity) or evidence.best(tuple(policy.proofs)) > 0.1)
        and (judged := _judged(entity, policy, evidence, neighbours)).points > -3.0
    ]
    return sorted(found, key=lambda candidate: -candidate.points)


def _judged(entity: str, policy: Policy, evidence: Evidence, neighbours: Neighbours) -> Candidate:
    if not evidence.profile.texts:  # nothing but the name to go by
        named = tuple(_named(entity, evidence))
        return Candidate(entity, PRIOR + sum(reason.points for reason in named), named)
    reasons = [*_named(entity, evidence), *_fit(policy, evidence)]
    proof, points = _proof(policy, evidence)
    if proof:
        reasons.append(Reason(proof, points))
    elif policy.absent and evidence.share("unlisted") < FIT:  # no list of ours is in that script
        sure = evidence.naming.strength(entity) is Strength.SURE  # a list of names or towns is never complete
        reasons.append(Reason("values", policy.absent * (0.5 if sure else 1.0), "no value proves it"))
    if evidence.key and evidence.profile.sort is Sort.INTEGER and evidence.naming.strength(entity) != Strength.SURE:
        reasons.append(Reason("key", KEYED, "numbers rows"))
    if policy.surroundings:
        reasons += policy.surroundings(evidence, neighbours)
    return Candidate(entity, PRIOR + sum(reason.points for reason in reasons), tuple(reasons), proof)


def _named(entity: str, evidence: Evidence) -> Iterable[Reason]:
    naming = evidence.naming
    clean = naming.strength("CLEAN")
    if clean:
        yield Reason("name", CLEAN_CLAIM[clean], "the name tells of something else")
    if naming.reversed_by:
        yield Reason("name", TAKEN_BACK, f"'{naming.reversed_by}' takes the name back")
    strength = naming.strength(entity)
    if strength:
        yield Reason("name", CLAIM[strength], " ".join(naming.words))
    elif entity == "USERNAME" and naming.strength("PERSON") in {Strength.LIKELY, Strength.MAYBE}:
        return  # a role may be filled in with handles
    elif any(claim.entity != "FREE_TEXT_WITH_PII" for claim in naming.claims) and not clean:
        yield Reason("name", NAMED_OTHERWISE * (3 if naming.claims[0].strength is Strength.SURE else 1))
    elif not naming.claims and not is_opaque(naming.words) and not naming.is_name and not naming.reversed_by:
        if is_strange(naming.words) and not is_number_of(naming.words):
            yield Reason("name", NAMED_STRANGELY, "the name tells nothing")
        else:
            yield Reason("name", NAMED_OTHERWISE, "the name tells of something else")


def _fit(policy: Policy, evidence: Evidence) -> Iterable[Reason]:
    if not policy.fits or evidence.profile.sort in {Sort.DATE, Sort.TIMESTAMP}:
        return
    share = min(1.0, sum(map(evidence.share, policy.fits)))
    if share < FIT:
        yield Reason("shape", policy.unfit * (1 - share / FIT), "too few values could be one")


def _proof(policy: Policy, evidence: Evidence) -> tuple[str, float]:
    best, points = "", 0.0
    for detector, full in policy.proofs.items():
        gained = full * _rising(evidence.share(detector)) * _weight(evidence.profile.distinct)
        if gained > points:
            best, points = detector, gained
    return best, points


def _rising(share: float) -> float:
    """0 up to a share of 0.1, 1 from PROVEN on."""
    return max(0.0, min(1.0, (share - 0.1) / (PROVEN - 0.1)))


def _weight(distinct: int) -> float:
    """Few distinct values prove less: half at one, all at FEW."""
    return min(1.0, 0.5 + 0.5 * distinct / FEW)


# -- contains: free text, JSON, logs -----------------------------------------------------------------------------------

STRONG_INSIDE = frozenset(["EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "IP_ADDRESS", "MAC_ADDRESS", "PASSWORD_HASH", "JWT", "API_KEY", "PRIVATE_KEY", "PASSWORD", "TOKEN", "UK_NINO", "SG_NRIC_FIN", "CRYPTO", "PHONE_NUMBER", "DATE_OF_BIRTH", "GEO_COORDINATE", "NATIONAL_ID", "USERNAME", "MEDICAL", "STREET_ADDRESS", "POSTAL_CODE", "CITY", "GENDER", "TAX_ID", "PASSPORT"])  # fmt: skip
LOOSE_INSIDE = frozenset(
    {
        "PHONE_NUMBER",
        "USERNAME",
        "MEDICAL",
        "STREET_ADDRESS",
        "DATE_OF_BIRTH",
        "TOKEN",
        "POSTAL_CODE",
        "CITY",
        "GENDER",
        "NATIONAL_ID",
        "TAX_ID",
        "PASSPORT",
    }
)
LOOSE_RATE = 0.005  # of texts, for what is told by the words around it
HELD_SURE = 2  # texts with a strong hit from which it is no accident
RATE_OF_ONE = 0.05  # of texts, from which one hit is enough
DOCUMENT = 300  # lines of one text
FEW_TEXTS = 5  # under it one text is enough: a document is one value
PERSON_RATE = 0.08  # of texts naming a person, where nothing says that the text is about persons
PERSON_RATE_NAMED = 0.02  # in a field called notes, comments…
PERSON_RATE_THING = 0.5  # in a dataset of things: titles and descriptions are full of invented persons
VALUE_FIRST = 0.85  # a value verdict this sure is not reopened as free text


def is_running_text(evidence: Evidence, judged: list[Candidate]) -> bool:
    """Whether to look inside: long texts, or a field called notes, where no verdict on the whole value is sure."""
    if (
        evidence.profile.sort is not Sort.TEXT
        or evidence.share("agent") > 0.3
        or (judged and judged[0].confidence >= VALUE_FIRST)
    ):
        return False
    return (
        not evidence.naming.words  # the lines of a text
        or evidence.share("prose") > 0.1
        or bool(evidence.naming.strength("FREE_TEXT_WITH_PII"))
        or evidence.profile.mean_words >= 4
        or evidence.profile.mean_length > 80
    )


def held(found: Contents, evidence: Evidence) -> dict[str, float]:
    """The entities that a field of running text holds, with the confidence in each."""
    kept: dict[str, float] = {}
    enough = 1 if _is_document(found, evidence) else HELD_SURE
    for entity, count in found.texts.items():
        rate = count / found.read
        if entity in STRONG_INSIDE:
            often = rate >= LOOSE_RATE or entity not in LOOSE_INSIDE
            least = HELD_SURE if entity == "USERNAME" else enough  # the words around a login are of any manual too
            if (count >= least and often) or rate >= RATE_OF_ONE:
                kept[entity] = min(0.98, 0.75 + 0.05 * count)
        elif entity == "PERSON" and (_are_named(found, evidence, enough) or _are_persons(found, evidence)):
            kept[entity] = min(0.95, 0.6 + rate)
    return kept


def _is_document(found: Contents, evidence: Evidence) -> bool:
    """Whether the texts are the lines of one: then what stands in a single line is in it."""
    return not evidence.naming.words and found.read <= DOCUMENT


def _are_named(found: Contents, evidence: Evidence, enough: int) -> bool:
    """Whether persons stand where nothing else does: behind a title or a label, in the head of a letter."""
    named = found.texts["NAMED"]
    least = RATE_OF_ONE if _is_of_things(evidence) else LOOSE_RATE
    return named >= min(enough, max(1, found.read // FEW_TEXTS)) and named >= least * found.read


def _are_persons(found: Contents, evidence: Evidence) -> bool:
    """Whether as many texts have names in them as not by chance."""
    count = found.texts["PERSON"]
    notes = not evidence.naming.words or evidence.naming.strength("FREE_TEXT_WITH_PII") == Strength.LIKELY
    least = PERSON_RATE_NAMED if notes else PERSON_RATE_THING if _is_of_things(evidence) else PERSON_RATE
    return count >= min(HELD_SURE, max(1, found.read // FEW_TEXTS)) and count >= least * found.read


def _is_of_things(evidence: Evidence) -> bool:
    return Subject.THING in {evidence.naming.about, evidence.naming.owner}

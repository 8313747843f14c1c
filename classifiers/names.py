"""Evidence from names: what a field, its parents and its dataset say about what it holds, in many languages.

The vocabulary is data (`lexicon.py` reads it); this module only knows how names are built.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from classifiers.lexicon import ENDINGS, Strength, hinted, is_known, lookup, spelled, words_of
from classifiers.marks import unmarked
from classifiers.words import dataset_words, split, steps

LONGEST = 5  # words in a phrase
OPAQUE_MAX = 3
COMMENT_WORDS = 6
TABLE_ATTRIBUTE = 2  # words of a name that may lean on its table
NUMBERS = frozenset({"num", "nb", "n", "no"})


class Subject(StrEnum):
    """What a table is about, or whose attribute a field is."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    THING = "thing"
    EVENT = "event"
    UNKNOWN = "unknown"


NO_PERSON = frozenset({Subject.THING, Subject.PLACE, Subject.ORGANISATION, Subject.EVENT})


@dataclass(frozen=True, slots=True)
class Claim:
    """One entity that a name speaks for, and the words it does so with."""

    entity: str
    strength: Strength
    phrase: str


@dataclass(frozen=True, slots=True)
class Naming:
    """All that names say of one field.

    `claims` come strongest first. `reversed_by` is the word that takes them back (`count` in `email_count`).
    `owner` is what the field's own name says it is about, `about` what its dataset is; `is_name` marks a name of
    something that only the owner can tell (`name`, `nombre`); `medical` a dataset of health care.
    """

    words: tuple[str, ...]
    claims: tuple[Claim, ...] = ()
    reversed_by: str | None = None
    owner: Subject = Subject.UNKNOWN
    about: Subject = Subject.UNKNOWN
    is_name: bool = False
    table: tuple[str, ...] = ()
    qualified: bool = False
    medical: bool = False

    def strength(self, entity: str) -> Strength | None:
        """How much the name claims `entity`; None where it does not."""
        return next((claim.strength for claim in self.claims if claim.entity == entity), None)


def naming(path: str, dataset: str, comment: str | None = None, mark: str | None = None) -> Naming:
    """What `path` in `dataset` is called, as evidence; a short comment of the schema speaks where the name does not.

    `mark` is what every field of the dataset begins with (`marks`), which says nothing of this one.
    """
    levels = [unmarked(level, mark) for level in steps(path)] or [()]
    own, parent = levels[-1], levels[-2] if len(levels) > 1 else ()
    plain = spelled(own)
    readings = ((own, list(_matches(own))), (plain, list(_matches(plain))), (own, _with_parent(parent, own)))
    claims, taken_back = _weighed(*max(readings, key=lambda reading: _strongest(reading[1])))
    around = tuple(word for level in levels[:-1] for word in level)
    table = spelled(dataset_words(dataset))
    if not taken_back and not (claims and claims[0].strength is Strength.SURE):
        leaning = _of_the_table(around or table, plain)
        claims = _agreed(claims, leaning) or leaning or _commented(comment) or _done_by(own) or _hints(plain)
    owner = _owner(plain) if len(plain) > 1 else _subject(around)
    if owner is Subject.PERSON and _names(plain) and not taken_back:
        claims = _of_a_person(claims)
    about = _subject(around) if _subject(around) is not Subject.UNKNOWN else _subject(table)
    if _names(plain) and owner in NO_PERSON:
        claims = tuple(c for c in claims if c.entity != "PERSON" or not _is_generic(c.phrase))
    elif len(plain) == 1 and _is_generic(plain[0]) and plain[0] not in words_of("titles") and about is Subject.PERSON:
        claims = _likely_a_person(claims)
    return Naming(
        words=own,
        claims=claims,
        reversed_by=taken_back,
        owner=owner,
        about=about,
        table=table,
        qualified=len(plain) > 1 and _is_generic(plain[-1]) and not _is_neutral(plain[:-1]),
        is_name=bool(plain) and (_is_generic(plain[-1]) or _is_generic(plain[0])),
        medical=bool(words_of("medical") & {*around, *table}),
    )


def _is_generic(word: str) -> bool:
    return word in words_of("generic")


def _is_neutral(words: Iterable[str]) -> bool:
    return all(word in words_of("neutral") for word in words)


def _names(words: tuple[str, ...]) -> bool:
    """Whether it is the name of something: `claimant_name`, `nombre_reclamante`."""
    return len(words) > 1 and (_is_generic(words[-1]) or (_is_generic(words[0]) and words[0] not in words_of("titles")))


def _owner(words: tuple[str, ...]) -> Subject:
    """Whose attribute it is: what stands in front of it (`product_name`), behind it in other languages (`nom_produit`)."""
    behind = _is_generic(words[0]) and not _is_generic(words[-1])
    return _subject(words[1:] if behind else words[:-1], named=behind or _is_generic(words[-1]))


def _of_the_table(above: tuple[str, ...], own: tuple[str, ...]) -> tuple["Claim", ...]:
    """What a name claims only as an attribute of its table: `number` in `cards`, `licence` in `drivers`."""
    if not above or len(above[-1]) < OPAQUE_MAX or len(own) > TABLE_ATTRIBUTE:
        return ()
    thing = _subject(above) in NO_PERSON  # `api_clients` have names, and are no clients
    for end in ENDINGS:
        noun = (above[-1].removesuffix(end),)
        found = [claim for claim, start, stop in _matches(noun + own) if start == 0 and stop == 1 + len(own)]
        if found := [claim for claim in found if not (thing and claim.entity == "PERSON")]:
            return tuple(Claim(c.entity, Strength(min(c.strength, Strength.LIKELY)), c.phrase) for c in found)
    return ()


def _agreed(claims: tuple["Claim", ...], leaning: tuple["Claim", ...]) -> tuple["Claim", ...]:
    """The claims of the name itself, surer where the table says the same: `licence` in `drivers`."""
    same = {claim.entity for claim in leaning}
    return tuple(Claim(c.entity, Strength.SURE, c.phrase) if c.entity in same else c for c in claims)


def _done_by(words: tuple[str, ...]) -> tuple["Claim", ...]:
    """Who did something: `ack_by`, `geprueft_von`, `validado_por`. A name or a login, as the values will tell."""
    if len(words) < 2 or words[-1] not in words_of("done_by"):
        return ()
    return tuple(Claim(entity, Strength.LIKELY, " ".join(words)) for entity in ("PERSON", "USERNAME"))


def _hints(words: tuple[str, ...]) -> tuple["Claim", ...]:
    """What words claim that begin words we know, or stand in phrases we know: `synt`, `davcna`."""
    return tuple(Claim(entity, strength, f"{word}…") for word in words for entity, strength in hinted(word))


def _commented(comment: str | None) -> tuple["Claim", ...]:
    """What a comment of a few words claims: less than a name does."""
    words = split(comment or "")[:COMMENT_WORDS]
    claims, _ = _weighed(words, list(_matches(words)))
    return tuple(Claim(c.entity, min(c.strength, Strength.LIKELY), f"comment: {c.phrase}") for c in claims)


def _of_a_person(claims: tuple["Claim", ...]) -> tuple["Claim", ...]:
    """`claimant_name` is a person's name, though no list has it; `user_name` stays what it was."""
    if any(claim.strength is Strength.SURE for claim in claims):
        return claims
    return (
        Claim("PERSON", Strength.SURE, "name of a person"),
        *(claim for claim in claims if claim.entity != "PERSON"),
    )


def _likely_a_person(claims: tuple["Claim", ...]) -> tuple["Claim", ...]:
    """`name` in a table of persons, in any language."""
    if any(claim.strength > Strength.MAYBE for claim in claims):
        return claims
    return (
        Claim("PERSON", Strength.LIKELY, "name in a dataset of persons"),
        *(c for c in claims if c.entity != "PERSON"),
    )


def _strongest(found: list[tuple["Claim", int, int]]) -> int:
    return max((claim.strength for claim, _, _ in found), default=0)


def _with_parent(parent: tuple[str, ...], own: tuple[str, ...]) -> list[tuple["Claim", int, int]]:
    """Claims of a step that means little alone: `name.first`, `dob.date`, `phones.home`, `addresses[].line1`."""
    for above in (
        parent,
        tuple(word.removesuffix("es") for word in parent),
        tuple(word.removesuffix("s") for word in parent),
    ):
        if found := [(c, s, e) for c, s, e in _matches(above + own) if e > len(above)]:
            return [(c, max(0, s - len(above)), e - len(above)) for c, s, e in found]
    return [(c, 0, len(own)) for c, _, _ in _matches(parent)] if own and _is_neutral(own) else []


def is_opaque(words: tuple[str, ...]) -> bool:
    """Whether a name says nothing at all: `c7`, `fld_3`, `x`, `value`."""
    return not words or all(len(word) < OPAQUE_MAX or _is_neutral([word]) for word in words)


def is_strange(words: tuple[str, ...]) -> bool:
    """Whether no word of a name is one that we know: it may be called anything, in a language we do not read."""
    return not any(is_known(word) for word in spelled(words) if not _is_neutral([word]))


def refers_to_a_person(told: Naming) -> bool:
    """Whether it is the key of a person, as `patient_id`, `no_pasien` and `mrn` are."""
    plain = spelled(told.words)
    keyed = len(plain) > 1 and bool({*words_of("numbering"), *words_of("reversed")} & {plain[0], plain[-1]})
    return (keyed and bool(words_of(Subject.PERSON) & set(plain))) or bool(told.strength("MEDICAL_RECORD"))


def is_number_of(words: tuple[str, ...]) -> bool:
    """Whether a name says that it is a number, code or key of something: `chip_nr`, `PO_NBR`, `gate code`."""
    plain = spelled(words)
    glued = bool(plain) and any(
        len(end) > 2 and plain[-1] != end and plain[-1].endswith(end) for end in words_of("numbering")
    )
    return glued or (len(plain) > 1 and bool(words_of("numbering") & {plain[0], plain[-1]}))


def _matches(words: tuple[str, ...]) -> Iterator[tuple[Claim, int, int]]:
    """Phrases in `words`, longest first, each with the span it covers; spans do not overlap."""
    taken: set[int] = set()
    for size in range(min(LONGEST, len(words)), 0, -1):
        for start in range(len(words) - size, -1, -1):
            span = range(start, start + size)
            if taken & set(span):
                continue
            joined = "".join(words[start : start + size])
            hits = lookup(joined) if len(joined) > 1 or not joined.isascii() else ()
            for entity, strength in hits:
                yield Claim(entity, strength, " ".join(words[start : start + size])), start, start + size
            if hits:
                taken |= set(span)


def _weighed(words: tuple[str, ...], found: list[tuple[Claim, int, int]]) -> tuple[tuple[Claim, ...], str | None]:
    covered = {i for _, start, end in found for i in range(start, end)}
    claims: dict[str, Claim] = {}
    taken_back: str | None = None
    for claim, start, end in found:
        after = [w for i, w in enumerate(words[end:], end) if i not in covered]
        before = [w for i, w in enumerate(words[:start]) if i not in covered]
        back = next((w for w in after if w in words_of("reversed")), None) or _counted(before, words[start:end])
        if back:
            taken_back = taken_back or back
            continue
        strength = claim.strength
        if any(w not in words_of("neutral") and w not in words_of("person") for w in after):
            strength = Strength(max(1, strength - 1))
        if strength is Strength.LIKELY and any(_is_ordinary(w) for w in before):  # the unit of `quantity per unit`
            strength = Strength.MAYBE
        kept = claims.get(claim.entity)
        if kept is None or kept.strength < strength:
            claims[claim.entity] = Claim(claim.entity, strength, claim.phrase)
    if claims:
        taken_back = None
    return tuple(sorted(claims.values(), key=lambda claim: -claim.strength)), taken_back


def _is_ordinary(word: str) -> bool:
    return word in words_of("ordinary") and word not in words_of("neutral")


def _counted(before: list[str], phrase: tuple[str, ...]) -> str | None:
    """The word in front that takes a claim back: `is_email` and `num_phones` do, `num_telefono` numbers one phone."""
    if not before or before[0] not in words_of("prefixes"):
        return None
    return None if before[0] in NUMBERS and not phrase[-1].endswith("s") else before[0]


AGENT = ("er", "or", "ist", "ee", "ian", "eur", "euse", "ador", "idor", "ista", "ante", "arz")  # how doers end


def _subject(words: tuple[str, ...], *, named: bool = False) -> Subject:
    if len(words) > 1 and words[-2] + words[-1] in words_of(Subject.THING):  # `api_clients` are no clients
        return Subject.THING
    for word in reversed(words):
        for kind in (Subject.PERSON, Subject.ORGANISATION, Subject.EVENT, Subject.PLACE, Subject.THING):
            if word in words_of(kind):
                return kind
    agents = [
        word
        for word in words
        if len(word) > 4 and word.isascii() and word.endswith(AGENT) and word not in words_of("no_agents")
    ]
    return Subject.PERSON if agents and named else Subject.UNKNOWN

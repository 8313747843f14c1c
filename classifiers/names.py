"""Evidence from names: what a field, its parents and its dataset say about what it holds, in many languages.

The vocabulary is data (`data/names.yaml`, `data/nouns.yaml`); this module only knows how names are built.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from importlib.resources import files

import yaml

from classifiers.words import dataset_words, fold, split, steps

LONGEST = 5  # words in a phrase
# Words that add nothing: where a contact is reached, which of several, in what form it is kept.
NEUTRAL = frozenset(
    "home work business office personal private primary secondary main alt alternate alternative other "  # noqa: SIM905 - a list reads best as lines
    "new old current previous prev last first second third default preferred billing shipping mailing "
    "delivery bill ship to from of the encrypted hashed plain raw clean full short long local residential "
    "permanent temporary emergency contact my your cust customer emp employee usr user client person "
    "member patient student guest day evening night mobile land a b c d e x de du la le der das die del "
    "da do den het van no nr num number value val text str string txt field col column desc name tbl f s "
    "p i privat geschaftlich casa trabajo principal e164 intl international country iso alpha des dei "
    "della dos los las for in on and at with "
    .split()
)  # fmt: skip


class Strength(IntEnum):
    """How much a name claims: `SURE` on its own, `LIKELY` with values that could be it, `MAYBE` with more."""

    MAYBE = 1
    LIKELY = 2
    SURE = 3


class Subject(StrEnum):
    """What a table is about, or whose attribute a field is."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    THING = "thing"
    EVENT = "event"
    UNKNOWN = "unknown"


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


GENERIC = frozenset(
    ["name", "names", "nm", "nombre", "nom", "nome", "naam", "namn", "navn", "nimi", "nev", "ad", "adi", "nume", "jmeno", "ime", "imya", "imja", "nazwa", "nazev", "title", "label", "bezeichnung", "имя", "название", "наименование", "名称", "名字", "名前", "الاسم", "ονομα", "designation"]
)  # fmt: skip
OPAQUE_MAX = 3
COMMENT_WORDS = 6
# How warehouses shorten what their columns are called.
ABBREVIATED = {
    "nm": "name", "nbr": "number", "num": "number", "brth": "birth", "dt": "date", "dte": "date", "cd": "code", "cntry": "country", "ctry": "country", "pstl": "postal",
    "gndr": "gender", "lst": "last", "frst": "first", "fst": "first", "mid": "middle", "mdl": "middle", "natl": "national", "ph": "phone", "phn": "phone", "wk": "work", "hm": "home",
    "eml": "email", "drv": "driver", "lic": "license", "adr": "address", "addr": "address", "ln": "line", "emp": "employee", "cust": "customer", "mgr": "manager", "stud": "student",
    "pw": "password", "pswd": "password", "pwd": "password", "acct": "account", "usr": "user", "emerg": "emergency", "mob": "mobile", "tel": "telephone", "bdate": "birthdate",
}  # fmt: skip
NUMBERS = frozenset({"num", "nb", "n", "no"})


def naming(path: str, dataset: str, comment: str | None = None) -> Naming:
    """What `path` in `dataset` is called, as evidence; a short comment of the schema speaks where the name does not."""
    levels = steps(path) or ((),)
    own = levels[-1]
    parent = levels[-2] if len(levels) > 1 else ()
    spelled = tuple(ABBREVIATED.get(word, word) for word in own)
    readings = (list(_matches(own)), list(_matches(spelled)), _with_parent(parent, own))  # `login.salt`, `street.name`
    claims, taken_back = _weighed(own, max(readings, key=_strongest))
    if not claims and not taken_back:
        claims = _commented(comment)
    around = tuple(word for level in levels[:-1] for word in level)
    table = dataset_words(dataset)
    owner = _subject(own[:-1] or own, named=own[-1] in GENERIC) if len(own) > 1 else _subject(around)
    if owner is Subject.PERSON and len(own) > 1 and spelled[-1] in GENERIC and not taken_back:
        claims = _of_a_person(claims)
    return Naming(
        words=own,
        claims=claims,
        reversed_by=taken_back,
        owner=owner,
        about=_subject(around) if _subject(around) is not Subject.UNKNOWN else _subject(table),
        table=table,
        qualified=len(own) > 1 and own[-1] in GENERIC and any(word not in NEUTRAL for word in own[:-1]),
        is_name=bool(own) and (own[-1] in GENERIC or own[0] in GENERIC),
        medical=bool(_nouns()["medical"] & {*around, *table}),
    )


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
    return [(c, 0, len(own)) for c, _, _ in _matches(parent)] if own and all(word in NEUTRAL for word in own) else []


def is_opaque(words: tuple[str, ...]) -> bool:
    """Whether a name says nothing at all: `c7`, `fld_3`, `x`, `value`."""
    return not words or all(word in NEUTRAL or len(word) < OPAQUE_MAX for word in words)


def _matches(words: tuple[str, ...]) -> Iterator[tuple[Claim, int, int]]:
    """Phrases in `words`, longest first, each with the span it covers; spans do not overlap."""
    taken: set[int] = set()
    for size in range(min(LONGEST, len(words)), 0, -1):
        for start in range(len(words) - size, -1, -1):
            span = range(start, start + size)
            if taken & set(span):
                continue
            joined = "".join(words[start : start + size])
            hits = _lookup(joined) if len(joined) > 1 or not joined.isascii() else ()
            for entity, strength in hits:
                yield Claim(entity, strength, " ".join(words[start : start + size])), start, start + size
            if hits:
                taken |= set(span)


def _lookup(joined: str) -> tuple[tuple[str, Strength], ...]:
    index = _phrases()
    for form in (joined, joined.removesuffix("s"), joined.removesuffix("es"), joined.removesuffix("n")):
        if form in index:
            return index[form]
    for cut in range(2, len(joined) - 3):  # `custfirstname`, `kundenemail`: a known noun in front of a known phrase
        if joined[:cut] in _glue() and joined[cut:] in index:
            return index[joined[cut:]]
    return ()


def _weighed(words: tuple[str, ...], found: list[tuple[Claim, int, int]]) -> tuple[tuple[Claim, ...], str | None]:
    nouns = _nouns()
    covered = {i for _, start, end in found for i in range(start, end)}
    claims: dict[str, Claim] = {}
    taken_back: str | None = None
    for claim, start, end in found:
        after = [w for i, w in enumerate(words[end:], end) if i not in covered]
        before = [w for i, w in enumerate(words[:start]) if i not in covered]
        back = next((w for w in after if w in nouns["reversed"]), None) or _counted(before, words[start:end])
        if back:
            taken_back = taken_back or back
            continue
        strength = claim.strength
        if any(w not in NEUTRAL and w not in nouns["person"] for w in after):
            strength = Strength(max(1, strength - 1))
        kept = claims.get(claim.entity)
        if kept is None or kept.strength < strength:
            claims[claim.entity] = Claim(claim.entity, strength, claim.phrase)
    if claims:
        taken_back = None
    return tuple(sorted(claims.values(), key=lambda claim: -claim.strength)), taken_back


def _counted(before: list[str], phrase: tuple[str, ...]) -> str | None:
    """The word in front that takes a claim back: `is_email` and `num_phones` do, `num_telefono` numbers one phone."""
    if not before or before[0] not in _nouns()["prefixes"]:
        return None
    return None if before[0] in NUMBERS and not phrase[-1].endswith("s") else before[0]


AGENT = ("er", "or", "ist", "ee", "ian", "eur", "euse", "ador", "idor", "ista", "ante", "arz")
NO_AGENT = frozenset(
    ["order", "number", "carrier", "router", "server", "container", "computer", "folder", "tracker", "filter", "letter", "center", "layer", "parameter", "chapter", "counter", "printer", "scanner", "character", "cluster", "register", "shipper", "publisher", "manufacturer", "supplier", "color", "colour", "sensor", "motor", "error", "vendor", "monitor", "floor", "door", "mirror", "factor", "vector", "sector", "processor", "header", "footer", "master", "river", "weather", "paper", "power", "tower", "water", "winter", "summer", "quarter", "semester", "meter", "trailer", "banner", "identifier", "buffer", "pointer", "integer", "newsletter", "dealer", "retailer", "other", "parser", "employer", "insurer", "distributor", "constructor", "operator", "provider", "tier", "tee", "fee", "committee", "coffee", "guarantee", "degree", "list", "playlist", "checklist", "wishlist"]
)  # fmt: skip


def _subject(words: tuple[str, ...], *, named: bool = False) -> Subject:
    nouns = _nouns()
    for word in reversed(words):
        for kind in (Subject.PERSON, Subject.ORGANISATION, Subject.EVENT, Subject.PLACE, Subject.THING):
            if word in nouns[kind]:
                return kind
    agents = [
        word for word in words if len(word) > 4 and word.isascii() and word.endswith(AGENT) and word not in NO_AGENT
    ]
    return Subject.PERSON if agents and named else Subject.UNKNOWN


@cache
def _phrases() -> Mapping[str, tuple[tuple[str, Strength], ...]]:
    """Phrases without their spaces, so that `first_name`, `FirstName` and `firstname` are one."""
    stated: dict[str, dict[str, str]] = yaml.load(_text("names.yaml"), Loader=yaml.CSafeLoader)
    index: dict[str, dict[str, Strength]] = {}
    for entity, levels in stated.items():
        for level, phrases in levels.items():
            for phrase in phrases.replace("\n", " ").split(","):
                if key := "".join(split(fold(phrase))):
                    index.setdefault(key, {}).setdefault(entity, Strength[level.upper()])
    return {key: tuple(found.items()) for key, found in index.items()}


@cache
def _nouns() -> Mapping[str, frozenset[str]]:
    stated: dict[str, str] = yaml.load(_text("nouns.yaml"), Loader=yaml.CSafeLoader)
    return {
        kind: frozenset("".join(split(fold(word))) for word in words.replace("\n", " ").split(","))
        for kind, words in stated.items()
    }


@cache
def _glue() -> frozenset[str]:
    nouns = _nouns()
    extra = [
        "cust",
        "emp",
        "usr",
        "stu",
        "pat",
        "acct",
        "cont",
        "addr",
        "bill",
        "ship",
        "home",
        "work",
        "mob",
        "pri",
        "sec",
        "kunden",
        "user",
        "client",
        "member",
    ]
    return frozenset(nouns["person"] | nouns["organisation"] | set(extra)) - {""}


def _text(name: str) -> str:
    return (files("classifiers") / "data" / name).read_text(encoding="utf-8")

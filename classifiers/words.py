"""A name's words: camel case, snake case and paths taken apart, accents folded, in any script."""

import re
import unicodedata
from functools import lru_cache

MARKS = "\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # scripts whose vowels are marks on letters, which \\w leaves out
STEP = re.compile(rf"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|(?:[^\W\d_a-zA-Z]|[{MARKS}])+")
LETTERS = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe",
                         "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i", "İ": "I", "’": "'", "ə": "e"})  # fmt: skip  # noqa: RUF001 - as people write it
HUNGARIAN = re.compile(r"^(?:str|txt|vch|chr|nvc|fld|col|sz|cmb|ddl|int|lng|dbl|s|v|c|p|m)(?=[A-Z][a-z])")  # `strName`
EXTENSION = re.compile(r"\.(csv|tsv|jsonl?|ndjson|parquet|avro|orc|xlsx?|txt|log|xml|gz|bz2|zst|zip)\b", re.IGNORECASE)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without accents, so that `Straße`, `STRASSE` and `strasse` are one word."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.translate(LETTERS).lower().translate(LETTERS))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower()


def split(name: str) -> tuple[str, ...]:
    """The words of one name: `homeZIPCode2` gives home, zip, code (numbers say nothing about meaning)."""
    if not name.isascii():
        latin = unicodedata.normalize("NFKD", name.translate(LETTERS))
        name = "".join(c for c in latin if not unicodedata.combining(c))
    return tuple(word.lower() for word in STEP.findall(name) if not word.isdigit())


def steps(path: str) -> tuple[tuple[str, ...], ...]:
    """The words of each step of a nested path: `orders[].buyer.eMail` gives (orders), (buyer), (e, mail)."""
    parts = (HUNGARIAN.sub("", step) for step in re.split(r"[.\[\]/]+", path))
    return tuple(words for part in parts if (words := split(part)))


def dataset_words(dataset: str) -> tuple[str, ...]:
    """The words of a dataset's name, schema and folders first: `hr.employee_list` gives hr, employee, list."""
    return tuple(word for step in re.split(r"[./!]+", EXTENSION.sub("", dataset)) for word in split(step))

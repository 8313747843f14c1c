"""Values about things: numbers, codes, dates, names of products, firms and works. Nothing here is of a person."""

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from held_out.identifiers import scrambled
from held_out.people import Row, last, signs

STUFF = ["Lamp", "Chair", "Table", "Backpack", "Kettle", "Drill", "Notebook", "Headset", "Bottle", "Sneaker", "Jacket", "Keyboard", "Pump", "Valve", "Bearing", "Cable", "Tent", "Mug", "Shelf", "Blanket"]  # fmt: skip
TRAITS = ["Oak", "Classic", "Pro", "Mini", "Steel", "Red", "Ultra", "Eco", "Folding", "Wireless", "Vintage", "Soft", "Heavy", "Slim", "Nordic"]  # fmt: skip
BRANDS = ["Anna", "Otto", "Charlotte", "Dr. Weber", "Martens", "Emma", "Jack Wolf", "Victoria", "Hugo", "Bruno", "Paul Smith", "Ingrid"]  # fmt: skip
WORDS = ["silent", "river", "winter", "garden", "last", "summer", "house", "road", "moon", "stone", "letter", "north", "glass", "secret", "ocean", "night", "city", "golden", "broken", "island"]  # fmt: skip
AGENTS = ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.31{}.124 Safari/537.36", "Mozilla/5.0 (X11; Linux x86_64; rv:{}.0) Gecko/20100101 Firefox/{}.0", "curl/7.{}.{}", "okhttp/4.{}.{}"]  # fmt: skip
EPOCH = datetime.fromisoformat("2015-01-01")
FIRMS = ["GmbH", "AG", "Ltd", "Inc.", "S.A.", "S.r.l.", "B.V.", "AB", "Oy", "sp. z o.o.", "LLC", "& Sons", "Group", "Holding"]  # fmt: skip
TRADES = ["Logistics", "Foods", "Systems", "Textiles", "Energy", "Consulting", "Motors", "Pharma", "Bakery", "Media", "Steel", "Software"]  # fmt: skip


def integer(row: Row, arg: str) -> int:
    """A whole number between two."""
    low, high = (arg or "1,1000").split(",")
    return row.rng.randint(int(low), int(high))


def decimal(row: Row, arg: str) -> float:
    """A number between two, with so many places."""
    low, high, *places = (arg or "1,500").split(",")
    return round(row.rng.uniform(float(low), float(high)), int(places[0]) if places else 2)


def moment(row: Row, shape: str) -> Any:
    """A point in time of the last ten years: a time stamp, text in a strftime format, `epoch` or `ms` since 1970."""
    when = EPOCH + timedelta(seconds=row.rng.randrange(10 * 365 * 86400))
    if shape in {"epoch", "ms"}:
        return int(when.replace(tzinfo=UTC).timestamp()) * (1000 if shape == "ms" else 1)
    return when.strftime(shape) if shape else when


def day(row: Row, shape: str) -> Any:
    """A date of the last ten years, or text in a strftime format; `future`, `old` move it."""
    starts = {"future": date(2025, 1, 1), "old": date(1900, 1, 1)}
    when = starts.get(shape, date(2014, 1, 1)) + timedelta(days=row.rng.randrange(3650))
    return when if not shape or shape in starts else when.strftime(shape)


def one_of(row: Row, arg: str) -> Any:
    """One of the words after the colon, `+` for a blank, `|` for the words' own commas."""
    words = arg.split(",")
    word = row.rng.choice(words)
    numbers = all(each.lstrip("-").isdigit() and str(int(each)) == each for each in words)
    return int(word) if numbers else word.replace("+", " ").replace("|", ",")


def digest(row: Row, kind: str) -> str:
    """A checksum of a file: md5, sha1, sha256, crc32."""
    made = hashlib.new(
        {"": "sha256", "crc32": "md5"}.get(kind, kind), str(row.rng.random()).encode(), usedforsecurity=False
    )
    return made.hexdigest()[:8] if kind == "crc32" else made.hexdigest()


def ean(row: Row, length: str) -> str:
    """A trade item number with its check digit: 13 or 8 digits, or an ISBN."""
    body = {"8": scrambled(row.rng, "4######"), "isbn": "978" + scrambled(row.rng, "3########")}.get(length, scrambled(row.rng, "40##########"))  # fmt: skip
    total = sum(int(digit) * (3 if position % 2 == 0 else 1) for position, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def product(row: Row, _: str) -> str:
    """A thing on sale, a third of them under a name that is also a person's."""
    head = row.rng.choice(BRANDS if row.rng.random() < 0.33 else TRAITS)
    return f"{head} {row.rng.choice(TRAITS)} {row.rng.choice(STUFF)}"


def company(row: Row, _: str) -> str:
    """A firm, half of them after a family name."""
    head = (
        last(row)
        if row.rng.random() < 0.5
        else row.rng.choice(["Nord", "Alpha", "Global", "Blue", "Sun", "Terra", "Omni"])
    )
    return f"{head} {row.rng.choice(TRADES)} {row.rng.choice(FIRMS)}"


def title(row: Row, _: str) -> str:
    """A book, a film, a song."""
    words = row.rng.sample(WORDS, 3)
    return row.rng.choice(["The {0} {1}", "{0} {1}", "{0} of the {1}", "A {0} {1} {2}"]).format(*words).title()


def sentence(row: Row, _: str) -> str:
    """Plain words that speak of nobody."""
    return (
        " ".join(row.rng.choices([*WORDS, "the", "of", "and", "with", "under"], k=row.rng.randrange(6, 18))) + "."
    ).capitalize()


def agent(row: Row, _: str) -> str:
    """A browser, as it names itself."""
    return row.rng.choice(AGENTS).format(row.rng.randrange(60, 125), row.rng.randrange(60, 125))


def document(row: Row, kind: str) -> str:
    """JSON text: settings, a person (`who`), measures."""
    rng = row.rng
    return json.dumps({
        "settings": {"theme": rng.choice(["dark", "light"]), "page_size": rng.choice([10, 25, 50]), "beta": rng.random() < 0.2},
        "measures": {"w": rng.randrange(10, 90), "h": rng.randrange(10, 90), "unit": "cm", "materials": rng.sample(["wood", "steel", "glass"], 2)},
    }[kind])  # fmt: skip


def path(row: Row, ending: str) -> str:
    """A file on a server."""
    return f"/var/data/{row.rng.choice(WORDS)}/{row.rng.randrange(2015, 2025)}/{row.rng.choice(WORDS)}_{row.rng.randrange(1000)}.{ending or 'pdf'}"


MAKERS: dict[str, tuple[Callable[[Row, str], Any], str]] = {
    name: (make, "")
    for name, make in {
        "serial": lambda row, start: int(start or 1) + row.index, "int": integer, "dec": decimal, "ts": moment, "date": day, "oneof": one_of,
        "fmt": lambda row, arg: scrambled(row.rng, arg.replace("+", " ")), "uuid": lambda row, _: str(uuid.UUID(int=row.rng.getrandbits(128), version=4)),
        "hash": digest, "ean": ean, "product": product, "company": company, "title": title, "text": sentence, "agent": agent, "json": document, "file": path,
        "word": lambda row, _: row.rng.choice(WORDS), "colour": lambda row, _: str(row.fake.color_name()), "hex": lambda row, arg: signs(row.rng, "0123456789abcdef", int(arg or 16)),
        "version": lambda row, _: ".".join(str(row.rng.randrange(0, 20)) for _ in range(row.rng.choice([3, 4]))), "bool": lambda row, _: row.rng.random() < 0.6,
        "job": lambda row, _: str(row.fake.job()), "url": lambda row, _: f"https://www.{row.rng.choice(WORDS)}-{row.rng.choice(WORDS)}.com/{row.rng.choice(WORDS)}",
        "num": lambda row, arg: f"{arg}{row.index + 1:06d}", "time": lambda row, _: f"{row.rng.randrange(24):02}:{row.rng.randrange(60):02}",
         "b64": lambda row, arg: signs(row.rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", int(arg or 24)),
    }.items()
}  # fmt: skip

"""Whether our fast path finds what Presidio's recognizers find: `./run bench differential [--cells N] [--json FILE]`.

Cells are made from every recognizer's own vectors, from the columns of `columns.py` and from example numbers of every
region and kind, then mutated, put beside other scripts, wrapped in context words, or written in other digits.
"""

import argparse
import json
import random
import string
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import phonenumbers
from columns import Maker

from classifiers.presidio import CellError, Span, analyze, findings, recognizers

VECTORS = Path(__file__).parent.parent / "tests" / "classifiers" / "presidio_vectors.txt"
KINDS = ["email", "phone", "street", "postcode", "birth", "ssn", "card", "iban", "ip", "note", "uuid", "sku", "ean", "price", "created", "date_text", "epoch", "sha", "agent", "invoice"]  # fmt: skip
FOREIGN = "éßñàø名字電話\u0660\u0664\uff14\uff15\uff0d\uff0b\uff08\uff09\u00a0\u2003\u200b\u202e\x0b\x1c\x85\x00\u0301\U0001d7d9😀ªº²½\u0131\u0130\u017f\u212a"
SIGNS = string.digits * 3 + string.ascii_letters + "-. /()+:,;#x~[]%$\t\n"
SCRIPTS = (0x660, 0xFF10, 0x966)


def sources(rng: random.Random) -> list[str]:
    """Values as they are."""
    lines = VECTORS.read_text(encoding="utf-8").splitlines()[1:]
    known = [value.removeprefix("! ") for line in lines for value in line.split(" | ")[1:]]
    maker = Maker("en_US", 5)
    made = [str(value) for kind in KINDS for value in maker.column(kind, 40)[0].to_pylist()]
    forms = range(4)  # E.164, international, national, RFC 3966
    examples = [phonenumbers.example_number_for_type(region, kind) for region in sorted(phonenumbers.SUPPORTED_REGIONS) for kind in phonenumbers.PhoneNumberType.values()]  # fmt: skip
    numbers = [phonenumbers.format_number(one, rng.choice(forms)) for one in examples if one]
    return known * 4 + made + numbers


def cells(count: int, seed: int = 1) -> Iterator[str]:
    """`count` cells, the same for the same seed."""
    rng = random.Random(seed)
    plain = sources(rng)
    words = [word for one in recognizers() for word in one.context or ()]
    for _ in range(count):
        cell = mutated(rng.choice(plain), rng)
        if rng.random() < 0.3:
            cell = f"{rng.choice(words)}{rng.choice([' ', ': ', ' no. '])}{cell}{rng.choice(['', ', ', '。'])}{rng.choice(plain)}"
        if rng.random() < 0.05:
            start = rng.choice(SCRIPTS)
            cell = cell.translate({48 + digit: start + digit for digit in range(10)})
        yield cell.swapcase() if rng.random() < 0.1 else cell


def mutated(text: str, rng: random.Random) -> str:
    """With up to three signs changed, put in or taken out."""
    signs = list(text)
    for _ in range(rng.randrange(4)):
        place, sign = rng.randrange(len(signs) + 1), rng.choice(FOREIGN if rng.random() < 0.2 else SIGNS)
        signs[place : place + rng.randrange(2)] = [sign] if rng.random() < 0.7 else []
    return "".join(signs)


def outcome(find: Callable[[str], list[Span]], cell: str) -> list[Span] | str:
    """What is found, or which recognizer does not get through."""
    try:
        return find(cell)
    except CellError as error:
        return str(error)


def main() -> None:
    """Compare, print, write; any difference is an exit code of 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=20_000)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    started, different, found = time.process_time(), [], Counter()
    foreign = stumbled = 0
    for cell in cells(wanted.cells):
        exact = outcome(analyze, cell)
        stumbled += isinstance(exact, str)
        found.update(span.recognizer for span in exact if isinstance(span, Span))
        foreign += not cell.isascii()
        if outcome(findings, cell) != exact:
            different.append(cell)
    result = {
        "cells": wanted.cells,
        "not_ascii": foreign,
        "cells_that_presidio_stumbles_over": stumbled,
        "findings": found.total(),
        "cells_that_differ": len(different),
        "recognizers_that_found": len(found),
        "recognizers": len(recognizers()),
        "cpu_seconds": round(time.process_time() - started, 1),
        "versions": {name: version(name) for name in ("presidio-analyzer", "phonenumbers", "google-re2")},
    }
    print(json.dumps(result, indent=1))
    for cell in different[:20]:
        print(repr(cell))
    if wanted.json:
        wanted.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()

r"""Presidio's patterns widened for RE2: a pattern that RE2 can run and that matches wherever the exact one does.

Look-arounds are left out, back-references become loose, and what RE2 knows of ASCII alone (`\d`, `\w`, `\s`, `\b`) is
widened to what Presidio's engine knows of Unicode. A match says "may be", and the exact pattern decides.
"""

import re
from collections.abc import Iterator

SPACE = r"\s\x0b\x1c-\x1f"  # RE2's \s lacks these five
FOREIGN = r"\x{80}-\x{10FFFF}"
ASCII = {"s": SPACE}
UNICODE = {"s": SPACE + FOREIGN, "w": r"\w" + FOREIGN, "d": r"\d\p{N}\x{10000}-\x{10FFFF}"}
NARROWED = {
    "W": r"\x00-/:-@\[-\^`{-\x7f",
    "D": r"\x00-/:-\x7f",
    "S": r"!-\x7f",
}  # what a negated class may safely shut out
LOOK_AROUND = ("(?=", "(?!", "(?<=", "(?<!")


def wide(pattern: str, *, ascii_only: bool = True) -> str:
    """`pattern`, widened. With `ascii_only` it need hold for ASCII texts alone, and is the sharper for it."""
    widened = "".join(_parts(pattern, ASCII if ascii_only else UNICODE, borders=ascii_only))
    return re.sub(r"\(\?>", "(?:", widened)


def _parts(pattern: str, classes: dict[str, str], *, borders: bool) -> Iterator[str]:
    place = 0
    while place < len(pattern):
        if pattern[place] == "\\":
            yield _escape(pattern[place : place + 2], classes, borders=borders)
            place += 2
        elif pattern[place] == "[":
            end = _class_end(pattern, place)
            yield _class(pattern[place:end], classes)
            place = end
        elif pattern.startswith(LOOK_AROUND, place):
            place = _group_end(pattern, place)
        else:
            yield pattern[place]
            place += 1


def _escape(escape: str, classes: dict[str, str], *, borders: bool) -> str:
    letter = escape[1]
    if letter in "123456789":
        return ".*?"
    if letter in "bB" and not borders:
        return "(?:)"
    return f"[{classes[letter]}]" if letter in classes else escape


def _class(text: str, classes: dict[str, str]) -> str:
    known = NARROWED if text.startswith("[^") else classes
    return re.sub(r"\\(.)", lambda found: known.get(found[1], found[0]), text, flags=re.DOTALL)


def _class_end(pattern: str, place: int) -> int:
    place += 2 if pattern[place + 1] in "^]" else 1
    while pattern[place] != "]":
        place += 2 if pattern[place] == "\\" else 1
    return place + 1


def _group_end(pattern: str, place: int) -> int:
    depth = 0
    while True:
        sign = pattern[place]
        if sign == "\\":
            place += 2
            continue
        if sign == "[":
            place = _class_end(pattern, place)
            continue
        depth += (sign == "(") - (sign == ")")
        place += 1
        if not depth:
            return place

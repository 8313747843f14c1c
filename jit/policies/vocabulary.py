"""Every class that a policy names has to be one that there is: a deny on a class misspelt would deny nothing."""

from collections.abc import Iterator
from pathlib import Path

from classifiers import ClassifyError, Taxonomy
from jit.interface import PolicyError
from jit.policies.rules import SPECIAL, PolicyFile


def check_classes(file: PolicyFile, taxonomy: Taxonomy, path: Path) -> None:
    """Raise PolicyError for classes that `taxonomy` does not have, one line each, with the nearest as notes."""
    faults = list(_unknown(file, taxonomy))
    if not faults:
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    error = PolicyError(
        "\n".join(f"{path}:{_line(lines, name)}: {where}: no class {name}" for where, name, _ in faults)
    )
    for note in dict.fromkeys(note for _, _, notes in faults for note in notes):
        error.add_note(note)
    raise error


def _unknown(file: PolicyFile, taxonomy: Taxonomy) -> Iterator[tuple[str, str, list[str]]]:
    for where, name in _named(file):
        try:
            taxonomy.get(name)
        except ClassifyError as unknown:
            yield where, name, list(getattr(unknown, "__notes__", ()))


def _named(file: PolicyFile) -> Iterator[tuple[str, str]]:
    for rule in file.rules:
        yield from ((f"rule {rule.id}", name) for name in rule.what.classes if name not in SPECIAL)
    yield from (("masks", name) for name in file.masks if name != "default")
    for number, test in enumerate(file.tests, 1):
        yield from ((f"test {number}", name) for name in test.given.classes if name not in SPECIAL)


def _line(lines: list[str], name: str) -> int:
    """Where the class stands first, as a word of its own."""
    for number, line in enumerate(lines, 1):
        words = "".join(letter if letter.isalnum() or letter in "._" else " " for letter in line.partition("#")[0])
        if name in words.split():
            return number
    return 1

"""Scopes of rules, compiled once: globs over entry ids, and sources and datasets by their names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

WILD = {"*": ".*", "?": "."}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which entry ids a rule speaks of; without any pattern, all of them.

    A glob means what it means to the catalog (`*` any text, `?` one letter, brackets are letters); a pattern without
    wildcards is an id, or a source or a dataset with everything in it. `sources` are the only sources that ids in it
    can have; None where they can have any.
    """

    patterns: tuple[str, ...]
    ids: frozenset[str]
    prefixes: tuple[str, ...]
    globs: tuple[re.Pattern[str], ...]
    sources: frozenset[str] | None

    @classmethod
    def of(cls, patterns: Sequence[str]) -> "Scope":
        """Compile `patterns`."""
        stems = {pattern[:-1] for pattern in patterns if _is_stem(pattern)}
        inside = {f"{pattern}{mark}" for pattern in patterns for mark in "/#"}
        others = [pattern for pattern in patterns if _is_glob(pattern) and not _is_stem(pattern)]
        named = {pattern.partition("/")[0] for pattern in patterns}
        return cls(
            patterns=tuple(patterns),
            ids=frozenset(patterns),
            prefixes=tuple(sorted(stems | inside)),
            globs=tuple(re.compile(_regex(pattern)) for pattern in others),
            sources=None
            if not patterns or any(map(_is_glob, named))
            else frozenset(name.partition("#")[0] for name in named),
        )

    def __contains__(self, entry_id: str) -> bool:
        return (
            not self.patterns
            or entry_id.startswith(self.prefixes)
            or entry_id in self.ids
            or any(glob.fullmatch(entry_id) for glob in self.globs)
        )


def _is_glob(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _is_stem(pattern: str) -> bool:
    """Whether it is text and one star at its end: the usual scope, and the quickest to hold an id against."""
    return pattern.endswith("*") and not _is_glob(pattern[:-1])


def _regex(pattern: str) -> str:
    return "(?s:" + "".join(WILD.get(letter) or re.escape(letter) for letter in pattern) + ")"

"""Which rules match which values: one combined RE2 automaton says what can match, exact checks decide the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

from classifiers.rules import Rule, every

FIRST_LOOK = 16  # candidates checked before a rule that none of them passed is given up
CHECKED = 64  # candidates of one rule checked exactly; the share is taken over these
MEMORY = 256 << 20  # of RE2's lazy automaton: past it RE2 forgets and starts anew, still in linear time


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of the examined values one rule took."""

    matched: int
    examined: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.matched / self.examined if self.examined else 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """Where in a text a rule matched."""

    rule: Rule
    start: int
    end: int


def tallies(texts: Sequence[str]) -> Mapping[str, Tally]:
    """For each rule that takes any of `texts` as a whole: how many."""
    rules, automaton = _whole()
    candidates: dict[int, list[str]] = {}
    for text in texts:
        for index in automaton.Match(_whole_signs(text)) or ():
            candidates.setdefault(index, []).append(text)
    found = {rules[index].name: _checked(rules[index], some, len(texts)) for index, some in candidates.items()}
    return {name: tally for name, tally in found.items() if tally.matched}


def _checked(rule: Rule, candidates: list[str], examined: int) -> Tally:
    if rule.accept is None:
        return Tally(len(candidates), examined)
    first = sum(map(rule.takes, candidates[:FIRST_LOOK]))
    if not first or len(candidates) <= FIRST_LOOK:
        return Tally(first, examined)
    looked = candidates[:CHECKED]
    passed = first + sum(map(rule.takes, looked[FIRST_LOOK:]))
    return Tally(round(passed * len(candidates) / len(looked)), examined)


def inside(text: str) -> list[Hit]:
    """Every match of the rules that are looked for inside longer text."""
    rules, automaton, compiled = _within()
    found: list[Hit] = []
    text = _whole_signs(text)
    for index in automaton.Match(text) or ():
        rule = rules[index]
        for match in compiled[index].finditer(text):
            start, end = match.span(1)
            if rule.takes(text[start:end]):
                found.append(Hit(rule, start, end))
    return found


def _whole_signs(text: str) -> str:
    """Half of a surrogate pair cannot be encoded; it reads as a question mark, in the same place."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


@cache
def _whole() -> tuple[tuple[Rule, ...], Any]:
    rules = every()
    automaton = re2.Set.FullMatchSet(_options())
    for rule in rules:
        automaton.Add(rule.pattern)
    automaton.Compile()
    return rules, automaton


@cache
def _within() -> tuple[tuple[Rule, ...], Any, tuple[Any, ...]]:
    rules = tuple(rule for rule in every() if rule.within)
    bordered = [rf"(?:^|[^\p{{L}}\p{{N}}_])({rule.pattern})(?:$|[^\p{{L}}\p{{N}}_])" for rule in rules]
    automaton = re2.Set.SearchSet(_options())
    for pattern in bordered:
        automaton.Add(pattern)
    automaton.Compile()
    return rules, automaton, tuple(re2.compile(pattern, _options()) for pattern in bordered)


def _options() -> Any:
    options = re2.Options()
    options.max_mem = MEMORY
    options.log_errors = False
    return options

"""The rules, found by class, group and source without looking at the others: ten thousand cost no more than a few."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from classifiers import DataClass
from jit.policies.conditions import lengths
from jit.policies.rules import SPECIAL, UNEXAMINED, Defaults, Rule

ANY = ""
EVERY_DENY = "*"
NO_CAP = 2**62
ByPlace = Mapping[str, Mapping[str, tuple[Rule, ...]]]
"""Rules by group of the person, then by source of the field; `ANY` where the rule names none."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Allows and denies, each by class, then by group of the person and source of the field; allows by group alone too.

    `rank` orders rules by id, the easiest first. `terms` are equal for rules that ask the same of a request whatever its
    fields, the person's groups apart: what one of them says of it, all do.
    """

    allows: Mapping[str, ByPlace]
    denies: Mapping[str, ByPlace]
    by_group: Mapping[str, Mapping[str, tuple[Rule, ...]]]
    rank: Mapping[str, int]
    terms: Mapping[str, int]

    @classmethod
    def of(cls, rules: Iterable[Rule], defaults: Defaults) -> "Rulebook":
        """Index `rules`; their order in the file is forgotten."""
        found = sorted(rules, key=lambda rule: rule.id)
        eased = sorted(found, key=lambda rule: _ease(rule, defaults))
        rank = {rule.id: place for place, rule in enumerate(eased)}
        return cls(_indexed(found, "allow"), _indexed(found, "deny"), _grouped(found), rank, _terms(found))

    def allowing(self, data_class: DataClass, groups: Iterable[str], source: str) -> dict[str, Rule]:
        """The allows by id that speak of a class in `source`, for any of `groups` or for nobody in particular."""
        return _found(self.allows, _keys(data_class), (ANY, *groups), source)

    def easiest(self, rules: Iterable[Rule]) -> list[Rule]:
        """The rules that ask the fewest people first, of these the ones that lend the most rows and the longest."""
        return sorted(rules, key=lambda rule: self.rank[rule.id])

    def own(self, data_class: DataClass, groups: Iterable[str]) -> dict[str, Rule]:
        """The allows by id that speak of a class anywhere, for any of `groups` or for nobody in particular."""
        wanted = (ANY, *groups)
        return {
            rule.id: rule
            for key in _keys(data_class)
            if (groups_of := self.by_group.get(key)) is not None
            for group in wanted
            for rule in groups_of.get(group, ())
        }

    def others(self, data_class: DataClass, groups: Iterable[str], most: int) -> dict[str, Rule]:
        """Some allows by id that speak of a class anywhere, for other groups alone: no more than a little over `most`."""
        mine = {ANY, *groups}
        found: dict[str, Rule] = {}
        for key in _keys(data_class):
            for group, rules in self.by_group.get(key, {}).items():
                if group not in mine and len(found) < most:
                    found |= {rule.id: rule for rule in rules[:most]}
        return found

    def denying(self, data_class: DataClass, groups: Iterable[str], source: str) -> dict[str, Rule]:
        """The denies by id that speak of a class in `source`. Every deny speaks of a field that nobody examined."""
        keys = (EVERY_DENY,) if data_class == UNEXAMINED else _keys(data_class)
        return _found(self.denies, keys, (ANY, *groups), source)


def ancestry(data_class: DataClass) -> Iterator[str]:
    """A class and the classes above it: `user.contact.email`, `user.contact`, `user`."""
    key: str = data_class
    while key:
        yield key
        key = key.rpartition(".")[0]


@lru_cache(maxsize=4096)
def _keys(data_class: DataClass) -> tuple[str, ...]:
    return (data_class, ANY) if data_class in SPECIAL else (*ancestry(data_class), ANY)


def _ease(rule: Rule, defaults: Defaults) -> tuple[int, int, int, int, str]:
    people = sum(level.n for level in rule.approvals)
    longest = lengths(rule.duration, defaults.duration)[2]
    return people, len(rule.approvals), -(rule.what.rows or NO_CAP), -longest, rule.id


def _terms(rules: Iterable[Rule]) -> Mapping[str, int]:
    known: dict[str, int] = {}
    return {rule.id: known.setdefault(_asked(rule), len(known)) for rule in rules}


def _asked(rule: Rule) -> str:
    """What `of_request` holds against a request, as text; that the person is in one of the groups, the index knows."""
    who = rule.who.model_copy(update={"groups": bool(rule.who.groups)})
    return repr((who, rule.when, rule.purpose, rule.duration))


def _indexed(rules: Iterable[Rule], effect: str) -> Mapping[str, ByPlace]:
    index: dict[str, dict[str, dict[str, list[Rule]]]] = {}
    for rule in rules:
        if rule.effect != effect:
            continue
        keys = rule.what.classes or (ANY,)
        for key in (*keys, EVERY_DENY) if effect == "deny" else keys:
            by_group = index.setdefault(key, {})
            for group, source in product(rule.who.groups or (ANY,), rule.what.within.sources or (ANY,)):
                by_group.setdefault(group, {}).setdefault(source, []).append(rule)
    return {
        key: {group: {one: tuple(held) for one, held in by_source.items()} for group, by_source in by_group.items()}
        for key, by_group in index.items()
    }


def _grouped(rules: Iterable[Rule]) -> Mapping[str, Mapping[str, tuple[Rule, ...]]]:
    index: dict[str, dict[str, list[Rule]]] = {}
    for rule in rules:
        for key in (rule.what.classes or (ANY,)) if rule.effect == "allow" else ():
            for group in rule.who.groups or (ANY,):
                index.setdefault(key, {}).setdefault(group, []).append(rule)
    return {key: {group: tuple(by_group[group]) for group in sorted(by_group)} for key, by_group in index.items()}


def _found(index: Mapping[str, ByPlace], keys: Iterable[str], groups: Iterable[str], source: str) -> dict[str, Rule]:
    return {
        rule.id: rule
        for key in keys
        if (by_group := index.get(key)) is not None
        for group in groups
        if (by_source := by_group.get(group)) is not None
        for place in (ANY, source)
        for rule in by_source.get(place, ())
    }

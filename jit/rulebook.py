"""The rules, found by class, group and source without looking at the others: ten thousand cost no more than a few."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from classifiers import DataClass
from jit.rules import SPECIAL, UNEXAMINED, Rule

ANY = ""
EVERY_DENY = "*"
Place = tuple[str, str]
"""A group and a source; `ANY` where the rule names none."""
ByPlace = Mapping[Place, tuple[Rule, ...]]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Allows and denies, each by class, then by group of the person and source of the field; allows by group alone too."""

    allows: Mapping[str, ByPlace]
    denies: Mapping[str, ByPlace]
    by_group: Mapping[str, Mapping[str, tuple[Rule, ...]]]

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> "Rulebook":
        """Index `rules`; their order in the file is forgotten."""
        found = sorted(rules, key=lambda rule: rule.id)
        return cls(_indexed(found, "allow"), _indexed(found, "deny"), _grouped(found))

    def allowing(self, data_class: DataClass, groups: Iterable[str], source: str) -> dict[str, Rule]:
        """The allows by id that speak of a class in `source`, for any of `groups` or for nobody in particular."""
        return _found(self.allows, _keys(data_class), product((ANY, *groups), (ANY, source)))

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
        keys = [EVERY_DENY] if data_class == UNEXAMINED else _keys(data_class)
        return _found(self.denies, keys, product((ANY, *groups), (ANY, source)))


def ancestry(data_class: DataClass) -> Iterator[str]:
    """A class and the classes above it: `user.contact.email`, `user.contact`, `user`."""
    key: str = data_class
    while key:
        yield key
        key = key.rpartition(".")[0]


def _keys(data_class: DataClass) -> list[str]:
    return [data_class, ANY] if data_class in SPECIAL else [*ancestry(data_class), ANY]


def _indexed(rules: Iterable[Rule], effect: str) -> Mapping[str, ByPlace]:
    index: dict[str, dict[Place, list[Rule]]] = {}
    for rule in rules:
        if rule.effect != effect:
            continue
        keys = rule.what.classes or (ANY,)
        places = list(product(rule.who.groups or (ANY,), rule.what.within.sources or (ANY,)))
        for key in (*keys, EVERY_DENY) if effect == "deny" else keys:
            by_place = index.setdefault(key, {})
            for place in places:
                by_place.setdefault(place, []).append(rule)
    return {key: {place: tuple(found) for place, found in places.items()} for key, places in index.items()}


def _grouped(rules: Iterable[Rule]) -> Mapping[str, Mapping[str, tuple[Rule, ...]]]:
    index: dict[str, dict[str, list[Rule]]] = {}
    for rule in rules:
        for key in (rule.what.classes or (ANY,)) if rule.effect == "allow" else ():
            for group in rule.who.groups or (ANY,):
                index.setdefault(key, {}).setdefault(group, []).append(rule)
    return {key: {group: tuple(by_group[group]) for group in sorted(by_group)} for key, by_group in index.items()}


def _found(index: Mapping[str, ByPlace], keys: Iterable[str], places: Iterable[Place]) -> dict[str, Rule]:
    wanted = tuple(places)
    return {
        rule.id: rule
        for key in keys
        if (by_place := index.get(key)) is not None
        for place in wanted
        for rule in by_place.get(place, ())
    }

"""The rules, found by class and group without looking at the others: ten thousand of them cost no more than a few."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from classifiers import DataClass
from jit.rules import SPECIAL, UNEXAMINED, Rule

ANY_CLASS = ""
ANY_GROUP = ""
EVERY_DENY = "*"
ByGroup = Mapping[str, tuple[Rule, ...]]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Allows and denies, each by class and by group of the person."""

    allows: Mapping[str, ByGroup]
    denies: Mapping[str, ByGroup]

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> "Rulebook":
        """Index `rules`; their order in the file is forgotten."""
        found = sorted(rules, key=lambda rule: rule.id)
        return cls(_indexed(found, "allow"), _indexed(found, "deny"))

    def allowing(self, data_class: DataClass, groups: Iterable[str]) -> dict[str, Rule]:
        """The allows that speak of a class, by id, whose groups are any of `groups` (or that name none)."""
        return _found(self.allows, _keys(data_class), (ANY_GROUP, *groups))

    def allowing_anybody(self, data_class: DataClass) -> dict[str, Rule]:
        """The allows that speak of a class, for anybody."""
        groups = {group for key in _keys(data_class) for group in self.allows.get(key, {})}
        return _found(self.allows, _keys(data_class), sorted(groups))

    def denying(self, data_class: DataClass, groups: Iterable[str]) -> dict[str, Rule]:
        """The denies that speak of a class; of a field that nobody examined every deny does, as it may hold anything."""
        keys = [EVERY_DENY] if data_class == UNEXAMINED else _keys(data_class)
        return _found(self.denies, keys, (ANY_GROUP, *groups))


def ancestry(data_class: DataClass) -> Iterator[str]:
    """A class and the classes above it: `user.contact.email`, `user.contact`, `user`."""
    key: str = data_class
    while key:
        yield key
        key = key.rpartition(".")[0]


def _keys(data_class: DataClass) -> list[str]:
    return [data_class, ANY_CLASS] if data_class in SPECIAL else [*ancestry(data_class), ANY_CLASS]


def _indexed(rules: Iterable[Rule], effect: str) -> Mapping[str, ByGroup]:
    index: dict[str, dict[str, list[Rule]]] = {}
    for rule in rules:
        if rule.effect != effect:
            continue
        keys = rule.what.classes or (ANY_CLASS,)
        for key in (*keys, EVERY_DENY) if effect == "deny" else keys:
            for group in rule.who.groups or (ANY_GROUP,):
                index.setdefault(key, {}).setdefault(group, []).append(rule)
    return {key: {group: tuple(found) for group, found in groups.items()} for key, groups in index.items()}


def _found(index: Mapping[str, ByGroup], keys: Iterable[str], groups: Iterable[str]) -> dict[str, Rule]:
    wanted = tuple(groups)
    return {
        rule.id: rule
        for key in keys
        if (by_group := index.get(key)) is not None
        for group in wanted
        for rule in by_group.get(group, ())
    }

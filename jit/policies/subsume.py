"""Whether one rule speaks of all that another speaks of. Pure and careful: a yes is sure, a no may be a maybe."""

from collections.abc import Collection

from catalog import is_glob, matches
from classifiers import DataClass, Sensitivity, Taxonomy
from jit.policies.rules import SPECIAL, Purpose, Rule, What, Who


def speaks_of_all(wide: Rule, narrow: Rule) -> bool:
    """Whether every person, field, moment and purpose that `narrow` speaks of is one that `wide` speaks of."""
    return (
        _who(wide.who, narrow.who)
        and _what(wide.what, narrow.what)
        and (wide.window is None or wide.window.always or wide.window == narrow.window)
        and _purpose(wide.purpose, narrow.purpose)
    )


def nobody(who: Who) -> bool:
    """Whether nobody can be meant: every group that is asked for is one that is excluded."""
    return bool(who.groups) and who.groups <= who.not_groups


def lowest(classes: Collection[DataClass], taxonomy: Taxonomy) -> Sensitivity:
    """The lowest sensitivity that a field of any of `classes` (all, where there are none) can have."""
    if not classes or not SPECIAL.isdisjoint(classes):
        return Sensitivity.LOW
    held = [info.sensitivity for info in taxonomy if any(one.covers(info.key) for one in classes)]
    return min(held, default=Sensitivity.CRITICAL)


def highest(classes: Collection[DataClass], taxonomy: Taxonomy) -> Sensitivity:
    """The highest sensitivity that any of `classes`, or a child of one, states."""
    held = [info.sensitivity for info in taxonomy if any(one.covers(info.key) for one in classes)]
    return max(held, default=Sensitivity.LOW) if classes else Sensitivity.CRITICAL


def within(narrow: str, wide: str) -> bool:
    """Whether every id that the pattern `narrow` means is one that `wide` means."""
    return wide in {narrow, "*"} or (not is_glob(narrow) and matches(wide, narrow)) or _prefix(narrow, wide)


def _prefix(narrow: str, wide: str) -> bool:
    stem = wide.removesuffix("*")
    return wide.endswith("*") and not is_glob(stem) and narrow.startswith(stem)


def _who(wide: Who, narrow: Who) -> bool:
    return (
        _any_of(wide.groups, narrow.groups)
        and wide.not_groups <= narrow.not_groups
        and _any_of(wide.people, narrow.people)
        and _any_of(wide.roles, narrow.roles)
        and all(set(narrow.attributes.get(name, ("", ""))) <= set(values) for name, values in wide.attributes.items())
    )


def _what(wide: What, narrow: What) -> bool:
    classes = not wide.classes or (
        bool(narrow.classes) and all(any(_covers(one, other) for one in wide.classes) for other in narrow.classes)
    )
    scope = not wide.scope or (
        bool(narrow.scope) and all(any(within(one, other) for other in wide.scope) for one in narrow.scope)
    )
    return classes and scope and _any_of(wide.sensitivity, narrow.sensitivity)


def _covers(wide: DataClass, narrow: DataClass) -> bool:
    return wide == narrow or (narrow not in SPECIAL and wide.covers(narrow))


def _purpose(wide: Purpose | None, narrow: Purpose | None) -> bool:
    if wide is None:
        return True
    if narrow is None:
        return not (wide.one_of or wide.ticket or wide.declared)
    return (
        _any_of(wide.one_of, narrow.one_of)
        and wide.ticket in {None, narrow.ticket}
        and (narrow.declared or not wide.declared)
    )


def _any_of(wide: Collection[object], narrow: Collection[object]) -> bool:
    return not wide or (bool(narrow) and set(narrow) <= set(wide))

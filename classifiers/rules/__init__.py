"""Recognizers as data: patterns, checks, examples. `every()` is all of them, plug-ins' too."""

from functools import cache
from importlib.metadata import entry_points

from classifiers.rules import clean, contact, devices, financial, government, persons, places, secrets
from classifiers.rules.rule import Grade, Rule

GROUP = "datakeep.rules"
OWN = (contact, devices, financial, government, persons, places, secrets, clean)


@cache
def every() -> tuple[Rule, ...]:
    """Our rules, then those of installed plug-ins: an entry point in group `datakeep.rules` names a tuple of Rules."""
    own = tuple(rule for module in OWN for rule in module.RULES)
    return own + tuple(rule for point in sorted(entry_points(group=GROUP), key=str) for rule in point.load())


__all__ = ["Grade", "Rule", "every"]

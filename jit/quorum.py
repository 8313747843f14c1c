"""Whether there are people enough: every approval takes another person, and never the requester. Pure."""

from collections.abc import Callable, Sequence
from itertools import combinations

from jit.interface import Need


def short_of(
    needs: Sequence[Need], eligible: Callable[[str], set[str]], requester: str | None = None
) -> tuple[Need, ...]:
    """The fewest levels that can not all be filled; empty where people are enough for all of them.

    Each level needs `n` of its own, nobody fills two places: there are enough exactly where every set of levels has
    as many people between them as it needs (Hall's theorem).
    """
    for size in range(1, len(needs) + 1):
        for levels in combinations(needs, size):
            if len(_pool(levels, eligible) - {requester}) < sum(level.n for level in levels):
                return levels
    return ()


def _pool(levels: Sequence[Need], eligible: Callable[[str], set[str]]) -> set[str]:
    return {name for level in levels for name in eligible(level.of)}

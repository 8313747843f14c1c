"""Whether there are people enough: every approval takes another person, and never the requester. Pure."""

from collections.abc import Callable, Sequence
from itertools import combinations

from jit.approval import Eligible, still_open
from jit.interface import Answer, Need


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


def lacking(levels: Sequence[Need], answers: Sequence[Answer], eligible: Eligible, requester: str) -> str | None:
    """Why `levels` can never be filled by those who have not answered yet; None where they can."""
    answered = {answer.person for answer in answers}

    def left(name: str) -> set[str]:
        return eligible(name) - answered - {requester}

    short = short_of(still_open(levels, answers, eligible, requester), left)
    if not short:
        return None
    needed = " and ".join(f"{need.n} of {need.of}" for need in short)
    people = len(_pool(short, left))
    return f"nobody is left to approve it: it needs {needed}, and {people or 'none'} of them could, {requester} not counted"

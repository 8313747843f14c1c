"""Who has to approve, who may, and what is still open. Pure: sets of names in, levels out."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from jit.interface import Answer, DeniedError, Need, Request

Eligible = Callable[[str], set[str]]
"""The names that a level's `of` stands for now, for the entries of one request."""


def still_open(
    levels: Sequence[Need], answers: Sequence[Answer], eligible: Eligible, requester: str
) -> tuple[Need, ...]:
    """What of `levels` is not filled yet, in order.

    An approval fills the level it was given for, counts once, and counts only while its giver is eligible and is not
    the requester: somebody who left the group since takes the approval along.
    """
    left = []
    for index, level in enumerate(levels):
        given = {answer.person for answer in answers if answer.approve and answer.level == index}
        missing = level.n - len(given & eligible(level.of) - {requester})
        if missing > 0:
            left.append(replace(level, n=missing))
    return tuple(left)


def open_level(levels: Sequence[Need], answers: Sequence[Answer], eligible: Eligible, requester: str) -> int | None:
    """The index of the first level that is not filled; None where all are."""
    for index, level in enumerate(levels):
        given = [answer for answer in answers if answer.level == index]
        if still_open([level], [replace(answer, level=0) for answer in given], eligible, requester):
            return index
    return None


def check_answer(request: Request, person: str, eligible: Eligible, *, approve: bool) -> int:
    """The level that `person` may answer for. Raises DeniedError for everybody who may not.

    Whoever may fill any level may deny at any time; approving is for the level that is open now.
    """
    if person == request.requester:
        error = DeniedError(f"{request.id} is your own request: somebody else decides it")
        error.add_note(f"`datakeep request withdraw {request.id}` takes it back")
        raise error
    if any(answer.person == person for answer in request.answers):
        raise DeniedError(f"{person} has answered {request.id} already; each person counts once")
    level = open_level(request.levels, request.answers, eligible, request.requester)
    may = [index for index, need in enumerate(request.levels) if person in eligible(need.of)]
    if approve and level not in may:
        now = request.levels[level].of if level is not None else "nobody"
        later = f": {now} come first" if may else f", which needs {now}"
        raise DeniedError(f"{person} may not approve {request.id}{later}")
    if not may:
        raise DeniedError(f"{person} may not deny {request.id}")
    return level if approve and level is not None else may[0]

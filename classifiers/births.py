"""What tells the dates on which somebody was born from the moments of a business: names, neighbours, and the spread."""

import re
from collections.abc import Iterator
from statistics import median

from classifiers.evidence import Evidence
from classifiers.lexicon import Strength
from classifiers.names import is_opaque
from classifiers.profile import Sort
from classifiers.surroundings import Neighbours, Reason


def birth(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    """Unnamed, only the spread tells birth dates from the moments of a business."""
    years = _years(evidence)
    if evidence.naming.strength("DATE_OF_BIRTH"):
        if years and not 1850 <= median(years) <= 2025:
            yield Reason("years", -4.0, "no years of birth")
        elif (
            years
            and evidence.naming.strength("DATE_OF_BIRTH") != Strength.SURE
            and _dated(evidence)
            and _of_generations(years)
        ):
            yield Reason("years", 3.0, "dates spread over generations")
        return
    if not is_opaque(evidence.naming.words) or not years:
        yield Reason("name", -3.0, "nothing names a birth")
        return
    if any(":" in text and not text.endswith(("00:00:00", "00:00")) for text in evidence.profile.texts[:50]):
        yield Reason("time", -4.0, "nobody notes the hour of a birth")
    if evidence.profile.sort not in {Sort.INTEGER, Sort.DECIMAL} and _of_generations(years):
        yield Reason("years", 5.0 if around.person >= 2 else 3.0, "dates spread over generations")


def _dated(evidence: Evidence) -> bool:
    return evidence.profile.sort in {Sort.DATE, Sort.TIMESTAMP} or evidence.best(("date", "moment")) > 0.6


def _of_generations(years: list[int]) -> bool:
    return max(years) - min(years) >= 20 and 1930 <= median(years) <= 2008 and min(years) >= 1900


YEAR = re.compile(r"(?:^|\D)((?:18|19|20|24|25)\d{2})(?:\D|$)|^((?:19|20)\d{2})\d{4}$|^(1[34]\d{2})[-/]|\D(\d{2})$")
DATED = 0.6  # share of the values that years are read from
ERAS = ((2400, -543), (1500, 0), (1300, 621), (26, 1900), (0, 2000))  # from which year on, what makes it one of ours


def _years(evidence: Evidence) -> list[int]:
    """The years in dates: of our era, the Buddhist one (2523), the Persian one (1359/…), or with two digits (`…-80`)."""
    found = [YEAR.search(text) for text in evidence.profile.texts[:300]]
    years = [int(next(filter(None, match.groups()))) for match in found if match]
    if len(years) < DATED * len(found):
        return []
    return [year + next(shift for least, shift in ERAS if year >= least) for year in years]

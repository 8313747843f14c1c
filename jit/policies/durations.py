"""Durations as people write them: `90s`, `30m`, `2h`, `1d`, `1h30m`, or ISO 8601 (`PT1H30M`, `P1D`, `P2W`)."""

import re
from datetime import timedelta

UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
LONGEST = 10 * 366 * UNITS["d"]  # nothing is lent for ten years; longer is a slip, and would overflow dates
SHORT = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)


def parse_duration(text: str) -> int:
    """`text` as whole seconds, more than none.

    Raises ValueError with what is wrong: no unit, an unknown one, months and years (they have no fixed length),
    nothing at all, or more than ten years.
    """
    short = text.strip()
    found = SHORT.fullmatch(short) or ISO.fullmatch(short.upper())
    if found is None or not any(found.groups()):
        raise ValueError(f"{text!r} is no duration: write it as 90s, 30m, 2h, 1d or 1h30m")
    if any(len(part or "") > 12 for part in found.groups()):
        raise ValueError(f"{short[:20]}… is longer than ten years")
    seconds = sum(int(part or 0) * size for part, size in zip(found.groups(), UNITS.values(), strict=True))
    if seconds == 0:
        raise ValueError("a duration is more than nothing")
    if seconds > LONGEST:
        raise ValueError(f"{short} is longer than ten years")
    return seconds


def format_duration(length: int | timedelta) -> str:
    """Seconds as people write them, the largest units first: 5400 is `1h30m`, 604800 is `7d`. None at all is `0s`."""
    left = round(length.total_seconds()) if isinstance(length, timedelta) else length
    sign, left = ("-", -left) if left < 0 else ("", left)
    parts = []
    for unit in "dhms":
        count, left = divmod(left, UNITS[unit])
        parts += [f"{count}{unit}"] if count else []
    return sign + ("".join(parts) or "0s")

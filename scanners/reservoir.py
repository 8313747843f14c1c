"""Seeded sampling of any stream, in one pass and in memory of the sample's size. Pure."""

import math
import random
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def reservoir(stream: Iterable[T], size: int, *, seed: int = 0) -> list[T]:
    """Up to `size` items of `stream`, each as likely as any other, in the order in which they came.

    Algorithm L (Li 1994, doi:10.1145/198429.198435): it skips ahead instead of drawing a number for every item.
    """
    if size <= 0:
        return []
    draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
    kept: list[tuple[int, T]] = []
    weight, awaited = 1.0, size
    for place, item in enumerate(stream):
        if place < size:
            kept.append((place, item))
        elif place == awaited:
            kept[draw.randrange(size)] = (place, item)
        if place == awaited or place == size - 1:
            weight *= math.exp(math.log(1.0 - draw.random()) / size)
            awaited = max(place + 1, size) + int(math.log(1.0 - draw.random()) / math.log1p(-min(weight, 1 - 2**-53)))
    return [item for _, item in sorted(kept, key=lambda entry: entry[0])]

"""What was drawn of a unit's parts, as one Sample a field, with a true account of how far it speaks."""

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from scanners.flatten import Leaf, flatten, flatten_rows, type_name
from scanners.formats import WHOLE, Drawn
from scanners.interface import Cause, Coverage, Extent, Field, Gap, Part, Sample, Unit
from scanners.objects.datasets import partitions
from scanners.objects.tables import as_text, with_constants


def samples_of(
    unit: Unit, drawn: Sequence[tuple[Part, Drawn]], gaps: Sequence[Gap], *, visited: bool, whole: str = WHOLE
) -> Sequence[Sample]:
    """One Sample a leaf; a unit in which nothing is, is one field without values. `visited`: every part was opened."""
    leaves = list(_leaves(drawn)) or [Leaf(whole, pa.nulls(0, pa.string()), "text")]
    rows = sum(len(one) for _, one in drawn)
    totals = [one.total for _, one in drawn]
    total = sum(filter(None, totals)) if visited and not gaps and None not in totals else None
    share = None if total is None else min(1.0, rows / total) if total else 1.0
    method = _method([one for _, one in drawn], visited=visited)
    base = Coverage(Extent.EXAMINED, None, rows, 0, 0, share, method, tuple(gaps))
    return [_sample(unit, leaf, base) for leaf in leaves]


def _leaves(drawn: Sequence[tuple[Part, Drawn]]) -> Iterable[Leaf]:
    """The leaves of all parts, a path once. Rows without columns are flattened together: maps show in their mass."""
    found: dict[str, list[pa.Array]] = {}
    loose = []
    for part, one in drawn:
        constants = partitions(part.path)
        if isinstance(one.rows, pa.Table):
            for leaf in flatten(with_constants(one.rows, constants)):
                found.setdefault(leaf.path, []).append(leaf.values)
        else:
            loose += [{**constants, **row} for row in one.rows]
    for leaf in flatten_rows(loose):
        found.setdefault(leaf.path, []).append(leaf.values)
    return [_merged(path, arrays) for path, arrays in found.items()]


def _merged(path: str, arrays: Sequence[pa.Array]) -> Leaf:
    kinds = {array.type for array in arrays if array.null_count < len(array)} or {arrays[0].type}
    alike = [array if len(kinds) == 1 and array.type in kinds else _as(array, kinds) for array in arrays]
    values = pa.concat_arrays(alike)
    return Leaf(path, values, type_name(values.type))


def _as(values: pa.Array, kinds: set[pa.DataType]) -> pa.Array:
    if len(kinds) == 1 and values.null_count == len(values):
        return pa.nulls(len(values), next(iter(kinds)))
    return as_text(values)


def _sample(unit: Unit, leaf: Leaf, base: Coverage) -> Sample:
    values = len(leaf.values) - leaf.values.null_count
    cause = base.gaps[0].cause if base.gaps else None
    extent = Extent.PARTIAL if cause else Extent.EXAMINED
    if values == 0:
        extent, cause = Extent.NOT_EXAMINED, cause or Cause.EMPTY
    distinct = len(pc.unique(leaf.values.drop_null()))
    field = Field(unit.source, unit.dataset, leaf.path, leaf.data_type)
    coverage = Coverage(extent, cause, base.rows, values, distinct, base.share, base.method, base.gaps)
    return Sample(field, leaf.values, coverage)


def _method(drawn: Sequence[Drawn], *, visited: bool) -> str:
    methods = {one.method for one in drawn}
    if "head" in methods:
        return "head"
    if "block_sample" in methods or not visited:
        return "block_sample"
    return "reservoir" if "reservoir" in methods else "all"

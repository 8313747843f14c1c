"""Parquet, ORC and Arrow files: the footer first, then random rows of a few row groups, each in bounded batches."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

from scanners.formats.drawing import Drawn
from scanners.formats.stream import Opened
from scanners.interface import Cause

GROUPS: Final = 4
"""Row groups read of one file: the first, the last, and random ones between."""

BATCH: Final = 4096

THRIFT: Final = 64 * 1024 * 1024
"""Bytes of a parquet footer's strings and containers; larger ones are refused by the reader."""


@dataclass(frozen=True, slots=True)
class _Groups:
    """A file's row groups: rows and bytes of each, and how to pass through one in batches."""

    schema: pa.Schema
    sizes: Sequence[tuple[int, int]]
    batches: Callable[[int], Iterator[pa.RecordBatch]]
    total: int


def draw_parquet(opened: Opened) -> Drawn:
    """Random rows of a parquet file. Raises pa.ArrowException where the file is broken."""
    file = pq.ParquetFile(
        opened.handle,
        pre_buffer=False,
        buffer_size=256 * 1024,
        thrift_string_size_limit=THRIFT,
        thrift_container_size_limit=THRIFT,
    )
    meta = file.metadata
    sizes = [(meta.row_group(i).num_rows, meta.row_group(i).total_byte_size) for i in range(meta.num_row_groups)]

    def batches(group: int) -> Iterator[pa.RecordBatch]:
        yield from file.iter_batches(batch_size=BATCH, row_groups=[group], use_threads=False)

    return _from_groups(_Groups(file.schema_arrow, sizes, batches, meta.num_rows), opened)


def draw_orc(opened: Opened) -> Drawn:
    """Random rows of an ORC file; a stripe is read whole. Raises pa.ArrowException where the file is broken."""
    file = orc.ORCFile(opened.handle)
    stripes = max(1, file.nstripes)
    sizes = [(-(-file.nrows // stripes), file.content_length // stripes)] * file.nstripes
    return _from_groups(_Groups(file.schema, sizes, lambda i: iter([file.read_stripe(i)]), file.nrows), opened)


def draw_arrow(opened: Opened) -> Drawn:
    """Random rows of an Arrow (feather) file. Raises pa.ArrowException where the file is broken."""
    file = pa.ipc.open_file(opened.handle)
    count = max(1, file.num_record_batches)
    rows = [file.get_batch(i).num_rows for i in range(file.num_record_batches)]
    sizes = [(each, opened.size // count) for each in rows]
    return _from_groups(_Groups(file.schema, sizes, lambda i: iter([file.get_batch(i)]), sum(rows)), opened)


def _from_groups(groups: _Groups, opened: Opened) -> Drawn:
    """Rows of some groups, an equal share of each; within the bytes, but one group at least."""
    quota = opened.quota
    chosen = _chosen(len(groups.sizes), opened.rng, head=quota.head)
    kept: list[pa.Table] = []
    read, left = 0, quota.rows
    for place, group in enumerate(chosen):
        rows, size = groups.sizes[group]
        if left <= 0 or quota.spent or (kept and read + size > quota.bytes):
            break
        want = min(rows, left if quota.head else -(-left // (len(chosen) - place)))
        kept.append(_rows_of(groups.batches(group), rows, want, opened))
        left -= kept[-1].num_rows
        read += size
    short = Cause.TIMEOUT if quota.spent and left > 0 else None
    table = pa.concat_tables(table for table in kept if table.num_columns) if any(map(len, kept)) else None
    table = groups.schema.empty_table() if table is None else table
    return Drawn(table, groups.total, _method(table.num_rows, groups.total, head=quota.head), short, read)


def _chosen(count: int, rng: Random, *, head: bool) -> list[int]:
    if head or count <= GROUPS:
        return list(range(count))
    return sorted([0, count - 1, *rng.sample(range(1, count - 1), GROUPS - 2)])


def _rows_of(batches: Iterator[pa.RecordBatch], rows: int, want: int, opened: Opened) -> pa.Table:
    """`want` of a group's rows at random, taken as its batches pass; of a group too large, those in its first bytes."""
    wanted = range(want) if opened.quota.head else sorted(opened.rng.sample(range(rows), want))
    kept: list[pa.RecordBatch] = []
    start = taken = read = 0
    for batch in batches:
        batch.validate(full=True)  # offsets as a broken or hostile file gives them would be followed into any memory
        end = start + batch.num_rows
        below = bisect_left(wanted, end)
        if below > taken:
            kept.append(batch.take(pa.array([at - start for at in wanted[taken:below]])))
        start, taken, read = end, below, read + batch.nbytes
        if taken == want or read > opened.quota.bytes or opened.quota.spent:
            break
    return pa.Table.from_batches(kept) if kept else pa.table({})


def _method(kept: int, total: int, *, head: bool) -> str:
    if kept >= total:
        return "all"
    return "head" if head else "block_sample"

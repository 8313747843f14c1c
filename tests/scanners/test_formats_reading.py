"""Formats told from bytes, and what hostile or broken bytes get."""

import bz2
import gzip
import io
import json
import lzma
import resource
import time
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather, orc

from scanners import Cause, UnitUnreadableError
from scanners.formats import Quota, draw

TABLE = pa.table({"id": list(range(50)), "email": [f"user{n}@example.com" for n in range(50)]})


def drawn(name, data, **given_):
    quota = Quota(**({"rows": 1000, "bytes": 1 << 26, "deadline": time.monotonic() + 30} | given_))
    return draw(name, io.BytesIO(data), quota, Random(1))


def emails(found):
    rows = found.rows.to_pylist() if isinstance(found.rows, pa.Table) else found.rows
    return sorted(row["email"] for row in rows)


def written(write):
    held = pa.BufferOutputStream()
    write(TABLE, held)
    return held.getvalue().to_pybytes()


ROWS = TABLE.to_pylist()
LINES = "\n".join(map(json.dumps, ROWS)).encode()
FORMATS = {
    "x.jsonl": LINES,
    "x.json": json.dumps(ROWS).encode(),
    "pretty.json": json.dumps(ROWS, indent=2).encode(),
    "values.json": "\n".join(json.dumps(row, indent=2) for row in ROWS).encode(),
    "lines.json": LINES,
    "nothing_in_its_name": LINES,
    "lies.csv.parquet.txt": LINES,
    "x.csv": b"id,email\n" + b"".join(b"%d,%s\n" % (row["id"], row["email"].encode()) for row in ROWS),
    "comma_separated": b"id,email\n" + b"".join(b"%d,%s\n" % (row["id"], row["email"].encode()) for row in ROWS),
    "x.parquet": written(pq.write_table),
    "x.orc": written(orc.write_table),
    "x.feather": written(feather.write_feather),
    "parquet_by_its_bytes": written(pq.write_table),
}
CODECS = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: pa.compress(data, "zstd", asbytes=True),
    "": lambda data: data,
}


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read_compressed_or_not(name, suffix):
    found = drawn(name + suffix, CODECS[suffix](FORMATS[name]))
    assert emails(found) == sorted(TABLE.column("email").to_pylist())
    assert (found.total, found.method, found.short) == (50, "all", None)


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.csv", "x.parquet", "x.orc", "x.feather"])
def test_a_draw_is_random_and_repeatable_and_its_head_is_not(name):
    some = emails(drawn(name, FORMATS[name], rows=7))
    assert len(set(some)) == 7
    assert some == emails(drawn(name, FORMATS[name], rows=7))
    assert (
        some
        != emails(drawn(name, FORMATS[name], rows=7, head=True))
        == sorted(f"user{n}@example.com" for n in range(7))
    )


@pytest.mark.parametrize(
    ("name", "data", "cause"),
    [
        ("x.csv", b"", Cause.EMPTY),
        ("x.csv.gz", gzip.compress(b""), Cause.EMPTY),
        ("x.parquet", b"PAR1 nothing of the kind PAR1", Cause.MALFORMED),
        ("x.parquet", FORMATS["x.parquet"][:-20], Cause.MALFORMED),
        ("x.parquet", b"PARE" + FORMATS["x.parquet"][4:-4] + b"PARE", Cause.ENCRYPTED),
        ("x.orc", FORMATS["x.orc"][:200], Cause.MALFORMED),
        ("x.feather", FORMATS["x.feather"][:200], Cause.MALFORMED),
        ("x.dat", Random(1).randbytes(4096), Cause.TYPE),
        ("x.csv", Random(1).randbytes(4096), Cause.TYPE),
        ("x.csv.gz", gzip.compress(Random(1).randbytes(4096)), Cause.TYPE),
        ("x.jsonl", b"{broken\n{also broken\n", Cause.MALFORMED),
        ("x.json", b'{"a": [1, 2', Cause.MALFORMED),
        ("x.csv.gz", gzip.compress(b"id,email\n")[:12], Cause.MALFORMED),
        ("x.json", b"[" * 100_000, Cause.TOO_LARGE),
        ("x.jsonl", b'{"a":' * 50_000 + b"\n" + b'{"a":' * 50_000, Cause.TOO_LARGE),
        ("x.json.gz", gzip.compress(b" " * 50_000_000), Cause.TOO_LARGE),
        ("x.zip", b"PK\x03\x04 no zip", Cause.MALFORMED),
        ("x.sqlite", b"SQLite format 3\0" + bytes(100), Cause.TYPE),
    ],
)
def test_what_cannot_be_read_says_why(name, data, cause):
    with pytest.raises(UnitUnreadableError, match=name.split(".")[0]) as caught:
        drawn(name, data)
    assert caught.value.cause is cause


@pytest.mark.parametrize(
    "first",
    [
        "[INFO] started",
        "[Sat Mar 01 09:00:00 2025] [error] x",
        "[09:01] @ana: hi",
        "[881] LOG: x",
        "[true story] x",
        "{braces} x",
    ],
)
@pytest.mark.parametrize("name", ["x.log", "x.txt", "x"])
def test_a_text_that_begins_with_a_bracket_is_a_text(name, first):
    found = drawn(name, f"{first}\n{first} again\n".encode())
    assert [row["*"] for row in found.rows] == [first, f"{first} again"]


def test_lines_before_the_break_are_kept():
    data = b"".join(b'{"email": "u%d@example.com"}\n' % n for n in range(1000))
    found = drawn("x.jsonl.gz", gzip.compress(data)[:-600])
    assert found.short is Cause.MALFORMED
    assert len(found) > 0


def test_one_broken_line_does_not_hide_the_others():
    found = drawn("x.jsonl", b'{"email": "a@b.example"}\nnot json\n{"email": "b@b.example"}\n')
    assert (emails(found), found.short) == (["a@b.example", "b@b.example"], Cause.MALFORMED)


BOMBS = {
    "zeros.txt.gz": lambda: gzip.compress(bytes(100_000_000)),
    "blanks.csv.gz": lambda: gzip.compress(b" " * 100_000_000),
    "one_line.jsonl.bz2": lambda: bz2.compress(b'{"a": "' + b"x" * 100_000_000),
    "array.json.xz": lambda: lzma.compress(b"[" + b'{"a": 0}, ' * 8_000_000, preset=0),
    "lines.log.zst": lambda: pa.compress(b"a\n" * 20_000_000, "zstd", asbytes=True),
    "twice.csv.gz": lambda: gzip.compress(gzip.compress(b" " * 100_000_000)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little_and_is_told(name):
    data = BOMBS[name]()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        short = drawn(name, data).short
    except UnitUnreadableError as error:
        short = error.cause
    assert short in {Cause.TOO_LARGE, Cause.TYPE, Cause.MALFORMED}
    assert time.process_time() - start < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024


def test_a_giant_line_is_kept_in_part_and_the_next_line_whole():
    found = drawn("x.txt", b"x" * 20_000_000 + b"\nana@example.com\n")
    texts = sorted((row["*"] for row in found.rows), key=len)
    assert texts[0] == "ana@example.com"
    assert len(texts[1]) == 1 << 20


def test_a_large_file_of_lines_is_sampled_from_its_whole_length():
    data = b"".join(b'{"n": %08d}\n' % n for n in range(1, 200_000)).replace(b": 0", b": 1")
    found = drawn("x.jsonl", data, rows=500, bytes=200_000)
    places = [row["n"] for row in found.rows]
    assert (found.method, found.short) == ("block_sample", None)
    assert found.bytes <= 220_000
    assert len(places) == 500


def test_time_that_is_up_ends_the_draw():
    with pytest.raises(UnitUnreadableError) as caught:
        drawn("x.csv", FORMATS["x.csv"], deadline=time.monotonic() - 1)
    assert caught.value.cause is Cause.TIMEOUT


@pytest.mark.parametrize("name", ["x.parquet", "x.orc", "x.feather", "x.csv", "x.json", "x.jsonl"])
@given(seed=st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_mutants_are_read_or_refused_but_never_more(name, seed):
    rng = Random(seed)
    data = bytearray(FORMATS[name])
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data))
        match rng.randrange(3):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randrange(1, 50)]
            case _:
                data[at:at] = rng.randbytes(rng.randrange(1, 20))
    try:
        found = drawn(name, bytes(data), rows=20)
    except UnitUnreadableError:
        return
    assert len(found) <= 20


def test_rows_of_a_parquet_file_come_from_several_row_groups():
    held = io.BytesIO()
    pq.write_table(pa.table({"n": list(range(10_000))}), held, row_group_size=500)
    places = {row["n"] // 500 for row in drawn("x.parquet", held.getvalue(), rows=40).rows.to_pylist()}
    assert len(places) == 4
    assert {0, 19} <= places


def test_offsets_that_point_outside_their_data_are_refused_before_they_are_followed():
    offsets = pa.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 2_000_000_000, 2)))
    hostile = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"ab"))
    held = io.BytesIO()
    with pa.ipc.new_file(held, pa.schema([("email", pa.string())])) as file:
        file.write_batch(pa.RecordBatch.from_arrays([hostile], names=["email"]))
    with pytest.raises(UnitUnreadableError) as caught:
        drawn("x.feather", held.getvalue())
    assert caught.value.cause is Cause.MALFORMED


def test_a_budget_that_runs_out_on_a_full_draw_is_no_gap_and_a_bomb_is():
    lines_ = b"".join(b'{"email": "u%d@example.com"}\n' % n for n in range(100_000))
    full = drawn("x.jsonl.gz", gzip.compress(lines_), rows=100, bytes=100_000)
    scant = drawn("x.jsonl.gz", gzip.compress(lines_), rows=10_000, bytes=100_000)
    assert [(found.method, found.short) for found in (full, scant)] == [("head", None), ("head", Cause.TOO_LARGE)]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("name", "data", "short"),
    [
        (
            "wide.csv",
            lambda: b",".join(b"c%d" % n for n in range(100_000)) + b"\n" + b",".join([b"1"] * 100_000),
            Cause.TOO_LARGE,
        ),
        ("ragged.csv", lambda: b"id,email\n1,a@b.example\n" + b"," * 200_000 + b"x\n", Cause.TOO_LARGE),
        ("keys.json", lambda: json.dumps({f"k{n}": n for n in range(100_000)}).encode(), None),
        ("keys.jsonl", lambda: b"".join(b'{"k%d": 1}\n' % n for n in range(100_000)), None),
        ("deep.json", lambda: b'{"a":' * 900 + b"1" + b"}" * 900, None),
        ("digits.jsonl", lambda: b'{"a": ' + b"9" * 100_000 + b"}\n" + b'{"a": 1}\n', Cause.MALFORMED),
        ("surrogate.jsonl", lambda: b'{"a": "\\ud800"}\n', None),
    ],
)
def test_odd_shapes_are_read_as_far_as_they_go(name, data, short):
    assert drawn(name, data()).short is short


def test_a_document_that_holds_a_table_is_thinned_and_a_reader_gets_it_whole():
    document = {
        "users": [{"email": f"u{n}@example.com"} for n in range(50_000)],
        "by_id": {f"k{n}": n for n in range(50_000)},
    }
    data = json.dumps(document).encode()
    found = drawn("x.json", data, rows=20)
    assert {key: len(held) for key, held in found.rows[0].items()} == {"users": 1000, "by_id": 1000}
    assert (found.method, found.total, len(found)) == ("reservoir", 1, 1)
    assert drawn("x.json", data, rows=20, head=True).rows == [document]

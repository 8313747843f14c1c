"""Delimited files: dialect, header and encoding told from the file, every value kept as text."""

import csv
import gzip
import io
import time
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import Cause
from scanners.formats import Quota, draw
from scanners.formats.dialect import names_columns, sniff

CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("\n\t\"',;|\\"), max_size=12)


def drawn(data, name="x.csv", **given_):
    quota = Quota(**({"rows": 1000, "bytes": 1 << 24, "deadline": time.monotonic() + 30} | given_))
    return draw(name, io.BytesIO(data), quota, Random(1))


def rows_of(data, name="x.csv", **given_):
    return drawn(data, name, **given_).rows.to_pylist()


@pytest.mark.parametrize(
    ("text", "columns", "first"),
    [
        ("id,email\n1,a@b.example\n", ["id", "email"], {"id": "1", "email": "a@b.example"}),
        ("id;name;plz\n1;Jo, junior;01234\n", ["id", "name", "plz"], {"id": "1", "name": "Jo, junior", "plz": "01234"}),
        ("id\temail\n1\ta@b.example\n", ["id", "email"], {"id": "1", "email": "a@b.example"}),
        ("id|email\n1|a@b.example\n", ["id", "email"], {"id": "1", "email": "a@b.example"}),
        ("sep=;\nid;email\n1;a@b.example\n", ["id", "email"], {"id": "1", "email": "a@b.example"}),
        (
            'id,note\n1,"two\nlines, and a ""quote"""\n',
            ["id", "note"],
            {"id": "1", "note": 'two\nlines, and a "quote"'},
        ),
        ('id,note\n1,"a \\"quote\\", escaped"\n', ["id", "note"], {"id": "1", "note": 'a "quote", escaped'}),
        ("id,note\n1,'x, y'\n2,'z'\n3,'q'\n4,'r'\n", ["id", "note"], {"id": "1", "note": "x, y"}),
        ("1,ana,a@b.example\n2,bo,b@b.example\n", ["col_1", "col_2", "col_3"], {"col_1": "1", "col_2": "ana"}),
        ("ana@b.example\nbo@b.example\n", ["col_1"], {"col_1": "ana@b.example"}),
        ("email\nana@b.example\n", ["email"], {"email": "ana@b.example"}),
        ("Export of 2026\n\nid,email\n1,a@b.example\n", ["id", "email"], {"id": "1", "email": "a@b.example"}),
        (",email,email\n0,a@b.example,x@b.example\n", ["col_1", "email", "email_2"], {"email_2": "x@b.example"}),
        ("id,email\r\n1,a@b.example\r\n", ["id", "email"], {"id": "1", "email": "a@b.example"}),
        ("id,email\r1,a@b.example\r", ["id", "email"], {"id": "1", "email": "a@b.example"}),
        ("time,url\n10:00:00,http://x.example\n", ["time", "url"], {"time": "10:00:00", "url": "http://x.example"}),
        ("id,email\n1,a@b.example,extra\n", ["id", "email", "col_3"], {"id": "1", "col_3": "extra"}),
        ("id,email,zip\n1,a@b.example\n", ["id", "email", "zip"], {"id": "1", "zip": None}),
        ("id,email\n1,\n", ["id", "email"], {"id": "1", "email": None}),
    ],
)
def test_a_dialect_is_told_from_the_file(text, columns, first):
    table = drawn(text.encode()).rows
    assert table.column_names == columns
    assert first.items() <= table.to_pylist()[0].items()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_an_encoding_is_told_from_the_file(encoding):
    text = "name;ort;nr\nJürgen Groß;Köln;007\nAnna;Bonn;008\n"
    assert rows_of(text.encode(encoding))[0] == {"name": "Jürgen Groß", "ort": "Köln", "nr": "007"}


def test_one_byte_that_is_no_utf8_late_in_the_file_changes_no_other():
    text = b"name,city\n" + b"Ana,Ulm\n" * 100_000 + "Jürgen,Köln\n".encode("latin-1") + "Zoë,Łódź\n".encode()
    cities = {row["city"] for row in rows_of(text, rows=200_000)}
    assert cities == {"Ulm", "Köln", "Łódź"}


@pytest.mark.parametrize(
    ("first", "data", "named"),
    [
        (["id", "email"], [["1", "a@b.example"]], True),
        (["Vorname", "Ort"], [["Anna", "Bonn"]], True),
        (["customer_ref", "flavour"], [["Anna", "vanilla"]], True),
        (["Anna", "Bonn"], [["Otto", "Ulm"]], False),
        (["Anna", "Bonn"], [["Otto", "Bonn"]], False),
        (["Anna Schmidt", "0171 123456"], [["Otto Maier", "0172 654321"]], False),
        (["1", "2"], [["3", "4"]], False),
        (["2026-11-01", "x"], [["2026-11-02", "y"]], False),
        (["", ""], [["1", "2"]], False),
        (["a" * 200], [["b"]], False),
    ],
)
def test_a_first_row_names_columns_only_where_it_can_be_no_value(first, data, named):
    assert names_columns(first, data) is named


@given(
    rows=st.lists(
        st.lists(CELL, min_size=3, max_size=3),
        min_size=1,
        max_size=20,
    ),
    delimiter=st.sampled_from(",;\t|"),
)
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_whatever_the_dialect(rows, delimiter):
    held = io.StringIO()
    writer = csv.writer(held, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["customer_id", "first_name", "e_mail"])
    writer.writerows(rows)
    told = [[cell or None for cell in row] for row in rows if any(row)]
    read = drawn(held.getvalue().encode()).rows
    assert read.column_names == ["customer_id", "first_name", "e_mail"]
    assert [list(row.values()) for row in read.to_pylist()] == told


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_dialect(text):
    dialect = sniff(text.splitlines(keepends=True))
    assert dialect.columns is None or len(set(dialect.columns)) == len(dialect.columns)


def test_a_quote_that_is_never_closed_costs_its_own_rows_and_is_told():
    text = b'id,note\n1,fine\n2,"open\n' + b"3,x\n" * 400_000
    found = drawn(text, rows=10)
    assert found.short is Cause.MALFORMED


def test_an_unclosed_cell_is_bounded_in_memory():
    found = drawn(b'id,note\n1,"' + b"x" * 5_000_000)
    assert all(len(cell or "") <= 1 << 20 for row in found.rows.to_pylist() for cell in row.values())


def test_a_file_larger_than_its_bytes_is_cut_at_a_row():
    text = b"id,email\n" + b"".join(b"%07d,user%07d@example.com\n" % (n, n) for n in range(100_000))
    found = drawn(gzip.compress(text), rows=200_000, bytes=500_000)
    assert (found.total, found.method, found.short) == (None, "head", Cause.TOO_LARGE)
    assert all(row["email"] == f"user{row['id']}@example.com" for row in found.rows.to_pylist())


def test_a_file_larger_than_its_bytes_is_sampled_from_its_whole_length():
    text = b"id,email\n" + b"".join(b"%07d,user%07d@example.com\n" % (n, n) for n in range(200_000))
    found = drawn(text, rows=1000, bytes=500_000)
    places = [int(row["id"]) for row in found.rows.to_pylist()]
    assert (found.method, found.short, len(places)) == ("block_sample", None, 1000)
    assert found.bytes <= 500_000
    assert len({place // 20_000 for place in places}) == 10
    assert all(row["email"] == f"user{row['id']}@example.com" for row in found.rows.to_pylist())


def test_a_large_file_whose_quotes_span_lines_is_read_in_order():
    text = b"id,note\n" + b"".join(b'%d,"first\n,second"\n' % n for n in range(100_000))
    found = drawn(text, rows=1000, bytes=500_000)
    assert (found.method, found.short) == ("head", None)
    assert {row["note"] for row in found.rows.to_pylist()} == {"first\n,second"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("id\temail\tcity\n1\ta@b.example\tUlm\n2\tc@d.example\tBonn\n", "table"),
        ("root:x:0:0:root:/root:/bin/sh\nana:x:1:1:Ana:/home/ana:/bin/sh\nbo:x:2:2:Bo:/home/bo:/bin/sh\n", "table"),
        ("1|ana|Ulm\n2|bo|Bonn\n3|cleo|Köln\n", "table"),
        ("Dear Ana,\n\nthank you, as always, for your letter.\nYours, Bo\n", "text"),
        ("ana@example.com\nbo@example.com\n", "text"),
        ("one line, with commas, and more\n", "text"),
        ("Note: call Ana\nNote: call Bo\nNote: call Cleo\n", "text"),
    ],
)
@pytest.mark.parametrize("name", ["x.txt", "x"])
def test_a_table_is_told_from_prose_where_no_name_says_so(name, text, kind):
    found = drawn(text.encode(), name).rows
    assert isinstance(found, pa.Table) is (kind == "table")

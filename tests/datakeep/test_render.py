import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datakeep.cli.render import cell, harmless, safe, show

HOSTILE = ["\x1b[31mred", "\x9b2J", "a\u202eb", "\x00", "line\nbreak", "[/bold]", "\u200bzero", "\x1b]0;title\x07"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_control_and_no_direction_override_reaches_the_terminal(text, capsys):
    show([{"id": text}], "table", ("id",))

    printed = capsys.readouterr().out
    assert not set(printed) & set("\x1b\x9b\u202e\x00\u200b\x07")


@given(text=st.text())
def test_safe_text_has_no_control_left(text):
    assert not any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in safe(text))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\uff1d1+1", "|calc", "%0A"])
def test_a_spreadsheet_takes_no_cell_for_a_formula(text, capsys):
    show([{"id": text}], "csv", ("id",))

    (row,) = list(csv.reader(io.StringIO(capsys.readouterr().out)))[1:]
    assert row[0][0] in "'\u2409\u240d"  # quoted, or its control made visible: text either way


@given(text=st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1))
def test_plain_words_stay_as_they_are(text):
    assert harmless(text) == text


def test_json_is_one_document_with_its_version(capsys):
    show([{"id": "a"}], "json", ("id",))

    assert json.loads(capsys.readouterr().out) == {"schema_version": 1, "items": [{"id": "a"}]}


def test_jsonl_is_one_object_a_line(capsys):
    show([{"id": "a"}, {"id": "b"}], "jsonl", ("id",))

    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"id": "a"}, {"id": "b"}]


def test_csv_without_items_still_has_its_header(capsys):
    show([], "csv", ("id", "class"))

    assert capsys.readouterr().out == "id,class\n"


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, ""), (True, "yes"), (0.5, "0.50"), (["a", "b"], "a, b"), ({"done": 3, "failed": 0}, "3 done"), (7, "7")],
)
def test_a_cell_says_its_value_in_words(value, said):
    assert cell(value) == said


def on_terminal(monkeypatch, columns):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))


ROWS = [
    {
        "id": "crm/public.customers#email",
        "class": "user.contact.email",
        "why": "nobody decided on it yet, and it waits",
    },
    {"id": "crm/public.orders#card", "class": "user.financial.credit_card", "why": "nobody decided on it yet"},
]


@pytest.mark.parametrize("columns", [60, 80, 100, 120, 200])
def test_no_id_and_no_class_is_broken_whatever_the_width_of_the_terminal(columns, capsys, monkeypatch):
    on_terminal(monkeypatch, columns)
    show(ROWS, "table", ("id", "class", "why"))

    printed = capsys.readouterr().out
    assert all(row["id"] in printed and row["class"] in printed for row in ROWS)
    assert max(map(len, printed.splitlines())) <= columns


def test_a_row_of_several_lines_names_what_it_says(capsys, monkeypatch):
    on_terminal(monkeypatch, 40)
    show(ROWS, "table", ("id", "class", "why"))

    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["crm/public.customers#email", "   class user.contact.email"]


def test_wide_letters_count_as_wide_as_they_are(capsys):
    show([{"a": "日本語の列", "b": "x"}, {"a": "y", "b": "z"}], "table", ("a", "b"))

    assert "日本語の列   x" in capsys.readouterr().out


def test_a_table_tells_times_to_the_second_and_the_other_formats_tell_all_of_them(capsys):
    item = {"at": "2026-11-01T10:00:00.123456+00:00", "id": "2026-11-01"}
    show([item, item], "table", ("at", "id"))
    assert "2026-11-01T10:00:00Z   2026-11-01" in capsys.readouterr().out
    show([item], "csv", ("at", "id"))
    assert item["at"] in capsys.readouterr().out

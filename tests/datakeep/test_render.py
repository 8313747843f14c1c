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

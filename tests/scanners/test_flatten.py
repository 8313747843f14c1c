"""Nested values by their leaves: everything is named once, the same way when sampled and when read."""

import json
import time
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.flatten import flatten, flatten_rows, is_document
from scanners.paths import Shape, replace, rewrite, walk

TREE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
DOCUMENT = st.lists(TREE, max_size=4) | st.dictionaries(st.text(max_size=6), TREE, max_size=4)
LETTERS = st.text("abc", min_size=1, max_size=3)


def leaves(value):
    """Every scalar of a value; keys are no scalars."""
    if isinstance(value, dict):
        return [leaf for child in value.values() for leaf in leaves(child)]
    if isinstance(value, list):
        return [leaf for child in value for leaf in leaves(child)]
    return [value]


def found(table, documents=()):
    return {leaf.path: leaf.values.to_pylist() for leaf in flatten(table, documents)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1}, {"c.a": [1]}),
        ({"a": {"b": ["x", "y"]}}, {"c.a.b[]": ["x", "y"]}),
        ([{"email": "a@b.org"}, {"email": None, "id": 7}], {"c[].email": ["a@b.org", None], "c[].id": [7]}),
        ([[1, 2], [3]], {"c[][]": [1, 2, 3]}),
        (
            {"a.b": {"[]": 1, "": 2, 'say "x"': 3}},
            {'c."a.b"."[]"': [1], 'c."a.b".""': [2], 'c."a.b"."say \\"x\\""': [3]},
        ),
        ({"ann@example.org": 1, "name": "x"}, {"c[].key": ["ann@example.org"], "c[].value": [1], "c.name": ["x"]}),
        ({"2026-11-01": {"total": 1}}, {"c[].key": ["2026-11-01"], "c[].value.total": [1]}),
        ({"x" * 65: 1}, {"c[].key": ["x" * 65], "c[].value": [1]}),
        ({"address_line_1": "x", "home address": "y"}, {"c.address_line_1": ["x"], "c.home address": ["y"]}),
        ({"n": [1, "x", True, 2.5, None]}, {"c.n[]": ["1", "x", "true", "2.5", None]}),
        ({"n": [1, 2.5]}, {"c.n[]": [1.0, 2.5]}),
        ({"n": [2**60, 2.5]}, {"c.n[]": [str(2**60), "2.5"]}),
        ({"n": 2**70}, {"c.n": [str(2**70)]}),
        ({}, {"c": [None]}),
        ([], {"c": [None]}),
        ({"inner": '{"email": "a@b.org"}'}, {"c.inner.email": ["a@b.org"]}),
        ({"half": "\ud800"}, {"c.half": ["?"]}),
    ],
)
def test_a_document_is_named_by_its_leaves(value, expected):
    assert found(pa.table({"c": [json.dumps(value)]})) == expected


@pytest.mark.parametrize(
    "texts",
    [
        ["hello"],
        ["1", "2"],
        ["[1] see below", "[2] see above"],
        ['"quoted"'],
        ["null"],
        ["{broken"],
        ["", " ", None],
        [],
    ],
)
def test_what_is_no_document_stays_a_plain_field(texts):
    assert found(pa.table({"c": pa.array(texts, pa.string())})) == {"c": texts}


def test_a_few_broken_documents_do_not_hide_the_others_nor_themselves():
    texts = [json.dumps({"email": f"p{n}@example.org"}) for n in range(99)] + ['{"email": "cut@exam']
    drawn = found(pa.table({"c": texts}))
    assert len(drawn["c.email"]) == 99
    assert drawn["c"] == ['{"email": "cut@exam']
    assert not is_document(pa.array(texts[:10] + ["plain"] * 10))


def test_a_column_of_a_json_type_is_taken_apart_whatever_it_holds():
    drawn = found(pa.table({"c": ['{"a": 1}', '"plain"', "7", "null", "no json", "[2]"]}), documents=["c"])
    assert drawn == {"c.a": [1], "c": ["plain", "7", None, "no json"], "c[]": [2]}


def test_arrow_types_are_taken_apart_without_losing_theirs():
    pairs = pa.map_(pa.string(), pa.int64())
    table = pa.table({
        "s": pa.array([{"x": {"y": Decimal("1.50")}}, None, {"x": None}]),
        "l": pa.array([[{"e": "a"}], [], None], pa.list_(pa.struct([("e", pa.string())]))),
        "m": pa.array([[("k", 1)], None, [("l", 2), ("m", None)]], pairs),
        "d": pa.array(["x", None, "x"]).dictionary_encode(),
        "f": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int32(), 2)),
        "v": pa.array(["x", "y", "z"], pa.string_view()),
        "j": pa.array([['{"deep": 1}'], [], None]),
    })  # fmt: skip
    assert found(table.slice(0)) == {
        "s.x.y": [Decimal("1.50"), None, None], "l[].e": ["a"], "m[].key": ["k", "l", "m"], "m[].value": [1, 2, None],
        "d": ["x", None, "x"], "f[]": [1, 2, 3, 4], "v": ["x", "y", "z"], "j[].deep": [1],
    }  # fmt: skip
    assert found(table.slice(2)) == {
        "s.x.y": [None], "l[].e": [], "m[].key": ["l", "m"], "m[].value": [2, None], "d": ["x"], "f[]": [3, 4], "v": ["z"],
        "j[]": [],
    }  # fmt: skip


def test_rows_may_drift():
    rows = [{"id": 1, "who": {"email": "a@b.org"}}, {"id": "x2", "who": None}, {"tags": ["t"], "raw": '{"k": 1}'}]
    drawn = {leaf.path: leaf.values.to_pylist() for leaf in flatten_rows(rows)}
    assert drawn == {"id": ["1", "x2"], "who.email": ["a@b.org"], "who": [None], "tags[]": ["t"], "raw.k": [1]}


def test_a_dictionary_keyed_by_data_is_a_map_however_its_keys_look():
    by_name = [json.dumps({f"Person {chr(65 + n)}{chr(65 + m)}": {"age": n} for m in range(3)}) for n in range(20)]
    assert set(found(pa.table({"c": by_name}))) == {"c[].key", "c[].value.age"}
    same = [json.dumps({"name": "x", "age": n}) for n in range(20)]
    assert set(found(pa.table({"c": same}))) == {"c.name", "c.age"}
    many = json.dumps({f"k{chr(97 + n // 26)}{chr(97 + n % 26)}": 1 for n in range(300)})
    assert set(found(pa.table({"c": [many]}))) == {"c[].key", "c[].value"}


@pytest.mark.parametrize("depth", [10, 64, 65, 500, 990, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_hostile_depth_ends_soon_and_hides_nothing(depth, opening, closing):
    text = opening * depth + '"a@b.org"' + closing * depth
    started = time.monotonic()
    drawn = found(pa.table({"c": [text]}), documents=["c"])
    assert time.monotonic() - started < 5
    assert any("a@b.org" in value for values in drawn.values() for value in values)
    assert max(map(len, drawn)) < 200


def test_a_leafs_print_shows_no_value():
    assert repr(next(flatten(pa.table({"c": ["secret value"]})))) == "Leaf(c, 1 values)"


@given(DOCUMENT)
def test_every_scalar_of_a_document_is_in_one_leaf(document):
    drawn = found(pa.table({"c": [json.dumps(document)]}), documents=["c"])
    scalars = leaves(document)
    keys = sum(len(values) for path, values in drawn.items() if path.endswith(".key") or ".key." in path)
    total = sum(len(values) for values in drawn.values())
    assert total >= max(len(scalars), 1)
    assert total <= len(scalars) + keys + 1


@given(st.lists(DOCUMENT, min_size=1, max_size=4))
def test_a_row_is_read_by_the_paths_it_was_sampled_by(documents):
    texts = [json.dumps(document) for document in documents]
    sampled = set(found(pa.table({"c": texts}), documents=["c"]))
    shape = Shape.of(sampled)
    for text in texts:
        assert {path for path, _ in walk("c", text, shape)} <= sampled


@given(st.lists(st.fixed_dictionaries({"a": st.none() | st.lists(st.fixed_dictionaries({"b": st.integers(0, 9)}), max_size=3),
                                       "m": st.none() | st.dictionaries(LETTERS, st.integers(0, 9), max_size=3)}),
                min_size=1, max_size=4))  # fmt: skip
def test_an_arrow_row_is_read_by_the_paths_it_was_sampled_by(rows):
    kinds = {"a": pa.list_(pa.struct([("b", pa.int64())])), "m": pa.map_(pa.string(), pa.int64())}
    columns = {"a": [row["a"] for row in rows], "m": [row["m"] and list(row["m"].items()) for row in rows]}
    table = pa.table({name: pa.array(values, kinds[name]) for name, values in columns.items()})
    sampled = set(found(table))
    for row in table.to_pylist():
        for name, value in row.items():
            paths = {path for path, leaf in walk(name, value, Shape.of(sampled)) if leaf is not None}
            assert paths <= sampled


@given(DOCUMENT)
def test_rewriting_nothing_changes_nothing(document):
    assert rewrite("c", document, lambda _, leaf: leaf) == document
    shape = Shape.of(found(pa.table({"c": [json.dumps(document)]}), documents=["c"]))
    again = rewrite("c", json.dumps(document), lambda _, leaf: leaf, shape)
    assert json.loads(again) == document


@given(DOCUMENT)
@settings(max_examples=200)
def test_what_is_masked_everywhere_holds_no_value_any_more(document):
    masked = rewrite("c", document, lambda _, leaf: "***")
    assert set(leaves(masked)) <= {"***"}
    assert len(leaves(masked)) == len(leaves(document))


def test_masking_keeps_the_shape_and_masks_keys_that_are_values():
    row = {"tags": {"ann@example.org": 1, "bob@example.org": 2, "kind": "x"}, "list": [("k", "v"), ("l", {"m": 1})]}
    masked = rewrite("c", row, lambda path, leaf: leaf if path == "c.tags.kind" else "***")
    assert masked == {
        "tags": {"***": "***", "***#2": "***", "kind": "x"},
        "list": [("***", "***"), ("***", {"m": "***"})],
    }


def test_one_path_is_replaced_and_others_are_left():
    row = '{"contacts": [{"email": "a@b.org", "name": "Ann"}, {"email": null}]}'
    changed = replace("c", row, "c.contacts[].email", lambda leaf: leaf and "x")
    assert json.loads(changed) == {"contacts": [{"email": "x", "name": "Ann"}, {"email": None}]}

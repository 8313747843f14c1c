"""A folder of files, as a source: the scanner's contract, and what is refused."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scanners import Budget, Cause, Extent, Gap, Part, Source, Unit, UnitUnreadableError
from scanners.objects.folder import FolderScanner
from scanners.testing import ScannerContract


def fill(folder: Path) -> None:
    for day in (1, 2, 3):
        where = folder / f"users/region=eu{day}"
        where.mkdir(parents=True)
        people = {"id": [day * 10 + i for i in range(5)], "email": [f"user{day}{i}@example.com" for i in range(5)]}
        nested = [{"zip": f"0123{i}", "city": "Ulm"} for i in range(5)]
        pq.write_table(pa.table(people | {"address": nested}), where / "part-0.parquet")
    (folder / "misc").mkdir()
    (folder / "misc/customers.csv").write_bytes("nr;name;ort\n007;Jürgen;Köln\n008;Anna;Bonn\n".encode("latin-1"))
    orders = [{"id": i, "items": [{"buyer": {"email": f"buyer{i}@example.com"}}]} for i in range(4)]
    (folder / "orders.jsonl").write_text("\n".join(map(json.dumps, orders)), encoding="utf-8")
    (folder / "leads.csv").write_text("id,email\n", encoding="utf-8")


EXPECTED = {
    "users": frozenset({"id", "email", "address.zip", "address.city", "region"}),
    "misc/customers.csv": frozenset({"nr", "name", "ort"}),
    "orders.jsonl": frozenset({"id", "items[].buyer.email"}),
    "leads.csv": frozenset({"id", "email"}),
}


class TestFolder(ScannerContract):
    @pytest.fixture
    def folder(self, tmp_path):
        fill(tmp_path / "exports")
        return tmp_path / "exports"

    @pytest.fixture
    def scanner(self, folder):
        return FolderScanner(Source("drops", f"file:{folder}/"))

    @pytest.fixture
    def expected(self):
        return EXPECTED

    @pytest.fixture
    def empty(self):
        return "leads.csv"

    @pytest.fixture
    def unreachable(self, tmp_path):
        return FolderScanner(Source("drops", f"file:{tmp_path}/nowhere"))

    @pytest.fixture
    def change(self, folder):
        def changed():
            (folder / "orders.jsonl").write_text('{"id": 9}\n', encoding="utf-8")
            return "orders.jsonl"

        return changed


def folder_of(path, **given):
    return FolderScanner(Source("drops", f"file:{path}", **given))


def causes(scanner):
    """What became of every dataset: a cause, or None where it was examined."""
    found = {}
    for unit in scanner.units():
        try:
            found[unit.dataset] = scanner.sample(unit, Budget())[0].coverage.cause
        except UnitUnreadableError as error:
            found[unit.dataset] = error.cause
    return found


@pytest.mark.timeout(20)
def test_nothing_outside_the_folder_and_nothing_but_files_is_opened(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    (inside / "deep").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.csv").write_text("id,email\n1,a@b.example\n", encoding="utf-8")
    (inside / "own.csv").write_text("id,email\n1,a@b.example\n", encoding="utf-8")
    (inside / "same.csv").symlink_to("own.csv")
    (inside / "file.csv").symlink_to(outside / "secret.csv")
    (inside / "folder").symlink_to(outside)
    (inside / "deep/loop").symlink_to(inside)
    (inside / "self").symlink_to("self")
    (inside / "nowhere").symlink_to("nothing")
    (inside / "zero").symlink_to("/dev/zero")
    os.mkfifo(inside / "pipe")
    assert causes(folder_of(inside)) == {
        "own.csv": None,
        "file.csv": Cause.TYPE,
        "folder": Cause.TYPE,
        "self": Cause.TYPE,
        "nowhere": Cause.TYPE,
        "zero": Cause.TYPE,
        "pipe": Cause.TYPE,
    }


def test_a_path_that_leads_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "in/sub").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text("id,email\n1,a@b.example\n", encoding="utf-8")
    scanner = folder_of(tmp_path / "in")
    for path in (
        "../secret.csv",
        "sub/../../secret.csv",
        str(tmp_path / "secret.csv"),
        "/etc/passwd",
        "a\0b",
        "x" * 5000,
        "",
    ):
        with pytest.raises(UnitUnreadableError):
            scanner.sample(Unit("drops", "x", parts=(Part(path, 1, "v"),)), Budget())


def test_a_folder_swapped_for_a_link_after_the_listing_is_refused(tmp_path):
    (tmp_path / "in/sub").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    for folder in ("in/sub", "out"):
        (tmp_path / folder / "users.csv").write_text("id,email\n1,a@b.example\n", encoding="utf-8")
    scanner = folder_of(tmp_path / "in")
    unit = next(iter(scanner.units()))
    (tmp_path / "in/sub").rename(tmp_path / "moved")
    (tmp_path / "in/sub").symlink_to(tmp_path / "out")
    with pytest.raises(UnitUnreadableError):
        scanner.sample(unit, Budget())


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    (tmp_path / "users.csv").write_text("id,email\n1,a@b.example\n", encoding="utf-8")
    opens = os.open

    def refusing(path, *args, **kwargs):  # the tests may run as root, whom no mode stops
        if path == "users.csv":
            raise PermissionError(13, "denied")
        return opens(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", refusing)
    assert causes(folder_of(tmp_path)) == {"users.csv": Cause.PERMISSION}


def test_one_broken_part_is_named_and_the_others_are_examined_in_part(tmp_path):
    fill(tmp_path)
    (tmp_path / "users/region=eu2/part-0.parquet").write_bytes(b"PAR1 broken PAR1")
    scanner = folder_of(tmp_path)
    unit = next(unit for unit in scanner.units() if unit.dataset == "users")
    coverages = {sample.coverage.extent for sample in scanner.sample(unit, Budget())}
    assert coverages == {Extent.PARTIAL}
    coverage = scanner.sample(unit, Budget())[0].coverage
    assert coverage.gaps == (Gap("users/region=eu2/part-0.parquet", Cause.MALFORMED),)
    assert (coverage.rows, coverage.share) == (10, None)


def test_columns_that_come_late_or_change_their_type_are_all_found(tmp_path):
    tables = [
        {"id": [1, 2], "email": ["a@b.example", "c@d.example"]},
        {"id": ["x-3"], "email": ["e@f.example"], "phone": ["+49 171 1234567"]},
        {"id": [4.5], "address": [{"zip": "01234"}]},
    ]
    for day, table in enumerate(tables):
        (tmp_path / f"u/dt={day}").mkdir(parents=True)
        pq.write_table(pa.table(table), tmp_path / f"u/dt={day}/part-0.parquet")
    scanner = folder_of(tmp_path)
    unit = next(iter(scanner.units()))
    found = {sample.field.path: sample for sample in scanner.sample(unit, Budget())}
    assert set(found) == {"id", "email", "phone", "address.zip", "dt"}
    assert sorted(found["id"].values.to_pylist()) == ["1", "2", "4.5", "x-3"]
    assert scanner.read(unit, limit=10).num_rows == 4


def test_the_newest_and_the_oldest_part_are_always_among_those_read(tmp_path):
    for day in range(100):
        (tmp_path / f"u/dt={day:03}").mkdir(parents=True)
        (tmp_path / f"u/dt={day:03}/part-0.csv").write_text(f"id,email\n{day},u{day}@example.com\n", encoding="utf-8")
    scanner = folder_of(tmp_path)
    unit = next(iter(scanner.units()))
    days = [
        {s.field.path: set(s.values.to_pylist()) for s in scanner.sample(unit, Budget(), seed=n)}["dt"] for n in (1, 2)
    ]
    assert all({"000", "099"} <= found for found in days)
    assert days[0] != days[1]
    assert all(len(found) == 16 for found in days)


def test_a_unit_narrowed_to_its_changed_parts_is_sampled_from_those_alone(tmp_path):
    fill(tmp_path)
    scanner = folder_of(tmp_path)
    unit = next(unit for unit in scanner.units() if unit.dataset == "users")
    found = {s.field.path: s for s in scanner.sample(replace(unit, parts=unit.parts[-1:]), Budget())}
    assert set(found["region"].values.to_pylist()) == {"eu3"}


@pytest.mark.parametrize(
    ("url", "datasets"),
    [
        ("{}/misc", ["customers.csv"]),
        ("{}/misc/customers.csv", ["misc/customers.csv"]),
        ("{}/*.csv", ["leads.csv"]),
        ("{}/**/*.csv", ["leads.csv", "misc/customers.csv"]),
        ("{}/m*/*.csv", ["misc/customers.csv"]),
    ],
)
def test_a_url_names_a_folder_a_file_or_a_glob(tmp_path, url, datasets):
    fill(tmp_path)
    assert sorted(unit.dataset for unit in folder_of(url.format(tmp_path)).units()) == [
        name.rpartition("/")[2] if url.endswith("customers.csv") else name for name in datasets
    ]


@pytest.mark.parametrize("url", ["file:exports/", "file:./exports", "file://./exports"])
def test_a_relative_url_starts_where_the_program_does(tmp_path, monkeypatch, url):
    fill(tmp_path / "exports")
    monkeypatch.chdir(tmp_path)
    assert len(list(FolderScanner(Source("drops", url)).units())) == len(EXPECTED)


def test_a_folder_of_two_thousand_files_is_listed_and_sampled_in_seconds(tmp_path):
    for n in range(2000):
        (tmp_path / f"u/dt={n}").mkdir(parents=True)
        (tmp_path / f"u/dt={n}/part-0.csv").write_text(f"id,email\n{n},u{n}@example.com\n", encoding="utf-8")
    scanner = folder_of(tmp_path)
    start = time.process_time()
    (unit,) = scanner.units()
    scanner.sample(unit, Budget())
    assert len(unit.parts) == 2000
    assert time.process_time() - start < 3


def test_a_folder_of_empty_files_is_empty_and_not_clean(tmp_path):
    (tmp_path / "users.csv").write_text("", encoding="utf-8")
    scanner = folder_of(tmp_path)
    (sample,) = scanner.sample(next(iter(scanner.units())), Budget())
    assert (str(sample.field), sample.coverage.cause) == ("drops/users.csv#*", Cause.EMPTY)


def test_files_alike_in_name_but_not_in_columns_stay_apart(tmp_path):
    for n in (1, 2):
        (tmp_path / f"orders_{n}.csv").write_text(f"id,total\n{n},9.50\n", encoding="utf-8")
        (tmp_path / f"export_{n}.csv").write_text(
            ("id,email\n1,a@b.example\n", "sku,price,stock\nx,2,3\n")[n - 1], encoding="utf-8"
        )
        (tmp_path / f"events_{n}.jsonl").write_text('{"id": 1, "user": {}}\n', encoding="utf-8")
    assert [unit.dataset for unit in folder_of(tmp_path).units()] == [
        "events",
        "export_1.csv",
        "export_2.csv",
        "orders",
    ]


def test_a_broken_file_among_siblings_stays_with_them(tmp_path):
    for n in range(3):
        (tmp_path / f"orders_{n}.csv").write_text(f"id,total\n{n},9.50\n" if n else "", encoding="utf-8")
    assert [unit.dataset for unit in folder_of(tmp_path).units()] == ["orders"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("keys.json", lambda: json.dumps({f"k{n}": n for n in range(20_000)})),
        ("keyed_by_people.json", lambda: json.dumps({f"user{n}@example.com": {"age": n} for n in range(100)})),
        ("deep.json", lambda: '{"a":' * 900 + "1" + "}" * 900),
        (
            "surrogate.jsonl",
            lambda: '{"a": "\\ud800", "b": "\\u0000"}\n{"a": 1, "b": {"c": [1, "x", null, {"d": []}]}}\n',
        ),
        ("mixed.jsonl", lambda: '1\n"ana@example.com"\n[1, 2]\n[[1], {"a": 2}]\n{"a": 3}\nnull\ntrue\n'),
        ("wide.csv", lambda: ",".join(f"c{n}" for n in range(6000)) + "\n" + ",".join("1" * 6000)),
    ],
)
def test_odd_shapes_are_sampled_and_read_and_no_key_that_is_a_value_becomes_a_field(tmp_path, name, text):
    (tmp_path / name).write_text(text(), encoding="utf-8")
    scanner = folder_of(tmp_path)
    (unit,) = scanner.units()
    samples = scanner.sample(unit, Budget())
    assert 0 < len(samples) <= 5000
    assert not any("@" in sample.field.path for sample in samples)
    assert scanner.read(unit, limit=3).num_columns > 0

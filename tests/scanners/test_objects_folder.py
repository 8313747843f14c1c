"""A folder of files, as a source: the scanner's contract, and what is refused."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scanners import Source
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

"""Calls of the command line, in this process and in a folder of their own."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass

import pytest

from catalog import Catalog, Word
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy
from datakeep.cli import cli
from datakeep.cli.errors import explained


@dataclass(frozen=True)
class Called:
    code: int
    out: str
    err: str

    @property
    def items(self):
        return json.loads(self.out)["items"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, and a call made from it."""
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", "HOME", "AS", "USER", "FORMAT"):
        monkeypatch.delenv(f"DATAKEEP_{name}", raising=False)
    return tmp_path


@pytest.fixture
def call(folder, capsys):
    """`call("catalog", "list")` runs a command in `folder`; unexpected exceptions are raised."""

    def run(*arguments):
        capsys.readouterr()
        code = explained(cli, [str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Called(code, printed.out, printed.err)

    return run


SHOP_SETTINGS = """
version: 1
sources:
  - {name: shop, url: "sqlite:///shop.db", owner: bo}
people:
  - {name: ana, groups: [support]}
  - {name: al, groups: [support]}
  - {name: bo, groups: [privacy], roles: [approver, steward]}
  - {name: cy, groups: [privacy]}
  - {name: eve, groups: [external]}
"""
SHOP_POLICIES = """
version: 1
approvers: {privacy: {groups: [privacy]}}
rules:
  - id: names
    effect: allow
    who: {groups: [support]}
    what: {classes: [user.name], rows: 3}
    duration: {max: 2h}
    auto: {}
  - id: contact
    effect: allow
    who: {groups: [support]}
    what: {classes: [user.contact]}
    duration: {max: 1h}
    approvals: [{of: privacy, n: 1}]
masks: {user.contact.phone_number: last_four}
"""
SHOP_FIELDS = {
    "id": (), "full_name": ("user.name",), "email": ("user.contact.email",), "phone": ("user.contact.phone_number",),
}  # fmt: skip


@pytest.fixture(scope="session")
def shop_made_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "datakeep.yaml").write_text(SHOP_SETTINGS)
    (folder / "policies.yaml").write_text(SHOP_POLICIES)
    with closing(sqlite3.connect(folder / "shop.db")) as made, made:
        made.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, full_name TEXT, email TEXT, phone TEXT)")
        rows = [(n, f"Name {n}", f"user{n}@example.org", f"+49 30 555 {n:04d}") for n in range(10)]
        made.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", rows)
    catalog = Catalog(folder / ".datakeep" / "catalog.duckdb", Taxonomy.load())
    customers = unit("customers", SHOP_FIELDS, source="shop")
    record_run(catalog, day(1), {customers: SHOP_FIELDS}, owner="bo")
    catalog.accept(["shop/*"], Word("bo", "checked"), now=day(2))
    return folder


@pytest.fixture
def shop(folder, shop_made_once):
    """A folder with settings, policies, a SQLite shop and the catalog of it, reviewed: all that lending needs."""
    shutil.copytree(shop_made_once, folder, dirs_exist_ok=True)
    return folder

"""Calls of the command line, in this process and in a folder of their own."""

import json
from dataclasses import dataclass

import pytest

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

"""Log files as streams: the contract, siblings, and sampling over whole files."""

import gzip
import json

import pytest

from scanners import Budget, Kind, Source
from scanners.logs.files import LogScanner
from scanners.testing import ScannerContract

ACCESS = '10.0.0.{n} - user{n} [23/Nov/2026:10:00:00 +0100] "GET /join?email=u{n}%40example.com HTTP/1.1" 200 12\n'
EVENT = {"level": "info", "user": {"email": "ana@example.com"}, "message": "signed up"}


class TestLogs(ScannerContract):
    @pytest.fixture
    def folder(self, tmp_path):
        folder = tmp_path / "logs"
        folder.mkdir()
        (folder / "access.log").write_text("".join(ACCESS.format(n=n) for n in range(9)), encoding="utf-8")
        (folder / "access.log.1.gz").write_bytes(gzip.compress(ACCESS.format(n=99).encode()))
        (folder / "app.log").write_text(json.dumps(EVENT) + "\n", encoding="utf-8")
        (folder / "idle.log").write_text("", encoding="utf-8")
        return folder

    @pytest.fixture
    def scanner(self, folder):
        return LogScanner(Source("web", f"file:{folder}/*.log", kind=Kind.LOGS))

    @pytest.fixture
    def expected(self):
        request = {f"request.{part}" for part in ("method", "path", "protocol", "query.email")}
        return {
            "access.log": frozenset({"client_ip", "user", "time", "status", "bytes"} | request),
            "app.log": frozenset({"level", "user.email", "message"}),
            "idle.log": frozenset({"message"}),
        }

    @pytest.fixture
    def empty(self):
        return "idle.log"

    @pytest.fixture
    def unreachable(self, tmp_path):
        return LogScanner(Source("web", f"file:{tmp_path}/nowhere/*.log", kind=Kind.LOGS))

    @pytest.fixture
    def change(self, folder):
        def changed():
            with (folder / "app.log").open("a", encoding="utf-8") as log:
                log.write(json.dumps(EVENT) + "\n")
            return "app.log"

        return changed

    def test_rotated_and_compressed_siblings_are_sampled_with_their_log(self, scanner):
        unit = next(unit for unit in scanner.units() if unit.dataset == "access.log")
        assert [part.path for part in unit.parts] == ["access.log.1.gz", "access.log"]
        sampled = {sample.field.path: sample for sample in scanner.sample(unit, Budget())}
        assert "u99@example.com" in sampled["request.query.email"].values.to_pylist()

"""Log files as streams: the contract, siblings, and sampling over whole files."""

import gzip
import json
import threading
import time

import pytest

from scanners import Budget, Cause, Extent, Kind, Source, UnitUnreadableError
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


def sampled(scanner, dataset, **budget):
    unit = next(unit for unit in scanner.units() if unit.dataset == dataset)
    return {sample.field.path: sample for sample in scanner.sample(unit, Budget(**budget))}


def test_a_log_that_grows_while_it_is_read_ends_where_it_ended(tmp_path):
    path = tmp_path / "busy.log"
    path.write_text("user=ana did something\n" * 100_000, encoding="utf-8")
    stop = threading.Event()

    def writing():
        with path.open("a", encoding="utf-8") as log:
            while not stop.is_set():
                log.write("user=bo did something\n" * 10_000)

    writer = threading.Thread(target=writing)
    writer.start()
    try:
        start = time.monotonic()
        found = sampled(LogScanner(Source("web", f"file:{tmp_path}", kind=Kind.LOGS)), "busy.log")
        assert time.monotonic() - start < 10
    finally:
        stop.set()
        writer.join()
    assert found["user"].coverage.rows == 1000


@pytest.mark.parametrize("rotate", ["rename", "truncate", "compress", "remove"])
def test_a_log_that_is_rotated_after_it_was_listed_does_no_harm(tmp_path, rotate):
    path = tmp_path / "app.log"
    path.write_text("user=ana\n" * 1000, encoding="utf-8")
    (tmp_path / "app.log.1").write_text("user=old\n" * 1000, encoding="utf-8")
    scanner = LogScanner(Source("web", f"file:{tmp_path}", kind=Kind.LOGS))
    (unit,) = scanner.units()
    if rotate == "rename":
        path.rename(tmp_path / "app.log.1")
        path.write_text("user=new\n", encoding="utf-8")
    elif rotate == "truncate":
        path.write_text("", encoding="utf-8")
    elif rotate == "compress":
        (tmp_path / "app.log.1").unlink()
        (tmp_path / "app.log.1.gz").write_bytes(gzip.compress(b"user=old\n"))
    else:
        path.unlink()
    samples = scanner.sample(unit, Budget())
    gone = {gap.part for gap in samples[0].coverage.gaps}
    assert gone == {"rename": set(), "truncate": set(), "compress": {"app.log.1"}, "remove": {"app.log"}}[rotate]
    assert {sample.field.path for sample in samples} == {"user"}


def test_lines_come_from_the_whole_of_a_large_log(tmp_path):
    lines = "".join(f"n={n:06}\n" for n in range(200_000))
    (tmp_path / "big.log").write_text(lines, encoding="utf-8")
    found = sampled(LogScanner(Source("web", f"file:{tmp_path}", kind=Kind.LOGS)), "big.log", bytes=200_000)
    places = [int(value) for value in found["n"].values.to_pylist()]
    assert len({place // 20_000 for place in places}) == 10
    assert found["n"].coverage.extent is Extent.EXAMINED


def test_a_log_that_is_no_text_says_so(tmp_path):
    (tmp_path / "core.log").write_bytes(bytes(range(256)) * 20)
    scanner = LogScanner(Source("web", f"file:{tmp_path}", kind=Kind.LOGS))
    with pytest.raises(UnitUnreadableError) as caught:
        scanner.sample(next(iter(scanner.units())), Budget())
    assert caught.value.cause is Cause.TYPE


def test_reading_gives_the_newest_lines_as_fields(tmp_path):
    (tmp_path / "app.log.1").write_text("user=old\n", encoding="utf-8")
    (tmp_path / "app.log").write_text("user=new\n", encoding="utf-8")
    scanner = LogScanner(Source("web", f"file:{tmp_path}", kind=Kind.LOGS))
    assert scanner.read(next(iter(scanner.units())), limit=2).to_pylist() == [{"user": "new"}, {"user": "old"}]

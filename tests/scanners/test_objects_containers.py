"""Archives as folders: members are parts, and hostile archives cost little."""

import io
import os
import resource
import tarfile
import time
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scanners import Budget, Cause, Extent, Source, UnitUnreadableError
from scanners.objects.folder import FolderScanner

CSV = b"id,email\n007,ana@example.com\n"


def zipped(**members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


def tarred(mode, **members):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


def parquet():
    held = io.BytesIO()
    pq.write_table(pa.table({"email": [f"u{n}@example.com" for n in range(2000)]}), held)
    return held.getvalue()


def examined(folder):
    """Every dataset with its first values, or the cause why there are none."""
    scanner = FolderScanner(Source("drops", f"file:{folder}"))
    found = {}
    for unit in scanner.units():
        try:
            samples = scanner.sample(unit, Budget(rows=3))
            found[unit.dataset] = {sample.field.path: sample.values.to_pylist() for sample in samples}
        except UnitUnreadableError as error:
            found[unit.dataset] = error.cause
    return found


EXPECTED = {"id": ["007"], "email": ["ana@example.com"]}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("q3.zip", zipped(**{"customers.csv": CSV})),
        ("q3.tar", tarred("w", **{"customers.csv": CSV})),
        ("q3.tar.gz", tarred("w:gz", **{"customers.csv": CSV})),
        ("q3.tgz", tarred("w:gz", **{"customers.csv": CSV})),
        ("q3.tar.bz2", tarred("w:bz2", **{"customers.csv": CSV})),
        ("q3.tar.xz", tarred("w:xz", **{"customers.csv": CSV})),
    ],
)
def test_a_member_is_a_dataset_of_its_own(tmp_path, name, data):
    (tmp_path / "misc/old").mkdir(parents=True)
    (tmp_path / "misc/old" / name).write_bytes(data)
    assert examined(tmp_path) == {f"misc/old/{name}!customers.csv": EXPECTED}


def test_parts_inside_an_archive_are_one_dataset(tmp_path):
    parts = {f"users/dt={n}/part-0.csv": b"id,email\n%d,u%d@example.com\n" % (n, n) for n in range(2)}
    (tmp_path / "q3.zip").write_bytes(zipped(**parts))
    (found,) = examined(tmp_path).items()
    assert found == (
        "q3.zip!users",
        {"id": ["1", "0"], "email": ["u1@example.com", "u0@example.com"], "dt": ["1", "0"]},
    )


def test_archives_inside_archives_are_opened_to_a_depth(tmp_path):
    data = zipped(**{"a.csv": CSV})
    for _ in range(2):
        data = zipped(**{"in.zip": data})
    (tmp_path / "q.zip").write_bytes(data)
    (tmp_path / "r.zip").write_bytes(zipped(**{"in.zip": zipped(**{"in.zip": data})}))
    found = examined(tmp_path)
    assert found.pop("q.zip!in.zip!in.zip!a.csv") == EXPECTED
    assert set(found.values()) == {Cause.TOO_LARGE}


def test_a_parquet_member_is_read_like_a_file(tmp_path):
    (tmp_path / "q.zip").write_bytes(zipped(**{"users.parquet": parquet()}))
    (tmp_path / "q.tar.gz").write_bytes(tarred("w:gz", **{"users.parquet": parquet()}))
    assert [len(found["email"]) for found in examined(tmp_path).values()] == [3, 3]


def encrypted():
    """A zip whose member's flag says that it is encrypted."""
    data = bytearray(zipped(**{"a.csv": CSV}))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + offset] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"PK\x03\x04 no zip", Cause.MALFORMED),
        (zipped(**{"a.csv": CSV})[:-30], Cause.MALFORMED),
        (zipped(**{"a.csv": CSV}).replace(b"PK\x03\x04", b"PK\x09\x09", 1), Cause.MALFORMED),
        (encrypted(), Cause.ENCRYPTED),
        (zipped(**{"a.bin": os.urandom(3000)}), Cause.TYPE),
    ],
)
def test_an_archive_that_cannot_be_read_says_why(tmp_path, data, cause):
    (tmp_path / "q.zip").write_bytes(data)
    assert set(examined(tmp_path).values()) == {cause}


def test_a_member_called_like_a_path_upwards_stays_inside(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.csv").write_bytes(b"id,email\n1,hidden@example.com\n")
    (tmp_path / "in/q.zip").write_bytes(zipped(**{"../secret.csv": CSV, "/etc/passwd": b"x"}))
    assert examined(tmp_path / "in")["q.zip!../secret.csv"] == EXPECTED


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bomb.zip", lambda: zipped(**{"zeros.csv": b" " * 200_000_000})),
        ("many.zip", lambda: zipped(**{f"f{n:x}q.csv": CSV for n in range(5000)})),
        ("bomb.tar.gz", lambda: tarred("w:gz", **{"zeros.csv": b" " * 200_000_000})),
        ("nest.zip", lambda: zipped(**{"in.zip": zipped(**{"in.zip": b" " * 200_000_000})})),
    ],
)
def test_an_archive_bomb_costs_little(tmp_path, name, data):
    (tmp_path / name).write_bytes(data())
    scanner = FolderScanner(Source("drops", f"file:{tmp_path}"))
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    units = list(scanner.units())
    assert len(units) <= 2001
    with pytest.raises(UnitUnreadableError) as caught:
        scanner.sample(next((unit for unit in units if unit.dataset == name), units[-1]), Budget())
    assert caught.value.cause is Cause.TOO_LARGE
    assert time.process_time() - start < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024


def test_a_changed_archive_changes_the_fingerprint_of_its_members(tmp_path):
    scanner = FolderScanner(Source("drops", f"file:{tmp_path}"))
    (tmp_path / "q.zip").write_bytes(zipped(**{"a.csv": CSV}))
    (before,) = scanner.units()
    (tmp_path / "q.zip").write_bytes(zipped(**{"a.csv": CSV.replace(b"007", b"0078")}))
    (after,) = scanner.units()
    assert before.fingerprint != after.fingerprint
    assert scanner.sample(after, Budget())[0].coverage.extent is Extent.EXAMINED

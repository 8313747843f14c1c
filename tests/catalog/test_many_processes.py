"""Eight processes on one catalog: one scans, four decide, three read. Nobody sees an error, no decision is lost."""

import subprocess
import sys

import pytest

from catalog.testing import day, record_run, unit

SECONDS = 6
PERSONAL = ("user.contact.email",)
TABLES = {unit(f"public.table_{number}", ("id", "email")): {"id": (), "email": PERSONAL} for number in range(8)}

WORK = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from catalog import Catalog, Word
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy

path, role, number, seconds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
catalog = Catalog(path, Taxonomy.load(), wait=60)
tables = {unit(f"public.table_{n}", ("id", "email")): {"id": (), "email": ("user.contact.email",)} for n in range(8)}
end, done = time.monotonic() + seconds, 0
while time.monotonic() < end:
    if role == "scan":
        record_run(catalog, day(2), tables)
    elif role == "decide":
        decide = catalog.reject if done % 2 else catalog.accept
        decide([f"crm/public.table_{number}#email"], Word(f"steward-{number}", str(done)), now=day(3))
    else:
        assert len(catalog.entries(all=True)) == 16
        catalog.queue()
    done += 1
print(done)
"""


@pytest.mark.timeout(180)
def test_eight_processes_share_a_catalog_and_lose_nothing(catalog):
    record_run(catalog, day(1), TABLES)
    roles = [("scan", 0), *(("decide", number) for number in range(4)), *(("read", number) for number in range(3))]
    processes = [
        subprocess.Popen([sys.executable, "-c", WORK, catalog.path, role, str(number), str(SECONDS)], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for role, number in roles
    ]  # fmt: skip
    told = [process.communicate() for process in processes]

    assert [error for _, error in told] == [""] * 8
    counts = {role: int(out) for role, (out, _) in zip(roles, told, strict=True)}
    assert all(counts.values()), counts
    for number in range(4):
        made = catalog.explain(f"crm/public.table_{number}#email").judgements
        assert [one.reason for one in made] == [str(step) for step in range(counts["decide", number])]
        assert catalog.entry(f"crm/public.table_{number}#email").decided_by == f"steward-{number}"
    assert len(catalog.runs()) == 1 + counts["scan", 0]

"""For tests of whatever fills or reads a catalog: short words for what scanners and classifiers would hand it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from catalog.interface import RunStatus
from catalog.store import Catalog
from classifiers import Classification, DataClass, Finding, Label, Mode
from scanners import Coverage, Extent, Field, Unit

START = datetime(2026, 11, 1, tzinfo=UTC)
EXAMINED = Coverage(Extent.EXAMINED, rows=10, values=10, distinct=9)


def day(number: int, hours: int = 0) -> datetime:
    """The `number`th of November 2026, at midnight in UTC, and some hours."""
    return START + timedelta(days=number - 1, hours=hours)


def unit(
    dataset: str = "public.customers",
    fields: Iterable[str] = ("id", "email"),
    *,
    source: str = "crm",
    fingerprint: str | None = None,
    rows: int | None = 100,
) -> Unit:
    """A table with columns; with no `fields` a file, whose fields come with its samples."""
    return Unit(source, dataset, tuple(Field(source, dataset, name) for name in fields), rows, fingerprint)


def seen(
    of: Unit, path: str, *classes: str, confidence: float = 0.9, coverage: Coverage = EXAMINED, matched: int = 8
) -> Classification:
    """The classification of one field of a unit; without classes it is clean."""
    labels = tuple(Label(DataClass(key), key.rpartition(".")[2].upper(), confidence, Mode.VALUE) for key in classes)
    findings = tuple(
        Finding("pattern", label.entity, label.data_class, matched, 9, 0.8, version="1", note="aa@aa.aa")
        for label in labels
    )
    field = Field(of.source, of.dataset, path)
    return Classification(field, coverage, labels, findings=findings, examined=9, matched=matched if labels else 0)


Content = Mapping[Unit, Mapping[str, Iterable[str]]]


def record_run(
    catalog: Catalog, now: datetime, content: Content, *, owner: str | None = None, purpose: Iterable[str] = ()
) -> str:
    """Record a whole run over what one source has, as field → classes for each unit; the run's id."""
    source = next(iter(content)).source
    run_id = catalog.start_run([source], now=now)
    for of, fields in content.items():
        found = [seen(of, path, *classes) for path, classes in fields.items()]
        catalog.record(
            run_id, of, found, now=now, owner=owner, purpose=tuple(purpose), rows=10, values=20, bytes_read=30
        )
    catalog.retire(run_id, source, [of.dataset for of in content], now=now)
    catalog.finish_run(run_id, RunStatus.COMPLETE, now=now)
    return run_id

"""What a scan found different, as an audit record: alerts, sinks and reviewers learn of it without asking for it."""

from collections import Counter

from catalog import Catalog, Change, ChangeKind, Entry
from classifiers import Label, Sensitivity, Taxonomy
from jit import Event

LESS = {ChangeKind.LOWERED, ChangeKind.CHANGED, ChangeKind.UNSEEN, ChangeKind.GONE}
MORE = {ChangeKind.NEW, ChangeKind.FOUND, ChangeKind.RAISED, ChangeKind.BACK, ChangeKind.DISAGREED}
NAMED = 1000  # entries that one record names


def found(catalog: Catalog, run_id: str) -> Event | None:
    """What became different in the classes of sources that were scanned before; None where nothing did.

    A source's first scan is no change. The record names the fields that hold more than was known of them, or may hold
    more than somebody decided, the worst of them, and whose they are.
    """
    runs = catalog.runs()
    number = [run.run_id for run in runs].index(run_id)
    known = {source for run in runs[:number] for source in run.sources}
    if known.isdisjoint(runs[number].sources):
        return None
    changes = [one for one in catalog.run_changes(run_id) if _tells(one) and one.id.partition("/")[0] in known]
    if not changes:
        return None
    wider = sorted({one.id for one in changes if one.kind in MORE})
    entries = [entry for entry in catalog.entries(ids=wider, all=True) if _labels(entry)] if wider else []
    worst = max((_sensitivity(label, catalog.taxonomy) for entry in entries for label in _labels(entry)), default=None)
    detail = {
        "run": run_id,
        **dict(sorted(Counter(str(one.kind) for one in changes).items())),
        "more": len(entries),
        "worst": worst.word if worst else None,
        "told": sorted({entry.owner for entry in entries if entry.owner}),
    }
    return Event(
        "scan.found",
        "datakeep",
        entries=tuple(entry.id for entry in entries[:NAMED]),
        classes=tuple(sorted({str(label.data_class) for entry in entries for label in _labels(entry)})),
        detail=detail,
    )


def _tells(one: Change) -> bool:
    """Whether a change is about a class."""
    return one.kind is ChangeKind.DISAGREED or (one.kind in LESS | MORE and (one.before or one.after) is not None)


def _labels(entry: Entry) -> tuple[Label, ...]:
    """What an entry may hold: what is held, and what the machine says against it."""
    return (*entry.labels, *entry.proposed) if entry.disagrees else entry.labels


def _sensitivity(label: Label, taxonomy: Taxonomy) -> Sensitivity:
    known = label.data_class in taxonomy
    return taxonomy.get(label.data_class).sensitivity if known else Sensitivity.CRITICAL

"""What is known, who said so, since when."""

from catalog.database import query_tables
from catalog.globs import is_glob, matches
from catalog.interface import (
    Action,
    Authority,
    CatalogBusyError,
    CatalogError,
    Change,
    ChangeKind,
    CoverageRow,
    Entry,
    Explanation,
    Judgement,
    Look,
    NoCatalogError,
    Ownership,
    Problem,
    QueueItem,
    ReviewStats,
    Run,
    RunStatus,
    Status,
    UnitState,
    UnknownEntryError,
)
from catalog.review import Rules, Word
from catalog.store import Catalog

__all__ = [
    "Action",
    "Authority",
    "Catalog",
    "CatalogBusyError",
    "CatalogError",
    "Change",
    "ChangeKind",
    "CoverageRow",
    "Entry",
    "Explanation",
    "Judgement",
    "Look",
    "NoCatalogError",
    "Ownership",
    "Problem",
    "QueueItem",
    "ReviewStats",
    "Rules",
    "Run",
    "RunStatus",
    "Status",
    "UnitState",
    "UnknownEntryError",
    "Word",
    "is_glob",
    "matches",
    "query_tables",
]

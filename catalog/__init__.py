"""What is known, who said so, since when."""

from catalog.database import query_tables
from catalog.duties import Activity, Duty, Lack, Purpose, activities, duties, lacks
from catalog.exchange.interface import Place, World, exporter, exporters
from catalog.globs import is_glob, matches
from catalog.imports import Asked, read_decisions
from catalog.interface import (
    CatalogBusyError,
    CatalogError,
    Change,
    ChangeKind,
    CoverageCell,
    CoverageRow,
    Entry,
    Explanation,
    Look,
    NoCatalogError,
    Ownership,
    Problem,
    Run,
    RunStatus,
    Status,
    UnitState,
    UnknownEntryError,
)
from catalog.judgements import Action, Authority, Judgement, Queue, QueueItem, ReviewStats
from catalog.precision import Precision
from catalog.schemas import SchemaChange, SchemaKind
from catalog.store import Catalog
from catalog.terms import Assignment, AutoAccept, Rules, Word

__all__ = [
    "Action",
    "Activity",
    "Asked",
    "Assignment",
    "Authority",
    "AutoAccept",
    "Catalog",
    "CatalogBusyError",
    "CatalogError",
    "Change",
    "ChangeKind",
    "CoverageCell",
    "CoverageRow",
    "Duty",
    "Entry",
    "Explanation",
    "Judgement",
    "Lack",
    "Look",
    "NoCatalogError",
    "Ownership",
    "Place",
    "Precision",
    "Problem",
    "Purpose",
    "Queue",
    "QueueItem",
    "ReviewStats",
    "Rules",
    "Run",
    "RunStatus",
    "SchemaChange",
    "SchemaKind",
    "Status",
    "UnitState",
    "UnknownEntryError",
    "Word",
    "World",
    "activities",
    "duties",
    "exporter",
    "exporters",
    "is_glob",
    "lacks",
    "matches",
    "query_tables",
    "read_decisions",
]

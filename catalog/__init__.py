"""What is known, who said so, since when."""

from catalog.interface import (
    CatalogBusyError,
    CatalogError,
    Entry,
    NoCatalogError,
    Status,
    UnknownEntryError,
)

__all__ = [
    "CatalogBusyError",
    "CatalogError",
    "Entry",
    "NoCatalogError",
    "Status",
    "UnknownEntryError",
]

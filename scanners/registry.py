"""From a URL's scheme to the scanner that knows it, by entry point; one connector is imported, when asked for.

A source of logs is looked up as `SCHEME.logs`.
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from scanners.interface import Kind, ScanError, Scanner, Source

GROUP = "datakeep.scanners"


def installed() -> dict[str, EntryPoint]:
    """Every scanner that is installed, ours and plug-ins, by URL scheme. Imports none of them."""
    return {point.name: point for point in entry_points(group=GROUP)}


def scanner_for(source: Source) -> Scanner:
    """The scanner for a source's scheme.

    Raises ScanError where none is installed for the scheme, or the one that is cannot be imported.
    """
    name = source.scheme if source.kind is Kind.OBJECTS else f"{source.scheme}.{source.kind}"
    point = installed().get(name)
    if point is None:
        error = ScanError(f"source {source.name}: no scanner for {name}")
        error.add_note(f"known schemes: {', '.join(sorted(installed()))}")
        raise error
    return _load(point)(source)


def _load(point: EntryPoint) -> Callable[[Source], Scanner]:
    try:
        made: Callable[[Source], Scanner] = point.load()
    except ImportError as missing:
        if str(missing.name).partition(".")[0] == point.module.partition(".")[0]:
            raise  # a fault in the plug-in itself, not something to install
        error = ScanError(f"scanner '{point.name}' needs {missing.name}")
        extra = {"psycopg": "postgres", "pymysql": "mysql", "boto3": "s3"}.get(str(missing.name))
        error.add_note(f"pip install 'datakeep[{extra}]'" if extra else f"pip install {missing.name}")
        raise error from missing
    return made

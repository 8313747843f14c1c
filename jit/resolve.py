"""From what was asked for to the concrete fields it means, and whether the words of an ask can be kept on record."""

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from catalog import Entry, Status, UnknownEntryError, is_glob, matches
from classifiers import ClassifyError, DataClass, Mode, Taxonomy
from jit.interface import Ask, Grant, JitError, Pin, UnknownError
from jit.policies.exposure import exposure
from jit.policies.rules import UNCLASSIFIED, UNEXAMINED

MAX_REASON = 1000  # characters: a sentence or two, not a dump of what was seen
WORD = re.compile(r"[\w .:/#+-]{1,64}", re.ASCII)


class Known(Protocol):
    """What lending asks of the catalog; `catalog.Catalog` answers it."""

    def entries(
        self,
        *,
        classes: Iterable[str] = (),
        sources: Iterable[str] = (),
        datasets: Iterable[str] = (),
        ids: Iterable[str] = (),
        all: bool = False,  # noqa: A002 - the catalog's name
    ) -> list[Entry]:
        """Entries that hold one of the classes, where these are named in these sources, datasets (globs) and ids (globs).

        With `all` those without a class too.
        """
        ...

    def resolve(self, patterns: Iterable[str]) -> list[Entry]:
        """The entries that ids and globs name. Raises UnknownEntryError."""
        ...


def check_words(ask: Ask) -> None:
    """Raise JitError for words that do not belong on record: a ticket and a purpose are names, a reason is short."""
    for what, word in (("purpose", ask.purpose), ("ticket", ask.ticket)):
        if word is not None and not WORD.fullmatch(word):
            error = JitError(f"a {what} is up to 64 letters, digits and . : / # + -")
            error.add_note("it is kept on record: put words into --reason, which never leaves the ledger")
            raise error
    check_reason(ask.reason)


def check_reason(reason: str) -> None:
    """Raise JitError for a reason that cannot be kept."""
    if len(reason) > MAX_REASON:
        raise JitError(f"a reason has up to {MAX_REASON} characters, this one {len(reason)}")
    try:
        reason.encode()
    except UnicodeEncodeError:
        raise JitError("the reason is not valid text") from None


def find(ask: Ask, catalog: Known, taxonomy: Taxonomy) -> list[Entry]:
    """The concrete fields that `ask` means, by id. Raises UnknownError for what is unknown or nowhere.

    A scope is a glob over entry ids; the name of a source or of a dataset means everything in it. A class means the
    fields that are it: free text that holds it among other things shows those things too, and is asked for by its id.
    """
    for data_class in ask.classes:
        _known(data_class, taxonomy)
    found: dict[str, Entry] = {}
    if ask.classes:
        held = [entry for entry in holding(ask.classes, ask.scope, catalog) if entry.status is not Status.REJECTED]
        found = {entry.id: entry for entry in held if entry.mode is not Mode.CONTAINS}
        _all_there(ask, list(found.values()), held)
    if ask.entries:
        found |= {entry.id: entry for entry in _named(ask.entries, catalog)}
    if not found:
        error = JitError("nothing was asked for")
        error.add_note("name classes with --class, or fields with --entry")
        raise error
    return [found[name] for name in sorted(found)]


def _known(data_class: DataClass, taxonomy: Taxonomy) -> None:
    try:
        taxonomy.get(data_class)
    except ClassifyError as unknown:
        error = UnknownError(str(unknown))
        for note in getattr(unknown, "__notes__", []):
            error.add_note(note)
        raise error from None


def holds(entry: Entry, data_class: DataClass) -> bool:
    """Whether the entry holds `data_class` or a child of it."""
    return entry.status is not Status.REJECTED and any(data_class.covers(held) for held in entry.classes)


def within(scope: str, name: str) -> bool:
    """Whether the entry called `name` is within `scope`: a glob over ids, or a source or dataset by its name."""
    return matches(scope, name) or name.startswith((f"{scope}/", f"{scope}#"))


def standing(names: Collection[str], catalog: Known) -> list[Entry]:
    """The entries of exactly these ids that the catalog still has, in the order of their ids."""
    wanted = frozenset(names)  # an id may look like a glob, and would match others too
    found = [entry for entry in catalog.entries(ids=wanted, all=True) if entry.id in wanted] if wanted else []
    return sorted(found, key=lambda entry: entry.id)


def holding(classes: Collection[DataClass], scope: str, catalog: Known) -> list[Entry]:
    """The entries within `scope` that hold one of `classes`, or any where none are named."""
    ids = () if scope == "*" else (scope, f"{scope}/*", f"{scope}#*")
    return [entry for entry in catalog.entries(classes=classes, ids=ids) if within(scope, entry.id)]


def of_dataset(source: str, dataset: str, catalog: Known) -> tuple[Entry, ...]:
    """The entries of exactly this dataset, with a class or without."""
    found = catalog.entries(sources=[source], datasets=[dataset], all=True)
    return tuple(entry for entry in found if entry.dataset == dataset)


def _named(patterns: Sequence[str], catalog: Known) -> list[Entry]:
    try:
        return catalog.resolve(patterns)
    except UnknownEntryError as unknown:
        error = UnknownError(f"{unknown} in the catalog")
        exact = [pattern for pattern in patterns if not is_glob(pattern)]
        known = {entry.id for entry in standing(exact, catalog)}
        missing = next((pattern for pattern in exact if pattern not in known), "")
        near = difflib.get_close_matches(missing, _neighbours(missing, catalog), n=1) if missing else []
        error.add_note(f"did you mean {near[0]}?" if near else "`datakeep catalog list --all` shows every field")
        raise error from None


def _neighbours(name: str, catalog: Known) -> list[str]:
    """Ids that `name` may be a slip of: those of its dataset, else of its source, else all."""
    source, _, rest = name.partition("/")
    dataset = rest.partition("#")[0]
    for place in ({"sources": [source], "datasets": [dataset]}, {"sources": [source]}, {}):
        if found := [entry.id for entry in catalog.entries(**place, all=True)]:
            return found
    return []


def _all_there(ask: Ask, found: Sequence[Entry], held: Sequence[Entry]) -> None:
    """Raise UnknownError where a class asked for is nowhere in what was found: half an answer is none."""
    for data_class in ask.classes:
        if not any(holds(entry, data_class) for entry in found):
            where = f" within {ask.scope}" if ask.scope != "*" else ""
            texts = [entry.id for entry in held if holds(entry, data_class)]
            if texts:
                error = UnknownError(f"only free text holds {data_class}{where}: {', '.join(texts)}")
                error.add_note("free text shows all that stands in it: name it with --entry")
                raise error
            error = UnknownError(f"nothing in the catalog holds {data_class}{where}")
            error.add_note(f"`datakeep catalog list --class {data_class}` shows where it is")
            raise error


def pin(entry: Entry) -> Pin:
    """The entry as policies see it now, the machine's contradiction of its steward included."""
    seen = exposure(entry)
    return Pin(entry.id, tuple(map(DataClass, seen.classes)), seen.stated)


def narrowed(pinned: Pin, entry: Entry | None) -> str | None:
    """Why a lent entry may not be read any more; None where it may.

    The catalog only ever takes away from a grant: an entry that is gone or not examined any more, that may hold a
    class it did not hold when it was lent, or that became more sensitive needs a new decision. What it lost since
    changes nothing.
    """
    if entry is None:
        return f"{pinned.entry} is no longer in the catalog"
    now = pin(entry)
    new = [held for held in now.classes if not _covered(held, pinned)]
    if new:
        return (
            f"{pinned.entry} may hold {', '.join(new)} now"
            if UNEXAMINED not in new
            else f"{pinned.entry} is not examined"
        )
    if (now.sensitivity or 0) > (pinned.sensitivity or 0):
        return f"{pinned.entry} is more sensitive now"
    return None


def _covered(held: DataClass, pinned: Pin) -> bool:
    return held == UNCLASSIFIED or any(known.covers(held) for known in pinned.classes)


def withheld(grant: Grant, entries: Iterable[Entry]) -> dict[str, str]:
    """Which entries of `grant` may not be read any more, and why."""
    now = {entry.id: entry for entry in entries}
    reasons = {pinned.entry: narrowed(pinned, now.get(pinned.entry)) for pinned in grant.pins}
    waiting = {name: f"{name} changed since it was lent, and waits for a new decision" for name in grant.withheld}
    return waiting | {name: reason for name, reason in reasons.items() if reason is not None}


def readable(grant: Grant, entries: Iterable[Entry]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The entries of `grant` that may still be read, and why the others may not."""
    held = {pinned.entry for pinned in grant.pins}
    reasons = {name: reason for name, reason in withheld(grant, entries).items() if name in held}
    return frozenset(held - reasons.keys()), tuple(reasons.values())

"""`datakeep.yaml` and `DATAKEEP_*` as frozen Settings; a secret stays a reference, resolved late."""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from classifiers import read_document
from datakeep.governance import ControllerSettings, PurposeSettings, ReviewSettings
from datakeep.settings_file import File, PersonSettings, SourceSettings
from datakeep.sinks import ConfiguredSink, SinkSettings
from jit import Person
from scanners import Allowance, Budget, Kind, Secret, Source

FILE = Path("datakeep.yaml")
HOME = Path(".datakeep")
POLICIES = Path("policies.yaml")
FILE_SCHEMES = ("sqlite", "duckdb")


class SettingsError(Exception):
    """The settings do not say what is needed; the message names what the user named, a hint rides as a note."""


@dataclass(frozen=True, slots=True)
class Configured:
    """A source, and what the settings say of it that a scanner need not know."""

    source: Source
    owner: str | None = None
    purpose: tuple[str, ...] = ()
    schedule: str | None = None
    recheck: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """One value in force, and where it came from."""

    key: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. `path` is None where there is no settings file; every other path is absolute."""

    path: Path | None
    home: Path
    catalog: Path
    catalog_wait: float
    policies: Path
    taxonomy: Path | None
    rules: Path | None
    checkpoints: Path | None
    model: str
    transformer: bool
    sources: tuple[Configured, ...]
    people: tuple[Person, ...]
    review: ReviewSettings
    controller: ControllerSettings | None
    purposes: Mapping[str, PurposeSettings]

    sinks: tuple[ConfiguredSink, ...]
    origins: tuple[Origin, ...]

    def source(self, name: str) -> Configured:
        """The source of that name, or an unnamed one where `name` is a URL. Raises SettingsError."""
        found = next((configured for configured in self.sources if configured.source.name == name), None)
        if found is not None:
            return found
        if ":" in name:
            return _configured(SourceSettings(name=_slug(name), url=name), Path.cwd())
        raise self._unknown("source", name, [configured.source.name for configured in self.sources])

    def person(self, name: str) -> Person:
        """The person of that name. Raises SettingsError for somebody the settings do not know."""
        found = next((person for person in self.people if person.name == name), None)
        if found is None:
            raise self._unknown("person", name, [person.name for person in self.people])
        return found

    def _unknown(self, what: str, name: str, known: list[str]) -> SettingsError:
        error = SettingsError(f"no {what} {name} in {self.path or FILE}")
        near = difflib.get_close_matches(name, known, n=1)
        if near:
            error.add_note(f"did you mean {near[0]}?")
        elif known:
            error.add_note(f"it knows {', '.join(known)}" + (" (--as names one)" if what == "person" else ""))
        elif self.path is None:
            error.add_note("`datakeep init` writes a settings file; --config names another")
        else:
            error.add_note(f"add one under {'people' if what == 'person' else 'sources'}:")
        return error


def load(config: Path | None = None, *, home: Path | None = None) -> Settings:
    """The settings in force, from `config` (default `./datakeep.yaml`, which may be missing) and the state folder.

    Raises SettingsError where a named file is missing, DocumentError where it breaks the schema.
    """
    path = config or FILE
    if not path.exists():
        if config is not None:
            error = SettingsError(f"no settings at {config}")
            error.add_note("`datakeep init` writes one")
            raise error
        return _settings(File(), None, home)
    return _settings(read_document(path, File), path.resolve(), home)


def _settings(file: File, path: Path | None, home: Path | None) -> Settings:
    base = path.parent if path else Path.cwd()
    at = (home or HOME).absolute()
    catalog = base / file.catalog.path if file.catalog.path else at / "catalog.duckdb"
    policies = base / (file.policies or POLICIES)
    places = {
        "config": (path or FILE, _flagged("DATAKEEP_CONFIG", flagged=path is not None and path != FILE.resolve())),
        "home": (at, _flagged("DATAKEEP_HOME", flagged=home is not None)),
        "catalog.path": (catalog, str(path) if file.catalog.path else "default"),
        "policies": (policies, str(path) if file.policies else "default"),
    }
    return Settings(
        path=path,
        home=at,
        catalog=catalog,
        catalog_wait=file.catalog.wait,
        policies=policies,
        taxonomy=base / file.taxonomy if file.taxonomy else None,
        rules=base / file.rules if file.rules else None,
        checkpoints=base / file.checkpoints if file.checkpoints else None,
        model=file.classifiers.model,
        transformer=file.classifiers.transformer,
        sources=tuple(_configured(source, base) for source in file.sources),
        people=tuple(_person(person) for person in file.people),
        review=file.review,
        controller=file.controller,
        purposes=file.purposes,
        sinks=tuple(_sink(sink, base) for sink in file.audit.sinks),
        origins=tuple(_origins(file, path, places)),
    )


def _configured(settings: SourceSettings, base: Path) -> Configured:
    url, inline = _without_password(_anchored(settings.url, base))
    source = Source(
        name=settings.name,
        url=url,
        kind=Kind(settings.kind),
        password=_secret(settings.password) or inline,
        access_key=_secret(settings.access_key),
        secret_key=_secret(settings.secret_key),
        endpoint=settings.endpoint,
        region=settings.region,
        include=tuple(settings.include),
        exclude=tuple(settings.exclude),
        budget=Budget(settings.sample.rows, settings.sample.seconds, settings.sample.bytes),
        allowance=Allowance(settings.total.rows, settings.total.seconds, settings.total.bytes),
        allow_superuser=settings.allow_superuser,
        replica=_anchored(settings.replica, base) if settings.replica else None,
        views=settings.views,
        connections=settings.connections,
    )
    recheck = timedelta(days=settings.recheck_days) if settings.recheck_days else None
    return Configured(source, settings.owner, tuple(settings.purpose), settings.schedule, recheck)


def _secret(text: str | None) -> Secret | None:
    return Secret(text) if text else None


def _anchored(url: str, base: Path) -> str:
    """Relative paths in a URL start at the settings file, wherever the command is called from."""
    scheme, _, rest = url.partition(":")
    if scheme in FILE_SCHEMES and rest.startswith("///") and not rest.startswith("////"):
        name, mark, query = rest[3:].partition("?")
        return f"{scheme}:///{base / name}{mark}{query}" if name and name != ":memory:" else url
    if scheme == "file" and not rest.startswith("/"):
        slash = "/" if rest.endswith("/") else ""
        return f"file:{(base / rest)}{slash}"
    return url


def _without_password(url: str) -> tuple[str, Secret | None]:
    parts = urlsplit(url)
    if not parts.netloc or parts.password is None:
        return url, None
    user, _, host = parts.netloc.rpartition("@")
    bare = parts._replace(netloc=f"{user.partition(':')[0]}@{host}")
    return urlunsplit(bare), Secret(unquote(parts.password))


def _person(settings: PersonSettings) -> Person:
    return Person(settings.name, frozenset(settings.groups), frozenset(settings.roles),
                  tuple(sorted(settings.attributes.items())))  # fmt: skip


def _sink(settings: SinkSettings, base: Path) -> ConfiguredSink:
    ca, certificate = (base / name if name else None for name in (settings.ca, settings.certificate))
    to, secret = _anchored(settings.to, base), _secret(settings.secret)
    return ConfiguredSink(settings.name, to, secret, tuple(settings.types), ca, certificate)


def unnamed(url: str) -> tuple[str, str, bool]:
    """A name for a URL, the URL without its password, and whether one stood in it."""
    bare, password = _without_password(url)
    return _slug(bare), bare, password is not None


def _slug(url: str) -> str:
    """A name for a source that has none: the last word of its URL."""
    words = "".join(letter if letter.isalnum() else " " for letter in url.lower().partition("?")[0]).split()
    useful = [word for word in words if word not in {"db", "sqlite", "duckdb", "csv", "parquet"}]
    return "".join(letter for letter in (useful or ["source"])[-1] if letter.isascii()) or "source"


def _origins(file: File, path: Path | None, places: dict[str, tuple[Path, str]]) -> Iterator[Origin]:
    for key, (place, origin) in places.items():
        yield Origin(key, str(place), origin)
    for source in file.sources:
        for key, value in source.model_dump(exclude_unset=True, exclude={"name"}).items():
            yield Origin(f"sources.{source.name}.{key}", _shown(key, value), str(path))
    said = file.review.model_fields_set
    for key, value in file.review.model_dump(mode="json").items():
        yield Origin(f"review.{key}", _shown(key, value), str(path) if key in said else "default")
    for name, purpose in file.purposes.items():
        for key, value in purpose.model_dump(mode="json", exclude_unset=True).items():
            yield Origin(f"purposes.{name}.{key}", _shown(key, value), str(path))

    for sink in file.audit.sinks:
        yield Origin(f"audit.sinks.{sink.name}", _shown("url", sink.to), str(path))
    for person in file.people:
        yield Origin(f"people.{person.name}", ", ".join((*person.groups, *person.roles)), str(path))


def _flagged(variable: str, *, flagged: bool) -> str:
    if os.environ.get(variable):
        return f"environment {variable}"
    return "flag" if flagged else "default"


def _shown(key: str, value: Any) -> str:
    if key in {"password", "access_key", "secret_key"}:
        return str(Secret(value))
    if key == "url":
        bare, inline = _without_password(value)
        return bare.replace("@", ":********@", 1) if inline else bare
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

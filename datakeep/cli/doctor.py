"""`datakeep doctor`: what stands in the way, and how to mend it."""

import importlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from datakeep.cli.command import command, examples, format_option
from datakeep.cli.errors import Exit
from datakeep.cli.plugin import plugins
from datakeep.cli.render import show
from datakeep.cli.session import Session, pass_session


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: `fix` is said where it is not `ok`."""

    name: str
    ok: bool
    found: str
    fix: str = ""


@command(epilog=examples("datakeep doctor", "datakeep doctor --format json"))
@format_option
@pass_session
def doctor(session: Session, form: str) -> int:
    """Check settings, secrets, plug-ins, the state folder, the catalog, the ledger and every source.

    Exit code 1 where a check fails, 3 where only a source does not answer.
    """
    checks = [check for look in CHECKS for check in _safely(look, session)]
    items = [{"check": one.name, "ok": one.ok, "found": one.found, "fix": one.fix} for one in checks]
    show(items, form, ("check", "ok", "found", "fix"))
    failed = [one for one in checks if not one.ok]
    if not failed:
        return Exit.DONE
    return Exit.INCOMPLETE if all(one.name.startswith("source ") for one in failed) else Exit.GATE


def _safely(look: "Callable[[Session], Iterator[Check]]", session: Session) -> list[Check]:
    """A check that cannot be made has failed; the others are made all the same."""
    try:
        return list(look(session))
    except Exception as error:  # noqa: BLE001 - a doctor reports whatever ails
        notes = getattr(error, "__notes__", [])
        return [Check(look.__name__.strip("_").replace("_", " "), ok=False, found=str(error), fix=" ".join(notes))]


def _settings(session: Session) -> Iterator[Check]:
    path = session.settings.path
    yield Check("settings", ok=path is not None, found=str(path or "none"), fix="datakeep init")
    people = len(session.settings.people)
    yield Check("people", ok=people > 1, found=f"{people} known",
                fix="name at least two people: nobody may approve their own request")  # fmt: skip


def _secrets(session: Session) -> Iterator[Check]:
    for one in session.settings.sources:
        for secret in (one.source.password, one.source.access_key, one.source.secret_key):
            if secret is None:
                continue
            name = f"secret of {one.source.name}"
            if secret.is_inline:
                yield Check(name, ok=False, found="written out in the settings", fix="use ${env:NAME} or ${file:PATH}")
                continue
            secret.resolve()
            yield Check(name, ok=True, found=f"{secret} resolves")


def _plugins(_session: Session) -> Iterator[Check]:
    for point in plugins():
        name = f"{point.group.removeprefix('datakeep.').removesuffix('s')} {point.name}"
        try:
            point.load()
        except ImportError as missing:
            extra = {"psycopg": "postgres", "pymysql": "mysql", "boto3": "s3"}.get(str(missing.name))
            needed = any(one.source.scheme == point.name for one in _session.settings.sources)
            yield Check(name, ok=not needed, found=f"needs {missing.name}", fix=f"pip install 'datakeep[{extra}]'")
        else:
            yield Check(name, ok=True, found="loads")


def _model(session: Session) -> Iterator[Check]:
    session.house.check_models()
    name = session.settings.model
    version = "" if Path(name).is_dir() else getattr(importlib.import_module(name), "__version__", "")
    yield Check("language model", ok=True, found=f"{name} {version}".strip())


def _state_folder(session: Session) -> Iterator[Check]:
    home = session.home
    if not home.exists():
        yield Check("state folder", ok=True, found=f"{home} is made by the first scan")
        return
    mode = stat.S_IMODE(home.stat().st_mode)
    yield Check("state folder", ok=not mode & 0o077, found=f"{home} has mode {mode:o}", fix=f"chmod 700 {home}")
    yield Check("state folder is writable", ok=os.access(home, os.W_OK), found=str(home), fix="check its owner")


def _catalog(session: Session) -> Iterator[Check]:
    if not session.settings.catalog.exists():
        yield Check("catalog", ok=True, found="none yet")
        return
    faults = session.house.catalog.faults()
    found = "; ".join(faults) or f"sound, {len(session.house.catalog.runs())} runs"
    yield Check("catalog", ok=not faults, found=found, fix="put a copy of `datakeep catalog backup` in its place")


def _policies(session: Session) -> Iterator[Check]:
    if not session.settings.policies.exists():
        yield Check("policies", ok=False, found=f"no file {session.settings.policies}", fix="datakeep init")
        return
    _ = session.house.policy
    yield Check("policies", ok=True, found=f"{session.settings.policies} is read")


def _audit_record(session: Session) -> Iterator[Check]:
    if not session.house.ledger.path.exists():
        yield Check("audit record", ok=True, found="none yet")
        return
    verified = session.house.audit.verify()
    yield Check("audit record", ok=True, found=f"{verified.records} records verify")


def _sinks(session: Session) -> Iterator[Check]:
    secrets = {one.name: one.secret for one in session.settings.sinks}
    for to in session.house.forwarder.destinations:
        if (secret := secrets[to.name]) is not None:
            secret.resolve()
        failing = to.position.failing
        found = (
            f"fails since {failing:%Y-%m-%d %H:%M} UTC: {to.position.error}" if failing else f"took {to.position.seq}"
        )
        yield Check(f"sink {to.name}", ok=failing is None, found=found, fix="datakeep audit forward --once")


def _sources(session: Session) -> Iterator[Check]:
    from scanners import ScanError, SecretError  # noqa: PLC0415 - loads Arrow

    for one in session.settings.sources:
        name = f"source {one.source.name}"
        try:
            count = sum(1 for _ in session.house.scanner_for(one.source).units())
        except (ScanError, SecretError) as error:
            yield Check(name, ok=False, found=str(error), fix=" ".join(getattr(error, "__notes__", [])))
        else:
            yield Check(name, ok=True, found=f"answers, {count} units")


CHECKS = (_settings, _secrets, _plugins, _model, _state_folder, _catalog, _policies, _audit_record, _sinks, _sources)

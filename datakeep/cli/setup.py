"""`datakeep init`: a first settings file, without a secret in it."""

from pathlib import Path

import click

from datakeep.cli.command import command, examples
from datakeep.cli.render import note
from datakeep.cli.session import Session, pass_session

SETTINGS = """\
# yaml-language-server: $schema=datakeep.schema.json
version: 1
sources:
{sources}
policies: policies.yaml
people:                       # who may ask and decide on this machine
  - {{name: {user}, groups: [engineering], roles: [steward]}}
  - {{name: someone-else, groups: [privacy], roles: [approver, steward]}}
"""
SOURCE = """\
  - name: {name}
    url: {url}{password}
"""
REFERENCE = "\n    password: ${{env:{variable}}}"
POLICIES = """\
version: 1
defaults: {reason: {min_chars: 12}, duration: {min: 5m, default: 1h, max: 8h}}
approvers:
  privacy: {groups: [privacy]}
rules:
  - id: engineering-contact
    effect: allow
    who: {groups: [engineering]}
    what: {classes: [user.contact]}
    duration: {max: 2h}
    approvals: [{of: privacy, n: 1}]
"""
EPILOG = examples(
    "datakeep init --source postgresql://scanner@127.0.0.1:5432/crm",
    "datakeep init --source sqlite:///shop.db --source file:./exports/",
)


@command(epilog=EPILOG)
@click.option("--source", "urls", multiple=True, metavar="URL", help="A place to scan; the flag may be repeated.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@pass_session
def init(session: Session, urls: tuple[str, ...], force: bool) -> None:
    """Write datakeep.yaml and policies.yaml to start from.

    A password in a URL is not written: its place is an environment variable, which is named.
    """
    import getpass  # noqa: PLC0415 - only this command asks

    from datakeep.settings import FILE, SettingsError, unnamed  # noqa: PLC0415 - loads pydantic

    target: Path = session.flags.get("config") or FILE
    policies = target.parent / "policies.yaml"
    there = [path for path in (target, policies) if path.exists()]
    if there and not force:
        error = SettingsError(f"{there[0]} is there already")
        error.add_note("--force overwrites it; --config writes another")
        raise error
    sources = "".join(_source(*unnamed(url)) for url in urls or ("sqlite:///example.db",))
    target.write_text(SETTINGS.format(sources=sources.rstrip("\n"), user=getpass.getuser()), encoding="utf-8")
    policies.write_text(POLICIES, encoding="utf-8")
    note(f"wrote {target} and {policies}")
    note("next: datakeep source test; datakeep scan")


def _source(name: str, url: str, with_password: bool) -> str:
    password = REFERENCE.format(variable=f"{name.upper().replace('-', '_')}_PASSWORD") if with_password else ""
    return SOURCE.format(name=name, url=url, password=password)

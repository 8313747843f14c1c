"""`datakeep source`: the places that the settings name."""

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.errors import Exit, say
from datakeep.cli.render import show
from datakeep.cli.session import Session, pass_session


@group()
def source() -> None:
    """The places that the settings name."""


@source.command(name="list", epilog=examples("datakeep source list --format json"))
@format_option
@pass_session
def listed(session: Session, form: str) -> None:
    """Every source, with its owner, purpose and schedule."""
    items = [
        {
            "name": one.source.name,
            "url": one.source.url,
            "kind": one.source.kind.value,
            "owner": one.owner,
            "purpose": list(one.purpose),
            "schedule": one.schedule,
        }
        for one in session.settings.sources
    ]
    show(items, form, ("name", "url", "owner", "purpose", "schedule"))


@source.command(epilog=examples("datakeep source test crm", "datakeep source test sqlite:///shop.db"))
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@format_option
@pass_session
def test(session: Session, names: tuple[str, ...], form: str) -> int:
    """Connect, list, and say how many units there are; reads no row. Exit code 3 where a source does not answer."""
    from scanners import ScanError, SecretError  # noqa: PLC0415 - loads Arrow

    items, failed = [], False
    for one in map(session.settings.source, names) if names else session.settings.sources:
        try:
            units = sum(1 for _ in session.house.scanner_for(one.source).units())
        except (ScanError, SecretError) as error:
            say(error)
            failed = True
            items.append({"name": one.source.name, "reachable": False, "units": None, "error": str(error)})
        else:
            items.append({"name": one.source.name, "reachable": True, "units": units, "error": None})
    show(items, form, ("name", "reachable", "units"))
    return Exit.INCOMPLETE if failed else Exit.DONE

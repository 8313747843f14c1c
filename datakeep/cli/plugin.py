"""`datakeep plugin`: what is installed."""

from importlib.metadata import EntryPoint, entry_points

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.render import show

GROUPS = tuple(f"datakeep.{kind}" for kind in ("scanners", "rules", "classifiers", "provisioners", "exporters"))


def plugins() -> list[EntryPoint]:
    """Every installed plug-in, ours and others'; imports none of them."""
    return [point for name in GROUPS for point in entry_points(group=name)]


@group()
def plugin() -> None:
    """Scanners and classifiers that are installed, ours and others'."""


@plugin.command(name="list", epilog=examples("datakeep plugin list --format json"))
@format_option
def listed(form: str) -> None:
    """Every plug-in by group and name; nothing is imported to list it."""
    points = plugins()
    items = [
        {
            "group": point.group,
            "name": point.name,
            "from": f"{point.dist.name} {point.dist.version}" if point.dist else "",
            "object": point.value,
        }
        for point in sorted(points, key=lambda point: (point.group, point.name))
    ]
    show(items, form, ("group", "name", "from"))

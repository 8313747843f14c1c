"""`datakeep plugin`: what is installed."""

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.render import show


@group()
def plugin() -> None:
    """Scanners and classifiers that are installed, ours and others'."""


@plugin.command(name="list", epilog=examples("datakeep plugin list --format json"))
@format_option
def listed(form: str) -> None:
    """Every plug-in by group and name; nothing is imported to list it."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - only this command asks

    points = [point for point in entry_points() if point.group.startswith("datakeep.")]
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

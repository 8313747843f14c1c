"""Commands and groups as datakeep has them: lazy, with the global flags anywhere and an environment twin per flag."""

import difflib
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from datakeep import __version__
from datakeep.cli.session import Session


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value is not None and parameter.name is not None:
        context.ensure_object(Session).flags[parameter.name] = value


def global_options(*, hidden: bool) -> list[click.Parameter]:
    """The flags that every command takes, wherever they stand on the line; the help of the program itself shows them."""
    shared: dict[str, Any] = {"expose_value": False, "callback": _remember, "is_eager": True, "hidden": hidden}
    place = click.Path(path_type=Path)
    person = ["DATAKEEP_AS", "DATAKEEP_USER"]
    return [
        click.Option(["--config"], type=place, help="Settings file [datakeep.yaml].", **shared),
        click.Option(["--home"], type=place, help="State folder [.datakeep].", **shared),
        click.Option(["--as", "person"], envvar=person, metavar="NAME", help="Who is asking, of the people.", **shared),
    ]


class Command(click.Command):
    """A click command with the global flags, and `DATAKEEP_<FLAG>` as the twin of every flag."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        """Take what click.Command takes."""
        super().__init__(*arguments, **settings)
        self.params += global_options(hidden=True)
        _name_environment(self.params)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type  # subgroups are Groups too

    def __init__(self, *arguments: Any, root: bool = False, **settings: Any) -> None:
        """Take what click.Group takes; `root` is the program itself."""
        super().__init__(*arguments, **settings)
        self.params += global_options(hidden=not root)
        _name_environment(self.params)


class LazyGroup(Group):
    """A group that imports a command's module when the command is called, so that `--help` answers at once."""

    def __init__(self, *, commands: Mapping[str, str], **settings: Any) -> None:
        """Take `commands` as name → `module:attribute`."""
        super().__init__(root=True, **settings)
        self.where = dict(commands)
        self.params.append(click.Option(["--version"], is_flag=True, is_eager=True, expose_value=False,
                                            callback=_version, help="Say the version and exit."))  # fmt: skip

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, in the order of the work."""
        return list(self.where)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import one command."""
        if cmd_name not in self.where:
            return None
        module, _, attribute = self.where[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with the nearest command for one that there is not."""
        if args and not args[0].startswith("-") and args[0] not in self.where:
            near = difflib.get_close_matches(args[0], self.where, n=1)
            ctx.fail(f"no command {args[0]}" + (f"; did you mean {near[0]}?" if near else ""))
        return super().resolve_command(ctx, args)


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"datakeep {__version__}")
        context.exit()


def _name_environment(parameters: list[click.Parameter]) -> None:
    for parameter in parameters:
        if (
            isinstance(parameter, click.Option)
            and parameter.envvar is None
            and parameter.name not in {"help", "version"}
        ):
            flag = max(parameter.opts, key=len).lstrip("-")
            parameter.envvar = f"DATAKEEP_{flag.upper().replace('-', '_')}"


def examples(*lines: str) -> str:
    """The epilog of a command's help: lines that can be copied."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def command(**settings: Any) -> Callable[[Callable[..., Any]], Command]:
    """`click.command` for a command that stands alone."""
    return click.command(cls=Command, **settings)


def group(**settings: Any) -> Callable[[Callable[..., Any]], Group]:
    """`click.group` for a noun with verbs."""
    return click.group(cls=Group, **settings)


FORMATS = click.Choice(["table", "json", "jsonl", "csv"])


def format_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--format`: a table unless said otherwise."""
    return click.option("--format", "form", type=FORMATS, default="table", show_default=True,
                        help="How results are printed.")(function)  # fmt: skip


limit_option = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N alone.")

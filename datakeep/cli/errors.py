"""Where expected errors become a line and a hint, and an exit code. Anything else is a bug and crashes loudly."""

import sys
from collections.abc import Sequence
from enum import IntEnum
from io import StringIO
from typing import Any

import click

from datakeep.cli.render import safe


class Exit(IntEnum):
    """The contract's exit codes."""

    DONE = 0
    GATE = 1
    USAGE = 2
    INCOMPLETE = 3
    DENIED = 4
    PENDING = 8
    INTERRUPTED = 130


def explained(cli: click.Group, arguments: Sequence[str] | None) -> int:
    """Run the command line and return its exit code."""
    try:
        outcome = cli.main(args=list(arguments) if arguments is not None else None, prog_name="datakeep",
                           standalone_mode=False)  # fmt: skip
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except click.ClickException as usage:
        _show(usage)
        return Exit.USAGE
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe went away: nothing is wrong, and Python would complain at exit
        return Exit.DONE
    except Exception as error:
        code = _code(error)
        if code is None:
            raise
        say(error)
        return code
    return outcome if isinstance(outcome, int) else Exit.DONE


def _show(usage: click.ClickException) -> None:
    """As click shows it, which names what somebody typed."""
    said = StringIO()
    usage.show(said)
    for line in said.getvalue().splitlines():
        click.echo(safe(line), err=True)


def say(error: Exception) -> None:
    """An expected error on stderr: what was named, then what to try."""
    for line in str(error).splitlines():
        click.echo(f"error: {safe(line)}", err=True)
    for note in getattr(error, "__notes__", []):
        click.echo(f"hint:  {safe(note)}", err=True)


def is_expected(error: Exception) -> bool:
    """Whether the error is one that a user can do something about."""
    return _code(error) is not None


def _code(error: Exception) -> Exit | None:
    """The exit code of an expected error; None for a bug. Imported here: `--help` needs none of these packages."""
    from catalog import CatalogBusyError, CatalogError  # noqa: PLC0415
    from classifiers import ClassifyError, DocumentError  # noqa: PLC0415
    from datakeep.settings import SettingsError  # noqa: PLC0415
    from jit import DeniedError, JitError, TamperError  # noqa: PLC0415
    from scanners import ScanError, SecretError  # noqa: PLC0415

    expected: tuple[tuple[Any, Exit], ...] = (
        (DeniedError, Exit.DENIED),
        (TamperError, Exit.GATE),
        ((CatalogBusyError, ScanError), Exit.INCOMPLETE),
        ((CatalogError, ClassifyError, DocumentError, SettingsError, JitError, SecretError), Exit.USAGE),
    )
    return next((code for kinds, code in expected if isinstance(error, kinds)), None)

"""`datakeep demo`: the whole job on sample data, by the very commands that a user would type."""

import json
import os
import shutil
import time
from contextlib import redirect_stdout
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any

import click

from datakeep.cli.command import command, examples
from datakeep.cli.errors import Exit, explained
from datakeep.cli.render import safe

DEFAULT = Path("datakeep-demo")
QUERY = "select first_name, last_name, email, phone, city from customers limit 5"
LENT_FOR = 4  # seconds: long enough for a read, short enough to watch it end


@command(epilog=examples("datakeep demo", "datakeep demo --dir /tmp/demo"))
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=DEFAULT, show_default=True,
              help="Where the sample data and the state are kept.")  # fmt: skip
def demo(folder: Path) -> int:
    """Scan, review, request, read, expire, audit: the whole job on sample data.

    Every step is a command that is printed before it runs. A second demo in the same folder finds nothing changed.
    """
    began = time.monotonic()
    _lay_out(folder)
    os.chdir(folder)
    for name in ("DATAKEEP_CONFIG", "DATAKEEP_HOME", "DATAKEEP_AS", "DATAKEEP_USER"):
        os.environ.pop(name, None)
    told = [_look(), _steward(), _lend(), _audit()]
    click.echo(f"\nDone in {time.monotonic() - began:.0f} s. Everything is in {folder}; go on there:\n")
    for line in (
        "datakeep catalog list",
        "datakeep catalog explain shop/customers#email",
        "datakeep --as sam review list",
        "datakeep audit list",
    ):
        click.echo(f"  cd {folder} && {line}")
    return Exit.DONE if all(told) else Exit.GATE


def _lay_out(folder: Path) -> None:
    """Copy the sample data, unless it is there from an earlier demo."""
    if (folder / "datakeep.yaml").exists():
        return
    shutil.copytree(sample_data(), folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("make*.py", "__pycache__"))


def sample_data() -> Path:
    """The sample data: inside the installed package, or beside it in a checkout."""
    inside = Path(str(files("datakeep"))) / "sample_data"
    return inside if inside.exists() else inside.parent.parent / "sample_data"


def _title(text: str) -> None:
    click.echo()
    click.secho(text, bold=True)


def _say(text: str) -> None:
    click.echo(f"  {safe(text)}")


def _run(*arguments: str, expect: Exit = Exit.DONE) -> bool:
    """Show a command and run it; whether it ended as it should."""
    from datakeep.cli import cli  # noqa: PLC0415 - the group imports this module

    click.secho(f"$ datakeep {' '.join(_quoted(word) for word in arguments)}", fg="cyan")
    code = explained(cli, arguments)
    if code not in (Exit.DONE, expect):
        _say(f"exit code {code}")
    return code == expect


def _quoted(word: str) -> str:
    return f'"{word}"' if set(word) & set(" *#[]()'") else word


def _ask(*arguments: str) -> list[dict[str, Any]]:
    """The items that a command prints as JSON, for the demo's own eyes."""
    from datakeep.cli import cli  # noqa: PLC0415 - the group imports this module

    with redirect_stdout(StringIO()) as printed:
        explained(cli, (*arguments, "--format", "json"))
    items: list[dict[str, Any]] = json.loads(printed.getvalue() or '{"items": []}')["items"]
    return items


def _look() -> bool:
    """Scan every source and hold the catalog against what should be found."""
    from datakeep.assembly import House  # noqa: PLC0415 - loads Arrow
    from datakeep.expected import read_expected, scores  # noqa: PLC0415
    from datakeep.settings import load  # noqa: PLC0415

    _title("1. Where is our personal data?")
    scanned = _run("scan", expect=Exit.DONE)
    entries = House(load()).catalog.entries()
    total = found = 0
    for score in scores(read_expected(Path("expected.csv")), entries):
        total, found = total + score.expected, found + score.found
        _say(f"{score.source}: found {score.found} of {score.expected} expected fields")
        for name in score.missed:
            _say(f"  missed      {name}")
        for name in score.wrong:
            _say(f"  unexpected  {name}")
    _say(f"in all: {found} of {total}")
    return scanned


def _steward() -> bool:
    _title("2. A steward decides")
    accepted = _run("--as", "sam", "review", "accept", "shop/customers#email", "--owner", "team-shop",
                    "--purpose", "customer_support", "--reason", "checked with the shop team")  # fmt: skip
    return accepted and _run("catalog", "list", "--dataset", "customers", "--source", "shop")


def _lend() -> bool:
    _title("3. An engineer asks, the policy answers")
    refused = _run("--as", "ana", "request", "create", "--class", "user.financial.credit_card", "--scope", "shop/*", "--for", "1h",
                   "--reason", "curious about the card numbers", expect=Exit.DENIED)  # fmt: skip
    asked = _run("--as", "ana", "request", "create", "--entry", "shop/customers#email", "--for", f"{LENT_FOR}s",
                 "--purpose", "customer_support", "--ticket", "SUP-7", "--reason", "customer cannot log in, SUP-7")  # fmt: skip
    grant = next((one["grant_id"] for one in _ask("request", "list") if one["grant_id"]), None)
    if grant is None:
        return False
    _title("4. The grant shows what was lent, masks the rest, and ends by itself")
    read = _run("--as", "ana", "grant", "read", grant, "shop/customers", "--sql", QUERY)
    stranger = _run("--as", "bo", "grant", "read", grant, "shop/customers", "--sql", QUERY, expect=Exit.DENIED)
    _say(f"... {LENT_FOR} seconds later")
    time.sleep(LENT_FOR)
    ended = _run("--as", "ana", "grant", "read", grant, "shop/customers", "--sql", QUERY, expect=Exit.DENIED)
    return all((refused, asked, read, stranger, ended, _run("sweep"), _by_hand()))


def _by_hand() -> bool:
    """A request that people decide, and one's own, which nobody may."""
    _title("5. Sensitive data takes several people")
    _run("--as", "ana", "request", "create", "--class", "user.contact.phone_number", "--scope", "shop/*", "--for", "15m", "--purpose",
         "customer_support", "--ticket", "SUP-8", "--reason", "call the customer back, SUP-8", expect=Exit.PENDING)  # fmt: skip
    request = next((one["id"] for one in _ask("request", "list") if one["state"] == "pending"), None)
    if request is None:
        return False
    own = _run("--as", "ana", "request", "approve", request, "--reason", "it is fine", expect=Exit.DENIED)
    approved = _run("--as", "bo", "request", "approve", request, "--reason", "call is agreed with the customer")
    return own and approved


def _audit() -> bool:
    _title("6. An auditor gets the record")
    shutil.rmtree("audit-export", ignore_errors=True)
    return all((
        _run("audit", "verify"),
        _run("audit", "export", "--to", "audit-export"),
        _run("audit", "verify", "audit-export"),
    ))  # fmt: skip

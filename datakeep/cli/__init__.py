"""The command line: one module per noun, imported when its command is called."""

import sys
from collections.abc import Sequence

from datakeep.cli.command import LazyGroup
from datakeep.cli.errors import explained

COMMANDS = {
    "demo": "datakeep.cli.demo:demo",
    "init": "datakeep.cli.setup:init",
    "doctor": "datakeep.cli.doctor:doctor",
    "config": "datakeep.cli.config:config",
    "source": "datakeep.cli.source:source",
    "plugin": "datakeep.cli.plugin:plugin",
    "scan": "datakeep.cli.scan:scan",
    "run": "datakeep.cli.run:run",
    "catalog": "datakeep.cli.catalog:catalog",
    "review": "datakeep.cli.review:review",
    "policy": "datakeep.cli.policy:policy",
    "request": "datakeep.cli.request:request",
    "grant": "datakeep.cli.grant:grant",
    "campaign": "datakeep.cli.campaign:campaign",
    "sweep": "datakeep.cli.sweep:sweep",
    "audit": "datakeep.cli.audit:audit",
    "alert": "datakeep.cli.alert:alert",
    "report": "datakeep.cli.report:report",
    "schedule": "datakeep.cli.schedule:schedule",
}

HELP = """Know where personal data is, and lend access to it for as long as it is needed.

\b
  datakeep demo                     the whole job on sample data
  datakeep scan                     find personal data in the sources of datakeep.yaml
  datakeep catalog list             what was found
  datakeep request create --help    ask for access

\b
Exit codes: 0 done, 1 a gate was met or a verification failed, 2 usage or settings,
3 incomplete, 4 denied, 8 pending a decision, 130 interrupted.

The options below may stand anywhere on the line; every flag has a twin DATAKEEP_<FLAG>.
"""

cli = LazyGroup(name="datakeep", help=HELP, commands=COMMANDS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with the contract's code; expected errors become a line and a hint."""
    sys.exit(explained(cli, arguments))

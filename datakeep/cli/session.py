"""What one call of the command line knows: its flags, its settings, who is asking, and the parts it is wired from."""

import getpass
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datakeep.assembly import House
    from datakeep.settings import Settings
    from jit import Person


@dataclass
class Session:
    """Made once per call, and filled by the global flags; everything else is made when first asked for."""

    flags: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def settings(self) -> "Settings":
        """The settings in force: flag, environment, file, default, in this order."""
        from datakeep.settings import load  # noqa: PLC0415 - `--help` needs no settings

        return load(self.flags.get("config"), home=self.flags.get("home"))

    @cached_property
    def house(self) -> "House":
        """The parts, wired: catalog, ledger, broker, scanners, classifier. Raises SettingsError for a stranger's name."""
        from datakeep.assembly import House  # noqa: PLC0415 - `--help` needs no parts

        if self.settings.people and self.flags.get("person"):
            self.settings.person(self.flags["person"])
        return House(self.settings)

    @cached_property
    def person(self) -> "Person":
        """Who is asking, in local mode: `--as`, else the operating-system user. Raises SettingsError for a stranger."""
        return self.settings.person(self.flags.get("person") or getpass.getuser())

    @property
    def actor(self) -> str:
        """Who is asking, where that is one of the people, for what anybody may do: an auditor need not be one."""
        name = self.flags.get("person") or getpass.getuser()
        return name if name in self.house.people else "datakeep"

    @property
    def home(self) -> Path:
        """The state folder."""
        return self.settings.home

    def now(self) -> datetime:
        """The time of this call, in UTC."""
        return self.house.now()


pass_session = click.make_pass_decorator(Session, ensure=True)

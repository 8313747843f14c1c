"""A database of one test's own on a real server."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

OWNER_PASSWORD = "owner's pass:word/%"  # every sign that needs quoting somewhere


class Server(Protocol):
    """What a database server can do for a test."""

    host: str
    port: int
    user: str
    password: str

    def url(self, name: str, user: str | None = None, password: str | None = None) -> str:
        """The URL of one database, with the account's password in it."""
        ...

    def run(self, name: str, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement as the administrator and commit; rows where it has any."""
        ...

    def log_in(self, name: str, user: str, password: str) -> None:
        """Connect as somebody and leave again. Raises the driver's error where that is refused."""
        ...


@dataclass(frozen=True)
class Database:
    """An empty database of one test's own. `url` has the administrator's password in it, `bare_url` none."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        """The administrator's URL."""
        return self.server.url(self.name)

    @property
    def bare_url(self) -> str:
        """The administrator's URL as settings have it: without the password."""
        return self.server.url(self.name, password="")

    def url_of(self, user: str, password: str = "") -> str:
        """The URL of another account; without a password unless given."""
        return self.server.url(self.name, user, password)

    @property
    def user(self) -> str:
        """The administrator."""
        return self.server.user

    @property
    def password(self) -> str:
        """The administrator's password."""
        return self.server.password

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement as the administrator and commit; rows where it has any."""
        return self.server.run(self.name, statement, parameters)

    def script(self, *statements: str) -> None:
        """Run statements one by one."""
        for statement in statements:
            self.execute(statement)

    def log_in(self, user: str, password: str) -> None:
        """Connect as somebody and leave again. Raises the driver's error where that is refused."""
        self.server.log_in(self.name, user, password)


@contextmanager
def new_database(server: Server, system: str, drop: str) -> Iterator[Database]:
    """Make a database, and drop it afterwards; `system` is the one that is always there."""
    name = f"t_{uuid4().hex[:12]}"
    server.run(system, f"CREATE DATABASE {name}")
    try:
        yield Database(server, name)
    finally:
        server.run(system, drop.format(name=name))

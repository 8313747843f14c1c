"""Secrets as references: settings say where a secret is, and it is looked up as late as possible, on the worker."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REFERENCE = re.compile(r"^\$\{(env|file|keyring):([^}]+)\}$")


class SecretError(Exception):
    """A secret's reference is malformed or leads nowhere. The message names the reference, never the secret."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """Where a secret is: `${env:NAME}`, `${file:PATH}` or `${keyring:service/user}`; printing one shows no secret.

    A secret written out in full works too, so that a first try is easy; `datakeep doctor` calls it an error.
    """

    reference: str

    def __post_init__(self) -> None:
        if self.reference.startswith("${") and not REFERENCE.match(self.reference):
            error = SecretError(f"{self.reference} is no reference to a secret")
            error.add_note("write ${env:NAME}, ${file:PATH} or ${keyring:service/user}")
            raise error

    @property
    def is_inline(self) -> bool:
        """Whether this is the secret itself, which belongs out of the settings."""
        return not REFERENCE.match(self.reference)

    def __str__(self) -> str:
        return "********" if self.is_inline else self.reference

    def __repr__(self) -> str:
        return f"Secret({self})"

    def resolve(self) -> str:
        """The secret itself. Raises SecretError where the reference leads nowhere."""
        match = REFERENCE.match(self.reference)
        if match is None:
            return self.reference
        kind, name = match.groups()
        found = LOOKUPS[kind](name)
        if found is None:
            raise SecretError(f"the secret {self.reference} is not there")
        return found


def _file(name: str) -> str | None:
    try:
        return Path(name).expanduser().read_text(encoding="utf-8").strip()
    except OSError:
        return None


def _keyring(name: str) -> str | None:
    try:
        import keyring  # noqa: PLC0415 - a package of the user's own choice
    except ImportError as missing:
        error = SecretError(f"the secret ${{keyring:{name}}} needs the package keyring")
        error.add_note("pip install keyring")
        raise error from missing
    service, _, user = name.partition("/")
    found: str | None = keyring.get_password(service, user)
    return found


LOOKUPS: dict[str, Callable[[str], str | None]] = {"env": os.environ.get, "file": _file, "keyring": _keyring}

"""Secrets as references: settings say where a secret is, and it is looked up as late as possible, on the worker."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

REFERENCE = re.compile(r"^\$\{(env|file|keyring):([^}]+)\}$")


class SecretError(Exception):
    """A secret's reference is malformed or leads nowhere. The message names the reference, never the secret."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is: `${env:NAME}`, `${file:PATH}` or `${keyring:service/user}`. Safe to print and to pickle."""

    reference: str

    def __post_init__(self) -> None:
        if not REFERENCE.match(self.reference):
            message = "a secret must be a reference: ${env:NAME}, ${file:PATH} or ${keyring:service/user}"
            raise SecretError(message)

    def resolve(self) -> str:
        """The secret itself. Raises SecretError where the reference leads nowhere."""
        match = REFERENCE.match(self.reference)
        assert match is not None  # noqa: S101 - __post_init__ checked it
        kind, name = match.groups()
        found = {"env": _environment, "file": _file, "keyring": _keyring}[kind](name)
        if found is None:
            message = f"the secret {self.reference} is not there"
            raise SecretError(message)
        return found


def _environment(name: str) -> str | None:
    return os.environ.get(name)


def _file(name: str) -> str | None:
    try:
        return Path(name).expanduser().read_text(encoding="utf-8").strip()
    except OSError:
        return None


def _keyring(name: str) -> str | None:
    try:
        import keyring  # noqa: PLC0415 - an optional package of the user's own choice
    except ImportError as missing:
        error = SecretError(f"the secret ${{keyring:{name}}} needs the package keyring")
        error.add_note("pip install keyring")
        raise error from missing
    service, _, user = name.partition("/")
    found: str | None = keyring.get_password(service, user)
    return found

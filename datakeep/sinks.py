"""What the settings say of the places that the record is sent to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from scanners import Secret, SecretError

SINK_SCHEMES = ("file", "syslog+udp", "syslog+tcp", "syslog+tls", "syslog+unix", "https", "http")

PORTS = {"https": 443, "http": 80, "syslog+tls": 6514}  # where a URL names none; syslog by TLS: RFC 5425


class SinkSettings(BaseModel):
    """One place that every audit record is sent to, besides the ledger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_-]+$", description="As messages call it.")
    to: str = Field(
        description="file:PATH, syslog+udp://HOST:PORT, syslog+tcp://…, syslog+tls://…, syslog+unix:///dev/log, https://…"
    )
    secret: str | None = Field(default=None, description="Of a webhook: whsec_… or base64, as a reference.")
    ca: str | None = Field(default=None, description="PEM file of who vouches for it, by TLS; else the machine's list.")
    certificate: str | None = Field(default=None, description="PEM file of our certificate and key, where it asks.")
    types: list[str] = Field(default=[], description="Only these, such as grant, or glass.broken; all unless given.")

    @field_validator("secret")
    @classmethod
    def _is_reference(cls, text: str) -> str:
        try:
            inline = Secret(text).is_inline
        except SecretError as error:
            raise ValueError(str(error)) from None
        if inline:
            raise ValueError("a secret is a reference: ${env:NAME}, ${file:PATH} or ${keyring:service/user}")
        return text

    @model_validator(mode="after")
    def _fits_its_scheme(self) -> Self:
        place = urlsplit(self.to)
        if place.scheme not in SINK_SCHEMES:
            raise ValueError(f"a sink is one of {', '.join(SINK_SCHEMES)}")
        if place.scheme == "http" and place.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("http:// is for this machine alone: records name people")
        if (place.scheme in {"http", "https"}) != (self.secret is not None):
            raise ValueError("a webhook has a secret, and nothing else has one")
        if (self.ca or self.certificate) and place.scheme not in {"syslog+tls", "https"}:
            raise ValueError("ca and certificate are for TLS: syslog+tls:// or https://")
        if place.scheme not in {"file", "syslog+unix"} and not (place.hostname and _port(place)):
            raise ValueError("a sink across a network has a host and a port, such as syslog+tcp://127.0.0.1:601")
        return self


def _port(place: SplitResult) -> int | None:
    try:
        return place.port or PORTS.get(place.scheme)
    except ValueError:
        return None


class AuditSettings(BaseModel):
    """Where the record of lending goes besides the ledger; `datakeep audit forward` sends it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sinks: list[SinkSettings] = Field(default=[], description="Files, syslog, webhooks.")

    @field_validator("sinks")
    @classmethod
    def _names_once(cls, items: list[SinkSettings]) -> list[SinkSettings]:
        names = [item.name for item in items]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice} is there twice")
        return items


@dataclass(frozen=True, slots=True)
class ConfiguredSink:
    """A place that records are sent to; a `file:` is absolute."""

    name: str
    to: str
    secret: Secret | None
    types: tuple[str, ...]
    ca: Path | None = None
    certificate: Path | None = None

    @property
    def address(self) -> tuple[str, int] | str:
        """Where a syslog daemon listens: host and port, or the path of its socket."""
        place = urlsplit(self.to)
        return (str(place.hostname), _port(place) or 0) if place.hostname else place.path

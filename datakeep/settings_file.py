"""`datakeep.yaml` as it is written: its keys, and what each may hold. What is in force is `datakeep.settings`."""

from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from classifiers import MODEL
from datakeep.governance import ControllerSettings, PurposeSettings, ReviewSettings, Strict
from datakeep.sinks import AuditSettings
from scanners import Secret, SecretError


class SampleSettings(Strict):
    """What one unit may cost."""

    rows: int = Field(default=1000, ge=1, le=1_000_000, description="Rows drawn of a unit.")
    seconds: float = Field(default=30, gt=0, le=3600, description="Seconds spent on a unit.")
    bytes: int = Field(default=64 * 1024 * 1024, ge=1024, description="Bytes read of a unit.")


class TotalSettings(Strict):
    """What one scan of the whole source may cost; what is due after that is not examined, and said so."""

    rows: int | None = Field(default=None, ge=1, description="Rows drawn of the source.")
    seconds: float | None = Field(default=None, gt=0, description="Seconds spent on its units, summed over workers.")
    bytes: int | None = Field(default=None, ge=1024, description="Bytes read of the source.")


class SourceSettings(Strict):
    """One place to look for personal data."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$", description="The first part of every entry's id.")
    url: str = Field(description="postgresql://, mysql://, sqlite:///file, s3://bucket/prefix/, file:./folder/ …")
    kind: Literal["objects", "logs"] = Field(default="objects", description="What a file: or s3: source holds.")
    password: str | None = Field(default=None, description="${env:NAME}, ${file:PATH} or ${keyring:service/user}.")
    access_key: str | None = Field(default=None, description="S3 key id, as a reference.")
    secret_key: str | None = Field(default=None, description="S3 secret key, as a reference.")
    endpoint: str | None = Field(default=None, description="URL of an S3-compatible server.")
    region: str | None = Field(default=None, description="Region of the bucket.")
    include: list[str] = Field(default=["*"], description="Globs over datasets.")
    exclude: list[str] = Field(default=[], description="Globs over datasets; exclude wins.")
    owner: str | None = Field(default=None, description="Who answers for the data, until a steward says otherwise.")
    purpose: list[str] = Field(default=[], description="What the data is processed for.")
    sample: SampleSettings = Field(default=SampleSettings(), description="A budget per unit.")
    total: TotalSettings = Field(default=TotalSettings(), description="A budget per scan of the source.")
    allow_superuser: bool = Field(default=False, description="Scan although the account could do anything.")
    replica: str | None = Field(
        default=None,
        description="URL of a copy of the database, listed and read instead; there is no way back from it.",
    )
    views: bool = Field(
        default=False, description="Examine views too. Reading a view runs its functions as the scanner's account."
    )
    connections: int | None = Field(
        default=None, ge=1, le=100, description="Most connections to the database at a time; one per worker."
    )
    recheck_days: int | None = Field(
        default=None, ge=1, description="Examine what has not changed, too, once its last examination is so old."
    )
    schedule: str | None = Field(default=None, description="When to scan, as a cron expression.")

    @field_validator("url", "replica")
    @classmethod
    def _has_scheme(cls, url: str | None) -> str | None:
        if url is not None and ":" not in url:
            raise ValueError("a URL has a scheme, such as file:./exports/")
        return url

    @field_validator("replica")
    @classmethod
    def _shares_the_password(cls, url: str | None) -> str | None:
        if url is not None and urlsplit(url).password is not None:
            raise ValueError("a replica takes the source's password; leave it out of the URL")
        return url

    @field_validator("password", "access_key", "secret_key")
    @classmethod
    def _is_reference(cls, text: str | None) -> str | None:
        try:
            return str(Secret(text).reference) if text else None
        except SecretError as error:
            raise ValueError(str(error)) from None


class PersonSettings(Strict):
    """Somebody who may ask, approve or decide, in local mode."""

    name: str = Field(min_length=1, description="As in --as, and as owner of a source.")
    groups: list[str] = Field(default=[], description="What policies speak of.")
    roles: list[str] = Field(default=[], description="steward, approver.")
    attributes: dict[str, str] = Field(default={}, description="Anything else that policies ask for.")


class CatalogSettings(Strict):
    """Where the catalog is, and for how long another process that holds it is waited for."""

    path: str | None = Field(default=None, description="The file; catalog.duckdb in the state folder.")
    wait: float = Field(default=30, ge=0, le=600, description="Seconds.")


class ClassifierSettings(Strict):
    """Which models read running text and undecided cells."""

    model: str = Field(
        default=MODEL, description="A spaCy model by its package's name, or a folder: of another language, for one."
    )
    transformer: bool = Field(
        default=False, description="Names, streets and towns that stay undecided go to the model of the extra `onnx`."
    )


def _unique(items: list[Any]) -> list[Any]:
    names = [item.name for item in items]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} is there twice")
    return items


class File(Strict):
    """The settings file as it is written."""

    version: Literal[1] = Field(default=1, description="Of the format.")
    sources: list[SourceSettings] = Field(default=[], description="Where to look.")
    policies: str | None = Field(default=None, description="The policy file; policies.yaml beside the settings.")
    taxonomy: str | None = Field(default=None, description="A YAML file with classes of your own.")
    rules: str | None = Field(default=None, description="A YAML file with recognizers of your own.")
    checkpoints: str | None = Field(
        default=None,
        description="A folder for the log's signed checkpoints, best on another volume [in the state folder].",
    )
    catalog: CatalogSettings = Field(default=CatalogSettings(), description="Where the catalog is.")
    review: ReviewSettings = Field(
        default=ReviewSettings(), description="Whose questions are whose, and on which terms they are decided."
    )
    controller: ControllerSettings | None = Field(default=None, description="Who is responsible for the processing.")
    purposes: dict[str, PurposeSettings] = Field(default={}, description="What data is processed for, by name.")
    classifiers: ClassifierSettings = Field(default=ClassifierSettings(), description="Which models are used.")
    people: list[PersonSettings] = Field(default=[], description="Who may ask and decide, in local mode.")
    audit: AuditSettings = Field(default=AuditSettings(), description="Where the record goes besides the ledger.")

    _names_once = field_validator("sources", "people")(_unique)

"""What the settings say of people's decisions: how a review is run, and what data is processed for."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from jit import parse_duration

Word = Literal["low", "medium", "high", "critical"]
Listed = tuple[str, ...]


class Strict(BaseModel):
    """A part of the settings file: a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _length(value: Any) -> Any:
    if isinstance(value, str):
        return timedelta(seconds=parse_duration(value))
    if isinstance(value, timedelta):
        return value
    raise ValueError(f"{value!r} is no duration: write it as 90s, 30m, 2h, 1d or 1h30m")


Length = Annotated[timedelta, BeforeValidator(_length), WithJsonSchema({"type": "string", "examples": ["12h", "90d"]})]


class AutoAcceptSettings(Strict):
    """Accept what the machine proposes, where it is a single class and sure enough; people outrank it at any time."""

    name: str = Field(min_length=1, description="Who is said to have decided.")
    classes: Listed = Field(default=(), description="Of these classes and below; all, where none is named.")
    min_confidence: float = Field(ge=0.5, le=1, description="At least this sure.")
    sensitivity_at_most: Word = Field(default="low", description="At most this sensitive.")


class OfSettings(Strict):
    """Which entries; both must hold where both are said."""

    sources: Listed = Field(default=(), description="Entries of these sources.")
    owners: Listed = Field(default=(), description="Entries of these owners.")


class StewardSettings(Strict):
    """Whose questions these are; the first rule that fits counts."""

    of: OfSettings = Field(description="Which entries.")
    to: str = Field(min_length=1, description="The steward, as in people.")


class ReviewSettings(Strict):
    """How decisions are made, and by when."""

    second_person: Literal["low", "medium", "high", "critical", "never"] = Field(
        default="critical",
        description="From this sensitivity on, believing less of what nobody confirmed takes two people, as it does of "
        "everything that somebody confirmed. never: one person is enough.",
    )
    terms: dict[str, Length] = Field(default={}, description="How long a decision on a class holds, by class.")
    due: dict[Word, Length] = Field(
        default={"critical": timedelta(days=2), "high": timedelta(days=7), "medium": timedelta(days=30)},
        description="How long a question may wait, by sensitivity: critical 2d, high 7d, medium 30d unless said.",
    )
    auto_accept: tuple[AutoAcceptSettings, ...] = Field(default=(), description="What rules decide after a scan.")
    stewards: tuple[StewardSettings, ...] = Field(default=(), description="Whose questions are whose.")


class ControllerSettings(Strict):
    """Who is responsible, for the record of processing (GDPR Art. 30(1)(a))."""

    name: str = Field(min_length=1, description="The controller.")
    contact: str = Field(default="", description="Its address, representative and data protection officer.")


class PurposeSettings(Strict):
    """What data is processed for, and what the record of processing has to say of it (GDPR Art. 30(1))."""

    title: str = Field(default="", description="In words, for the record.")
    classes: Listed | None = Field(default=None, description="Classes it may be used on, and below; all, if not said.")
    basis: str = Field(default="", description="Ground of Art. 6, and of Art. 9(2) for special categories.")
    subjects: Listed = Field(default=(), description="(c) Whose data: customers, employees …")
    recipients: Listed = Field(default=(), description="(d) Who is given it.")
    transfers: Listed = Field(default=(), description="(e) Third countries, and the safeguard.")
    residency: Listed = Field(default=(), description="Where it may be kept: EU, DE …")
    retention: Length | None = Field(default=None, description="(f) How long it is kept, such as 730d.")

    @field_validator("subjects", "recipients", "transfers", "residency", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

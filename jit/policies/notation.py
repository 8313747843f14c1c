"""How values are written in policies: durations, quotas, sensitivities, classes, patterns. Each becomes its own type."""

from functools import cache
from typing import Annotated, Any

import re2
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from classifiers import DataClass, Sensitivity
from jit.policies.durations import format_duration, parse_duration

WORDS = tuple(level.word for level in Sensitivity)
DURATION_SCHEMA = {"type": "string", "examples": ["90s", "30m", "2h", "1d", "1h30m", "PT1H30M"]}


class Strict(BaseModel):
    """A part of the file: frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Quota(Strict):
    """So many in so long."""

    count: int = Field(ge=0)
    seconds: int


def _seconds(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise ValueError(f"{value} has no unit: write it as 90s, 30m, 2h, 1d or 1h30m")  # noqa: TRY004 - pydantic's way
    return parse_duration(value) if isinstance(value, str) else value


def _level(value: Any) -> Any:
    if isinstance(value, str) and value in WORDS:
        return Sensitivity[value.upper()]
    raise ValueError(f"{value!r} is none of {', '.join(WORDS)}")


def _pattern(text: str) -> str:
    try:
        compiled(text)
    except re2.error:
        raise ValueError(f"{text!r} is no regular expression of RE2's, which has no look-around") from None
    return text


def _quota(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    count, slash, span = value.partition("/")
    if not slash or not count.strip().isascii() or not count.strip().isdigit():
        raise ValueError(f"{value!r} is no quota: write 5/7d for five in seven days")
    return {"count": int(count), "seconds": parse_duration(span)}


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


@cache
def compiled(pattern: str) -> Any:
    """A ticket's pattern, compiled once; RE2 takes linear time whatever the text."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


Seconds = Annotated[
    int, BeforeValidator(_seconds), PlainSerializer(format_duration, when_used="json"), WithJsonSchema(DURATION_SCHEMA)
]
Level = Annotated[
    Sensitivity, BeforeValidator(_level), PlainSerializer(lambda level: level.word, when_used="json"),
    WithJsonSchema({"enum": list(WORDS)}),
]  # fmt: skip
Pattern = Annotated[str, AfterValidator(_pattern)]
Class = Annotated[
    DataClass, BeforeValidator(lambda value: DataClass(value) if isinstance(value, str) else value),
    PlainSerializer(str), WithJsonSchema({"type": "string", "examples": ["user.contact.email"]}),
]  # fmt: skip
Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
OptionalQuota = Annotated[
    Quota | None, BeforeValidator(_quota), WithJsonSchema({"type": "string", "examples": ["5/7d"]})
]

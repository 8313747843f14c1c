"""Requests and grants as the ledger keeps them: one canonical JSON document each, and back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any

from classifiers import DataClass, Sensitivity
from jit.interface import Answer, Grant, GrantState, Need, Pin, Request, RequestState
from jit.proof.canonical import canonical, moment, stamp
from jit.question import Campaign, CampaignState, Question, QuestionState

Kept = Request | Grant | Campaign | Question
"""What the ledger keeps as documents."""


def document(thing: Kept) -> str:
    """The canonical JSON of something, every attribute in it."""
    return canonical(_plain(thing)).decode()


def request_of(text: str) -> Request:
    """The request that `document` wrote."""
    return Request(**_parts(text, RequestState))


def grant_of(text: str) -> Grant:
    """The grant that `document` wrote."""
    return Grant(**_parts(text, GrantState))


def campaign_of(text: str) -> Campaign:
    """The campaign that `document` wrote."""
    return Campaign(**_parts(text, CampaignState))


def question_of(text: str) -> Question:
    """The question that `document` wrote."""
    return Question(**_parts(text, QuestionState))


def _parts(text: str, states: type[Enum]) -> dict[str, Any]:
    """The attributes that a document holds; a name means the same in all of them."""
    parts: dict[str, Any] = json.loads(text)
    for name, read in READ.items():
        if name in parts:
            parts[name] = read(parts[name])
    parts["state"] = states(parts["state"])
    return parts


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return str(value) if isinstance(value, str) else value


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def _classes(names: list[str]) -> tuple[DataClass, ...]:
    return tuple(map(DataClass, names))


def _needs(items: list[Mapping[str, Any]]) -> tuple[Need, ...]:
    return tuple(Need(**item) for item in items)


def _answers(items: list[Mapping[str, Any]]) -> tuple[Answer, ...]:
    return tuple(Answer(**{**item, "at": moment(item["at"])}) for item in items)


def _pins(items: list[Mapping[str, Any]]) -> tuple[Pin, ...]:
    return tuple(
        Pin(item["entry"], _classes(item["classes"]), item["sensitivity"] and Sensitivity(item["sensitivity"]))
        for item in items
    )


READ: Mapping[str, Callable[[Any], Any]] = {
    "classes": _classes, "needs": _needs, "levels": _needs, "answers": _answers, "pins": _pins,
    **dict.fromkeys(("entries", "because", "notify", "notes", "withheld"), tuple),
    **dict.fromkeys(("start", "starts", "created", "expires", "review_by", "opened", "closes", "until", "answered"), _moment),
}  # fmt: skip

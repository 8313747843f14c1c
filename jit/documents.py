"""Requests and grants as the ledger keeps them: one canonical JSON document each, and back."""

import json
from collections.abc import Mapping
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
    body = json.loads(text)
    return Request(
        **{
            **body,
            "state": RequestState(body["state"]),
            "classes": _classes(body["classes"]),
            "entries": tuple(body["entries"]),
            "start": _moment(body["start"]),
            "created": moment(body["created"]),
            "expires": _moment(body["expires"]),
            "answers": tuple(Answer(**{**answer, "at": moment(answer["at"])}) for answer in body["answers"]),
            "needs": _needs(body["needs"]),
            "levels": _needs(body["levels"]),
            "because": tuple(body["because"]),
            "notify": tuple(body["notify"]),
            "review_by": _moment(body["review_by"]),
        }
    )


def grant_of(text: str) -> Grant:
    """The grant that `document` wrote."""
    body = json.loads(text)
    return Grant(
        **{
            **body,
            "state": GrantState(body["state"]),
            "classes": _classes(body["classes"]),
            "entries": tuple(body["entries"]),
            "starts": moment(body["starts"]),
            "expires": moment(body["expires"]),
            "because": tuple(body["because"]),
            "pins": tuple(_pin(pin) for pin in body["pins"]),
            "notes": tuple(body["notes"]),
            "withheld": tuple(body["withheld"]),
        }
    )


def campaign_of(text: str) -> Campaign:
    """The campaign that `document` wrote."""
    body = json.loads(text)
    times = {key: moment(body[key]) for key in ("opened", "closes")}
    return Campaign(**{**body, **times, "state": CampaignState(body["state"]), "classes": _classes(body["classes"])})


def question_of(text: str) -> Question:
    """The question that `document` wrote."""
    body = json.loads(text)
    times = {key: _moment(body[key]) for key in ("until", "answered")}
    state = QuestionState(body["state"])
    known = {**body, **times, "state": state, "entries": tuple(body["entries"])}
    return Question(**{**known, "classes": _classes(body["classes"])})


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


def _pin(body: Mapping[str, Any]) -> Pin:
    known = body["sensitivity"]
    return Pin(body["entry"], _classes(body["classes"]), None if known is None else Sensitivity(known))

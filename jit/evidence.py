"""The tables of an export: records and what the ledger keeps, as Arrow, without a word that somebody typed."""

import json
from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa

from jit.change import Papers
from jit.interface import Grant, Need, Request
from jit.proof.record import Record
from jit.question import Campaign, Question
from jit.states import seen_campaign, seen_grant, seen_request

MOMENT = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(pa.string())
NEEDS = pa.list_(pa.struct([("of", pa.string()), ("n", pa.int64())]))
PINS = pa.list_(pa.struct([("entry", pa.string()), ("classes", TEXTS), ("sensitivity", pa.string())]))
EVENTS = pa.schema(
    [
        ("seq", pa.int64()), ("ts", MOMENT), ("type", pa.string()), ("actor", pa.string()), ("request", pa.string()),
        ("grant", pa.string()), ("entries", TEXTS), ("classes", TEXTS), ("decision", pa.string()), ("because", TEXTS),
        ("detail", pa.string()), ("prev", pa.string()), ("hash", pa.string()), ("record", pa.string()),
    ]
)  # fmt: skip
REQUESTS = pa.schema(
    [
        ("id", pa.string()), ("state", pa.string()), ("requester", pa.string()), ("classes", TEXTS), ("scope", pa.string()),
        ("entries", TEXTS), ("purpose", pa.string()), ("ticket", pa.string()), ("seconds", pa.int64()), ("start", MOMENT),
        ("created", MOMENT), ("decided_by", TEXTS), ("needs", NEEDS),
        ("grant_id", pa.string()), ("because", TEXTS), ("automatic", pa.bool_()), ("extends", pa.string()),
        ("break_glass", pa.bool_()), ("notify", TEXTS), ("review_by", MOMENT), ("levels", NEEDS), ("rows", pa.int64()),
        ("expires", MOMENT), ("follows", pa.bool_()),
    ]
)  # fmt: skip
GRANTS = pa.schema(
    [
        ("id", pa.string()), ("state", pa.string()), ("grantee", pa.string()), ("classes", TEXTS), ("entries", TEXTS),
        ("starts", MOMENT), ("expires", MOMENT), ("seconds", pa.int64()), ("provisioner", pa.string()), ("because", TEXTS),
        ("request_id", pa.string()), ("rows", pa.int64()), ("purpose", pa.string()), ("withheld", TEXTS), ("pins", PINS),
    ]
)  # fmt: skip
ANSWERS = pa.schema(
    [
        ("request", pa.string()), ("person", pa.string()), ("kind", pa.string()), ("agreed", pa.bool_()), ("at", MOMENT),
        ("level", pa.string()),
    ]
)  # fmt: skip
CAMPAIGNS = pa.schema(
    [
        ("id", pa.string()), ("state", pa.string()), ("opened_by", pa.string()), ("opened", MOMENT), ("closes", MOMENT),
        ("classes", TEXTS), ("scope", pa.string()),
    ]
)  # fmt: skip
QUESTIONS = pa.schema(
    [
        ("id", pa.string()), ("campaign", pa.string()), ("state", pa.string()), ("person", pa.string()), ("classes", TEXTS),
        ("entries", TEXTS), ("grant", pa.string()), ("rule", pa.string()), ("until", MOMENT), ("answered_by", pa.string()),
        ("answered", MOMENT),
    ]
)  # fmt: skip


def tables(papers: Papers, now: datetime) -> dict[str, pa.Table]:
    """Every table of what the ledger keeps, by its name, as it stands at `now`."""
    return {
        "requests": requests(papers.requests, now),
        "answers": answers(papers.requests),
        "grants": grants(papers.grants, now),
        "campaigns": campaigns(papers.campaigns, now),
        "questions": questions(papers.questions),
    }


def events(records: Iterable[Record]) -> pa.Table:
    """One row per record: its keys as typed columns, and the canonical text that its hash is of."""
    return pa.Table.from_pylist([_event(record) for record in records], EVENTS)


def _event(record: Record) -> dict[str, object]:
    body = record.as_json()
    detail = json.dumps(body["detail"], sort_keys=True) if "detail" in body else None
    return {**body, "ts": record.ts, "detail": detail, "record": record.text}


def requests(found: Iterable[Request], now: datetime) -> pa.Table:
    """One row per request as it stands at `now`. The reason is not in it: it is free text, and may name anybody."""
    return pa.Table.from_pylist([_request(seen_request(request, now)) for request in found], REQUESTS)


def _request(request: Request) -> dict[str, object]:
    return {
        "id": request.id, "state": request.state.value, "requester": request.requester, "classes": request.classes,
        "scope": request.scope, "entries": request.entries, "purpose": request.purpose, "ticket": request.ticket,
        "seconds": request.seconds, "start": request.start, "created": request.created,
        "decided_by": [answer.person for answer in request.answers],
        "needs": _needs(request.needs), "grant_id": request.grant_id,
        "because": request.because, "automatic": request.automatic, "extends": request.extends,
        "break_glass": request.break_glass, "notify": request.notify, "review_by": request.review_by,
        "levels": _needs(request.levels), "rows": request.rows, "expires": request.expires, "follows": request.follows,
    }  # fmt: skip


def _needs(needs: Iterable[Need]) -> list[dict[str, object]]:
    return [{"of": need.of, "n": need.n} for need in needs]


def answers(found: Iterable[Request]) -> pa.Table:
    """One row per answer that counts: an approval or a rejection at its level, or the review of a broken glass.

    Answers that a change of the request made void are records alone.
    """
    rows = [
        {"request": request.id, "person": one.person, "kind": "review" if request.break_glass else "approval",
         "agreed": one.approve, "at": one.at, "level": one.level or None}
        for request in found for one in request.answers
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, ANSWERS)


def grants(found: Iterable[Grant], now: datetime) -> pa.Table:
    """One row per grant as it stands at `now`."""
    return pa.Table.from_pylist([_grant(seen_grant(grant, now)) for grant in found], GRANTS)


def _grant(grant: Grant) -> dict[str, object]:
    return {
        "id": grant.id, "state": grant.state.value, "grantee": grant.grantee, "classes": grant.classes,
        "entries": grant.entries, "starts": grant.starts, "expires": grant.expires,
        "seconds": round(grant.length.total_seconds()), "provisioner": grant.provisioner, "because": grant.because,
        "request_id": grant.request_id, "rows": grant.rows, "purpose": grant.purpose, "withheld": grant.withheld,
        "pins": [{"entry": pin.entry, "classes": pin.classes, "sensitivity": pin.sensitivity and pin.sensitivity.word}
                 for pin in grant.pins],
    }  # fmt: skip


def campaigns(found: Iterable[Campaign], now: datetime) -> pa.Table:
    """One row per access review as it stands at `now`."""
    return pa.Table.from_pylist([_columns(seen_campaign(one, now), CAMPAIGNS) for one in found], CAMPAIGNS)


def questions(found: Iterable[Question]) -> pa.Table:
    """One row per question of an access review, with its answer. The reason stays in the ledger."""
    return pa.Table.from_pylist([_columns(one, QUESTIONS) for one in found], QUESTIONS)


def _columns(thing: Campaign | Question, schema: pa.Schema) -> dict[str, object]:
    return {name: getattr(thing, name) for name in schema.names}

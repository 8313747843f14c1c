"""The tables of an export: audit records, requests and grants as Arrow, without a word that somebody typed."""

import json
from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa

from jit.interface import Grant, Request
from jit.proof.record import Record
from jit.states import seen_grant, seen_request

MOMENT = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(pa.string())
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
        ("created", MOMENT), ("decided_by", TEXTS), ("needs", pa.list_(pa.struct([("of", pa.string()), ("n", pa.int64())]))),
        ("grant_id", pa.string()), ("because", TEXTS), ("automatic", pa.bool_()), ("extends", pa.string()),
        ("break_glass", pa.bool_()), ("notify", TEXTS), ("review_by", MOMENT),
    ]
)  # fmt: skip
GRANTS = pa.schema(
    [
        ("id", pa.string()), ("state", pa.string()), ("grantee", pa.string()), ("classes", TEXTS), ("entries", TEXTS),
        ("starts", MOMENT), ("expires", MOMENT), ("seconds", pa.int64()), ("provisioner", pa.string()), ("because", TEXTS),
        ("request_id", pa.string()), ("rows", pa.int64()), ("purpose", pa.string()),
    ]
)  # fmt: skip


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
        "needs": [{"of": need.of, "n": need.n} for need in request.needs], "grant_id": request.grant_id,
        "because": request.because, "automatic": request.automatic, "extends": request.extends,
        "break_glass": request.break_glass, "notify": request.notify, "review_by": request.review_by,
    }  # fmt: skip


def grants(found: Iterable[Grant], now: datetime) -> pa.Table:
    """One row per grant as it stands at `now`."""
    return pa.Table.from_pylist([_grant(seen_grant(grant, now)) for grant in found], GRANTS)


def _grant(grant: Grant) -> dict[str, object]:
    return {
        "id": grant.id, "state": grant.state.value, "grantee": grant.grantee, "classes": grant.classes,
        "entries": grant.entries, "starts": grant.starts, "expires": grant.expires,
        "seconds": round(grant.length.total_seconds()), "provisioner": grant.provisioner, "because": grant.because,
        "request_id": grant.request_id, "rows": grant.rows, "purpose": grant.purpose,
    }  # fmt: skip

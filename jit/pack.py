"""The evidence of one grant: what was asked, decided, lent, read and ended, in one signed file that verifies by itself.

For an auditor who is not to see the rest of the log. The records come with their inclusion proofs; request and grant are
as they stand, without a word that anybody typed.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jit import evidence
from jit.audit import Audit, check_proof
from jit.interface import Grant, JitError, Request, TamperError
from jit.proof.canonical import moment, stamp
from jit.proof.checkpoint import opened
from jit.proof.record import Event, Record
from jit.proof.seal import Seal
from jit.proof.signing import PublicKey
from jit.states import seen_grant, seen_request

ENDS = frozenset({"expired", "revoked"})
KIND = "datakeep grant evidence"
SEAL = Seal(KIND, "evidence")


@dataclass(frozen=True, slots=True)
class Packed:
    """What a verification of a pack showed: the grant, its records, and what is not shown."""

    grant: str
    records: int
    reads: int
    proven: int
    trusted: bool
    open_points: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The item that `audit verify` prints."""
        return {
            "verified": True, "grant": self.grant, "records": self.records, "reads": self.reads,
            "proven_to": self.proven, "key_given": self.trusted, "open_points": list(self.open_points),
        }  # fmt: skip


def pack(audit: Audit, name: str, actor: str, now: datetime) -> dict[str, Any]:
    """The evidence of grant `name`. That it was handed out is on record first. Raises UnknownError."""
    ledger = audit.ledger
    ledger.grant(name)
    ledger.record(Event("audit.evidence", actor, grant=name), now)
    papers = ledger.snapshot()
    tip = papers.tip
    note = ledger.checkpoints.last()
    size = 0 if note is None else opened(note, ledger.keys.public()).size
    if note is None or size < tip.seq:
        raise JitError(f"record {tip.seq} is under no checkpoint yet")
    grant = next(one for one in papers.grants if one.id == name)
    asked = [one for one in papers.requests if one.id == grant.request_id or name in {one.grant_id, one.extends}]
    names = {one.id for one in asked}
    seqs = list(_about(ledger.records(until=tip.seq), name, names))
    key = ledger.keys.signing()
    body: dict[str, Any] = {
        "kind": KIND, "schema_version": 1, "grant": _grant(grant, tip.clock), "requests": [_request(one, tip.clock) for one in asked],
        "created": stamp(tip.clock), "checkpoint": note, "public_key": str(key.public),
        "records": [{"record": one["record"], "path": one["path"]} for one in audit.proofs(seqs, note, size)],
    }  # fmt: skip
    return SEAL.put(body, key)


def verify_pack(body: Mapping[str, Any], key: PublicKey | None = None) -> Packed:
    """Check a pack: its signature, each record's proof, and that request, grant and reads are what the records say.

    `key` is the public key as the caller got it elsewhere. Raises TamperError naming the first fault.
    """
    try:
        signer = SEAL.signer(body, key)
        records = [_proven(one, body["checkpoint"], signer) for one in body["records"]]
        SEAL.check(body, signer)
        _check_grant(body["grant"], records)
        for request in body["requests"]:
            _check_request(request, records)
        reads = [one for one in records if one.event.type == "read.served"]
        _check_reads(reads, body["grant"], records)
        size = opened(body["checkpoint"], [signer]).size
        return Packed(
            body["grant"]["id"], len(records), len(reads), size, key is not None, tuple(_open_points(size, key))
        )
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
        raise TamperError("that is no evidence of a grant") from None


def _about(records: Iterable[Record], grant: str, requests: Collection[str]) -> Iterator[int]:
    """The numbers of the records about a grant and its requests, and of the one that says which policy was in force."""
    policy, before = 0, True
    for one in records:
        if one.event.type == "policy.changed" and before:
            policy = one.seq
        elif one.event.grant == grant or one.event.request in requests:
            if before and policy:
                yield policy
            before = False
            yield one.seq


def _grant(grant: Grant, now: datetime) -> dict[str, Any]:
    return _plain(evidence.grants([grant], now).to_pylist()[0]) | {"state": seen_grant(grant, now).state.value}


def _request(request: Request, now: datetime) -> dict[str, Any]:
    return _plain(evidence.requests([request], now).to_pylist()[0]) | {"state": seen_request(request, now).state.value}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: stamp(value) if isinstance(value, datetime) else value for key, value in row.items()}


def _proven(one: Mapping[str, Any], note: str, signer: PublicKey) -> Record:
    seq = json.loads(one["record"])["seq"]
    check_proof({**one, "seq": seq, "checkpoint": note}, [signer])
    return Record.read(one["record"])


def _check_grant(grant: Mapping[str, Any], records: Sequence[Record]) -> None:
    """The grant is what its last record says: its span and its fields."""
    said = [one.event for one in records if one.event.grant == grant["id"] and one.event.type.startswith("grant.")]
    last = [event for event in said if "mac" in event.detail][-1:]
    if not last:
        raise TamperError(f"no record says how {grant['id']} came there")
    spans = (last[0].detail["starts"], last[0].detail["expires"]) == (grant["starts"], grant["expires"])
    if not spans or sorted(last[0].entries) != sorted(grant["entries"]):
        raise TamperError(f"{grant['id']} is not what its last record says")


def _check_request(request: Mapping[str, Any], records: Sequence[Record]) -> None:
    """Everybody who is said to have answered is on record, and nobody answered what they had asked for."""
    answered = {
        one.event.actor for one in records if one.event.request == request["id"]
        and one.event.type in {"request.answered", "request.rejected", "glass.reviewed"}
    }  # fmt: skip
    if not set(request["decided_by"]) <= answered:
        raise TamperError(f"no record says that {', '.join(sorted(set(request['decided_by']) - answered))} answered")
    if request["requester"] in answered:
        raise TamperError(f"{request['requester']} answered their own request {request['id']}")


def _check_reads(reads: Sequence[Record], grant: Mapping[str, Any], records: Sequence[Record]) -> None:
    """Every read was by the grantee, of what was lent, and within some span that the grant had."""
    ends = [one.seq for one in records if one.event.detail.get("state") in ENDS and one.event.grant == grant["id"]]
    longest = max(one.event.detail["expires"] for one in records if "expires" in one.event.detail)
    for read in reads:
        if ends and read.seq > ends[0]:
            raise TamperError(f"the read of record {read.seq} was after record {ends[0]} ended {grant['id']}")
        if read.event.actor != grant["grantee"] or not moment(grant["starts"]) <= read.ts < moment(longest):
            raise TamperError(f"the read of record {read.seq} was not within {grant['id']}")


def _open_points(size: int, key: PublicKey | None) -> Iterator[str]:
    if key is None:
        yield "the public key came with the evidence: who signed is not shown; compare it, or give one with --key"
    yield "whether the log holds more about this grant only the whole log shows: ask for an export"
    yield f"what was recorded after record {size} is not in it"

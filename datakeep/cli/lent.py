"""What the commands around requests and grants share: the contract's items, and durations as flags."""

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import click

from datakeep.cli.errors import Exit
from datakeep.cli.moment import Moment
from datakeep.cli.render import note

if TYPE_CHECKING:
    from jit import Grant, Request

REQUEST_COLUMNS = ("id", "state", "requester", "classes", "scope", "entries", "seconds", "needs", "grant_id", "because")
ASKED_COLUMNS = (*REQUEST_COLUMNS, "purpose", "ticket", "reason", "decided_by", "expires")
FIELD_COLUMNS = ("id", "classes", "sensitivity", "status", "rows", "owner", "decided_by", "lent", "reads", "last_read")
GRANT_COLUMNS = ("id", "state", "grantee", "classes", "entries", "starts", "expires", "because")


class Duration(click.ParamType[int]):
    """`90s`, `30m`, `2h`, `1d`, `1h30m` or ISO 8601, as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """As seconds; a usage error where it is none."""
        from jit import parse_duration  # noqa: PLC0415 - `--help` needs no jit

        if isinstance(value, int):
            return value
        try:
            return parse_duration(value)
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)


class Start(Moment):
    """A time at which something begins: a day alone means its first moment."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """As a time in UTC; a usage error where it is none."""
        found = super().convert(value, param, ctx)
        return datetime.combine(found, time.min, found.tzinfo) if found.time() == time.max else found


def request_item(request: "Request") -> dict[str, Any]:
    """The contract's keys of a request, and when a pending one lapses."""
    said = [f"{answer.person}: {answer.reason}" for answer in request.answers if answer.reason]
    return {
        "id": request.id, "state": request.state.value, "requester": request.requester, "classes": list(request.classes),
        "scope": request.scope, "entries": list(request.entries), "purpose": request.purpose, "reason": request.reason,
        "ticket": request.ticket, "seconds": request.seconds, "start": _iso(request.start), "created": _iso(request.created),
        "decided_by": [answer.person for answer in request.answers],
        "needs": [{"of": need.of, "n": need.n} for need in request.needs], "grant_id": request.grant_id,
        "because": [*request.because, *said], "expires": _iso(request.expires), "rows": request.rows,
        "extends": request.extends, "break_glass": request.break_glass, "notify": list(request.notify),
        "review_by": _iso(request.review_by), "follows": request.follows,
    }  # fmt: skip


def grant_item(grant: "Grant") -> dict[str, Any]:
    """The contract's keys of a grant, and the request it came from."""
    return {
        "id": grant.id, "state": grant.state.value, "grantee": grant.grantee, "classes": list(grant.classes),
        "entries": list(grant.entries), "starts": _iso(grant.starts), "expires": _iso(grant.expires),
        "seconds": round(grant.length.total_seconds()), "provisioner": grant.provisioner,
        "because": [*grant.because, *grant.notes], "request_id": grant.request_id, "rows": grant.rows,
        "purpose": grant.purpose,
    }  # fmt: skip


def outcome(request: "Request") -> int:
    """The exit code of an ask: done where something is lent, pending where people are to answer, else denied."""
    if request.state.value == "approved":
        if request.grant_id:
            note(f"approved: `datakeep grant read {request.grant_id} DATASET` reads")
        return Exit.DONE
    if request.state.value == "pending":
        needs = ", then ".join(f"{need.n} of {need.of}" for need in request.needs)
        note(f"pending: {needs} to approve; `datakeep request show {request.id}` tells how it stands")
        return Exit.PENDING
    note(f"{request.state.value}: {request.because[-1] if request.because else 'nobody approved it'}")
    return Exit.DENIED


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

"""Which state may follow which, and where something stands at a moment. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from jit.documents import Kept
from jit.interface import DeniedError, Grant, GrantState, Request, RequestState, is_live
from jit.question import Campaign, CampaignState, Question, QuestionState

REQUEST_MOVES: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.PENDING: frozenset(RequestState),
    RequestState.APPROVED: frozenset({RequestState.APPROVED}),  # a broken glass is looked at afterwards
}
GRANT_MOVES: Mapping[GrantState, frozenset[GrantState]] = {
    GrantState.SCHEDULED: frozenset(GrantState),
    GrantState.ACTIVE: frozenset(GrantState) - {GrantState.SCHEDULED},
    GrantState.SUSPENDED: frozenset(GrantState),
    GrantState.STUCK: frozenset({GrantState.STUCK, GrantState.EXPIRED, GrantState.REVOKED}),
}
MOVES: Mapping[type[Kept], tuple[str, Mapping[Any, frozenset[Any]]]] = {
    Request: ("request", REQUEST_MOVES),
    Grant: ("grant", GRANT_MOVES),
    Campaign: ("campaign", {CampaignState.OPEN: frozenset({CampaignState.CLOSED})}),
    Question: ("question", {QuestionState.OPEN: frozenset({QuestionState.KEEP, QuestionState.REVOKE})}),
}
ENDED = frozenset({GrantState.EXPIRED, GrantState.REVOKED})


def check_move(old: Kept, new: Kept) -> None:
    """Raise DeniedError where `new` may not follow `old`; the ledger asks on every write."""
    noun, moves = MOVES[type(old)]
    if new.state not in moves.get(old.state, frozenset()):
        raise DeniedError(f"{noun} {old.id} is {old.state.value} already")


def seen_request(request: Request, now: datetime) -> Request:
    """The request as it stands at `now`: a pending one that nobody answered in time has expired, swept or not."""
    lapsed = request.state is RequestState.PENDING and request.expires is not None and now >= request.expires
    return replace(request, state=RequestState.EXPIRED, needs=()) if lapsed else request


def seen_grant(grant: Grant, now: datetime) -> Grant:
    """The grant as it stands at `now`, swept or not."""
    if grant.state in ENDED or grant.state is GrantState.STUCK:
        return grant
    if now >= grant.expires:
        return replace(grant, state=GrantState.EXPIRED)
    if grant.state is GrantState.SUSPENDED:
        return grant
    return replace(grant, state=GrantState.ACTIVE if is_live(grant, now) else GrantState.SCHEDULED)


def seen_campaign(campaign: Campaign, now: datetime) -> Campaign:
    """The campaign as it stands at `now`, swept or not."""
    return replace(campaign, state=CampaignState.CLOSED) if now >= campaign.closes else campaign

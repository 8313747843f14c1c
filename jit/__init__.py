"""Who may read which class, until when."""

from jit.alerts import Alert, acknowledge, alerts
from jit.asking import edited
from jit.audit import Audit, Verified, check_proof
from jit.broker import Broker
from jit.campaigns import Campaigns
from jit.delivery.forward import Destination, Forwarder, ForwardingError, Position
from jit.delivery.sinks import JsonLines, Sink, SinkError, Syslog
from jit.delivery.tls import Trust
from jit.delivery.webhook import WebhookSink
from jit.dossier import Dossier, FieldDossier
from jit.export import Exporter
from jit.gateway import Gateway, Reading
from jit.glass import Glass
from jit.inspection import verify_export
from jit.interface import (
    Answer,
    Ask,
    Decision,
    DeniedError,
    Grant,
    GrantState,
    JitError,
    LedgerError,
    Need,
    Outcome,
    Person,
    Pin,
    PolicyError,
    Request,
    RequestState,
    TamperError,
    UnknownError,
    Usage,
    is_live,
)
from jit.ledger import Ledger
from jit.lending import Lending, Swept
from jit.pack import Packed, pack, verify_pack
from jit.policies.diff import Past, RuleChange, Shift, Turn, past_of, replay, rule_changes
from jit.policies.durations import format_duration, parse_duration
from jit.policies.explain import ClassAccount, Explanation, RuleAccount, explain
from jit.policies.lint import Issue, lint
from jit.policies.masks import Mask, mask
from jit.policies.policy import Policy, approvers, decide
from jit.policies.reach import Reach, reach
from jit.policies.rules import policy_schema
from jit.policies.selftest import ANY_REASON, Tested, run_tests
from jit.policies.usage import Access, accesses
from jit.proof.record import Event, Record
from jit.proof.signing import PublicKey
from jit.question import Campaign, CampaignState, Question, QuestionState
from jit.reconcile import sweep
from jit.resolve import find
from jit.states import seen_campaign
from jit.token import issue, redeem

__all__ = [
    "ANY_REASON",
    "Access",
    "Alert",
    "Answer",
    "Ask",
    "Audit",
    "Broker",
    "Campaign",
    "CampaignState",
    "Campaigns",
    "ClassAccount",
    "Decision",
    "DeniedError",
    "Destination",
    "Dossier",
    "Event",
    "Explanation",
    "Exporter",
    "FieldDossier",
    "Forwarder",
    "ForwardingError",
    "Gateway",
    "Glass",
    "Grant",
    "GrantState",
    "Issue",
    "JitError",
    "JsonLines",
    "Ledger",
    "LedgerError",
    "Lending",
    "Mask",
    "Need",
    "Outcome",
    "Packed",
    "Past",
    "Person",
    "Pin",
    "Policy",
    "PolicyError",
    "Position",
    "PublicKey",
    "Question",
    "QuestionState",
    "Reach",
    "Reading",
    "Record",
    "Request",
    "RequestState",
    "RuleAccount",
    "RuleChange",
    "Shift",
    "Sink",
    "SinkError",
    "Swept",
    "Syslog",
    "TamperError",
    "Tested",
    "Trust",
    "Turn",
    "UnknownError",
    "Usage",
    "Verified",
    "WebhookSink",
    "accesses",
    "acknowledge",
    "alerts",
    "approvers",
    "check_proof",
    "decide",
    "edited",
    "explain",
    "find",
    "format_duration",
    "is_live",
    "issue",
    "lint",
    "mask",
    "pack",
    "parse_duration",
    "past_of",
    "policy_schema",
    "reach",
    "redeem",
    "replay",
    "rule_changes",
    "run_tests",
    "seen_campaign",
    "sweep",
    "verify_export",
    "verify_pack",
]

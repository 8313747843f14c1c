"""Who may read which class, until when."""

from jit.asking import edited
from jit.audit import Audit, Verified, check_proof
from jit.broker import Broker
from jit.diff import Past, RuleChange, Shift, Turn, past_of, replay, rule_changes
from jit.dossier import Dossier, FieldDossier
from jit.durations import format_duration, parse_duration
from jit.explain import ClassAccount, Explanation, RuleAccount, explain
from jit.export import Exporter
from jit.gateway import Gateway, Reading
from jit.glass import Glass, reviewers
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
from jit.lint import Issue, lint
from jit.masks import Mask, mask
from jit.policy import Policy, approvers, decide
from jit.reconcile import sweep
from jit.record import Event, Record
from jit.resolve import find
from jit.rules import policy_schema
from jit.selftest import ANY_REASON, Tested, run_tests
from jit.signing import PublicKey
from jit.token import issue, redeem
from jit.usage import Access, accesses

__all__ = [
    "ANY_REASON",
    "Access",
    "Answer",
    "Ask",
    "Audit",
    "Broker",
    "ClassAccount",
    "Decision",
    "DeniedError",
    "Dossier",
    "Event",
    "Explanation",
    "Exporter",
    "FieldDossier",
    "Gateway",
    "Glass",
    "Grant",
    "GrantState",
    "Issue",
    "JitError",
    "Ledger",
    "LedgerError",
    "Lending",
    "Mask",
    "Need",
    "Outcome",
    "Past",
    "Person",
    "Pin",
    "Policy",
    "PolicyError",
    "PublicKey",
    "Reading",
    "Record",
    "Request",
    "RequestState",
    "RuleAccount",
    "RuleChange",
    "Shift",
    "Swept",
    "TamperError",
    "Tested",
    "Turn",
    "UnknownError",
    "Usage",
    "Verified",
    "accesses",
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
    "parse_duration",
    "past_of",
    "policy_schema",
    "redeem",
    "replay",
    "reviewers",
    "rule_changes",
    "run_tests",
    "sweep",
    "verify_export",
]

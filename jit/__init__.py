"""Who may read which class, until when."""

from jit.audit import Audit, Verified, check_proof
from jit.broker import Broker
from jit.durations import format_duration, parse_duration
from jit.explain import ClassAccount, Explanation, RuleAccount, explain
from jit.export import Exporter
from jit.gateway import Gateway, Reading
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
from jit.masks import Mask, mask
from jit.policy import Policy, approvers, decide
from jit.record import Event, Record
from jit.selftest import TestResult, run_tests
from jit.signing import PublicKey

__all__ = [
    "Answer",
    "Ask",
    "Audit",
    "Broker",
    "ClassAccount",
    "Decision",
    "DeniedError",
    "Event",
    "Explanation",
    "Exporter",
    "Gateway",
    "Grant",
    "GrantState",
    "JitError",
    "Ledger",
    "LedgerError",
    "Lending",
    "Mask",
    "Need",
    "Outcome",
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
    "Swept",
    "TamperError",
    "TestResult",
    "UnknownError",
    "Usage",
    "Verified",
    "approvers",
    "check_proof",
    "decide",
    "explain",
    "format_duration",
    "is_live",
    "mask",
    "parse_duration",
    "run_tests",
    "verify_export",
]

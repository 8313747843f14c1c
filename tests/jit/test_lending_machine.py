"""Lending as a state machine: any sequence of deeds, clocks and crashes keeps the invariants.

What is true of a grant is kept here in a few words of our own, and compared with what broker, ledger and gateway say.
DATAKEEP_MACHINE_EXAMPLES runs more sequences (`benchmarks/jit_machine.py`).
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field as part
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from classifiers import DataClass
from jit import Ask, DeniedError, GrantState, LedgerError, Person, RequestState, UnknownError
from jit.testing import NOON, World, field

CANARY = "Anna Meier anna@example.org"
NAME, EMAIL, PHONE, SSN = (
    "user.name", "user.contact.email", "user.contact.phone_number", "user.government_id.national_identification_number",
)  # fmt: skip
POLICY = """
version: 1
defaults: {{pending_for: 2h}}
approvers: {{privacy: {{groups: [privacy]}}, owners: {{owner_of: entry}}}}
rules:
  - {{id: names, effect: allow, who: {{groups: [support]}}, what: {{classes: [user.name]}}, duration: {{max: 2h}}, auto: {{}}}}
  - id: contacts
    effect: {effect}
    who: {{groups: [support]}}
    what: {{classes: [user.contact]}}
    {terms}
"""
LEVELS = "duration: {{max: {most}}}\n    approvals: [{{of: owners, n: 1}}, {{of: privacy, n: {n}}}]"
POLICIES = {
    "strict": (POLICY.format(effect="allow", terms=LEVELS.format(most="1h", n=2)), 2, 3600),
    "loose": (POLICY.format(effect="allow", terms=LEVELS.format(most="2h", n=1)), 1, 7200),
    "closed": (POLICY.format(effect="deny", terms="because: closed"), None, 0),
}
GROUPS = {
    "ana": {"support"}, "ben": {"support"}, "own": {"privacy"}, "pia": {"privacy"}, "paul": {"privacy", "support"},
    "root": {"privacy", "support"},
}  # fmt: skip
FIELDS = {"crm/people#name": NAME, "crm/people#email": EMAIL, "crm/people#phone": PHONE}
ROWS = pa.table({path.partition("#")[2]: [f"clear {path}"] for path in FIELDS})
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it; thousands of ledgers need no disk
people = st.sampled_from(sorted(GROUPS))
TERMINAL = {
    RequestState.DENIED,
    RequestState.REJECTED,
    RequestState.WITHDRAWN,
    RequestState.EXPIRED,
    RequestState.APPROVED,
}


@dataclass
class Lent:
    """What we hold to be true of a grant."""

    holder: str
    held: dict[str, frozenset[str]]  # entry → the classes it held when it was lent
    starts: datetime
    ends: datetime
    suspended: bool = False
    over: bool = False

    def live(self, now):
        return not self.over and not self.suspended and self.starts <= now < self.ends


@dataclass
class Asked:
    """What we hold to be true of a request."""

    who: str
    approvals: dict[str, object] = part(default_factory=dict)  # person → what it was when they approved
    over: RequestState | None = None


class Lending(RuleBasedStateMachine):
    requests = Bundle("requests")

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        fields = [field(name, held, owner="own") for name, held in FIELDS.items()]
        everybody = [Person(name, frozenset(groups)) for name, groups in GROUPS.items()]
        self.world = World(self.folder, POLICIES["strict"][0], everybody, fields, {"crm/people": ROWS})
        self.policy, self.wall, self.lent, self.asked = "strict", NOON, {}, {}

    def teardown(self):
        assert self.world.audit.verify().complete or not self.world.types()
        assert not any("Anna" in record.text for record in self.world.ledger.records())
        self.world.ledger.close()
        shutil.rmtree(self.folder)

    @property
    def now(self):
        return self.world.ledger.moment(self.wall)

    @property
    def behind(self):
        return self.now - self.wall > timedelta(seconds=60)

    def basis(self, entries):
        """What an approval is bound to, as far as this machine changes it."""
        return self.policy, tuple(
            self.world.shelf.fields[name].classes for name in entries if name in self.world.shelf.fields
        )

    def person(self, name):
        return self.world.people[name]

    def refused(self, deed):
        """Do it; None where it was refused, which must leave every request and grant as it was."""
        before = self.papers()
        try:
            return deed()
        except (DeniedError, LedgerError) as refused:
            error = refused
        after = self.papers()
        changed = {name for name in after if after[name] != before.get(name)}
        assert isinstance(error, DeniedError) or self.behind
        assert all(name.startswith("req-") and after[name].answers == () for name in changed)
        return None

    def papers(self):
        ledger = self.world.ledger
        return {one.id: one for one in (*ledger.requests(), *ledger.grants())}

    def remember(self, made):
        """What follows from a request that was just made or approved."""
        asked = self.asked.setdefault(made.id, Asked(made.requester))
        if made.state is not RequestState.PENDING:
            asked.over = made.state
        if made.state is not RequestState.APPROVED:
            return None
        if made.extends:
            lent = self.lent[made.grant_id]
            assert lent.live(self.now) or lent.starts > self.now
            lent.ends = max(lent.ends, made.created + timedelta(seconds=made.seconds))
            assert lent.ends <= self.now + timedelta(seconds=7200)
            return None
        held = {name: frozenset(self.world.shelf.fields[name].classes) for name in made.entries}
        starts = max(made.start or self.now, self.now)
        self.lent[made.grant_id] = Lent(made.requester, held, starts, starts + timedelta(seconds=made.seconds))
        return made.grant_id

    @initialize(target=requests, whos=st.permutations(["ana", "ben", "root"]))
    def begin(self, whos):
        return multiple(
            self.asks(whos[0], "user.contact", 30), self.asks(whos[1], NAME, 60), self.asks(whos[2], EMAIL, 30)
        )

    @rule(target=requests, who=st.sampled_from(["ana", "ana", "ben", "root", "own"]),
          what=st.sampled_from([NAME, EMAIL, "user.contact"]), minutes=st.sampled_from([30, 30, 60, 120]),
          later=st.sampled_from([None, None, 10, 90]))  # fmt: skip
    def ask(self, who, what, minutes, later):
        held = [one for entry in self.world.shelf.fields.values() for one in entry.classes]
        if self.behind or not any(DataClass(what).covers(one) for one in held):
            return multiple()
        return self.asks(who, what, minutes, self.now + timedelta(minutes=later) if later else None)

    def asks(self, who, what, minutes, start=None):
        given = Ask(who, (DataClass(what),), reason=CANARY, seconds=minutes * 60, start=start)
        dry = self.world.broker.ask(given, self.wall, dry_run=True)
        made = self.world.broker.ask(given, self.wall)
        assert (dry.state, dry.seconds, dry.needs, dry.because) == (made.state, made.seconds, made.needs, made.because)
        assert made.state is RequestState.DENIED or made.seconds <= minutes * 60
        self.remember(made)
        return made.id

    def check_steers(self, name, who):
        """Besides its holder only those steer a grant who could have approved it."""
        asked = self.world.ledger.request(self.world.ledger.grant(name).request_id)
        decides = asked.levels and (who == "own" or "privacy" in self.person(who).groups)
        assert who == self.lent[name].holder or decides

    def grant_of(self, name):
        return self.world.ledger.request(name).grant_id

    @rule(name=requests, who=st.sampled_from(["own", "pia", "paul", "root", "ana"]))
    def approve_once(self, name, who):
        self.approve(name, who)

    @rule(name=requests, crowd=st.lists(people, min_size=3, max_size=8))
    def approve_in_turn(self, name, crowd):
        for who in ("own", *crowd):
            self.approve(name, who)

    @rule(name=requests, crowd=st.permutations(["pia", "paul", "root"]))
    def an_approver_leaves_half_way(self, name, crowd):
        for who in ("own", crowd[0]):
            self.approve(name, who)
        self.world.people[crowd[0]] = Person(crowd[0])
        for who in crowd[1:]:
            self.approve(name, who)
        self.world.people[crowd[0]] = Person(crowd[0], frozenset(GROUPS[crowd[0]]))

    def approve(self, name, who):
        before = self.world.ledger.request(name)
        made = self.refused(lambda: self.world.broker.approve(name, self.person(who), self.wall, CANARY))
        asked, after = self.asked[name], self.world.ledger.request(name)
        if not after.answers:
            asked.approvals.clear()
        if made is None:
            return
        assert asked.over is None
        assert who not in {asked.who, *asked.approvals}
        assert "privacy" in self.person(who).groups or who == "own"
        asked.approvals[who] = self.basis(before.entries)
        if made.state is RequestState.APPROVED:
            needed = POLICIES[self.policy][1]
            valid = {one for one in asked.approvals if one == "own" or "privacy" in self.person(one).groups}
            assert needed is not None
            assert "own" in valid
            assert len(valid) >= 1 + needed
            assert set(asked.approvals.values()) == {self.basis(before.entries)}
        self.remember(made)

    @rule(name=requests, who=people, verb=st.sampled_from(["deny", "withdraw"]))
    def end_request(self, name, who, verb):
        made = self.refused(lambda: getattr(self.world.broker, verb)(name, self.person(who), self.wall, CANARY))
        if made is not None:
            assert self.asked[name].over is None
            assert (who == self.asked[name].who) == (verb == "withdraw")
            self.asked[name].over = made.state

    @rule(asked=requests, who=people, verb=st.sampled_from(["revoke", "give_back"]))
    def end_grant(self, asked, who, verb):
        if (name := self.grant_of(asked)) is None:
            return
        made = self.refused(lambda: getattr(self.world.broker.lending, verb)(name, self.person(who), self.wall, CANARY))
        if made is not None:
            assert not self.lent[name].over
            assert verb == "revoke" or who == self.lent[name].holder
            self.check_steers(name, who)
            self.lent[name].over = True

    @rule(
        asked=requests,
        who=st.sampled_from(["holder", "root", "pia", "paul"]),
        verb=st.sampled_from(["suspend", "resume"]),
    )
    def hold(self, asked, who, verb):
        if (name := self.grant_of(asked)) is None:
            return
        who = self.lent[name].holder if who == "holder" else who
        made = self.refused(lambda: getattr(self.world.broker.lending, verb)(name, self.person(who), self.wall))
        if made is not None:
            assert verb == "suspend" or who != self.lent[name].holder
            self.check_steers(name, who)
            self.lent[name].suspended = verb == "suspend"

    @rule(
        target=requests,
        asked=requests,
        minutes=st.sampled_from([5, 30, 120]),
        who=st.sampled_from(["holder", "holder", "ben"]),
    )
    def extend(self, asked, minutes, who):
        if (name := self.grant_of(asked)) is None:
            return multiple()
        who = self.lent[name].holder if who == "holder" else who
        given = Ask(who, reason=CANARY, seconds=minutes * 60)
        made = self.refused(lambda: self.world.broker.extend(name, given, self.wall))
        if made is None:
            return multiple()
        assert who == self.lent[name].holder
        self.remember(made)
        return made.id

    @rule(minutes=st.sampled_from([1, 1, 4, 10, 45]))
    def tick(self, minutes):
        self.wall += timedelta(minutes=minutes)

    @rule(minutes=st.sampled_from([1, 5, 90]), asked=requests, stays=st.sampled_from([False, False, False, True]))
    def set_clock_back(self, minutes, asked, stays):
        self.wall -= timedelta(minutes=minutes)
        self.read(asked, "holder")
        self.what_can_be_read_is_the_union_of_live_grants()
        if not stays:
            self.wall = self.now

    @precondition(lambda self: self.behind)
    @rule()
    def set_clock_right(self):
        self.wall = self.now

    @rule(which=st.sampled_from(["strict", "strict", "loose", "loose", "loose", "closed"]))
    def change_policy(self, which):
        self.policy = which
        self.world.set_policy(POLICIES[which][0])

    @rule(
        name=st.sampled_from(sorted(FIELDS)),
        to=st.sampled_from(["as it was", "as it was", "as it was", "more", "less", "gone"]),
    )
    def reclassify(self, name, to):
        fields = self.world.shelf.fields
        if to == "gone":
            fields.pop(name, None)
        else:
            held = {"as it was": (FIELDS[name],), "more": (FIELDS[name], SSN), "less": ()}[to]
            fields[name] = field(name, *held, owner="own")

    @rule(who=st.sampled_from(["pia", "paul", "ben"]), stays=st.booleans())
    def leave_or_join(self, who, stays):
        self.world.people[who] = Person(who, frozenset(GROUPS[who] if stays else ()))

    @rule()
    def sweep(self):
        self.world.broker.lending.sweep(self.wall)

    @rule(asked=requests, who=st.sampled_from(["holder", "holder", "ana", "ben"]))
    def reads(self, asked, who):
        self.read(asked, who)

    def read(self, asked, who):
        if (name := self.grant_of(asked)) is None:
            return
        who = self.lent[name].holder if who == "holder" else who
        lent, now = self.lent[name], self.now
        try:
            found = self.world.read(name, who, "crm/people", self.wall)
        except (DeniedError, LedgerError):
            return
        except UnknownError:
            assert not self.world.shelf.fields  # nothing is left to read
            return
        assert lent.live(now)
        assert lent.holder == who
        for path, value in found.table.to_pylist()[0].items():
            entry = f"crm/people#{path}"
            clear = value == f"clear {entry}"
            if clear:
                assert set(self.world.shelf.fields[entry].classes) <= lent.held[entry]
            assert clear == (entry in found.clear)

    @rule(name=requests, at=st.integers(1, 12))
    def crash(self, name, at):
        """The ledger fails at its n-th statement while somebody approves; then all starts anew from the disk."""
        before = self.papers()
        if self.world.ledger._connection is None:
            return
        self.world.ledger._connection = Failing(self.world.ledger._connection, at)
        made = None
        with suppress(LedgerError, DeniedError):
            made = self.world.broker.approve(name, self.person("own"), self.wall)
        self.world.ledger.close()
        self.world.open()
        after = self.world.ledger.request(name)
        if made is not None:
            self.asked[name].approvals["own"] = self.basis(after.entries)
            self.remember(made)
        elif not after.answers:
            self.asked[name].approvals.clear()
        else:
            assert self.papers() == before

    @invariant()
    def what_can_be_read_is_the_union_of_live_grants(self):
        now = self.now
        for who in GROUPS:
            expected = {
                entry for lent in self.lent.values() if lent.holder == who and lent.live(now) for entry in lent.held
            }
            assert set(self.world.broker.lending.covered(who, self.wall)) == expected

    @invariant()
    def what_is_over_stays_over(self):
        for name, asked in self.asked.items():
            state = self.world.ledger.request(name).state
            assert asked.over is None or state is asked.over
            assert asked.over is not None or state in {RequestState.PENDING, RequestState.EXPIRED}
        for name, lent in self.lent.items():
            grant = self.world.ledger.grant(name)
            assert grant.expires == lent.ends
            assert not lent.over or grant.state is GrantState.REVOKED


class Failing:
    """A connection that fails at its n-th statement, and works again after."""

    def __init__(self, inner, at):
        self.inner, self.left = inner, at

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def execute(self, *given):
        self._count()
        return self.inner.execute(*given)

    def executemany(self, *given):
        self._count()
        return self.inner.executemany(*given)

    def _count(self):
        self.left -= 1
        if self.left == 0:
            raise sqlite3.OperationalError("disk I/O error")


TestLending = Lending.TestCase
TestLending.settings = settings(
    max_examples=int(os.environ.get("DATAKEEP_MACHINE_EXAMPLES", "15")), stateful_step_count=50, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

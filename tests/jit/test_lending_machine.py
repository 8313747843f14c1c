"""Lending as a state machine: any sequence of deeds, clocks and crashes keeps the invariants.

What is true of a grant is kept here in a few words of our own, and compared with what broker, ledger and gateway say.
DATAKEEP_MACHINE_EXAMPLES runs more sequences. `./run bench lending_machine` runs it at length, and plants a fault for
each invariant to see that it is caught.
"""

import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from dataclasses import field as part
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from classifiers import DataClass
from jit import (
    Ask,
    DeniedError,
    GrantState,
    JitError,
    LedgerError,
    Outcome,
    Person,
    Policy,
    RequestState,
    TamperError,
    UnknownError,
    Usage,
    decide,
    edited,
    explain,
    find,
    reconcile,
)
from jit.proof import chain
from jit.proof.canonical import stamp
from jit.proof.record import Event
from jit.testing import NOON, World, field

CANARY = "Anna Meier anna@example.org"
NAME, EMAIL, PHONE, SSN = (
    "user.name", "user.contact.email", "user.contact.phone_number", "user.government_id.national_identification_number",
)  # fmt: skip
POLICY = """
version: 1
defaults: {{pending_for: 2h, drift: {drift}}}
approvers: {{privacy: {{groups: [privacy]}}, owners: {{owner_of: entry}}}}
rules:
  - {{id: names, effect: allow, who: {{groups: [support]}}, what: {{classes: [user.name]}}, duration: {{max: 2h}}, auto: {{}}}}
  - {{id: tickets, effect: allow, who: {{groups: [support]}}, what: {{classes: [user.name]}}, purpose: {{ticket: "^T-[0-9]+$"}}, auto: {{}}}}
  - {{id: a-crowd, effect: allow, who: {{groups: [support]}}, what: {{classes: [user.contact]}}, duration: {{max: 1h}},
     approvals: [{{of: owners, n: 1}}, {{of: privacy, n: 3}}]}}
  - id: contacts
    effect: {effect}
    who: {{groups: [support]}}
    what: {{classes: [user.contact]}}
    {terms}
"""
LEVELS = "duration: {{max: {most}}}\n    approvals: [{{of: owners, n: 1}}, {{of: privacy, n: {n}}}]"
POLICIES = {
    "strict": (POLICY.format(drift="pin", effect="allow", terms=LEVELS.format(most="1h", n=2)), 2, 3600),
    "follow": (POLICY.format(drift="follow", effect="allow", terms=LEVELS.format(most="1h", n=2)), 2, 3600),
    "loose": (POLICY.format(drift="pin", effect="allow", terms=LEVELS.format(most="2h", n=1)), 1, 7200),
    "closed": (POLICY.format(drift="pin", effect="deny", terms="because: closed"), None, 0),
}
GROUPS = {
    "ana": {"support"}, "ben": {"support"}, "own": {"privacy"}, "pia": {"privacy"}, "paul": {"privacy", "support"},
    "root": {"privacy", "support"},
}  # fmt: skip
LATER = {"crm/people#alias": NAME, "crm/people#mail2": EMAIL}  # fields that the catalog does not have from the start
RANK = {Outcome.DENIED: 0, Outcome.PENDING: 1, Outcome.APPROVED: 2}
FIELDS = {"crm/people#name": NAME, "crm/people#email": EMAIL, "crm/people#phone": PHONE}
ROWS = pa.table({path.partition("#")[2]: [f"clear {path}"] for path in (*FIELDS, *LATER)})
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
    withheld: set[str] = part(default_factory=set)

    def lost(self, fields):
        """What the catalog took away from it by now."""
        return {name for name, held in self.held.items() if name not in fields or not set(fields[name].classes) <= held}

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
        self.every_record_is_clean_and_in_its_order()
        self.a_bent_record_is_found_where_it_is()
        self.world.ledger.close()
        shutil.rmtree(self.folder)

    def every_record_is_clean_and_in_its_order(self):
        """No typed word; an effect after its intent; as many versions as records; what the log says is what there is."""
        begun, approved, moves, lent = Counter(), set(), Counter(), {}
        for record in self.world.ledger.records():
            event = record.event
            assert "Anna" not in record.text
            begun[event.grant] += {"read.allowed": 1, "read.served": -1, "read.failed": -1}.get(event.type, 0)
            assert begun[event.grant] >= 0
            assert event.type != "grant.started" or event.request in approved
            approved |= {event.request} if event.type == "request.approved" else set()
            if "mac" in event.detail:
                moves[event.grant if event.type.startswith("grant.") else event.request] += 1
            if event.type.startswith("grant.") and "state" in event.detail:
                lent[event.grant] = event.detail["state"], event.detail["expires"]
        ledger = self.world.ledger
        live = {one.id: (one.state.value, stamp(one.expires)) for one in ledger.grants()}
        assert live == lent
        tables = ("requests", "grants")
        rows = [row for table in tables for row in ledger._rows(f"SELECT id, version FROM {table}", ())]
        assert dict(rows) == dict(moves)

    def a_bent_record_is_found_where_it_is(self):
        rows = self.world.ledger.rows(0, 10_000)
        for seq, text, digest in rows[:: max(1, len(rows) // 3)]:
            place = seq - 1
            for bent in ([(seq, text.replace("20", "21", 1), digest)], [], [rows[place], rows[place]]):
                with pytest.raises(TamperError, match=f"record ({seq}|{seq + 1}) "):
                    list(chain.walk([*rows[:place], *bent, *rows[seq:], (10**6, "", "")], chain.Start()))

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
        except (DeniedError, LedgerError, UnknownError) as refused:
            error = refused
        after = self.papers()
        changed = {name for name in after if after[name] != before.get(name)}
        assert isinstance(error, (DeniedError, UnknownError)) or self.behind
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

    @rule(name=requests, who=st.sampled_from(["holder", "holder", "holder", "pia"]),
          change=st.sampled_from([{"seconds": 1200}, {"entries": ("crm/people#phone",)}, {"classes": (DataClass(EMAIL),)},
                                  {"classes": (DataClass(NAME),)}, {"reason": f"{CANARY} again"}]))  # fmt: skip
    def edit(self, name, who, change):
        before = self.world.ledger.request(name)
        who = before.requester if who == "holder" else who
        made = self.refused(lambda: self.world.broker.edit(name, edited(before, who, **change), self.wall))
        if made is None:
            return
        asked = self.asked[name]
        assert asked.over is None
        assert who == asked.who
        assert (made.id, made.answers) == (name, ())
        asked.approvals.clear()
        self.remember(made)

    @rule(who=st.sampled_from(["ana", "ben", "own"]), what=st.sampled_from([NAME, EMAIL, "user.contact"]),
          more=st.sampled_from([EMAIL, SSN]), minutes=st.sampled_from([30, 90, 300]))  # fmt: skip
    def the_policy_keeps_its_laws(self, who, what, more, minutes):
        """What the machine's policies show of I22 to I27; `test_policy_laws.py` has them for any policy."""
        policy, person, fields = self.world.policy, self.person(who), self.world.shelf.fields
        ask = Ask(who, (DataClass(what),), reason=CANARY, seconds=minutes * 60)
        with suppress(UnknownError, JitError):
            entries = find(ask, self.world.shelf, self.world.taxonomy)
            how = {"person": person, "now": self.now, "usage": Usage()}
            said = decide(ask, entries, policy, **how)
            contact = any(DataClass("user.contact").covers(held) for entry in entries for held in entry.classes)
            assert not (self.policy == "closed" and contact) or said.outcome is Outcome.DENIED
            assert decide(replace(ask, ticket="\ud800"), entries, policy, **how).outcome is Outcome.DENIED or contact
            also = [*entries, field("crm/people#ssn", more, owner="own")]
            wider = decide(replace(ask, classes=(*ask.classes, DataClass(more))), also, policy, **how)
            assert RANK[wider.outcome] <= RANK[said.outcome]
            assert wider.outcome is Outcome.DENIED or wider.seconds <= said.seconds
            assert said.outcome is not Outcome.APPROVED or (
                decide(ask, entries, by_people(policy), **how).outcome is Outcome.PENDING
            )
            turned = Policy.of(policy.file.model_copy(update={"rules": policy.rules[::-1]}))
            assert decide(ask, entries[::-1], turned, **how) == said
            told = explain(ask, entries, policy, **how)
            assert told.decision == said
            stopped = bool(told.faults) or not all(account.allowed for account in told.classes)
            assert stopped == (said.outcome is Outcome.DENIED)
            assert told.nearest is None or RANK[told.nearest.outcome] > RANK[said.outcome]
        assert set(fields) == set(self.world.shelf.fields)

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
            again = self.refused(lambda: getattr(self.world.broker.lending, verb)(name, self.person(who), self.wall))
            assert again is None

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

    @rule(which=st.sampled_from(["strict", "follow", "loose", "loose", "loose", "closed", "closed"]))
    def change_policy(self, which):
        self.policy = which
        self.world.set_policy(POLICIES[which][0])

    @rule(
        name=st.sampled_from(sorted(FIELDS)),
        to=st.sampled_from(["as it was", "as it was", "as it was", "more", "other", "less", "gone"]),
    )
    def reclassify(self, name, to):
        fields = self.world.shelf.fields
        if to == "gone":
            fields.pop(name, None)
        else:
            other = NAME if FIELDS[name] == EMAIL else EMAIL
            held = {
                "as it was": (FIELDS[name],),
                "more": (FIELDS[name], SSN),
                "other": (FIELDS[name], other),
                "less": (),
            }
            fields[name] = field(name, *held[to], owner="own")

    @rule(name=st.sampled_from(sorted(LATER)), there=st.booleans())
    def add_or_drop(self, name, there):
        self.world.shelf.fields.pop(name, None)
        if there:
            self.world.shelf.fields[name] = field(name, LATER[name], owner="own")

    @rule(who=st.sampled_from(["pia", "paul", "ben"]), stays=st.booleans())
    def leave_or_join(self, who, stays):
        self.world.people[who] = Person(who, frozenset(GROUPS[who] if stays else ()))

    @rule()
    def sweep(self):
        with suppress(LedgerError) if self.behind else nullcontext():
            reconcile.sweep(self.world.broker, self.wall)
        self.absorb()
        fields = self.world.shelf.fields
        for lent in self.lent.values():
            ended = lent.over or self.now >= lent.ends
            assert self.behind or ended or lent.lost(fields) <= lent.withheld

    def absorb(self):
        """What a sweep may have done: narrow by the catalog, ask again, follow where told, end what nobody can approve."""
        fields = self.world.shelf.fields
        for made in self.world.ledger.requests():
            if made.id not in self.asked:
                assert set(made.entries) <= {name for lent in self.lent.values() for name in lent.lost(fields)}
                self.remember(made)
            elif self.asked[made.id].over is None and made.state is RequestState.DENIED:
                self.asked[made.id].over = made.state
        for name, lent in self.lent.items():
            grant = self.world.ledger.grant(name)
            assert lent.withheld <= set(grant.withheld) <= lent.withheld | lent.lost(fields)
            new = set(grant.entries) - set(lent.held)
            assert not new or (self.policy == "follow" and new <= set(fields))
            lent.held |= {entry: frozenset(fields[entry].classes) for entry in new}
            lent.withheld = set(grant.withheld)

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
                assert entry not in lent.withheld
                assert set(self.world.shelf.fields[entry].classes) <= lent.held[entry]
            assert clear == (entry in found.clear)

    @rule()
    def restart(self):
        before = self.papers()
        self.world.ledger.close()
        self.world.open()
        assert self.papers() == before

    @rule(name=requests, at=st.integers(1, 14), deed=st.sampled_from(["approve", "edit", "revoke", "sweep"]))
    def crash(self, name, at, deed):
        """The ledger fails at its n-th statement in a deed; then all starts anew from the disk."""
        before, grant = self.papers(), self.grant_of(name)
        if self.world.ledger._connection is None or self.behind or (deed == "revoke" and not grant):
            return
        asked = self.world.ledger.request(name)
        broker, own = self.world.broker, self.person("own")
        deeds = {
            "approve": lambda: broker.approve(name, own, self.wall),
            "edit": lambda: broker.edit(name, edited(asked, asked.requester, seconds=900), self.wall),
            "revoke": lambda: broker.lending.revoke(grant, self.person(asked.requester), self.wall),
            "sweep": lambda: reconcile.sweep(broker, self.wall),
        }
        self.world.ledger._connection = Failing(self.world.ledger._connection, at)
        made = None
        with suppress(LedgerError, DeniedError, UnknownError):
            made = deeds[deed]()
        self.world.ledger.close()
        self.world.open()
        self.world.ledger.record(
            Event("test.went_on", "datakeep"), self.wall
        )  # an end that was spooled is on paper now
        self.settle(deed, name, grant, made, before)

    def settle(self, deed, name, grant, made, before):
        """All of the deed is there, or nothing of it."""
        after = self.world.ledger.request(name)
        if deed == "sweep":
            self.absorb()
        elif deed == "revoke":
            self.lent[grant].over |= made is not None
        elif made is not None:
            self.asked[name].approvals = {"own": self.basis(after.entries)} | self.asked[name].approvals
            if deed == "edit":
                self.asked[name].approvals.clear()
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
                entry
                for lent in self.lent.values()
                if lent.holder == who and lent.live(now)
                for entry in set(lent.held) - lent.withheld
            }
            assert set(self.world.broker.lending.covered(who, self.wall)) == expected

    @invariant()
    def what_is_over_stays_over(self):
        papers = self.papers()
        for name, asked in self.asked.items():
            state = papers[name].state
            assert asked.over is None or state is asked.over
            assert asked.over is not None or state in {RequestState.PENDING, RequestState.EXPIRED}
        for name, lent in self.lent.items():
            grant = papers[name]
            assert grant.expires == lent.ends
            assert not lent.over or grant.state is GrantState.REVOKED


def by_people(policy):
    """The policy with people in the place of every approval at once."""
    somebody = policy.rules[-1].approvals or Policy.of(policy.file).rules[2].approvals
    rules = tuple(
        rule.model_copy(update={"auto": None, "approvals": rule.approvals or somebody})
        if rule.effect == "allow"
        else rule
        for rule in policy.rules
    )
    return Policy.of(policy.file.model_copy(update={"rules": rules}))


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

import sqlite3
import threading
from contextlib import closing
from copy import copy
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from catalog import Status
from classifiers import DataClass, Mode
from jit import (
    Ask,
    DeniedError,
    GrantState,
    JitError,
    LedgerError,
    Person,
    PolicyError,
    RequestState,
    UnknownError,
    edited,
    is_live,
    sweep,
)
from jit.testing import NOON, Shelf, World, field

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
EMAIL, PHONE, NAME = "user.contact.email", "user.contact.phone_number", "user.name"
WHY = "a customer called"

POLICY = """
version: 1
defaults: {pending_for: 4h}
approvers:
  privacy: {groups: [privacy]}
  owners: {owner_of: entry}
rules:
  - id: names
    effect: allow
    who: {groups: [support]}
    what: {classes: [user.name], rows: 5}
    duration: {max: 2h}
    auto: {per_person: 3/7d}
    approvals: [{of: privacy, n: 1}]
  - id: contacts
    effect: allow
    who: {groups: [support]}
    what: {classes: [user.contact]}
    duration: {max: 1h}
    approvals: [{of: owners, n: 1}, {of: privacy, n: 2}]
  - {id: no-externals, effect: deny, who: {groups: [external]}, what: {classes: [user]}, because: "not for externals"}
"""

PEOPLE = [
    Person("ana", frozenset({"support"})),
    Person("eve", frozenset({"support", "external"})),
    Person("own", frozenset({"privacy"})),
    Person("pia", frozenset({"privacy"})),
    Person("paul", frozenset({"privacy", "support"})),
    Person("root", frozenset({"support", "privacy"}), frozenset({"admin", "approver", "steward"})),
    Person("nobody"),
]


@pytest.fixture
def world(tmp_path):
    fields = [
        field("crm/people#name", NAME),
        field("crm/people#email", EMAIL, owner="own"),
        field("crm/people#phone", PHONE, owner="own"),
        field("crm/people#note"),
        field("hr/staff#name", NAME),
        field("hr/staff#remarks", EMAIL, NAME, mode=Mode.CONTAINS),
    ]
    made = World(tmp_path, POLICY, PEOPLE, fields)
    yield made
    made.ledger.close()


def ask(world, *classes, who="ana", now=NOON, scope="crm/*", seconds=3600, **parts):
    given = Ask(who, tuple(map(DataClass, classes)), scope, reason=WHY, seconds=seconds)
    return world.broker.ask(replace(given, **parts), now)


def lent(world, **parts):
    return ask(world, NAME, **parts).grant_id


def pending(world, **parts):
    made = ask(world, EMAIL, **parts)
    assert made.state is RequestState.PENDING
    return made.id


def approve(world, name, who, now=NOON):
    return world.broker.approve(name, world.people[who], now)


def approved(world, now=NOON, **parts):
    name = pending(world, now=now, **parts)
    for who in ("own", "pia"):
        approve(world, name, who, now)
    return approve(world, name, "paul", now).grant_id


class TestAsking:
    def test_what_the_policy_approves_by_itself_is_lent_at_once(self, world):
        made = ask(world, NAME)
        grant = world.broker.lending.grant(made.grant_id, NOON)
        assert (made.state, grant.state, grant.grantee) == (RequestState.APPROVED, GrantState.ACTIVE, "ana")
        assert grant.entries == ("crm/people#name",)
        assert (grant.starts, grant.expires, grant.rows) == (NOON, NOON + HOUR, 5)

    def test_what_people_must_approve_waits_and_says_for_whom(self, world):
        made = ask(world, EMAIL)
        assert made.state is RequestState.PENDING
        assert [need.n for need in made.needs] == [1, 2]
        assert made.grant_id is None
        assert made.expires == NOON + 4 * HOUR

    def test_what_the_policy_denies_is_on_record_with_the_reason(self, world):
        made = ask(world, NAME, who="eve")
        assert made.state is RequestState.DENIED
        assert any("externals" in sentence for sentence in made.because)
        assert "request.denied" in world.types()

    def test_a_dry_run_says_the_same_and_leaves_no_trace(self, world):
        for classes in ([NAME], [EMAIL]):
            given = Ask("ana", tuple(map(DataClass, classes)), "crm/*", reason=WHY, seconds=3600)
            dry = world.broker.ask(given, NOON, dry_run=True)
            assert world.types() == [] or world.ledger.requests()[0].classes != given.classes
            real = world.broker.ask(given, NOON)
            assert (dry.state, dry.needs, dry.seconds, dry.entries, dry.because) == (
                real.state, real.needs, real.seconds, real.entries, real.because)  # fmt: skip

    def test_a_class_means_its_children_and_a_scope_a_source_a_dataset_or_a_glob(self, world):
        assert ask(world, "user.contact").entries == ("crm/people#email", "crm/people#phone")
        for scope in ("crm", "crm/people", "crm/people#*", "crm/*"):
            assert ask(world, NAME, scope=scope, seconds=600).entries == ("crm/people#name",)

    def test_a_class_means_no_free_text_that_holds_it_among_other_things(self, world):
        assert ask(world, NAME, scope="hr").entries == ("hr/staff#name",)
        with pytest.raises(
            UnknownError, match=r"only free text holds user\.contact\.email within hr: hr/staff#remarks"
        ):
            ask(world, EMAIL, scope="hr")
        assert ask(world, entries=("hr/staff#remarks",)).entries == ("hr/staff#remarks",)

    def test_a_class_that_nobody_knows_is_refused_with_the_nearest(self, world):
        with pytest.raises(UnknownError, match=r"user\.contact\.emial") as raised:
            ask(world, "user.contact.emial")
        assert any(EMAIL in note for note in raised.value.__notes__)

    def test_an_entry_that_nobody_knows_is_refused_with_the_nearest(self, world):
        with pytest.raises(UnknownError, match="crm/people#emial") as raised:
            ask(world, entries=("crm/people#emial",))
        assert raised.value.__notes__ == ["did you mean crm/people#email?"]

    def test_half_of_what_was_asked_for_is_not_lent_in_silence(self, world):
        with pytest.raises(UnknownError, match=f"holds {PHONE} within hr"):
            ask(world, NAME, PHONE, scope="hr")
        assert world.ledger.requests() == []

    def test_somebody_whom_nobody_knows_cannot_ask(self, world):
        with pytest.raises(UnknownError, match="mallory"):
            ask(world, NAME, who="mallory")

    @pytest.mark.parametrize(
        "parts",
        [{"ticket": "see anna@example.org"}, {"purpose": "x" * 65}, {"reason": "y" * 1001}, {"reason": "\udcff oh"}],
        ids=["ticket", "purpose", "long reason", "no text"],
    )
    def test_words_that_do_not_belong_on_record_are_refused(self, world, parts):
        with pytest.raises(JitError):
            ask(world, NAME, **parts)

    def test_a_reason_is_in_the_ledger_and_in_no_record(self, world):
        made = ask(world, NAME, reason="Anna Meier, anna@example.org, called")
        assert world.ledger.request(made.id).reason.startswith("Anna")
        assert not any("Anna" in record.text for record in world.ledger.records())

    def test_a_quota_counts_what_was_approved_automatically(self, world):
        states = [ask(world, NAME, seconds=600).state.value for _ in range(4)]
        assert states == ["approved", "approved", "approved", "pending"]

    def test_two_asks_at_once_do_not_share_the_last_of_a_quota(self, world):
        for _ in range(2):
            ask(world, NAME, seconds=600)
        made = []
        threads = [
            threading.Thread(target=lambda: made.append(ask(world, NAME, seconds=600).state.value)) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(made) == ["approved", "pending", "pending", "pending"]

    def test_nothing_is_lent_by_a_policy_that_cannot_be_read(self, world):
        def broken():
            raise PolicyError("line 3 is wrong")

        broker = replace(world.broker, policy=broken)
        with pytest.raises(PolicyError):
            broker.ask(Ask("ana", (DataClass(NAME),), reason=WHY), NOON)
        assert world.ledger.grants() == []


class TestDeciding:
    def test_levels_are_filled_in_order_by_distinct_people(self, world):
        name = pending(world)
        assert [need.of.partition(":")[0] for need in approve(world, name, "own").needs] == ["privacy"]
        assert approve(world, name, "pia").needs[0].n == 1
        made = approve(world, name, "paul")
        assert (made.state, made.needs) == (RequestState.APPROVED, ())
        assert [answer.person for answer in made.answers] == ["own", "pia", "paul"]

    def test_a_later_level_waits_for_the_earlier(self, world):
        with pytest.raises(DeniedError, match="come first"):
            approve(world, pending(world), "pia")

    def test_nobody_approves_their_own_request_no_admin_either(self, world):
        """hoop lets an admin approve what the admin asked for."""
        name = pending(world, who="root")
        with pytest.raises(DeniedError, match="your own request"):
            approve(world, name, "root")
        with pytest.raises(DeniedError, match="your own request"):
            world.broker.deny(name, world.people["root"], NOON)

    def test_one_person_in_two_groups_fills_one_slot(self, world):
        """hoop counts groups, so that somebody in two of them fills both."""
        name = pending(world)
        approve(world, name, "own")
        with pytest.raises(DeniedError, match="counts once"):
            approve(world, name, "own")
        assert [need.n for need in world.broker.request(name, NOON).needs] == [2]

    def test_more_approvals_than_needed_are_no_trap(self, world):
        """hoop compares counts for equality: from 0 to 2 where 1 was needed it waits for ever."""
        world.set_policy(POLICY.replace("n: 2", "n: 1"))
        name = pending(world)
        approve(world, name, "own")
        assert approve(world, name, "pia").state is RequestState.APPROVED
        with pytest.raises(DeniedError, match="approved already"):
            approve(world, name, "paul")

    @pytest.mark.parametrize("who", ["nobody", "eve", "ana"])
    def test_who_is_not_among_the_approvers_decides_nothing(self, world, who):
        name = pending(world)
        with pytest.raises(DeniedError):
            approve(world, name, who)
        with pytest.raises(DeniedError):
            world.broker.deny(name, world.people[who], NOON)
        assert world.broker.request(name, NOON).state is RequestState.PENDING

    def test_one_denial_is_enough_and_stands(self, world):
        """jit-groups cannot reject; hoop let an approval follow."""
        name = pending(world)
        approve(world, name, "own")
        made = world.broker.deny(name, world.people["pia"], NOON, "no ticket")
        assert (made.state, made.needs) == (RequestState.REJECTED, ())
        for who in ("pia", "paul", "root"):
            with pytest.raises(DeniedError, match="rejected already"):
                approve(world, name, who)
        assert world.ledger.grants() == []

    def test_only_the_requester_withdraws_and_only_while_it_is_open(self, world):
        name = pending(world)
        with pytest.raises(DeniedError, match="ana's request"):
            world.broker.withdraw(name, world.people["pia"], NOON)
        assert world.broker.withdraw(name, world.people["ana"], NOON).state is RequestState.WITHDRAWN
        with pytest.raises(DeniedError, match="withdrawn already"):
            approve(world, name, "own")

    def test_a_request_that_nobody_answered_in_time_has_lapsed_without_any_sweep(self, world):
        name = pending(world)
        late = NOON + 4 * HOUR
        assert world.broker.request(name, late).state is RequestState.EXPIRED
        with pytest.raises(DeniedError, match="expired already"):
            approve(world, name, "own", late)

    def test_time_runs_from_the_approval_not_from_the_request(self, world):
        """teleport#16202: long grants expired early, the time ran from the request."""
        name = pending(world)
        for who in ("own", "pia"):
            approve(world, name, who, NOON)
        grant = world.broker.lending.grant(approve(world, name, "paul", NOON + 3 * HOUR).grant_id, NOON + 3 * HOUR)
        assert (grant.starts, grant.expires) == (NOON + 3 * HOUR, NOON + 4 * HOUR)

    def test_who_left_the_group_takes_the_approval_along(self, world):
        name = pending(world)
        approve(world, name, "own")
        approve(world, name, "pia")
        world.people["pia"] = Person("pia")
        made = approve(world, name, "paul")
        assert (made.state, [need.n for need in made.needs]) == (RequestState.PENDING, [1])

    @pytest.mark.parametrize(
        "change",
        [
            lambda world: world.set_policy(
                POLICY.replace("what: {classes: [user.contact]}", "what: {classes: [user.contact], rows: 9}")
            ),
            lambda world: world.set_policy(POLICY.replace("n: 2", "n: 3")),
            lambda world: world.set_policy(POLICY.replace("{pending_for: 4h}", "{pending_for: 4h, drift: follow}")),
            lambda world: world.shelf.fields.update(
                {"crm/people#email": field("crm/people#email", EMAIL, NAME, owner="own")}
            ),
            lambda world: world.shelf.fields.pop("crm/people#phone"),
        ],
        ids=["fewer rows", "more approvers", "new fields too", "another class", "one field gone"],
    )
    def test_approvals_are_bound_to_what_was_asked_and_any_change_voids_them(self, world, change):
        name = ask(world, "user.contact", seconds=1800).id
        approve(world, name, "own")
        change(world)
        with pytest.raises(DeniedError, match="not what it was"):
            approve(world, name, "pia")
        assert world.broker.request(name, NOON).answers == ()
        assert world.ledger.grants() == []

    def test_what_the_policy_denies_by_now_is_not_lent(self, world):
        name = pending(world)
        approve(world, name, "own")
        approve(world, name, "pia")
        world.set_policy(POLICY.replace("classes: [user.contact]}", "classes: [user.contact.phone_number]}"))
        with pytest.raises(DeniedError, match="denies"):
            approve(world, name, "paul")
        assert world.ledger.grants() == []

    def test_every_refusal_is_on_record(self, world):
        name = pending(world)
        for attempt in (
            lambda: approve(world, name, "ana"),
            lambda: world.broker.withdraw(name, world.people["pia"], NOON),
            lambda: world.broker.deny(name, world.people["nobody"], NOON),
        ):
            before = len(world.types())
            with pytest.raises(DeniedError):
                attempt()
            assert world.types()[before:] == ["request.refused"]

    @pytest.mark.parametrize("other", ["approve", "deny"])
    def test_answers_at_the_same_moment_settle_one_way(self, world, other):
        world.set_policy(POLICY.replace("n: 2", "n: 1"))
        for _ in range(5):
            name = pending(world)
            approve(world, name, "own")
            outcomes = []

            def say(verb, who, name=name, outcomes=outcomes):
                try:
                    outcomes.append(getattr(world.broker, verb)(name, world.people[who], NOON).state)
                except DeniedError:
                    outcomes.append(None)

            threads = [
                threading.Thread(target=say, args=("approve", "pia")),
                threading.Thread(target=say, args=(other, "paul")),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            won = [outcome for outcome in outcomes if outcome]
            assert len(won) == 1
            assert world.broker.request(name, NOON).state is won[0]
            assert len([one for one in world.ledger.grants() if one.request_id == name]) == (
                won[0] is RequestState.APPROVED
            )

    def test_an_answer_that_takes_whom_a_later_level_needs_is_refused(self, world):
        """One person counts once: the owner who alone is privacy too must not be used up at the first level."""
        world.shelf.fields["crm/people#email"] = field("crm/people#email", EMAIL, owner="desk")
        for who, groups in {"own": "desk", "pia": "privacy", "paul": "support", "root": "support"}.items():
            world.people[who] = Person(who, frozenset({groups, *(["desk", "privacy"] if who == "own" else [])}))
        world.people["dan"] = Person("dan", frozenset({"desk"}))
        name = pending(world)
        with pytest.raises(DeniedError, match="own is needed for a later level"):
            approve(world, name, "own")
        for who in ("dan", "own", "pia"):
            made = approve(world, name, who)
        assert made.state is RequestState.APPROVED


class TestPeopleEnough:
    def test_what_nobody_could_approve_is_refused_at_once_with_the_reason(self, world):
        """jit-groups and hoop leave it pending until it lapses."""
        world.people["pia"] = Person("pia")
        world.people["paul"] = Person("paul")
        given = Ask("ana", (DataClass(EMAIL),), "crm/*", reason=WHY, seconds=600)
        dry = world.broker.ask(given, NOON, dry_run=True)
        made = world.broker.ask(given, NOON)
        assert (dry.state, made.state) == (RequestState.DENIED, RequestState.DENIED)
        assert dry.because == made.because
        assert "needs 1 of owners" in made.because[-1]
        assert "2 of privacy" in made.because[-1]

    def test_the_requester_is_not_one_of_those_who_could(self, world):
        world.people["paul"] = Person("paul")
        assert ask(world, EMAIL).state is RequestState.PENDING
        assert ask(world, EMAIL, who="root").state is RequestState.DENIED

    def test_what_nobody_can_approve_any_more_ends_with_the_reason(self, world):
        name = pending(world)
        approve(world, name, "own")
        assert sweep(world.broker, NOON).requests == ()
        for who in ("pia", "paul"):
            world.people[who] = Person(who)
        (closed,) = sweep(world.broker, NOON).requests
        assert (closed.id, closed.state, closed.needs) == (name, RequestState.DENIED, ())
        assert "2 of privacy, and 1 of them could" in closed.because[-1]
        assert sweep(world.broker, NOON).requests == ()
        assert world.audit.verify().complete


class TestEditing:
    def edit(self, world, name, who="ana", now=NOON, **parts):
        return world.broker.edit(name, edited(world.broker.request(name, now), who, **parts), now)

    def test_an_edit_voids_every_approval_and_changes_what_approvals_are_bound_to(self, world):
        name = pending(world)
        before = world.ledger.request(name)
        approve(world, name, "own")
        made = self.edit(world, name, seconds=1800, reason="one customer only")
        assert (made.id, made.state, made.answers, made.seconds) == (name, RequestState.PENDING, (), 1800)
        assert [need.n for need in made.needs] == [1, 2]
        assert made.digest != before.digest
        assert world.types()[-1] == "request.edited"
        for who in ("own", "pia", "paul"):
            made = approve(world, name, who)
        assert world.ledger.grant(made.grant_id).length == HOUR / 2

    def test_an_approval_of_what_it_was_before_does_not_count_after(self, world):
        name = pending(world)
        for who in ("own", "pia"):
            approve(world, name, who)
        self.edit(world, name, entries=("crm/people#phone",))
        with pytest.raises(DeniedError, match="come first"):
            approve(world, name, "paul")
        assert world.ledger.grants() == []

    def test_fields_can_be_named_anew(self, world):
        name = pending(world)
        assert self.edit(world, name, entries=("crm/people#phone",)).entries == ("crm/people#phone",)
        assert self.edit(world, name, classes=(DataClass("user.contact"),)).entries == (
            "crm/people#email",
            "crm/people#phone",
        )

    def test_an_edit_to_what_the_policy_approves_lends(self, world):
        made = self.edit(world, pending(world), classes=(DataClass(NAME),))
        assert world.ledger.grant(made.grant_id).entries == ("crm/people#name",)

    def test_an_edit_to_what_the_policy_denies_leaves_it_as_it_was(self, world):
        name = pending(world)
        approve(world, name, "own")
        before = world.ledger.request(name)
        with pytest.raises(DeniedError, match="stays as it was"):
            self.edit(world, name, seconds=3 * 3600)
        assert world.ledger.request(name) == before

    @pytest.mark.parametrize("who", ["pia", "root"])
    def test_nobody_edits_anothers_request(self, world, who):
        name = pending(world)
        with pytest.raises(DeniedError, match="ana's request"):
            self.edit(world, name, who)
        assert world.types()[-1] == "request.refused"

    def test_what_is_decided_is_not_edited(self, world):
        name = pending(world)
        world.broker.deny(name, world.people["pia"], NOON)
        with pytest.raises(DeniedError, match="rejected already"):
            self.edit(world, name, seconds=600)

    def test_what_prolongs_a_grant_is_not_edited(self, world):
        grant = approved(world, seconds=1800)
        longer = world.broker.extend(grant, Ask("ana", reason=WHY, seconds=600), NOON)
        with pytest.raises(DeniedError, match="nothing in it to edit"):
            self.edit(world, longer.id, seconds=1200)


class TestDossier:
    def test_it_shows_each_field_with_its_sensitivity_rows_review_and_history(self, world):
        world.shelf.fields["crm/people#email"] = field("crm/people#email", EMAIL, owner="own", rows=42)
        world.tables["crm/people"] = pa.table({"email": ["a@example.org"]})
        world.read(approved(world), "ana", "crm/people")
        made = ask(world, "user.contact")
        shown = world.broker.dossier(made).as_json()
        email, phone = shown["fields"]
        assert (email["id"], email["rows"], email["sensitivity"], email["reviewed"], email["decided_by"]) == (
            "crm/people#email", 42, "medium", True, "stew")  # fmt: skip
        assert (email["lent"], email["lent_to_requester"], email["reads"]) == (1, 1, 1)
        assert (phone["lent"], phone["reads"], phone["last_read"]) == (0, 0, None)
        assert shown["history"] == {"approved": 1}

    def test_a_field_that_nobody_reviewed_counts_as_critical(self, world):
        made = ask(world, EMAIL)
        world.shelf.fields["crm/people#email"] = field("crm/people#email", EMAIL, status=Status.PROPOSED)
        assert world.broker.dossier(made).fields[0].as_json()["counts_as"] == "critical"
        del world.shelf.fields["crm/people#email"]
        assert world.broker.dossier(made).fields[0].as_json()["status"] == "gone"


class TestDrift:
    FOLLOW = POLICY.replace("{pending_for: 4h}", "{pending_for: 4h, drift: follow}")

    def test_a_field_that_holds_more_is_suspended_on_paper_and_asked_for_again_once(self, world):
        grant = approved(world, scope="crm/*")
        world.shelf.fields["crm/people#email"] = field("crm/people#email", EMAIL, NAME, owner="own")
        done = sweep(world.broker, NOON + MINUTE)
        assert [one.id for one in done.narrowed] == [grant]
        (again,) = done.asked
        assert (again.requester, again.entries, again.state) == ("ana", ("crm/people#email",), RequestState.PENDING)
        assert again.seconds == 59 * 60
        assert world.broker.lending.covered("ana", NOON + MINUTE) == {}
        assert sweep(world.broker, NOON + MINUTE).asked == ()
        assert {"grant.narrowed", "request.created"} <= set(world.types())
        assert world.audit.verify().complete

    @pytest.mark.parametrize("drift", ["raised", "new"])
    def test_two_sweeps_at_once_take_and_ask_and_give_once(self, world, drift):
        """A scan, a steward and the clock may all sweep: here another sweep comes between a look and what follows from it."""
        world.set_policy(self.FOLLOW)
        approved(world, scope="crm/*") if drift == "raised" else lent(world)
        if drift == "raised":
            world.shelf.fields["crm/people#email"] = field("crm/people#email", EMAIL, NAME, owner="own")
        else:
            world.shelf.fields["crm/people#alias"] = field("crm/people#alias", NAME)
        other = copy(world)
        other.open()

        class Busy(Shelf):
            def entries(self, **asked):
                if not done:
                    done.append(None)
                    done[0] = sweep(other.broker, NOON + MINUTE)
                return super().entries(**asked)

        done, world.shelf = [], Busy(world.shelf.fields.values())
        world.open()
        mine = sweep(world.broker, NOON + MINUTE)
        assert len(done[0].narrowed) + len(done[0].widened) == 1
        assert (mine.narrowed, mine.asked, mine.widened) == ((), (), ())
        assert world.types().count("grant.narrowed") + world.types().count("grant.widened") == 1
        assert world.audit.verify().complete

    def test_what_was_suspended_stays_so_when_the_catalog_goes_back(self, world):
        """A catalog only ever takes away; giving back is a decision."""
        grant = lent(world)
        world.tables["crm/people"] = pa.table({"name": ["Anna"]})
        before = world.shelf.fields["crm/people#name"]
        world.shelf.fields["crm/people#name"] = field("crm/people#name", NAME, PHONE)
        sweep(world.broker, NOON)
        world.shelf.fields["crm/people#name"] = before
        with pytest.raises(DeniedError, match="the catalog changed") as raised:
            world.read(grant, "ana", "crm/people")
        assert "waits for a new decision" in raised.value.__notes__[0]

    def test_the_rest_of_the_grant_goes_on(self, world):
        name = ask(world, "user.contact").id
        for who in ("own", "pia"):
            approve(world, name, who)
        grant = approve(world, name, "paul").grant_id
        world.shelf.fields["crm/people#phone"] = field("crm/people#phone", PHONE, NAME, owner="own")
        sweep(world.broker, NOON)
        assert world.broker.lending.covered("ana", NOON) == {"crm/people#email": (grant,)}

    @pytest.mark.parametrize("policy", ["pin", "follow"])
    def test_new_fields_are_taken_in_only_where_the_policy_says_follow(self, world, policy):
        world.set_policy(POLICY if policy == "pin" else self.FOLLOW)
        grant = lent(world)
        world.shelf.fields["crm/people#alias"] = field("crm/people#alias", NAME)
        done = sweep(world.broker, NOON)
        assert [one.id for one in done.widened] == ([grant] if policy == "follow" else [])
        assert ("crm/people#alias" in world.broker.lending.covered("ana", NOON)) == (policy == "follow")
        assert world.audit.verify().complete

    @pytest.mark.parametrize(
        "new",
        [
            field("crm/people#other", EMAIL, owner="pia"),
            field("crm/people#other", EMAIL, "user.government_id", owner="own"),
            field("hr/staff#mail", EMAIL, owner="own"),
        ],
        ids=["another owner", "another class", "another scope"],
    )
    def test_a_new_field_that_the_approvals_do_not_cover_is_not_taken_in(self, world, new):
        world.set_policy(self.FOLLOW)
        grant = approved(world)
        world.shelf.fields[new.id] = new
        assert sweep(world.broker, NOON).widened == ()
        assert world.ledger.grant(grant).entries == ("crm/people#email",)

    def test_ends_need_neither_policy_nor_catalog(self, world):
        def broken():
            raise PolicyError("line 3 is wrong")

        grant = lent(world)
        assert [one.id for one in sweep(replace(world.broker, policy=broken), NOON + HOUR).ended] == [grant]


class TestGrants:
    def test_a_grant_ends_by_itself_and_no_sweep_is_needed(self, world):
        grant = lent(world)
        assert world.broker.lending.grant(grant, NOON + HOUR - MINUTE).state is GrantState.ACTIVE
        assert world.broker.lending.grant(grant, NOON + HOUR).state is GrantState.EXPIRED
        assert not is_live(world.ledger.grant(grant), NOON + HOUR)

    def test_a_clock_set_back_does_not_bring_it_back(self, world):
        grant = lent(world)
        world.broker.lending.sweep(NOON + 2 * HOUR)
        assert world.broker.lending.grant(grant, NOON + MINUTE).state is GrantState.EXPIRED
        with pytest.raises(LedgerError, match="the clock says"):
            ask(world, NAME, now=NOON + MINUTE)

    def test_a_scheduled_grant_waits_for_its_start(self, world):
        made = ask(world, NAME, start=NOON + HOUR)
        lending = world.broker.lending
        assert lending.grant(made.grant_id, NOON).state is GrantState.SCHEDULED
        assert lending.grant(made.grant_id, NOON + HOUR).state is GrantState.ACTIVE
        assert lending.grant(made.grant_id, NOON + 2 * HOUR).state is GrantState.EXPIRED
        assert [one.id for one in lending.sweep(NOON + HOUR).begun] == [made.grant_id]

    def test_a_start_that_is_past_is_refused(self, world):
        with pytest.raises(JitError, match="is past"):
            ask(world, NAME, start=NOON - HOUR)

    def test_done_early_is_given_back_and_only_by_its_holder(self, world):
        grant = lent(world)
        with pytest.raises(DeniedError, match="another person's"):
            world.broker.lending.give_back(grant, world.people["pia"], NOON)
        assert world.broker.lending.give_back(grant, world.people["ana"], NOON).state is GrantState.REVOKED
        assert not is_live(world.ledger.grant(grant), NOON)

    def test_suspended_reads_nothing_until_somebody_else_resumes_it(self, world):
        grant = approved(world)
        lending = world.broker.lending
        assert lending.suspend(grant, world.people["pia"], NOON).state is GrantState.SUSPENDED
        assert not is_live(world.ledger.grant(grant), NOON)
        with pytest.raises(DeniedError, match="your own grant"):
            lending.resume(grant, world.people["ana"], NOON)
        assert lending.resume(grant, world.people["pia"], NOON).state is GrantState.ACTIVE
        assert world.ledger.grant(grant).expires == NOON + HOUR

    def test_suspended_still_ends_on_time(self, world):
        grant = approved(world)
        world.broker.lending.suspend(grant, world.people["pia"], NOON)
        with pytest.raises(DeniedError):
            world.broker.lending.resume(grant, world.people["pia"], NOON + HOUR)
        assert world.broker.lending.grant(grant, NOON + HOUR).state is GrantState.EXPIRED

    def test_who_could_approve_may_revoke_and_others_may_not(self, world):
        grant = approved(world)
        with pytest.raises(DeniedError, match="does not decide"):
            world.broker.lending.revoke(grant, world.people["nobody"], NOON)
        assert world.broker.lending.revoke(grant, world.people["pia"], NOON).state is GrantState.REVOKED
        with pytest.raises(DeniedError, match="revoked already"):
            world.broker.lending.revoke(grant, world.people["pia"], NOON)

    def test_an_end_needs_no_policy(self, world):
        def broken():
            raise PolicyError("line 3 is wrong")

        grant = approved(world)
        broker = replace(world.broker, policy=broken)
        assert broker.lending.revoke(grant, world.people["root"], NOON).state is GrantState.REVOKED

    def test_ending_one_grant_never_takes_what_another_covers(self, world):
        """AWS TEAM#279: two overlapping grants, and the end of the first revoked both."""
        long, short = lent(world, seconds=7200), lent(world, seconds=600)
        covered = world.broker.lending.covered
        assert set(covered("ana", NOON)["crm/people#name"]) == {long, short}
        assert covered("ana", NOON + 11 * MINUTE)["crm/people#name"] == (long,)
        world.broker.lending.revoke(long, world.people["ana"], NOON + 12 * MINUTE)
        assert covered("ana", NOON + 12 * MINUTE) == {}

    def test_a_newer_grant_hides_no_older_one(self, world):
        """hoop takes the newest approved review only: a newer, shorter one hides what is still live."""
        long = lent(world, seconds=7200)
        lent(world, seconds=600)
        assert world.broker.lending.covered("ana", NOON + 11 * MINUTE)["crm/people#name"] == (long,)

    def test_the_limit_of_another_rule_does_not_lengthen_it(self, world):
        """AWS TEAM takes the greatest maximum over all of a user's policies, even of those that do not match."""
        assert ask(world, NAME, seconds=7200).state is RequestState.APPROVED
        assert ask(world, EMAIL, seconds=7200).state is RequestState.DENIED

    def test_a_sweep_says_what_it_did_and_does_it_once(self, world):
        grant, name = lent(world), pending(world)
        done = world.broker.lending.sweep(NOON + 5 * HOUR)
        assert ([one.id for one in done.ended], [one.id for one in done.requests]) == ([grant], [name])
        again = world.broker.lending.sweep(NOON + 5 * HOUR)
        assert (again.ended, again.requests, again.begun) == ((), (), ())


class TestExtending:
    def longer(self, world, grant, who="ana", seconds=1800, now=NOON):
        return world.broker.extend(grant, Ask(who, reason=WHY, seconds=seconds), now)

    def test_it_is_a_request_of_its_own_and_moves_the_end(self, world):
        grant = lent(world)
        made = self.longer(world, grant)
        assert (made.state, made.extends, made.grant_id) == (RequestState.APPROVED, grant, grant)
        assert world.ledger.grant(grant).expires == NOON + HOUR + 30 * MINUTE
        assert len(world.ledger.grants()) == 1

    def test_it_never_reaches_beyond_what_a_new_grant_would(self, world):
        """hoop gives a full new duration on reconnecting."""
        grant = lent(world, seconds=7200)
        made = self.longer(world, grant, seconds=7200)
        assert made.state is RequestState.DENIED
        assert world.ledger.grant(grant).expires == NOON + 2 * HOUR

    def test_it_needs_the_approvals_that_a_new_one_would(self, world):
        grant = approved(world, seconds=1800)
        made = self.longer(world, grant, seconds=600)
        assert made.state is RequestState.PENDING
        assert world.ledger.grant(grant).expires == NOON + 30 * MINUTE
        for who in ("own", "pia", "paul"):
            made = approve(world, made.id, who, NOON + 10 * MINUTE)
        assert world.ledger.grant(grant).expires == NOON + 40 * MINUTE

    def test_an_ended_or_anothers_grant_is_not_extended(self, world):
        grant = lent(world)
        with pytest.raises(DeniedError, match="not yours"):
            self.longer(world, grant, who="paul")
        with pytest.raises(DeniedError, match="is expired"):
            self.longer(world, grant, now=NOON + HOUR)

    def test_an_approval_that_comes_after_the_end_extends_nothing(self, world):
        grant = approved(world, seconds=600)
        made = self.longer(world, grant, seconds=600)
        for who in ("own", "pia"):
            approve(world, made.id, who)
        with pytest.raises(DeniedError, match="is expired"):
            approve(world, made.id, "paul", NOON + 11 * MINUTE)
        assert world.broker.lending.covered("ana", NOON + 11 * MINUTE) == {}


def test_every_state_follows_from_the_log(world):
    for _ in range(3):
        ask(world, NAME, seconds=600)
    name = pending(world)
    world.broker.deny(name, world.people["own"], NOON)
    world.broker.lending.sweep(NOON + HOUR)
    assert world.audit.verify().complete


GLASS = POLICY + "break_glass: {groups: [support], max: 1h, notify: [privacy], review_within: 1d}\n"


class TestBreakingGlass:
    def test_it_lends_at_once_loudly_and_says_until_when_it_is_reviewed(self, world):
        world.set_policy(GLASS)
        made = ask(world, EMAIL, break_glass=True)
        assert (made.state, made.break_glass, made.notify) == (RequestState.APPROVED, True, ("privacy",))
        assert made.review_by == NOON + 24 * HOUR
        (broken,) = [record for record in world.ledger.records() if record.event.type == "glass.broken"]
        assert broken.event.detail["notify"] == ["privacy"]

    def test_a_deny_still_denies(self, world):
        world.set_policy(GLASS)
        assert ask(world, EMAIL, who="eve", break_glass=True).state is RequestState.DENIED

    def test_without_a_word_of_it_in_the_policy_there_is_none(self, world):
        assert ask(world, EMAIL, break_glass=True).state is RequestState.DENIED


def test_another_policy_in_force_is_on_record_once(world):
    for text in (POLICY, POLICY, GLASS, GLASS):
        world.set_policy(text)
        ask(world, NAME, seconds=600)
    assert world.types().count("policy.changed") == 2


class TestEndingWhatCannotBeWritten:
    @pytest.fixture
    def held(self, world):
        """A live grant, while another process holds the ledger."""
        grant = lent(world)
        world.ledger.wait = 0.1
        world.ledger.close()
        holder = sqlite3.connect(world.ledger.path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        yield grant, holder
        holder.close()

    @pytest.mark.parametrize("verb", ["revoke", "give_back"])
    def test_an_end_is_kept_aside_and_is_on_paper_before_anything_else(self, world, held, verb):
        grant, holder = held
        end = getattr(world.broker.lending, verb)
        assert end(grant, world.people["ana"], NOON, "the laptop was stolen").state is GrantState.REVOKED
        holder.execute("ROLLBACK")
        before = len(world.types())
        ask(world, NAME, seconds=600)
        assert world.types()[before] == "grant.revoked"
        assert world.ledger.grant(grant).state is GrantState.REVOKED
        assert "while the ledger could not be written" in world.ledger.grant(grant).because[-1]
        assert world.ledger.spool.waiting() == []
        assert world.audit.verify().complete

    def test_nothing_is_lent_meanwhile(self, world, held):
        with pytest.raises(LedgerError, match="cannot be written"):
            ask(world, NAME, seconds=600)

    def test_who_may_not_end_it_may_not_spool_it_either(self, world, held):
        with pytest.raises((DeniedError, LedgerError)):
            world.broker.lending.revoke(held[0], world.people["nobody"], NOON)
        assert world.ledger.spool.waiting() == []

    def test_what_had_ended_already_is_not_said_to_be_revoked(self, world):
        grant = lent(world)
        world.broker.lending.revoke(grant, world.people["ana"], NOON)
        world.ledger.wait = 0.1
        world.ledger.close()
        with closing(sqlite3.connect(world.ledger.path, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            with pytest.raises((DeniedError, LedgerError)):
                world.broker.lending.revoke(grant, world.people["ana"], NOON)
        assert world.ledger.spool.waiting() == []

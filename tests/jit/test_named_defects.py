"""The defects of others that research named, each a test by name. What is elsewhere is listed with the file that has it.

| whose                     | what went wrong                                             | where it is tested |
|---------------------------|-------------------------------------------------------------|--------------------|
| hoop                      | an admin approves their own request                         | test_broker.py::test_nobody_approves_their_own_request_no_admin_either |
| Infisical                 | somebody without access approves their own request          | test_broker.py::test_who_is_not_among_the_approvers_decides_nothing |
| hoop                      | one person in two groups fills two slots                    | test_broker.py::test_one_person_in_two_groups_fills_one_slot |
| hoop                      | only the newest approved request is looked at               | test_broker.py::test_a_newer_grant_hides_no_older_one |
| hoop                      | counts are compared for equality                            | test_broker.py::test_more_approvals_than_needed_are_no_trap |
| hoop                      | reconnecting gives a full new duration                      | here::test_reading_again_prolongs_nothing |
| hoop                      | a session goes on after it was revoked                      | test_gateway.py::test_what_befalls_a_grant_while_the_source_answers_counts |
| hoop #885                 | approvers see no justification                              | here::test_an_approver_sees_the_reason |
| hoop #1677                | access without approval by accident                         | test_policy_defects.py::test_no_access_without_approval_by_accident |
| hoop #892                 | said to be approved when it was not                         | test_broker.py::test_levels_are_filled_in_order_by_distinct_people |
| AWS TEAM                  | the maximum of policies that have nothing to do with it     | test_broker.py::test_the_limit_of_another_rule_does_not_lengthen_it |
| AWS TEAM #433             | more than the maximum can be asked for                      | test_policy_defects.py::test_no_more_than_the_maximum_is_lent |
| AWS TEAM #279             | what another grant covers is revoked early                  | test_broker.py::test_ending_one_grant_never_takes_what_another_covers |
| AWS TEAM #61              | what is approved automatically is on no record              | here::test_what_is_approved_automatically_is_on_record |
| AWS TEAM #398             | said to be revoked while it still reads                     | test_gateway.py::test_nothing_is_read_once_it_is_suspended_or_revoked |
| AWS TEAM #419             | approved, and reads nothing until the third try             | here::test_what_is_approved_reads_at_once |
| Teleport #16202           | time runs from the request                                  | test_broker.py::test_time_runs_from_the_approval_not_from_the_request |
| Teleport #10259           | no extension in place                                       | test_broker.py::test_it_is_a_request_of_its_own_and_moves_the_end |
| Vault #28738              | revoked earlier than said                                   | test_broker.py::test_a_grant_ends_by_itself_and_no_sweep_is_needed |
| Vault                     | the counter of attempts is in memory only                   | here::test_an_end_that_waits_is_not_forgotten_by_a_restart |
| Vault                     | what is forced is forgotten                                 | here::test_nothing_on_paper_can_be_removed |
| Vault, sso-elevator       | the effect comes before its record                          | test_gateway.py::test_nothing_is_handed_out_when_the_record_cannot_be_written |
| Vault #31718              | a log that is deleted while it is open is not noticed       | here::test_a_ledger_that_is_deleted_while_it_is_open_is_noticed |
| AccessFlow                | errors of the audit are swallowed                           | test_gateway.py::test_nothing_is_handed_out_when_the_record_cannot_be_written |
| AccessFlow                | masked by the label of the output                           | test_gateway.py::test_no_alias_function_or_detour_unmasks |
| AccessFlow                | a union of grants intersects their masks                    | here::test_a_second_grant_unmasks_nothing_of_the_first |
| AccessFlow, sso-elevator  | a second grant replaces the first                           | here::test_a_second_grant_neither_shortens_nor_lengthens_the_first |
| AccessFlow                | the policy is asked at the request, not when it is decided  | test_broker.py::test_what_the_policy_denies_by_now_is_not_lent |
| sso-elevator #47          | approved twice at once                                      | test_broker.py::test_answers_at_the_same_moment_settle_one_way |
| sso-elevator #35          | nobody can say that they are done                           | test_broker.py::test_done_early_is_given_back_and_only_by_its_holder |
| sso-elevator #114         | breaking the glass tells nobody                             | test_glass.py::test_the_record_names_the_groups_and_the_people_who_are_told |
| jit-groups #56            | what was asked cannot be rejected                           | test_broker.py::test_one_denial_is_enough_and_stands |
| jit-groups, hoop          | pending for ever, though nobody could approve it            | test_broker.py::test_what_nobody_could_approve_is_refused_at_once_with_the_reason |
| several                   | pending for ever, as nobody looks                           | test_broker.py::test_a_request_that_nobody_answered_in_time_has_lapsed_without_any_sweep |
| several                   | approved after it was denied                                | test_broker.py::test_one_denial_is_enough_and_stands |
| several                   | an extension that shortens                                  | here::test_an_extension_that_is_approved_late_shortens_nothing |
| accessbot #67             | automatic approvals without end                             | test_policy_defects.py::test_no_automatic_approvals_without_end |
| Cedar                     | a rule that cannot be evaluated is ignored                  | test_policy_defects.py::test_no_erroring_rule_is_ignored |
| Lake Formation            | half an answer, in silence                                  | test_policy_defects.py::test_no_half_an_answer |
| tag-based systems         | a new column is open until it is tagged                     | test_policy_defects.py::test_no_new_column_is_open_until_it_is_tagged |
| tag-based systems         | access follows a class that was raised, in silence          | test_gateway.py::test_a_field_that_holds_more_than_was_lent_is_withheld_at_once |

Sessions that outlive an end, host names, `SET ROLE` and orphans are defects of what stands in target systems, and tested there.
"""

import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from classifiers import DataClass
from jit import Ask, DeniedError, LedgerError, Person, RequestState, TamperError
from jit.proof.record import Event
from jit.testing import NOON, World, field

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
POLICY = """
version: 1
approvers: {privacy: {groups: [privacy]}}
rules:
  - {id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, duration: {max: 2h}, auto: {}}
  - {id: mails, effect: allow, who: {groups: [support]}, what: {classes: [user.contact]}, approvals: [{of: privacy, n: 1}]}
"""
PEOPLE = [Person("ana", frozenset({"support"})), Person("pia", frozenset({"privacy"}))]
ROWS = pa.table({"name": ["Anna"], "mail": ["anna@example.org"]})


@pytest.fixture
def world(tmp_path):
    fields = [field("crm/people#name", "user.name"), field("crm/people#mail", "user.contact.email")]
    made = World(tmp_path / "home", POLICY, PEOPLE, fields, {"crm/people": ROWS})
    yield made
    made.ledger.close()


def ask(world, data_class="user.name", now=NOON, **parts):
    return world.broker.ask(Ask("ana", (DataClass(data_class),), reason="a customer called", **parts), now)


def approved(world, now=NOON, **parts):
    return world.broker.approve(ask(world, "user.contact.email", now, **parts).id, world.people["pia"], now).grant_id


def rows():
    return re.findall(r"^\| \S.*\| (\S+)::(test_\w+) \|$", __doc__, re.MULTILINE)


@pytest.mark.parametrize(("file", "name"), sorted(set(rows())))
def test_every_named_defect_has_its_test(file, name):
    path = Path(__file__) if file == "here" else next(Path(__file__).parent.rglob(file))
    assert re.search(rf"def {name}\(", path.read_text(encoding="utf-8"))


def test_the_table_is_read_whole():
    assert len(rows()) == len(re.findall(r"::test_", __doc__)) > 40


def test_reading_again_prolongs_nothing(world):
    grant = ask(world, seconds=3600).grant_id
    for minute in range(0, 60, 10):
        world.read(grant, "ana", "crm/people", NOON + minute * MINUTE)
    assert world.ledger.grant(grant).expires == NOON + HOUR
    with pytest.raises(DeniedError, match="is expired"):
        world.read(grant, "ana", "crm/people", NOON + HOUR)


def test_an_approver_sees_the_reason(world):
    made = ask(world, "user.contact.email", purpose="support", ticket="SUP-7")
    seen = world.broker.request(made.id, NOON)
    assert (seen.reason, seen.purpose, seen.ticket) == ("a customer called", "support", "SUP-7")


def test_what_is_approved_automatically_is_on_record(world):
    made = ask(world)
    (record,) = [one for one in world.ledger.records() if one.event.type == "request.approved"]
    assert (record.event.actor, record.event.request, record.event.grant) == ("policy", made.id, made.grant_id)
    assert "names lets ana read user.name at once" in record.event.because


def test_what_is_approved_reads_at_once(world):
    assert world.read(approved(world), "ana", "crm/people").table["mail"][0].as_py() == "anna@example.org"


def test_an_end_that_waits_is_not_forgotten_by_a_restart(world):
    grant = ask(world).grant_id
    world.ledger.spool.add(grant, "ana", "the laptop was stolen", NOON)
    world.ledger.close()
    world.open()
    with pytest.raises(DeniedError, match="is revoked"):
        world.read(grant, "ana", "crm/people")
    assert world.ledger.spool.waiting() == []


@pytest.mark.parametrize("table", ["requests", "grants", "records"])
def test_nothing_on_paper_can_be_removed(world, table):
    ask(world)
    with pytest.raises(sqlite3.IntegrityError):
        world.ledger._connection.execute(f"DELETE FROM {table}")


def test_a_ledger_that_is_deleted_while_it_is_open_is_noticed(world):
    ask(world)
    world.ledger.path.unlink()
    with pytest.raises(TamperError, match="is gone"):
        world.ledger.record(Event("read.served", "ana"), NOON)


def test_a_ledger_that_is_replaced_while_it_is_open_is_noticed(world):
    ask(world)
    world.ledger.close()
    yesterday = world.ledger.path.read_bytes()
    ask(world)
    other = world.ledger.path.with_name("other")
    other.write_bytes(yesterday)
    for side in ("-wal", "-shm"):  # what is not in the file itself yet would bring it up to date
        world.ledger.path.with_name(world.ledger.path.name + side).unlink()
    other.replace(world.ledger.path)
    with pytest.raises((TamperError, LedgerError)):
        world.ledger.record(Event("read.served", "ana"), NOON)


def test_a_second_grant_unmasks_nothing_of_the_first(world):
    name, mail = ask(world).grant_id, approved(world)
    by_name, by_mail = (world.read(grant, "ana", "crm/people").table.to_pylist()[0] for grant in (name, mail))
    assert by_name == {"name": "Anna", "mail": "[redacted]"}
    assert by_mail == {"name": "[redacted]", "mail": "anna@example.org"}


def test_a_second_grant_neither_shortens_nor_lengthens_the_first(world):
    first = ask(world, seconds=7200).grant_id
    second = ask(world, now=NOON + MINUTE, seconds=600).grant_id
    third = ask(world, now=NOON + HOUR, seconds=7200).grant_id
    ends = {grant.id: grant.expires for grant in world.ledger.grants()}
    assert ends == {first: NOON + 2 * HOUR, second: NOON + 11 * MINUTE, third: NOON + 3 * HOUR}


def test_an_extension_that_is_approved_late_shortens_nothing(world):
    grant = approved(world, seconds=1800)

    def longer(minutes, now):
        given = Ask("ana", reason="still on the phone", seconds=minutes * 60)
        return world.broker.extend(grant, given, now).id

    short, long = longer(5, NOON), longer(60, NOON + MINUTE)
    for name in (long, short):
        made = world.broker.approve(name, world.people["pia"], NOON + 2 * MINUTE)
        assert made.state is RequestState.APPROVED
    assert world.ledger.grant(grant).expires == NOON + 90 * MINUTE

"""What needs a look: each rule over records made by hand, and what it keeps quiet about."""

from datetime import timedelta

import pytest

from jit import DeniedError, Event, Ledger, Person, UnknownError, acknowledge
from jit import alerts as of
from jit.proof.canonical import stamp
from jit.proof.record import START, Record
from jit.testing import NOON

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
BROKEN = Event("glass.broken", "ana", "req-1", detail={"told": ["bo"], "review_by": stamp(NOON + DAY)})
REVIEWED = Event("glass.reviewed", "bo", "req-1", decision="justified")


def log(*events, apart=MINUTE):
    """Records of `events`, `apart` from each other; an event may come with its own minute."""
    placed = [event if isinstance(event, tuple) else (number * apart, event) for number, event in enumerate(events)]
    return [Record.seal(event, n, NOON + after, START) for n, (after, event) in enumerate(placed, 1)]


def refused(who="eve", kind="read.refused", **parts):
    return Event(kind, who, **parts)


def denied(data_class="user.name", who="eve"):
    return Event("request.denied", who, "req-9", classes=(data_class,))


def state(word, name="grant-1", **detail):
    return Event("grant.revoked", "bo", "req-1", name, detail={"state": word, **detail})


@pytest.mark.parametrize(
    ("events", "later", "raised"),
    [
        ([BROKEN], MINUTE, ["glass-broken:req-1"]),
        ([BROKEN], DAY, ["glass-broken:req-1", "review-overdue:req-1"]),
        ([BROKEN, REVIEWED], DAY, []),
        ([refused()] * 3, MINUTE, ["refused-reads:eve:1"]),
        ([refused()] * 2, MINUTE, []),
        ([refused(), refused("ana"), refused()], MINUTE, []),
        ([(0 * MINUTE, refused()), (5 * MINUTE, refused()), (11 * MINUTE, refused())], DAY, []),
        ([refused()] * 6, MINUTE, ["refused-reads:eve:1", "refused-reads:eve:4"]),
        ([denied()] * 5, MINUTE, ["denied-burst:eve:1"]),
        ([denied()] * 4, MINUTE, []),
        ([denied(f"user.c{n}") for n in range(4)], MINUTE, ["class-walking:eve:1"]),
        ([denied(f"user.c{n}") for n in range(3)], MINUTE, []),
        ([state("revoked", spooled=stamp(NOON))], MINUTE, ["ended-in-the-spool:req-1"]),
        ([state("revoked")], MINUTE, []),
        ([state("stuck")], MINUTE, ["stuck:grant-1"]),
        ([state("stuck"), state("revoked")], MINUTE, []),
        ([Event("key.rotated", "bo")], MINUTE, ["key-rotated:1"]),
        ([Event("campaign.closed", "datakeep", detail={"unanswered": 2})], MINUTE, ["review-unanswered:1"]),
        ([Event("campaign.closed", "datakeep", detail={"unanswered": 0})], MINUTE, []),
        ([Event("read.served", "ana")] * 20, MINUTE, []),
    ],
)
def test_a_rule_raises_what_it_is_for_and_nothing_else(events, later, raised):
    assert sorted(one.id for one in of(log(*events), NOON + later)) == sorted(raised)


def test_an_alert_names_whom_it_concerns_and_where_it_stands_in_the_log():
    (alert,) = of(log(BROKEN), NOON)
    assert (alert.person, alert.told, alert.seq, alert.request, alert.severity) == ("ana", ("bo",), 1, "req-1", "high")


def test_who_looked_at_an_alert_is_on_record_and_the_words_are_not(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.record(BROKEN, NOON)
    made = acknowledge(ledger, "glass-broken:req-1", Person("bo"), NOON + MINUTE, "Anna Meier is on it")
    (again,) = of(ledger.records(), NOON + MINUTE)
    assert made == again
    assert again.acknowledged_by == "bo"
    assert not any("Meier" in record.text for record in ledger.records())
    with pytest.raises(UnknownError, match="no alert glass-broken:req-2"):
        acknowledge(ledger, "glass-broken:req-2", Person("bo"), NOON)
    ledger.close()


def test_nobody_takes_an_alert_about_themselves_off_the_list_and_the_attempt_is_on_record(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.record(BROKEN, NOON)
    with pytest.raises(DeniedError, match="is about you"):
        acknowledge(ledger, "glass-broken:req-1", Person("ana", roles=frozenset({"steward"})), NOON, "nothing to see")
    (alert,) = of(ledger.records(), NOON)
    assert alert.acknowledged_by is None
    *_, last = ledger.records()
    assert (last.event.type, last.event.actor, last.event.request) == ("alert.refused", "ana", "req-1")
    ledger.close()

"""A steward at the queue, one key after another, and the queue's filters."""

import pytest

from catalog import Catalog, Word
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy

EMAIL, CARD, PHONE = "user.contact.email", "user.financial.credit_card", "user.contact.phone_number"
CUSTOMERS, ORDERS = unit(), unit("public.orders", ("card", "phone"))
CARD_ID, EMAIL_ID, PHONE_ID = "crm/public.orders#card", "crm/public.customers#email", "crm/public.orders#phone"
SETTINGS = """
version: 1
people:
  - {name: bo, roles: [steward]}
  - {name: cy, roles: [steward]}
review:
  stewards: [{of: {owners: [team-crm]}, to: bo}]
"""


@pytest.fixture
def crm(folder):
    (folder / "datakeep.yaml").write_text(SETTINGS)
    catalog = Catalog(folder / ".datakeep" / "catalog.duckdb", Taxonomy.load())
    content = {CUSTOMERS: {"id": (), "email": (EMAIL,)}, ORDERS: {"card": (CARD,), "phone": (PHONE,)}}
    record_run(catalog, day(1), content, owner="team-crm")
    return catalog


@pytest.fixture
def sit(call, monkeypatch):
    """`sit("a", "c", said=["user.name"])`: keys one after another, and what is typed where it is asked for."""

    def run(*keys, said=(), options=()):
        pressed, typed = iter(keys), iter(said)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        monkeypatch.setattr("click.getchar", lambda: _pressed(next(pressed)))
        monkeypatch.setattr("click.prompt", lambda _, default=None: next(typed, default))
        return call("--as", "bo", "review", "next", *options)

    return run


def _pressed(key):
    return key() if callable(key) else key


def statuses(catalog, *ids):
    return [str(catalog.entry(one).status) for one in ids]


def test_a_question_says_what_speaks_for_it_whose_it_is_and_when_it_is_due(sit, crm):
    told = sit("q").out

    assert "1 entry, 3 decisions left\n  crm/public.orders#card\n" in told
    assert f"proposed: {CARD} (0.90); nobody decided yet" in told
    assert "critical, owner team-crm, due 2026-11-03" in told
    assert f"for {CARD}: pattern" in told


def test_a_key_that_nobody_knows_and_a_class_that_there_is_not_decide_nothing(sit, crm):
    called = sit("x", "c", "q", said=["user.nme"])

    assert "no key x" in called.err
    assert "no class user.nme" in called.err
    assert statuses(crm, CARD_ID, EMAIL_ID, PHONE_ID) == ["proposed"] * 3


def test_the_last_key_is_undone_and_so_is_a_silence(sit, crm):
    called = sit("a", "u", "m", "u", "q")

    assert statuses(crm, CARD_ID) == ["proposed"]
    assert crm.entry(CARD_ID).muted_until is None
    assert [str(one.action) for one in crm.explain(CARD_ID).judgements] == ["accept", "undo", "mute", "undo"]
    assert "0 decided, 3 left to decide, 0 skipped" in called.err


def test_a_reason_is_kept_with_what_is_decided_after_it(sit, crm):
    sit("a", "w", "r", "q", said=["order numbers"], options=["--reason", "walked through"])

    assert [crm.explain(one).judgements[0].reason for one in (CARD_ID, EMAIL_ID)] == ["walked through", "order numbers"]


def test_nobodys_decision_is_overruled_by_a_question_that_was_asked_before_it(sit, crm):
    def reclassified_meanwhile():
        crm.reclassify([CARD_ID], ["user.financial"], Word("cy", "looked"), now=day(2))
        return "a"

    called = sit(reclassified_meanwhile, "q")

    assert "somebody decided on it meanwhile" in called.err
    assert crm.explain(CARD_ID).judgements[-1].actor == "cy"


def test_a_sitting_ends_where_nothing_is_left_to_decide(sit, crm):
    assert "3 decided, 0 left to decide, 0 skipped" in sit("a", "a", "a").err


def test_the_queue_shows_as_many_as_are_wanted_and_says_that_there_are_more(call, crm):
    called = call("review", "list", "--limit", "1", "--format", "json")

    assert [item["id"] for item in called.items] == [CARD_ID]
    assert "3 entries in 3 decisions, 1 overdue; the first 1 are shown" in called.err


def test_a_table_of_the_queue_says_what_is_late_and_what_is_held_where_that_is_something_else(call, crm):
    crm.reclassify([EMAIL_ID], [PHONE], Word("bo"), now=day(2))
    crm.mute([PHONE_ID], Word("bo"), day(200), now=day(2))
    record_run(crm, day(3), {CUSTOMERS: {"id": (), "email": (CARD,)}, ORDERS: {"card": (CARD,), "phone": (PHONE,)}})

    told = call("review", "list").out
    assert "late since 2026-11-03T00:00:00Z" in told
    assert f"the machine disagrees with the decision, held as {PHONE}" in told


def test_the_queue_tells_what_waited_on_a_day(call, crm):
    crm.accept([CARD_ID], Word("bo"), now=day(3))

    assert call("review", "list", "--class", CARD, "--format", "json").items == []
    (item,) = call("review", "list", "--class", CARD, "--as-of", "2026-11-02", "--format", "json").items
    assert (item["id"], item["overdue"]) == (CARD_ID, False)
    assert call("review", "list", "--as-of", "2026-10-01", "--format", "json").items == []


def test_decisions_in_doubt_are_listed_alone(call, crm):
    crm.accept([EMAIL_ID], Word("bo"), now=day(2))
    crm.reject([EMAIL_ID], Word("bo"), now=day(3))

    (item,) = call("review", "list", "--status", "confirmed", "--format", "json").items
    assert item["why"] == ["bo asks a second person to agree to less"]
    assert len(call("review", "list", "--status", "proposed", "--format", "json").items) == 2


@pytest.mark.parametrize(
    "words",
    [
        ["review", "list", "--source", "crn"],
        ["catalog", "list", "--source", "crn"],
        ["catalog", "coverage", "--source", "crn"],
        ["catalog", "export", "--to", "dbt", "--source", "crn"],
    ],
)
def test_a_source_that_there_is_not_is_an_error_and_never_an_empty_answer(call, crm, words):
    called = call(*words)

    assert (called.code, called.err) == (2, "error: no source crn\nhint:  did you mean crm?\n")


def test_a_steward_whom_nobody_knows_is_an_error(call, crm):
    called = call("review", "list", "--steward", "kim")

    assert (called.code, called.err) == (2, "error: no steward kim\nhint:  there are bo, cy\n")


def test_nothing_is_to_last_until_a_time_that_is_over(call, crm):
    for verb in ("mute", "accept", "reject"):
        called = call("--as", "bo", "review", verb, CARD_ID, "--until", "2020-01-01")
        assert (called.code, "is over" in called.err) == (2, True)


def test_undoing_by_glob_takes_back_the_silence_that_came_last(call, crm):
    call("--as", "bo", "review", "mute", "crm/*", "--until", "2099-01-01")
    assert call("review", "list", "--format", "json").items == []

    assert call("--as", "bo", "review", "undo", "crm/*").code == 0
    assert len(call("review", "list", "--format", "json").items) == 3


def test_what_changed_between_two_times_is_told_like_what_changed_between_two_runs(call, crm):
    crm.accept([CARD_ID], Word("bo"), now=day(3))
    crm.accept([EMAIL_ID], Word("bo"), now=day(5))

    told = lambda *words: [item["id"] for item in call("catalog", "diff", *words, "--format", "json").items]  # noqa: E731
    assert told("2026-11-02") == [CARD_ID, EMAIL_ID]
    assert told("2026-11-02", "2026-11-04") == [CARD_ID]
    assert told("run-1", "2026-11-04") == [CARD_ID]
    assert told("2026-11-05") == []
    assert call("catalog", "diff", "2026-13-01").code == 2


def test_runs_and_the_state_of_the_review_are_told_as_of_a_day(call, crm):
    crm.accept([CARD_ID], Word("bo"), now=day(3))

    (then,) = call("review", "stats", "--as-of", "2026-11-02", "--format", "json").items
    (now,) = call("review", "stats", "--format", "json").items
    assert (then["waiting"], then["overdue"], then["decided_by"]) == (3, 0, {})
    assert (now["waiting"], now["overdue_by_steward"], now["decided_by"]) == (2, {}, {"bo": 1})
    assert call("run", "list", "--as-of", "2026-10-31", "--format", "json").items == []
    assert [run["run_id"] for run in call("run", "list", "--as-of", "2026-11-01", "--format", "json").items] == [
        "run-1"
    ]


def test_a_mistyped_format_is_no_folder(call, crm, folder):
    called = call("catalog", "export", "--to", "snowflak")

    assert (called.code, "did you mean snowflake?" in called.err) == (2, True)
    assert not (folder / "snowflak").exists()


def test_a_table_of_changes_counts_what_came_and_went_without_a_class(call, crm):
    shown = call("run", "show", "1")

    assert f"{CUSTOMERS.source}/{CUSTOMERS.dataset}#id" not in shown.out
    assert EMAIL_ID in shown.out
    assert "and 1 field without a class, new or gone: --format json names them" in shown.err
    (item,) = call("run", "show", "1", "--format", "json").items
    assert len(item["changes"]) == 4


@pytest.mark.parametrize(
    ("verb", "flags", "touched"),
    [
        ("accept", [], [CARD_ID, PHONE_ID]),
        ("reject", [], [CARD_ID, PHONE_ID]),
        ("mute", ["--until", "2099-01-01"], [CARD_ID, PHONE_ID]),
        ("undo", [], [EMAIL_ID]),
        ("second", [], [EMAIL_ID]),
        ("reclassify", ["--class", CARD], [CARD_ID, EMAIL_ID, PHONE_ID, "crm/public.customers#id"]),
    ],
)
def test_a_plan_says_what_a_glob_would_touch_and_does_nothing(call, crm, verb, flags, touched):
    crm.accept([EMAIL_ID], Word("bo"), now=day(2))
    crm.reject([EMAIL_ID], Word("bo"), now=day(3))
    version = crm.version()
    called = call("--as", "cy", "review", verb, "crm/*", *flags, "--plan", "--format", "json")

    assert {item["id"] for item in called.items} == set(touched)
    assert f"{verb} would touch" in called.err
    assert crm.version() == version
    assert call("audit", "list", "--format", "json").items == []


def test_a_plan_for_a_dataset_names_its_fields(call, crm):
    called = call("--as", "bo", "review", "assign", "crm/public.orders", "--owner", "ana", "--plan", "--format", "json")

    assert [item["id"] for item in called.items] == [CARD_ID, PHONE_ID]
    assert crm.entry(CARD_ID).owner == "team-crm"


def test_a_second_person_agrees_by_glob_to_what_waits(call, crm):
    crm.accept([EMAIL_ID], Word("bo"), now=day(2))
    crm.reject([EMAIL_ID], Word("bo"), now=day(3))

    assert [item["id"] for item in call("--as", "cy", "review", "second", "crm/*", "--format", "json").items] == [
        EMAIL_ID
    ]
    assert statuses(crm, EMAIL_ID, CARD_ID) == ["rejected", "proposed"]

import pytest


@pytest.fixture
def campaign(call, shop):
    """An access review of a shop in which ana was lent names; its item."""
    call("request", "create", "--class", "user.name", "--for", "2h", "--reason", "a customer called", "--as", "ana")
    (made,) = call("campaign", "open", "--for", "30m", "--as", "bo", "--format", "json").items
    return made


def shown(call, campaign, *more):
    return call("campaign", "show", campaign["id"], "--format", "json", *more).items


def test_a_review_is_opened_answered_and_closed(call, campaign):
    assert (campaign["state"], campaign["open"], campaign["keep"]) == ("open", 5, 0)
    mine = shown(call, campaign, "--mine", "--as", "cy")  # who may approve contacts is asked about them
    assert {(one["person"], one["rule"]) for one in mine} == {("ana", "contact"), ("al", "contact")}
    names = [one["id"] for one in mine]
    said = call(
        "campaign", "answer", *names, "--keep", "--reason", "still in support", "--as", "cy", "--format", "json"
    )
    assert [one["state"] for one in said.items] == ["keep", "keep"]
    assert call("campaign", "close", campaign["id"], "--as", "bo").code == 0
    (closed,) = call("campaign", "list", "--format", "json").items
    assert [closed[key] for key in ("state", "open", "keep", "revoke")] == ["closed", 0, 2, 3]
    assert call("grant", "list", "--format", "json").items[0]["state"] == "revoked"
    assert call("audit", "verify").code == 0


def test_who_is_reviewed_is_refused_with_the_reason(call, campaign):
    own = next(one["id"] for one in shown(call, campaign) if one["person"] == "ana")
    said = call("campaign", "answer", own, "--keep", "--reason", "I need it", "--as", "ana")
    assert (said.code, "about you" in said.err) == (4, True)
    assert call("campaign", "open", "--for", "1h", "--as", "ana").code == 4


def test_a_campaign_or_a_question_that_nobody_knows_is_named(call, campaign):
    for words in (
        ["show", "campaign-0"],
        ["answer", "campaign-0.1", "--keep", "--reason", "x"],
        ["close", "campaign-0"],
    ):
        said = call("campaign", *words, "--as", "bo")
        assert (said.code, "campaign-0" in said.err) == (2, True)


def test_an_answer_needs_keep_or_revoke(call, campaign):
    assert call("campaign", "answer", "campaign-0.1", "--reason", "x", "--as", "bo").code == 2

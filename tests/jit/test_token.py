import base64
import hashlib
import hmac
import json
import string
from datetime import timedelta

import pytest

from classifiers import DataClass
from jit import Ask, DeniedError, Person
from jit.proof.signing import Keys
from jit.testing import NOON, World, field
from jit.token import issue, redeem

MINUTE = timedelta(minutes=1)
POLICY = """
version: 1
rules: [{id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}]
"""


@pytest.fixture
def world(tmp_path):
    made = World(
        tmp_path / "home",
        POLICY,
        [Person("ana", frozenset({"support"})), Person("bob")],
        [field("crm/people#name", "user.name")],
    )
    yield made
    made.ledger.close()


@pytest.fixture
def grant(world):
    return world.broker.ask(
        Ask("ana", (DataClass("user.name"),), reason="a customer called", seconds=1800), NOON
    ).grant_id


@pytest.fixture
def token(world, grant):
    return issue(world.ledger, grant, world.people["ana"], "notebook", NOON)[0]


def part(text):
    return json.loads(base64.urlsafe_b64decode(text + "=="))


def coded(body):
    return base64.urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=").decode()


def test_a_token_stands_for_its_grant_and_that_it_was_made_is_on_record(world, grant, token):
    assert redeem(world.ledger, token, "notebook", NOON + MINUTE).id == grant
    assert world.types()[-1] == "token.issued"


def test_a_token_is_short_and_never_outlives_its_grant(world, grant):
    assert issue(world.ledger, grant, world.people["ana"], "x", NOON)[1] == NOON + 10 * MINUTE
    late = issue(world.ledger, grant, world.people["ana"], "x", NOON + 25 * MINUTE)
    assert late[1] == NOON + 30 * MINUTE
    with pytest.raises(DeniedError, match="over"):
        redeem(world.ledger, late[0], "x", NOON + 30 * MINUTE)


@pytest.mark.parametrize(("who", "now"), [("bob", NOON), ("ana", NOON + 30 * MINUTE)])
def test_a_token_is_made_for_ones_own_live_grant_only(world, grant, who, now):
    with pytest.raises(DeniedError, match="no live grant"):
        issue(world.ledger, grant, world.people[who], "notebook", now)


@pytest.mark.parametrize("end", ["revoke", "suspend"])
def test_a_token_is_worth_nothing_once_its_grant_is(world, grant, token, end):
    getattr(world.broker.lending, end)(grant, world.people["ana"], NOON)
    with pytest.raises(DeniedError, match="does not stand"):
        redeem(world.ledger, token, "notebook", NOON)


def test_a_token_is_for_one_audience_and_for_its_time(world, token):
    with pytest.raises(DeniedError, match="somebody else"):
        redeem(world.ledger, token, "another", NOON)
    with pytest.raises(DeniedError, match="over"):
        redeem(world.ledger, token, "notebook", NOON + 10 * MINUTE)


def bent(token, world, how):
    head, body, signature = token.split(".")
    stranger = Keys(world.home / "other").signing()
    public = str(world.ledger.keys.public()[0]).encode()
    unsigned = coded({**part(head), "alg": "none"})
    symmetric = coded({**part(head), "alg": "HS256"})
    mac = (
        base64.urlsafe_b64encode(hmac.new(public, f"{symmetric}.{body}".encode(), hashlib.sha256).digest())
        .rstrip(b"=")
        .decode()
    )
    foreign = base64.urlsafe_b64encode(stranger.sign(f"{head}.{body}".encode())).rstrip(b"=").decode()
    return {
        "no algorithm": f"{unsigned}.{body}.",
        "no algorithm, signed": f"{unsigned}.{body}.{signature}",
        "the public key as a secret": f"{symmetric}.{body}.{mac}",
        "another type": f"{coded({**part(head), 'typ': 'JWT'})}.{body}.{signature}",
        "another key's mark": f"{coded({**part(head), 'kid': stranger.public.mark.hex()})}.{body}.{signature}",
        "another key": f"{head}.{body}.{foreign}",
        "a later end": f"{head}.{coded({**part(body), 'exp': part(body)['exp'] + 3600})}.{signature}",
        "another holder": f"{head}.{coded({**part(body), 'sub': 'bob'})}.{signature}",
        "cut": token[:-3],
        "two parts": f"{head}.{body}",
        "nothing": "",
        "not json": "e30.e30.e30",
    }[how]


@pytest.mark.parametrize(
    "how",
    ["no algorithm", "no algorithm, signed", "the public key as a secret", "another type", "another key's mark", "another key",
     "a later end", "another holder", "cut", "two parts", "nothing", "not json"],
)  # fmt: skip
def test_a_bent_token_opens_nothing(world, token, how):
    with pytest.raises(DeniedError, match=r"no token|not signed"):
        redeem(world.ledger, bent(token, world, how), "notebook", NOON)


def test_every_changed_letter_of_a_token_is_found(world, token):
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    for spot in [*range(0, len(token), 5), len(token) - 1]:
        # the least bit of a letter: the last letter's belongs to no byte of the signature, and decoders ignore it
        other = letters[letters.find(token[spot]) ^ 1]
        with pytest.raises(DeniedError):
            redeem(world.ledger, token[:spot] + other + token[spot + 1 :], "notebook", NOON)

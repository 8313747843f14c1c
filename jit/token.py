"""A grant to carry: a short-lived signed token that says what is lent to whom, and is worth nothing without the ledger."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from jit.interface import DeniedError, Grant, JitError, Person, is_live
from jit.ledger import Ledger
from jit.proof.canonical import canonical, from_base64
from jit.proof.record import Event
from jit.proof.signing import PublicKey
from jit.resolve import WORD

TYPE = "datakeep-grant+jwt"
LONGEST = timedelta(minutes=10)  # a token that is stolen is of use for no longer; who holds the grant makes another
SKEW = timedelta(seconds=5)  # between the clock of who made it and who checks it, at the beginning only


def issue(ledger: Ledger, name: str, person: Person, audience: str, now: datetime) -> tuple[str, datetime]:
    """A token for one's own live grant, for one `audience`, and when it ends: never after the grant does.

    A compact JWS (RFC 7515) with EdDSA, whatever anybody asks for. That it was made is on record first. Raises DeniedError.
    """
    if not WORD.fullmatch(audience):
        raise JitError("an audience is up to 64 letters, digits and . : / # + -")
    with ledger.write(now) as change:
        grant = change.grant(name)
        if grant.grantee != person.name or not is_live(grant, change.now):
            raise DeniedError(f"{name} is no live grant of {person.name}'s")
        ends = min(grant.expires, change.now + LONGEST)
        claims = _claims(grant, audience, change.now, ends) | {"iss": ledger.keys.signing().name}
        change.record(Event("token.issued", person.name, grant.request_id, name, grant.entries, grant.classes,
                            detail={"audience": audience, "exp": claims["exp"]}))  # fmt: skip
    key = ledger.keys.signing()
    signed = f"{_part({'alg': 'EdDSA', 'typ': TYPE, 'kid': key.public.mark.hex()})}.{_part(claims)}"
    return f"{signed}.{_text(key.sign(signed.encode()))}", ends


def redeem(ledger: Ledger, token: str, audience: str, now: datetime) -> Grant:
    """The grant that a token stands for, as the ledger has it now. Raises DeniedError for any token that does not hold."""
    claims = _opened(token, ledger.keys.public())
    moment = ledger.moment(now)
    if claims.get("aud") != audience:
        raise DeniedError("the token is for somebody else")
    if not _number(claims, "nbf") <= (moment + SKEW).timestamp() or not moment.timestamp() < _number(claims, "exp"):
        raise DeniedError("the token is over, or not valid yet")
    grant = ledger.grant(str(claims.get("jti")))
    if claims.get("sub") != grant.grantee or claims.get("scp") != _scope(grant) or not is_live(grant, moment):
        raise DeniedError(f"{grant.id} does not stand as the token says")
    return grant


def _claims(grant: Grant, audience: str, now: datetime, ends: datetime) -> dict[str, Any]:
    return {
        "aud": audience, "sub": grant.grantee, "jti": grant.id, "iat": int(now.timestamp()), "nbf": int(now.timestamp()),
        "exp": int(ends.timestamp()), "scp": _scope(grant),
    }  # fmt: skip


def _scope(grant: Grant) -> str:
    """What exactly is lent, as a hash: a token for fewer or other fields is another token."""
    return hashlib.sha256(canonical({"entries": sorted(grant.entries)})).hexdigest()


def _opened(token: str, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """The claims of a token that one of `keys` signed. Only this algorithm and this type: a header chooses nothing."""
    try:
        head, body, signature = token.split(".")
        header, claims = json.loads(_bytes(head)), json.loads(_bytes(body))
        known = [key for key in keys if key.mark.hex() == header["kid"]]
        plain = header["alg"] == "EdDSA" and header["typ"] == TYPE and isinstance(claims, dict)
        held = any(key.signed(f"{head}.{body}".encode(), _bytes(signature)) for key in known)
    except (ValueError, KeyError, TypeError):
        raise DeniedError("that is no token of a grant") from None
    if not plain or not held:
        raise DeniedError("the token is not signed by this ledger")
    return dict(claims)


def _number(claims: Mapping[str, Any], key: str) -> int:
    value = claims.get(key)
    if not isinstance(value, int):
        raise DeniedError("that is no token of a grant")
    return value


def _part(body: Mapping[str, Any]) -> str:
    return _text(canonical(body))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return from_base64(text + "=" * (-len(text) % 4), b"-_")

"""From findings to one verdict a field. Pure; every threshold stands here."""

from collections.abc import Mapping

NAME_ALONE = 0.75  # confidence of a telling name that the values neither prove nor contradict
SHARE_NAMED = 0.3  # of distinct values, where the name says the same
SHARE_ALONE = 0.7  # of distinct values, where the name says nothing
CHECKED = frozenset({"EMAIL_ADDRESS", "IBAN_CODE", "CREDIT_CARD", "IP_ADDRESS", "US_SSN"})


def decide(named: str | None, shares: Mapping[str, float]) -> tuple[str, float] | None:
    """The entity of a value column and the confidence in it, or None where nothing speaks for any."""
    if named:
        share = shares.get(named, 0.0)
        if share >= SHARE_NAMED:
            return named, 0.9 + 0.09 * share
        if named not in CHECKED:
            return named, NAME_ALONE
    best = max(shares, key=lambda entity: shares[entity], default=None)
    if best and shares[best] >= SHARE_ALONE:
        return best, 0.6 + 0.3 * shares[best]
    return None

"""What a masked value may still show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers import DataClass
from jit import Mask, mask
from jit.policies.masks import KEPT, REDACTED, SHARE, SHORTEST

KEY = b"0123456789abcdef"
CARD = DataClass("user.financial.credit_card")
NAME = DataClass("user.name")
SHOWN = [
    ("4111111111111111", Mask.LAST_FOUR, "***1111"),
    ("4111 1111 1111 1111", Mask.LAST_FOUR, "***1111"),
    ("378282246310005", Mask.LAST_FOUR, "***0005"),
    ("1234567", Mask.LAST_FOUR, "***67"),
    ("12345", Mask.LAST_FOUR, REDACTED),
    ("Jonathan", Mask.FIRST_LETTER, "J***"),
    ("Jo", Mask.FIRST_LETTER, REDACTED),
    ("", Mask.FIRST_LETTER, REDACTED),
    ("1987-04-12", Mask.YEAR_ONLY, "1987"),
    ("1987-04-12T10:00:00Z", Mask.YEAR_ONLY, "1987"),
    ("12.04.1987", Mask.YEAR_ONLY, "1987"),
    ("4/12/1987", Mask.YEAR_ONLY, "1987"),
    ("1987", Mask.YEAR_ONLY, REDACTED),
    ("born 1987-04-12", Mask.YEAR_ONLY, REDACTED),
    ("4111111111111111", Mask.YEAR_ONLY, REDACTED),
    ("anything", Mask.REDACT, REDACTED),
    (4000000000000002, Mask.LAST_FOUR, "***0002"),
    (REDACTED, Mask.REDACT, "***"),
]


@pytest.mark.parametrize(("value", "kind", "shown"), SHOWN)
def test_a_mask_shows_what_it_says_and_no_more(value, kind, shown):
    assert mask(value, NAME, kind, key=KEY) == shown


@pytest.mark.parametrize("kind", Mask)
def test_nothing_stays_nothing(kind):
    assert mask(None, NAME, kind, key=KEY) is None


def test_equal_values_have_equal_hashes_and_another_key_another_hash():
    first, again = (mask("ana@example.org", NAME, Mask.KEYED_HASH, key=KEY) for _ in range(2))

    assert first == again
    assert first != mask("bo@example.org", NAME, Mask.KEYED_HASH, key=KEY)
    assert first != mask("ana@example.org", NAME, Mask.KEYED_HASH, key=b"another")


def test_a_hash_without_a_key_redacts():
    assert mask("ana@example.org", NAME, Mask.KEYED_HASH) == REDACTED


@pytest.mark.parametrize("kind", [kind for kind in Mask if kind is not Mask.NULL])
@pytest.mark.parametrize(
    "name", ["user.authorization.password", "system.authentication", "user.financial.credit_card.security_code"]
)
def test_of_a_secret_nothing_is_shown_whatever_the_policy_says(kind, name):
    assert mask("correct horse battery staple", DataClass(name), kind, key=KEY) == REDACTED


VALUES = st.one_of(
    st.text(min_size=1, max_size=80),
    st.from_regex(r"[0-9]{12,19}", fullmatch=True),
    st.emails(),
    st.integers(),
    st.dates().map(str),
)


@given(VALUES, st.sampled_from(Mask))
def test_a_masked_value_is_never_the_value(value, kind):
    masked = mask(value, NAME, kind, key=KEY)

    assert masked is None or (masked != str(value) and (len(str(value)) < 4 or str(value) not in masked))


@given(VALUES, st.sampled_from([Mask.LAST_FOUR, Mask.FIRST_LETTER, Mask.REDACT]))
def test_what_remains_is_bounded(value, kind):
    text, masked = str(value).strip(), mask(value, NAME, kind, key=KEY)
    remains = "" if masked in {REDACTED, "***"} else masked.replace("***", "", 1)

    assert len(remains) <= min(KEPT, int(len(text) * SHARE))
    assert len(text) >= SHORTEST or not remains


@given(st.from_regex(r"[0-9]{13,19}", fullmatch=True), st.sampled_from(Mask))
def test_of_a_card_number_no_more_than_the_last_four_digits_remain(number, kind):
    masked = mask(number, CARD, kind, key=KEY)

    assert (
        masked in {None, REDACTED, f"***{number[-4:]}", f"***{number[-3:]}", f"{number[0]}***"}
        or kind is Mask.KEYED_HASH
    )

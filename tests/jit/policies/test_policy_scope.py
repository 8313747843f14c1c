"""A compiled scope means what the catalog means by its globs, and names no fewer sources than it has."""

from hypothesis import given
from hypothesis import strategies as st

from catalog import matches
from jit.policies.scope import Scope

texts = st.text(st.sampled_from("ab/#.[]"), min_size=1, max_size=7)
patterns = st.text(st.sampled_from("ab/#.[]**?"), min_size=1, max_size=6)


def plainly(pattern, text):
    return matches(pattern, text) or text.startswith((f"{pattern}/", f"{pattern}#"))


@given(st.lists(patterns, min_size=1, max_size=3), texts)
def test_a_scope_holds_what_any_of_its_patterns_means(some, text):
    assert (text in Scope.of(some)) is any(plainly(pattern, text) for pattern in some)


@given(st.lists(patterns, max_size=3), texts)
def test_a_source_that_a_scope_does_not_name_has_nothing_in_it(some, text):
    scope = Scope.of(some)

    if text in scope and scope.sources is not None:
        assert text.partition("/")[0].partition("#")[0] in scope.sources


def test_a_scope_without_patterns_holds_everything():
    assert "crm/t#x" in Scope.of(())

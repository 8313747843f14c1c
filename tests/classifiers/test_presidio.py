# ruff: noqa: RUF001 - letters that look like others are what is tested
"""The fast path against Presidio itself: the same findings, cell by cell. `benchmarks/differential.py` is the long run."""

import random
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import presidio
from classifiers.opinion import opinions
from classifiers.presidio import CellError, analyze, findings, named_entities, recognizers
from classifiers.widening import wide


def vectors():
    lines = (Path(__file__).parent / "presidio_vectors.txt").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        found, missed = line.split(" | ! ")
        name, *values = found.split(" | ")
        yield name, values, missed


VECTORS = {name: (values, missed) for name, values, missed in vectors()}
OTHERS = """
4111 1111 1111 1111|078-05-1120|198.51.100.4:8080|::1|xn--bo@example.org|31.12.1999|Jan 5 2020|+1 206 342 9857|+44 20 7946 0958 x12|00 49 30 901820|+91 98765 43210|1-800-555-0199 ext. 5
12345|1.5|2021|true||   |null|Order 12345|just words|Anna Schmidt|2012-01-02 08:00:11|211-227 (2003)|3/10/2011|{"a": 1}|a@b|0x1F|(020) 7946 0958 / 7946 0959|+0049 30 901820|3324451234 8002341234
"""
CELLS = [
    *(value for values, missed in VECTORS.values() for value in (*values, missed)),
    *dict.fromkeys(cell for line in OTHERS.split("\n") for cell in line.split("|")),
]
FOREIGN = "éßſKñàø名字٠١٢٣４５６７－＋（）\u00a0\u2003\u200b\u202e\x0b\x1c\x85\x00\u0301𝟙😀ªº²½ıİ"
DIGITS = {"arabic": 0x660, "full width": 0xFF10, "devanagari": 0x966}


def outcome(find, text):
    try:
        return find(text)
    except CellError as error:
        return str(error)


def alike(text):
    assert outcome(findings, text) == outcome(analyze, text), text


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_each_recognizer_finds_its_own_and_not_a_near_miss(name):
    values, missed = VECTORS[name]
    for value in values:
        assert name in {span.recognizer for span in findings(value)}, value
    assert name not in {span.recognizer for span in findings(missed)}


def test_there_is_a_vector_for_every_recognizer_that_presidio_ships():
    assert {one.name for one in recognizers()} == set(VECTORS)


def test_the_fast_path_finds_what_presidio_finds():
    for cell in CELLS:
        alike(cell)


def test_a_recognizers_own_words_around_a_value_change_nothing():
    for one in recognizers():
        word = (one.context or ["number"])[0]
        alike(f"{word}: {VECTORS[one.name][0][0]}, thank you")


@pytest.mark.parametrize("script", DIGITS)
def test_digits_of_another_script_give_the_same(script):
    table = {ord(digit): DIGITS[script] + int(digit) for digit in string.digits}
    for cell in CELLS[::4]:
        alike(cell.translate(table))


def test_letters_of_another_script_around_a_value_give_the_same():
    for place, cell in enumerate(CELLS[::2]):
        left, right = FOREIGN[place % len(FOREIGN)], FOREIGN[(7 * place + 3) % len(FOREIGN)]
        alike(f"{left}{cell} {right}")


def test_mutated_values_give_the_same():
    rng = random.Random(3)
    for cell in (cell for cell in CELLS if len(cell) > 5):
        place = rng.randrange(len(cell))
        alike(cell[:place] + rng.choice(string.digits + string.ascii_letters + "-. " + FOREIGN) + cell[place + 1 :])


@settings(max_examples=120, deadline=None)
@given(st.text(alphabet=string.digits + string.ascii_uppercase + "-./ +()@:abcx", max_size=40))
def test_fuzzed_ascii_gives_the_same(text):
    alike(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.sampled_from(CELLS))
def test_fuzzed_unicode_around_a_value_gives_the_same(noise, cell):
    alike(f"{noise} {cell}")


PHONE = next(one for one in recognizers() if one.name == presidio.PHONES)


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(["", "+", "00", "011", "0", "1", "49", "44", "33", "55", "91", "972", "(", "n° ", "a", "$"]),
    st.lists(st.tuples(st.text("0123456789", max_size=5), st.sampled_from(["", "-", " ", ".", "/", "(", ") ", " - ", "x", " x", "+", "–", "%"])), max_size=6),
)  # fmt: skip
def test_fuzzed_digits_are_the_same_phones(front, groups):
    text = front + "".join(digits + sign for digits, sign in groups)
    assert presidio._phones(PHONE, text) == presidio._run(PHONE, text)


@pytest.mark.parametrize(
    ("pattern", "widened"),
    [
        (r"(?<!\d)\d{3}(?!\d)", r"\d{3}"),
        (r"([:-])\d\1\d", r"([:-])\d.*?\d"),
        (r"[(?=]x", r"[(?=]x"),
        (r"a(?=b(c|d)[)])e", "ae"),
        (r"\(\?", r"\(\?"),
    ],
)
def test_a_widened_pattern_drops_what_re2_cannot_do(pattern, widened):
    assert wide(pattern) == widened


def test_a_widened_pattern_takes_what_re2_would_miss():
    assert wide(r"a\sb[\s,][^\s]") == r"a[\s\x0b\x1c-\x1f]b[\s\x0b\x1c-\x1f,][^\s]"
    assert wide(r"\bß[^\W_]", ascii_only=False) == r"(?:)ß[^\x00-/:-@\[-\^`{-\x7f_]"


@pytest.mark.parametrize(
    "text",
    ["a\udfffb@example.org", "4111 1111 1111 1111 \ud83d", "\ud800", "\x00" * 40, "\u202e" * 40 + "gro.elpmaxe@ob"],
)
def test_what_is_no_text_gives_the_same(text):
    alike(text)


def test_a_pattern_that_takes_too_long_is_no_finding_of_nothing(monkeypatch):
    monkeypatch.setattr(presidio, "TIMEOUT", 1e-6)
    with pytest.raises(CellError, match="UrlRecognizer needs too long"):
        findings("a." * 500 + "com")


def test_a_letter_that_presidios_own_check_does_not_know_stops_no_scan():
    kelvin = "MRTMTT91D08F205J".replace("M", "\u212a", 2)  # reads as a K where case is folded, and is none
    with pytest.raises(CellError, match="ItFiscalCodeRecognizer stumbles"):
        findings(kelvin)
    assert opinions([kelvin, "12345"]).unread == 1


def test_persons_and_places_are_named_in_running_text():
    (found,) = named_entities(["Mary Jones lives in Paris"])
    assert [(span.entity, span.start, span.end) for span in found] == [("PERSON", 0, 10), ("LOCATION", 20, 25)]

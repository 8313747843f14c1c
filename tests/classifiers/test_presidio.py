"""The fast path against Presidio itself: the same findings, cell by cell."""

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.presidio import analyze, findings, named_entities, recognizers, wide

# Written by us in the shape of what each recognizer's documentation promises to find.
CELLS = """
4012888888881881|4111 1111 1111 1111|DE89370400440532013000|GB33BUKB20201555555555|078-05-1120|987-65-4320|912-91-3457|203.0.113.7|2001:db8::1|::1|00:1A:2B:3C:4D:5E
bo@example.org|müller@example.de|xn--bo@example.org|https://www.example.org/a?b=1|example.co.uk|www.example.com|1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2|12/31/1999|1999-12-31|31.12.1999|Jan 5 2020
+1 206 342 9857|(206) 342-9857|020 7946 0958|+49 30 901820|+91 98765 43210|943 476 5919|AB123456C|MORGA657054SM9IJ|SW1A 1AA|AB12 CDE|44051401359|12345678Z|X1234567L|MRTMTT91D08F205J|AA1234567|RSSMRA80A01H501U
S1234567D|51 824 753 556|004 085 616|876 543 210|2123 45670 1|999941057058|ABCDE1234F|MH12AB1234|A1234567|22AAAAA0000A1Z5|WKH1186253|131052-308T|971013-9019902|1-2345-45678-78-1|10000000146|34 ABC 123|811218-9876|556036-0793
46454286|046 454 286|12345678901|27ABCDE1234F1Z5|36574261809|B-MW 1234|HRB 12345|12 345 678 901|65 070649 C 103|A123456780|L01X00T471|C01X00T47|DE136695976|1EG4-TE5-MK72|1234567893|021000021|AB1234567|BB1388568|9876543217|8001015009087|0123456789|2021/123456/07
f47ac10b-58cc-4372-a567-0e02b2c3d479|T5K 2N1|K1A 0B1|123456789|1234567890|12345|D1234567|PRESCRIPTION RX1234567|CLM-2021-001234|Order 12345|just words|Anna Schmidt|1.5|2021|true||   |null
"""
VECTORS = list(dict.fromkeys(cell for line in CELLS.split("\n") for cell in line.split("|")))


@pytest.mark.parametrize("cell", VECTORS)
def test_the_fast_path_finds_what_presidio_finds(cell):
    assert findings(cell) == analyze(cell)


@pytest.mark.parametrize("cell", VECTORS[::3])
def test_words_around_a_value_change_nothing(cell):
    text = f"the number is {cell}, thank you"
    assert findings(text) == analyze(text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=string.digits + string.ascii_uppercase + "-./ +()@:abcx", max_size=40))
def test_fuzzed_ascii_gives_the_same(text):
    assert findings(text) == analyze(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.sampled_from(VECTORS))
def test_fuzzed_unicode_around_a_value_gives_the_same(noise, cell):
    text = f"{noise} {cell}"
    assert findings(text) == analyze(text)


def test_mutated_values_give_the_same():
    rng = random.Random(3)
    for cell in (cell for cell in VECTORS if len(cell) > 5):
        place = rng.randrange(len(cell))
        text = cell[:place] + rng.choice(string.digits + string.ascii_letters + "-. ") + cell[place + 1 :]
        assert findings(text) == analyze(text), text


def test_every_recognizer_that_presidio_ships_is_there():
    assert len(recognizers()) >= 80
    assert {"PhoneRecognizer", "CreditCardRecognizer", "ZaIdNumberRecognizer"} <= {one.name for one in recognizers()}


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


def test_persons_and_places_are_named_in_running_text():
    (found,) = named_entities(["Mary Jones lives in Paris"])
    assert [(span.entity, span.start, span.end) for span in found] == [("PERSON", 0, 10), ("LOCATION", 20, 25)]

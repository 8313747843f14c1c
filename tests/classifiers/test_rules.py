import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.matching import inside, tallies
from classifiers.rules import Grade, every
from classifiers.rules.checks import luhn, mod97, payment_card, vin

RULES = every()
COMPILED = {rule.name: re2.compile(rule.pattern) for rule in RULES}


def test_every_rule_has_a_name_of_its_own():
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_takes_its_examples_and_leaves_its_counterexamples(rule):
    assert rule.examples
    assert rule.counterexamples
    for text in rule.examples:
        assert COMPILED[rule.name].fullmatch(text), text
        assert rule.takes(text), text
    for text in rule.counterexamples:
        assert not (COMPILED[rule.name].fullmatch(text) and rule.takes(text)), text


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.within], ids=lambda rule: rule.name)
def test_a_rule_that_looks_inside_finds_its_examples_in_a_sentence(rule):
    for text in rule.examples:
        assert rule.name in {hit.rule.name for hit in inside(f"please note {text} for later")}, text


def test_numbers_of_at_least_forty_countries_are_checked():
    countries = {
        rule.country
        for rule in RULES
        if rule.grade is Grade.CHECKED and rule.entity in {"NATIONAL_ID", "TAX_ID", "SG_NRIC_FIN"}
    }
    assert len(countries) >= 40


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=8))
def test_the_combined_automaton_says_what_the_rules_say_one_by_one(texts):
    found = tallies(texts)
    for rule in RULES:
        alone = sum(1 for text in texts if COMPILED[rule.name].fullmatch(text) and rule.takes(text))
        assert (found[rule.name].matched if rule.name in found else 0) == alone, rule.name


# Vectors of the issuers and standards themselves, not of the validators under test.
@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [
        ("card", "2223003122003222", "2223003122003223"),  # Mastercard 2-series, as Mastercard's test numbers
        ("card", "6011111111111117", "6011111111111118"),
        ("card", "3530111333300000", "3530111333300001"),
        ("card", "30569309025904", "30569309025905"),
        ("card", "6759649826438453", "6759649826438454"),
        ("iban", "EG380019000500000000263180002", "EG380019000500000000263180003"),  # countries that upstream once missed
        ("iban", "IQ98NBIQ850123456789012", "IQ98NBIQ850123456789013"),
        ("iban", "LC55HEMM000100010012001200023015", "LC55HEMM000100010012001200023016"),
        ("iban", "UA213223130000026007233566001", "UA213223130000026007233566002"),
        ("iban", "SC18SSCB11010000000000001497USD", "SC18SSCB11010000000000001498USD"),
        ("pl.pesel", "02070803628", "02070803629"),  # upstream's PESEL was wrong for years
        ("pl.pesel", "44051401458", "44051401457"),
        ("it.codicefiscale", "MRTMTT91D08F205J", "MRTMTT91D08F205K"),
        ("es.dni", "12345678Z", "12345678A"),
        ("br.cpf", "111.444.777-35", "111.444.777-36"),
        ("fi.hetu", "131052-308T", "131052-308U"),
        ("nl.bsn", "111222333", "111222334"),
        ("fr.nir", "255081416802538", "255081416802539"),
        ("gb.nhs", "9434765919", "9434765918"),
        ("cl.rut", "30.686.957-4", "30.686.957-5"),
        ("cn.ric", "11010519491231002X", "110105194912310021"),
        ("ca.sin", "130 692 544", "130 692 545"),
        ("au.tfn", "876543210", "876543211"),
        ("in.aadhaar", "999941057058", "999941057059"),
        ("tr.tckimlik", "10000000146", "10000000147"),
        ("za.idnr", "8001015009087", "8001015009088"),
        ("se.personnummer", "811218-9876", "811218-9875"),
        ("kr.rrn", "971013-9019902", "971013-9019903"),
        ("hk.hkid", "G123456(A)", "G123456(9)"),
        ("vin", "1HGCM82633A004352", "1HGCM82633A004353"),
        ("imei", "356938035643809", "356938035643808"),
    ],
)  # fmt: skip
def test_a_check_digit_is_checked(rule, right, wrong):
    taken = tallies([right])
    assert rule in taken
    assert rule not in tallies([wrong])


@given(st.integers(10**14, 10**15 - 1), st.integers(0, 14), st.integers(1, 9))
def test_no_single_wrong_digit_passes_the_luhn_check(number, place, change):
    body = str(number)
    whole = next(body + str(d) for d in range(10) if luhn(body + str(d)))
    wrong = whole[:place] + str((int(whole[place]) + change) % 10) + whole[place + 1 :]
    assert not luhn(wrong)


def test_a_card_needs_an_issuer_and_a_length_beside_its_check_digit():
    assert luhn("0000000000000000")
    assert not payment_card("0000000000000000")
    assert not payment_card("9999999999999995")
    assert mod97("GB82WEST12345698765432")
    assert vin("1M8GDM9AXKP042788")

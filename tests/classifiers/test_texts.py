"""Logs and texts of many kinds and languages, all invented: what is in each, and nothing that is not.

`texts/*.txt` hold them: `== NAME KINDS | KINDS` and the lines; the first kinds are in it, the second may be found or not.
"""

# ruff: noqa: RUF001 - as people write it

import re
from collections import defaultdict
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from classifiers import Taxonomy
from classifiers.contains import contents
from classifiers.engine import FieldClassifier
from classifiers.labels import labelled
from classifiers.lexicon import any_of, as_written
from classifiers.mentions import mentioned, signed
from scanners import Budget, Coverage, Extent, Field, Kind, Sample, Source, scanner_for

CLASSIFIER = FieldClassifier(Taxonomy.load())
TEXTS = yaml.safe_load((files("classifiers") / "data" / "texts.yaml").read_text("utf-8"))
FOLDER = Path(__file__).parent / "texts"
KINDS = {"FIRST_NAME": "PERSON", "LAST_NAME": "PERSON", "STATE": "COUNTRY_STATE", "COUNTRY": "COUNTRY_STATE", "IBAN_CODE": "IBAN", "US_SSN": "NATIONAL_ID",
         "TAX_ID": "NATIONAL_ID", "PASSPORT": "NATIONAL_ID", "PASSWORD": "SECRET", "API_KEY": "SECRET", "TOKEN": "SECRET", "JWT": "SECRET", "PRIVATE_KEY": "SECRET", "MEDICAL_RECORD": "MEDICAL", "CREDIT_CARD_EXPIRATION": "CREDIT_CARD"}  # fmt: skip
UNSCORED = {
    "FREE_TEXT_WITH_PII",
    "QUASI_IDENTIFIER",
    "DEVICE_ID",
    "URL",
    "AGE",
    "MARITAL_STATUS",
    "NATIONALITY",
    "SALARY",
    "LICENSE_PLATE",
    "CRYPTO",
    "MAC_ADDRESS",
}


def texts(name):
    for chapter in re.split(r"^== ", (FOLDER / f"{name}.txt").read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = chapter.partition("\n")
        (name, *inside), may = head.partition("|")[0].split(), head.partition("|")[2].split()
        yield name, frozenset(inside), frozenset(may), body


@cache
def found(name, kind, folder):
    """The kinds that a scan of the folder finds in each file."""
    for path, _, _, body in texts(name):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(body, "utf-8")
    scanner, told = scanner_for(Source("t", f"file:{folder}", kind)), defaultdict(set)
    for unit in scanner.units():
        for verdict in CLASSIFIER.classify(scanner.sample(unit, Budget())):
            told[unit.dataset] |= {KINDS.get(label.entity, label.entity) for label in verdict.labels} - UNSCORED
    return told


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("texts")


@pytest.mark.parametrize(("path", "inside", "may"), [case[:3] for case in texts("logs")])
def test_a_log_tells_what_is_in_it(path, inside, may, folder):
    told = found("logs", Kind.LOGS, folder / "logs")[path]
    assert inside <= told <= inside | may


@pytest.mark.parametrize(("path", "inside", "may"), [case[:3] for case in texts("texts")])
def test_a_text_tells_what_is_in_it(path, inside, may, folder):
    told = found("texts", Kind.OBJECTS, folder / "texts")[path]
    assert inside <= told <= inside | may


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("Geboren: 1.2.1980", {"DATE_OF_BIRTH"}), ("née le 4 juin 1962 à Lyon", {"DATE_OF_BIRTH"}), ("nato a Torino il 18/11/1983", {"DATE_OF_BIRTH"}), ("born in Leeds on 4 May 1960", {"DATE_OF_BIRTH"}),
        ("ordered on 4 May 1960", set()), ("the birthday party is on 12.05.2031", set()),
        ("con DNI 12345678Z", {"NATIONAL_ID"}), ("personnummer 880320-0016", {"NATIONAL_ID"}), ("invoice no 880320-0016", set()), ("order 12345678Z", set()),
        ("passport no. A01234567 was shown", {"PASSPORT"}), ("連絡先：03-1234-5678", {"PHONE_NUMBER"}),
        ("SET last_name = 'Fernandez'", {"PERSON", "NAMED"}), ("SET product_name = 'Fernandez'", set()), ("{'passwort': 'korova-77x'}", {"PASSWORD"}), ("password: required", set()), ("check_password: authentication for user", set()),
        ("insert into p (vorname, ort) values ('Anna', 'Kassel')", {"PERSON", "NAMED", "CITY"}), ("insert into p (sku, title) values ('A1', 'Lamp')", set()),
        ("server name: Jenkins Master", set()), ("diagnosis: asthma", {"MEDICAL"}), ("diagnosis: disk is full", set()),
    ],
)  # fmt: skip
def test_a_label_tells_what_the_value_behind_it_is(text, entities):
    assert set(labelled(text)) == entities


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("Frau Müller rief an", {"PERSON", "NAMED"}), ("Dear Sir or Madam", set()), ("Anna Kowalska called", {"PERSON"}), ("Spring Boot started", set()), ("New York and Santa Monica", set()),
        ("Смирнова Ольга Петровна", {"PERSON"}), ("Laura Beckett <laura@example.org>", {"PERSON", "NAMED"}), ("PID|1||7||LINDGREN^EVA||19620817|F", {"PERSON", "NAMED", "DATE_OF_BIRTH"}),
        ("session opened for user agnes(uid=7)", {"USERNAME"}), ("session opened for user root", set()), ("waiting for user input", set()), (r"authorised CORP\svandijk", {"USERNAME"}), (r"C:\Windows\System32", set()),
        ("lives at 17 Orchard Close, Bristol", {"STREET_ADDRESS", "CITY"}), ("in 5 working days", set()), ("ul. Lipowa 12, 30-001 Kraków", {"STREET_ADDRESS", "CITY", "POSTAL_CODE"}), ("order 20457 Berlin", {"NEARBY"}),
        ("Login OK: [hkimura] (from client ap-3)", {"USERNAME"}), ("ngarcia/203.0.113.77:51820 MULTI", {"USERNAME"}), ("DATABASE USER:[8] 'JMARTINS'", {"USERNAME"}), ("[info] started", set()),
        ("asthma, takes salbutamol", {"MEDICAL"}), ("Metformin 500 mg", {"MEDICAL"}), ("a fever of activity", set()), ("the plug suffers from wear", set()),
    ],
)  # fmt: skip
def test_words_alone_tell_of_persons_places_logins_and_health(text, entities):
    assert set(mentioned(text)) == entities


@pytest.mark.parametrize(
    ("kind", "text", "other"),
    [
        ("greetings", "with kindest regards", "with kindest"), ("greetings", "viele gruesse", "viele grue"), ("greetings", "veuillez agréer, Madame", "agréer"),
        ("ill", "allergic", "allerg"), ("ill", "suffer", "suff"), ("street_before_name", "Avda.", "Avdas"),
    ],
)  # fmt: skip
def test_the_words_of_running_text_may_be_left_open(kind, text, other):
    assert re.fullmatch(any_of(kind), text)
    assert not re.fullmatch(any_of(kind), other)


@pytest.mark.parametrize("kind", TEXTS)
def test_every_word_of_running_text_is_matched_as_it_is_written(kind):
    for word in as_written(kind):
        assert re.fullmatch(any_of(kind), re.sub(r"[()]", "", word).replace("*", "x"))
    assert not re.fullmatch(any_of(kind), "")


def test_a_name_above_a_street_or_below_a_greeting_is_a_persons():
    assert signed(["Gernot Plath", "Bärergasse 49", "34117 Kassel"]) == 1
    assert signed(["I will pay.", "Kind regards,", "Xyra Qvel"]) == 1
    assert signed(["Stadtwerke Kassel", "Bärergasse 49", "Kind regards,", "the team"]) == 0


def test_a_town_counts_where_the_texts_hold_streets():
    alone, beside = ["order 20457 Berlin"] * 3, ["ul. Lipowa 12", "20457 Berlin"]
    assert not contents(alone, language=False).texts["CITY"]
    assert contents(beside, language=False).texts["CITY"] == 1


def test_what_is_one_line_of_many_counts_in_a_text_and_not_in_a_column():
    lines = [f"nothing of note happened on this day, number {n}" for n in range(60)] + ["Frau Müller rief an"]
    text, column = CLASSIFIER.classify(
        [Sample(Field("s", "a", path, "text"), pa.array(lines), Coverage(Extent.EXAMINED)) for path in ("*", "remark")]
    )
    assert "PERSON" in {label.entity for label in text.labels}
    assert not column.labels

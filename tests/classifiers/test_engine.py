import datetime as dt
import json
import pickle
import random
import socket

import pyarrow as pa
import pytest

from classifiers import Mode, Taxonomy
from classifiers.engine import FieldClassifier
from scanners import Cause, Coverage, Extent, Field, Sample

CLASSIFIER = FieldClassifier(Taxonomy.load())
NAMES = ["Anna Schmidt", "Jean Dupont", "María García", "Piotr Nowak", "Giulia Rossi", "Erik Johansson", "Emily Clarke", "Ahmed Hassan", "Yuki Tanaka", "Priya Sharma"]  # fmt: skip
MAILS = [f"{name.split()[0].lower()}.{i}@example.org" for i, name in enumerate(NAMES)]


def sample(path, values, dataset="customers", kind=None, extent=Extent.EXAMINED):
    array = values if isinstance(values, pa.Array) else pa.array(values, kind)
    return Sample(Field("crm", dataset, path, str(array.type)), array, Coverage(extent, values=len(array)))


def verdicts(dataset="customers", **columns):
    found = CLASSIFIER.classify([sample(path, values, dataset) for path, values in columns.items()])
    return {one.field.path: (one.labels[0].entity if one.labels else None) for one in found}


def test_a_table_of_persons_is_told_apart_column_by_column():
    found = verdicts(
        id=list(range(10)),
        name=NAMES,
        email=MAILS,
        born=[dt.date(1950 + 5 * i, 3, 4) for i in range(10)],
        created_at=[dt.datetime(2021, 1, i + 1, 8, tzinfo=dt.UTC) for i in range(10)],
        sex=["M", "F"] * 5,
        phone=[f"+49 30 90182{i}" for i in range(10)],
        status=["open", "closed"] * 5,
    )
    assert found == {
        "id": None, "name": "PERSON", "email": "EMAIL_ADDRESS", "born": "DATE_OF_BIRTH", "created_at": None,
        "sex": "GENDER", "phone": "PHONE_NUMBER", "status": None,
    }  # fmt: skip


def test_columns_that_are_called_nothing_are_told_by_values_and_neighbours():
    found = verdicts("t_04", c1=NAMES, c2=MAILS, c3=["M", "F"] * 5, c4=[dt.date(1950 + 5 * i, 3, 4) for i in range(10)])
    assert found == {"c1": "PERSON", "c2": "EMAIL_ADDRESS", "c3": "GENDER", "c4": "DATE_OF_BIRTH"}


@pytest.mark.parametrize(("dataset", "entity"), [("customers", "PERSON"), ("products", None), ("genres", None)])
def test_a_name_is_personal_only_where_it_is_a_persons(dataset, entity):
    things = [
        "Aniseed Syrup",
        "Chai",
        "Rock",
        "Queso Cabrales",
        "Ikura",
        "Konbu",
        "Tofu",
        "Pavlova",
        "Chocolade",
        "Scottish Longbreads",
    ]
    assert verdicts(dataset, name=NAMES if entity else things) == {"name": entity}


def test_nested_paths_and_lists_are_fields_too():
    found = CLASSIFIER.classify([
        sample("orders[].buyer.eMail", [[mail] for mail in MAILS], "orders"),
        sample("ship.address.zip", ["10115", "80331", "20095"], "orders"),
        sample("contact", [json.dumps({"name": name, "mail": mail}) for name, mail in zip(NAMES, MAILS, strict=True)], "orders"),
        sample("phones", [json.dumps([f"+1 206 342 98{i}7"]) for i in range(10)], "orders"),
    ])  # fmt: skip
    assert [(one.labels[0].entity, one.labels[0].mode) for one in found] == [
        ("EMAIL_ADDRESS", Mode.VALUE),
        ("POSTAL_CODE", Mode.VALUE),
        ("FREE_TEXT_WITH_PII", Mode.CONTAINS),
        ("PHONE_NUMBER", Mode.VALUE),
    ]
    assert {label.entity for label in found[2].labels} >= {"EMAIL_ADDRESS", "PERSON"}


def test_running_text_is_read_for_what_it_holds():
    notes = [
        f"Spoke to {name} today, please answer to {mail} before noon." for name, mail in zip(NAMES, MAILS, strict=True)
    ]
    clean = ["The parcel came late but the colour is right and nothing was broken."] * 3 + [
        "Please ring twice, the bell is hard to hear at noon."
    ]
    held, nothing = CLASSIFIER.classify([sample("notes", notes), sample("remarks", clean)])
    assert held.labels[0].mode is Mode.CONTAINS
    assert {label.entity for label in held.labels} >= {"FREE_TEXT_WITH_PII", "PERSON", "EMAIL_ADDRESS"}
    assert nothing.labels == ()


def test_log_lines_give_up_addresses_and_logins():
    lines = [f"2024-05-01 INFO user bo{i} logged in from 203.0.113.{i + 40} password=hunter2{i}" for i in range(30)]
    (found,) = CLASSIFIER.classify([sample("message", lines, "app.log")])
    assert {label.entity for label in found.labels} >= {"IP_ADDRESS", "USERNAME", "PASSWORD"}


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        (pa.array([None, None], pa.string()), Cause.EMPTY),
        (pa.array([], pa.int64()), Cause.EMPTY),
        (pa.array([b"\xff\xd8\xff\xe0"]), Cause.TYPE),
    ],
)
def test_without_a_value_to_look_at_nothing_was_examined(values, cause):
    (found,) = CLASSIFIER.classify([sample("ssn", values)])
    assert (found.coverage.extent, found.coverage.cause, found.labels) == (Extent.NOT_EXAMINED, cause, ())


def test_an_empty_column_with_a_telling_name_is_still_named_as_possible():
    (found,) = CLASSIFIER.classify([sample("ssn", pa.array([None], pa.string()))])
    assert found.alternatives[0].entity in {"US_SSN", "NATIONAL_ID"}


def test_a_cell_too_long_to_read_makes_the_coverage_partial():
    (found,) = CLASSIFIER.classify([sample("blob", ["x" * 2_000_000, "y"])])
    assert (found.coverage.extent, found.coverage.cause) == (Extent.PARTIAL, Cause.TOO_LARGE)


def test_few_nulls_or_many_do_not_change_the_verdict():
    sparse = [MAILS[i // 40] if i % 40 == 0 else None for i in range(400)]
    assert verdicts(f17=sparse) == {"f17": "EMAIL_ADDRESS"}


def test_the_same_samples_give_the_same_verdicts():
    samples = [sample("name", NAMES), sample("x", MAILS)]
    assert CLASSIFIER.classify(samples) == CLASSIFIER.classify(samples)


def test_the_classifier_travels_to_a_worker():
    there = pickle.loads(pickle.dumps(CLASSIFIER))  # noqa: S301 - what was just dumped
    assert there.classify([sample("email", MAILS)])[0].labels[0].data_class == "user.contact.email"


def test_no_value_is_in_what_leaves_the_worker():
    secret = "zanzibar.quux"
    mails = [f"{secret}{i}@example.org" for i in range(20)]
    found = CLASSIFIER.classify(
        [sample("email", mails), sample("notes", [f"write to {mail} about it now" for mail in mails])]
    )
    assert secret not in repr(found)
    assert secret.encode() not in pickle.dumps(found)


def test_classifying_opens_no_connection(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert verdicts(email=MAILS, url=[f"https://shop{i}.example.co.uk/a" for i in range(9)])["email"] == "EMAIL_ADDRESS"


@pytest.mark.parametrize("field", ["examined", "matched"])
def test_counts_are_of_distinct_values(field):
    (found,) = CLASSIFIER.classify([sample("email", MAILS * 30)])
    assert getattr(found, field) == len(MAILS)


def test_attributes_that_identify_together_are_marked():
    rng = random.Random(4)
    rows = 60
    found = CLASSIFIER.classify([
        sample("birth_date", [dt.date(1950 + rng.randrange(50), 1 + rng.randrange(12), 5) for _ in range(rows)], "survey"),
        sample("zip", [f"{rng.randrange(10000, 99999)}" for _ in range(rows)], "survey"),
        sample("gender", [rng.choice("MF") for _ in range(rows)], "survey"),
        sample("answer", [rng.choice(["agree", "disagree"]) for _ in range(rows)], "survey"),
    ])  # fmt: skip
    marked = [
        one.field.path
        for one in found
        if any(label.data_class == "user.identifying_combination" for label in one.labels)
    ]
    assert marked == ["birth_date", "zip", "gender"]


def test_evidence_tells_what_would_change_the_verdict():
    values = pa.array([f"person{i}@example.org" for i in range(20)])
    found = FieldClassifier(Taxonomy.load()).classify([Sample(Field("s", "t", "c1", "text"), values, Coverage(Extent.EXAMINED, rows=20))])  # fmt: skip
    notes = [finding.note for finding in found[0].findings if finding.detector == "verdict"]
    assert notes[0] == "would not be proposed without: email"

"""Whole tables, as systems and people keep them: what each column is, by its values, its name, its neighbours and its key."""

# ruff: noqa: RUF001 - as people write it

import datetime as dt
import random

import pyarrow as pa
import pytest

from classifiers import Taxonomy
from classifiers.engine import FieldClassifier
from scanners import Coverage, Extent, Field, Key, Sample

CLASSIFIER = FieldClassifier(Taxonomy.load())
RNG = random.Random(8)
ROWS = 60
BORN = [dt.date(1940, 1, 1) + dt.timedelta(days=RNG.randrange(24_000)) for _ in range(ROWS)]
EPOCH = dt.date(1970, 1, 1)
MAILS = [f"ana{row}@example.org" for row in range(ROWS)]


def digits(size, start=""):
    return [start + "".join(RNG.choice("0123456789") for _ in range(size)) for _ in range(ROWS)]


def few(*values):
    return [RNG.choice(values) for _ in range(ROWS)]


def told(dataset, keys=(), **columns):
    found = CLASSIFIER.classify(
        [
            Sample(
                Field("s", dataset, path, "text", key=dict(keys).get(path)), pa.array(values), Coverage(Extent.EXAMINED)
            )
            for path, values in columns.items()
        ]
    )
    return {one.field.path: one.labels[0].entity for one in found if one.labels}


@pytest.mark.parametrize(
    "written",
    [
        [int(day.strftime("%Y%m%d")) for day in BORN], [float(day.strftime("%Y%m%d")) for day in BORN], [day.strftime("%d%m%Y") for day in BORN], [day.strftime("%m/%Y") for day in BORN],
        [day.strftime("%d-%b-%y").upper() for day in BORN], [f"{day.day}. března {day.year}" for day in BORN], [f"{day.day} de abril de {day.year}" for day in BORN], [f"{day.day}/{day.month}/{day.year + 543}" for day in BORN],
        [f"{day.year - 621}/{day.month:02}/{min(day.day, 29):02}" for day in BORN], [f"昭和{day.year - 1925}年{day.month}月{day.day}日" for day in BORN], [(day - dt.date(1899, 12, 30)).days for day in BORN],
        [(day - EPOCH).days * 86400 for day in BORN], [day.strftime("**/**/%Y") for day in BORN], [day.strftime("%d %m %Y") for day in BORN],
    ],
)  # fmt: skip
def test_a_birth_date_is_one_however_it_is_written(written):
    assert told("people", birth_date=written) == {"birth_date": "DATE_OF_BIRTH"}


def test_years_that_no_birth_is_in_are_none_whatever_they_are_called():
    assert told("people", birth_date=[dt.date(2060, 1, 1 + row % 28) for row in range(ROWS)]) == {}


@pytest.mark.parametrize(
    ("dataset", "columns"),
    [
        ("products", {"name": few("Victoria Sofa", "Billy Bookcase", "Oscar Lamp"), "brand": few("Hugo Boss", "Calvin Klein", "Stanley"), "serial_number": digits(10), "ean": digits(13), "part_number": digits(9)}),
        ("orders", {"rrn": digits(12), "approval_code": digits(6), "tracking": digits(18), "discount_code": few("ANNA10", "FRANK5"), "order_no": digits(10)}),
        ("plants", {"common_name": few("Heather", "Daisy", "Basil"), "species": few("Rosa Canina", "Viola Odorata")}),
        ("queue_jobs", {"reserved_at": [1_700_000_000 + RNG.randrange(10**7) for _ in range(ROWS)], "worker": few("alpha", "bravo")}),
        ("drugs_catalog", {"ndc": [f"{a}-{b}" for a, b in zip(digits(5), digits(4), strict=True)], "strength_mg": list(range(ROWS))}),
        ("api_clients", {"name": [f"svc-{tail}" for tail in digits(4, "x")], "client_id": digits(9)}),
        ("ships", {"name": few("Anna Maria", "Queen Victoria", "Santa Rosa"), "imo": digits(6, "9"), "launched": BORN}),
        ("templates", {"body": few("Dear {{first_name}} {{last_name}}, thank you for your order.", "Hello {name}, reset your password: {link} today please")}),
        ("contact_attempts", {"case_ref": digits(5, "CS-"), "outcome": few("reached", "no answer")}),
        ("hr.staff", {"union_code": few("RAB", "PTT", "XET"), "agent_code": few("EWR", "MVL", "JBC")}),
        ("t_1207", {"f13": digits(8)}),
        ("pupils", {"num_casier": digits(6), "cantine": few("oui", "non")}),
        ("vaccinations", {"data_vacina": [str(day) for day in BORN], "prioridade": list(range(ROWS))}),
        ("orders", {"location": few("Main", "North", "Front"), "total": list(range(ROWS))}),
        ("firmware", {"signature": few("main", "beta"), "build": few("10.2.1.4", "10.2.1.7")}),
    ],
)  # fmt: skip
def test_things_are_nobodys(dataset, columns):
    assert told(dataset, **columns) == {}


def test_a_code_of_illnesses_is_somebodys_where_the_table_has_persons():
    codes = [f"{letter}{number}" for letter, number in zip(few("A", "E", "J"), digits(2), strict=True)]
    unique = list(dict.fromkeys(codes))[:30]
    assert told("code_list", icd=unique, note=["x"] * len(unique)) == {}
    assert told("findings", icd=unique, patient_id=list(range(len(unique)))) == {"icd": "MEDICAL"}


def test_the_key_of_a_row_is_no_number_of_a_person():
    numbers = [int(number) for number in digits(8, "2")]
    assert told("t", keys=[("c1", Key.FOREIGN)], c1=numbers, email=MAILS) == {"email": "EMAIL_ADDRESS"}


def test_initials_and_a_family_name_are_a_persons():
    assert told("import.log", name=[f"{initial}. {name}" for initial, name in zip(few(*"ABK"), few("Baum", "Radke", "Wolny"), strict=True)]) == {"name": "PERSON"}  # fmt: skip
    assert told("t", name=few("E. coli", "H. sapiens", "C. elegans")) == {}


def test_numbers_that_are_dialled_are_phones_beside_a_person():
    numbers = [f"(206) 555-{number}" for number in digits(4)]
    assert told("t1", vorname=["Anna", "Jean", "Maria"] * 20, c2=MAILS, c3=numbers)["c3"] == "PHONE_NUMBER"
    assert "loan_no" not in told("t1", vorname=["Anna", "Jean", "Maria"] * 20, c2=MAILS, loan_no=numbers)


def test_five_digits_are_a_postal_code_beside_a_street():
    streets = [f"{row} Cedar Hollow Road" for row in range(1, ROWS + 1)]
    assert told("t", zipp=digits(5), street=streets)["zipp"] == "POSTAL_CODE"


def test_a_code_is_a_postal_one_beside_a_street_and_a_town():
    codes = [f"{a}-{b}" for a, b in zip(digits(2), digits(3), strict=True)]
    towns, streets = few("Warszawa", "Gdańsk", "Łódź"), [f"ul. Lipowa {row}" for row in range(1, ROWS + 1)]
    assert told("studenci", kod=codes, miasto=towns, ulica=streets)["kod"] == "POSTAL_CODE"
    assert "kod" not in told("towary", kod=codes)


def test_a_role_is_filled_in_with_names_half_of_which_we_know():
    names = few("Umman Yılmaz", "İntihap Zengin", "Tekiner Yıldırım", "Öğe Aslan")
    assert told("hasta", doktor=names, ad=few("Ayşe", "Mehmet", "Fatma"))["doktor"] == "PERSON"


@pytest.mark.parametrize(
    ("path", "values", "entity"),
    [
        ("created_by", ["JSMITH", "MGARCIAX", "LINDQ", "NOVAKR"], "USERNAME"), ("created_by", ["SYSTEM", "IMPORT", "API", "WEB"], None),
        ("token", [f"dGhpcyBpcyBub3Qg0aSB3b3JkIGJ1dC{row}ByYW5kb20x" for row in range(9)], "TOKEN"), ("session_id", [f"5f4dcc3b5aa765d61d8327deb882cf9{row}" for row in range(9)], None),
        ("synt", [day.strftime("%d.%m.%Y") for day in BORN], "DATE_OF_BIRTH"), ("ahli_waris", ["Nabila Narpati", "Budi Santoso", "Siti Rahayu"] * 3, "PERSON"), ("ucret", [310.8, 592.6, 580.5] * 9, None),
        ("gender", ["Mr", "Ms", "Mrs"], "GENDER"), ("systolic", list(range(100, 160)), "MEDICAL"), ("เพศ", ["ชาย", "หญิง"], "GENDER"), ("ชื่อ", ["สโรชา", "กิติชัย", "ศุภชัย"], "PERSON"),
        ("diagnosis", ["Bluthochdruck", "Lungenentzündung"], "MEDICAL"), ("c1", ["Bluthochdruck", "Lungenentzündung", "Asthma", "Migräne", "Diabetes mellitus", "Grippe", "Herzinfarkt", "Fieber"] * 3, "MEDICAL"),
    ],
)  # fmt: skip
def test_names_and_values_speak_together(path, values, entity):
    assert told("patients", **{path: values}).get(path) == entity

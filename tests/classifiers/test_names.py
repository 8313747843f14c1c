import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers import Taxonomy
from classifiers.lexicon import Strength, stated_phrases
from classifiers.marks import marks
from classifiers.names import Subject, is_number_of, naming
from classifiers.words import dataset_words, fold, split, steps


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("homeZIPCode2", ("home", "zip", "code")),
        ("FIRST_NAME", ("first", "name")),
        ("straßenname", ("strassenname",)),
        ("Téléphone fixe", ("telephone", "fixe")),
        ("电话号码", ("电话号码",)),
        ("дата_рождения", ("дата", "рождения")),
        ("c7", ("c",)),
    ],
)
def test_a_name_comes_apart_into_words(name, words):
    assert split(name) == words


def test_a_path_comes_apart_into_steps():
    assert steps("orders[].buyer.eMail") == (("orders",), ("buyer",), ("e", "mail"))
    assert dataset_words("hr/employee_list.csv.gz") == ("hr", "employee", "list")


@pytest.mark.parametrize(
    ("path", "entity"),
    [
        ("email", "EMAIL_ADDRESS"), ("EMail_Addr", "EMAIL_ADDRESS"), ("custEmail", "EMAIL_ADDRESS"), ("correo_electronico", "EMAIL_ADDRESS"), ("epost", "EMAIL_ADDRESS"),
        ("sahkoposti", "EMAIL_ADDRESS"), ("эл_почта", "EMAIL_ADDRESS"), ("メール", "EMAIL_ADDRESS"), ("البريد الالكتروني", "EMAIL_ADDRESS"),
        ("firstname", "FIRST_NAME"), ("Vorname", "FIRST_NAME"), ("prénom", "FIRST_NAME"), ("imię", "FIRST_NAME"), ("křestní_jméno", "FIRST_NAME"), ("etunimi", "FIRST_NAME"), ("имя", "FIRST_NAME"),
        ("surname", "LAST_NAME"), ("apellido_paterno", "LAST_NAME"), ("cognome", "LAST_NAME"), ("achternaam", "LAST_NAME"), ("soyadı", "LAST_NAME"), ("vezetéknév", "LAST_NAME"), ("姓", "LAST_NAME"),  # noqa: RUF001 - as people write it
        ("姓名", "PERSON"), ("ad_soyad", "PERSON"), ("nome_completo", "PERSON"), ("onomateponymo", "PERSON"),
        ("dateOfBirth", "DATE_OF_BIRTH"), ("FECHA_NAC", "DATE_OF_BIRTH"), ("Geburtsdatum", "DATE_OF_BIRTH"), ("født", "DATE_OF_BIRTH"), ("fødselsdato", "DATE_OF_BIRTH"), ("doğum_tarihi", "DATE_OF_BIRTH"), ("生年月日", "DATE_OF_BIRTH"),
        ("billing_postal_code", "POSTAL_CODE"), ("PLZ", "POSTAL_CODE"), ("kod_pocztowy", "POSTAL_CODE"), ("PSČ", "POSTAL_CODE"), ("irányítószám", "POSTAL_CODE"),
        ("rodné_číslo", "NATIONAL_ID"), ("nr_pesel", "NATIONAL_ID"), ("codice_fiscale", "NATIONAL_ID"), ("TCKN", "NATIONAL_ID"), ("身份证号", "NATIONAL_ID"),
        ("telefon_nr", "PHONE_NUMBER"), ("num_telefono", "PHONE_NUMBER"), ("puhelin", "PHONE_NUMBER"), ("τηλέφωνο", "PHONE_NUMBER"), ("هاتف", "PHONE_NUMBER"),
        ("geslacht", "GENDER"), ("płeć", "GENDER"), ("cinsiyet", "GENDER"), ("mot_de_passe", "PASSWORD"), ("contraseña", "PASSWORD"), ("heslo", "PASSWORD"),
    ],
)  # fmt: skip
def test_a_name_claims_its_class_in_many_languages(path, entity):
    claims = naming(path, "t").claims
    assert (claims[0].entity if claims else None) == entity
    assert not claims or claims[0].strength is Strength.SURE


@pytest.mark.parametrize(
    "path",
    ["email_count", "email_verified", "is_email", "num_phones", "phone_type", "address_count", "country_rank", "password_expires", "has_phone", "emails_sent", "zip_count", "name_length", "ip_version", "token_count", "age_group"],
)  # fmt: skip
def test_a_word_beside_it_takes_a_claim_back(path):
    evidence = naming(path, "t")
    assert evidence.reversed_by or evidence.strength("CLEAN")
    assert not [claim for claim in evidence.claims if claim.entity != "CLEAN"]


@pytest.mark.parametrize(
    ("path", "dataset", "owner", "about"),
    [
        ("name", "public.customers", Subject.UNKNOWN, Subject.PERSON),
        ("name", "products", Subject.UNKNOWN, Subject.THING),
        ("product_name", "orders", Subject.THING, Subject.EVENT),
        ("taster_name", "wine_list", Subject.PERSON, Subject.THING),
        ("items[].buyer.name", "orders", Subject.PERSON, Subject.PERSON),
        ("nombre", "pacientes", Subject.UNKNOWN, Subject.PERSON),
    ],
)
def test_a_name_is_of_something(path, dataset, owner, about):
    evidence = naming(path, dataset)
    assert (evidence.owner, evidence.about) == (owner, about)


@given(st.text(max_size=60), st.text(max_size=40))
def test_any_name_at_all_can_be_read(path, dataset):
    evidence = naming(path, dataset)
    assert evidence == naming(path, dataset)


@given(st.text(max_size=40))
def test_folding_twice_folds_once(text):
    assert fold(fold(text)) == fold(text)


def test_a_comment_of_the_schema_speaks_where_the_name_does_not():
    silent, told = naming("c17", "t"), naming("c17", "t", "Geburtsdatum des Kunden")
    assert not silent.claims
    assert told.claims[0].entity == "DATE_OF_BIRTH"
    assert told.claims[0].strength is Strength.LIKELY
    assert naming("email", "t", "phone").claims[0].entity == "EMAIL_ADDRESS"


@pytest.mark.parametrize(
    ("path", "entity"),
    [("CUST_NM", "PERSON"), ("brth_dt", "DATE_OF_BIRTH"), ("LST_NM", "LAST_NAME"), ("pstl_cd", "POSTAL_CODE"), ("wk_phn", "PHONE_NUMBER"), ("natl_id", "NATIONAL_ID"),
     ("name.first", "FIRST_NAME"), ("dob.date", "DATE_OF_BIRTH"), ("addresses[].line1", "STREET_ADDRESS"), ("login.salt", "PASSWORD"), ("phones.home", "PHONE_NUMBER")],
)  # fmt: skip
def test_shortened_names_and_nested_steps_are_spelled_out(path, entity):
    assert naming(path, "t").claims[0].entity == entity


@pytest.mark.parametrize(
    ("path", "entity"),
    [("custfirstname", "FIRST_NAME"), ("strLastName", "LAST_NAME"), ("vchPhoneNumber", "PHONE_NUMBER"), ("cust_lname", "LAST_NAME"), ("empdateofbirth", "DATE_OF_BIRTH"), ("custzipcode", "POSTAL_CODE"),
     ("NACHN", "LAST_NAME"), ("PSTLZ", "POSTAL_CODE"), ("GBDAT", "DATE_OF_BIRTH"), ("SMTP_ADDR", "EMAIL_ADDRESS"), ("DT_NASC", "DATE_OF_BIRTH"), ("NM_MAE", "PERSON"), ("fecnac", "DATE_OF_BIRTH"), ("ape_paterno", "LAST_NAME"),
     ("전화번호", "PHONE_NUMBER"), ("생년월일", "DATE_OF_BIRTH"), ("เบอร์โทร", "PHONE_NUMBER"), ("วันเกิด", "DATE_OF_BIRTH"), ("שם_משפחה", "LAST_NAME"), ("תאריך_לידה", "DATE_OF_BIRTH"), ("prezime", "LAST_NAME"), ("pavardė", "LAST_NAME"), ("isikukood", "NATIONAL_ID"),
     ("no_hp", "PHONE_NUMBER"), ("ngay_sinh", "DATE_OF_BIRTH"), ("ΑΦΜ", "TAX_ID"), ("прізвище", "LAST_NAME"), ("почтовый_индекс", "POSTAL_CODE"), ("jenis_kelamin", "GENDER"), ("nombre_reclamante", "PERSON")],
)  # fmt: skip
def test_names_are_read_as_systems_and_people_write_them(path, entity):
    assert naming(path, "t").claims[0].entity == entity


def test_no_phrase_is_surely_claimed_by_two_classes_or_called_clean_as_well():
    claimed: dict[str, dict[str, set[Strength]]] = {}
    for entity, strength, phrase in stated_phrases():
        claimed.setdefault(phrase, {}).setdefault(entity, set()).add(strength)
    contradictions = {
        phrase: sorted(by)
        for phrase, by in claimed.items()
        if sum(Strength.SURE in levels for levels in by.values()) > 1 or ("CLEAN" in by and len(by) > 1)
    }
    assert not contradictions


def test_every_stated_phrase_belongs_to_an_entity_of_the_taxonomy():
    taxonomy = Taxonomy.load()
    assert {entity for entity, _, _ in stated_phrases()} - {"CLEAN"} <= set(taxonomy.by_entity)


def test_the_mark_of_a_table_says_nothing_of_its_fields():
    assert marks(["st_name", "st_phone", "st_city", "id"]) == "st"
    assert marks(["cust_name", "cust_phone", "cust_city"]) is None  # whose they are
    assert naming("st_name", "t", mark="st").claims == naming("name", "t").claims


def test_a_mark_may_be_glued_to_the_names():
    mark = marks(["CUSNO", "CUSNAM", "CUSZIP", "CUSPHN", "CUSDOB", "CUSBAL", "FLAG"])
    assert mark == "cus"
    claims = {path: naming(path, "t", mark=mark).claims[0].entity for path in ("CUSZIP", "CUSPHN", "CUSDOB")}
    assert claims == {"CUSZIP": "POSTAL_CODE", "CUSPHN": "PHONE_NUMBER", "CUSDOB": "DATE_OF_BIRTH"}
    assert naming("custom", "t", mark=mark).claims == naming("custom", "t").claims


@pytest.mark.parametrize("word", ["townhall", "shortage", "storage", "redirect", "counterpart", "classroom", "shipment", "discharge", "emergency"])  # fmt: skip
def test_words_that_only_look_glued_claim_nothing_surely(word):
    assert not [claim for claim in naming(word, "t").claims if claim.strength is Strength.SURE]


@pytest.mark.parametrize("path", ["PO_NBR", "chip_nr", "gate code", "tracking_number"])
def test_a_number_of_something_else_is_told(path):
    assert is_number_of(split(path))


@pytest.mark.parametrize(
    ("path", "dataset", "entity"),
    [("number", "cards", "CREDIT_CARD"), ("licence", "drivers", "DRIVER_LICENSE"), ("davcna", "stranke", "TAX_ID"), ("birht", "t", "DATE_OF_BIRTH"), ("essn", "dependent", "NATIONAL_ID"), ("validado_por", "t", "PERSON"), ("name", "customers", "PERSON")],
)  # fmt: skip
def test_a_name_that_says_little_is_read_with_its_table_or_as_what_it_was_meant_to_be(path, dataset, entity):
    assert naming(path, dataset).strength(entity)


@pytest.mark.parametrize("path", ["nama_site", "product_name", "nom_produit", "name_of_store"])
def test_the_name_of_a_thing_is_no_person(path):
    assert not naming(path, "t").strength("PERSON")

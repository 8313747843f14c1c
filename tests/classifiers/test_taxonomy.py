import pickle

import pytest

from classifiers import DataClass, DocumentError, Sensitivity, Taxonomy
from classifiers.policies import POLICIES
from classifiers.rules import every
from classifiers.taxonomy import TaxonomyError, UnknownClassError

TAXONOMY = Taxonomy.load()
CONTRACT = [
    "user.name",
    "user.name.first",
    "user.name.last",
    "user.contact.email",
    "user.contact.phone_number",
    "user.contact.address",
    "user.contact.address.street",
    "user.contact.address.city",
    "user.contact.address.postal_code",
    "user.contact.address.state",
    "user.contact.address.country",
    "user.contact.url",
    "user.government_id",
    "user.government_id.national_identification_number",
    "user.government_id.passport_number",
    "user.government_id.drivers_license_number",
    "user.government_id.tax_identification_number",
    "user.financial.credit_card",
    "user.financial.bank_account",
    "user.demographic",
    "user.demographic.date_of_birth",
    "user.demographic.gender",
    "user.demographic.race_ethnicity",
    "user.health_and_medical",
    "user.device.ip_address",
    "user.device.device_id",
    "user.account.username",
    "user.authorization.password",
    "user.location.precise",
    "system.authentication",
]


@pytest.mark.parametrize("key", CONTRACT)
def test_every_class_of_the_contract_is_there(key):
    assert key in TAXONOMY
    assert TAXONOMY.get(key).title


def test_a_child_inherits_what_its_parent_must_obey():
    street, address = TAXONOMY.get("user.contact.address.street"), TAXONOMY.get("user.contact.address")
    assert set(address.regulations) <= set(street.regulations)
    assert street.parent == address.key


@pytest.mark.parametrize(
    ("key", "regulation"),
    [
        ("user.health_and_medical", "GDPR Art. 9"),
        ("user.criminal_history", "GDPR Art. 10"),
        ("user.financial.credit_card", "PCI DSS 3.5.1 primary account number"),
        ("user.contact.email", "HIPAA 164.514(b)(2)(i)(F)"),
    ],
)
def test_a_class_names_the_rules_that_speak_of_it(key, regulation):
    assert regulation in TAXONOMY.get(key).regulations


def test_special_categories_are_at_least_of_high_sensitivity():
    special = [info for info in TAXONOMY if any("Art. 9" in r or "Art. 10" in r for r in info.regulations)]
    assert special
    assert all(info.sensitivity >= Sensitivity.HIGH for info in special)


def test_an_unknown_class_names_the_nearest_one():
    with pytest.raises(UnknownClassError, match=r"no class user\.contact\.mail") as caught:
        TAXONOMY.get("user.contact.mail")
    assert caught.value.__notes__ == ["did you mean user.contact.email?"]


@pytest.mark.parametrize("entity", sorted(POLICIES))
def test_every_entity_that_is_judged_has_a_class(entity):
    assert TAXONOMY.class_of(entity) in TAXONOMY


def test_no_recognizer_finds_an_entity_that_is_neither_personal_nor_known_as_clean():
    clean = {"UUID", "HASH", "ID", "DATE", "TIMESTAMP", "NUMBER", "FILE", "BACKGROUND", "SWIFT_CODE"}
    assert {rule.entity for rule in every()} - clean == {
        rule.entity for rule in every() if TAXONOMY.class_of(rule.entity)
    }


def test_the_taxonomy_travels_to_a_worker():
    assert pickle.loads(pickle.dumps(TAXONOMY)).get("user.name") == TAXONOMY.get("user.name")  # noqa: S301 - what was just dumped


def test_settings_add_a_class(tmp_path):
    extra = tmp_path / "own.yaml"
    extra.write_text(
        "version: 1\nclasses:\n  user.loyalty:\n    title: Loyalty number\n    entities: [LOYALTY]\n", encoding="utf-8"
    )
    taxonomy = Taxonomy.load(extra)
    assert taxonomy.class_of("LOYALTY") == DataClass("user.loyalty")
    assert taxonomy.get("user.loyalty").sensitivity is Sensitivity.LOW


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("version: 1\nclasses:\n  a.b: {title: x}\n", TaxonomyError, "class a.b has no parent a"),
        ("version: 1\nclasses:\n  user.x: {title: x, entities: [PERSON]}\n", TaxonomyError, "PERSON stands for both"),
        ("version: 1\nclasses:\n  user.x: {titel: x}\n", DocumentError, "unknown key"),
        ("version: 1\nclasses:\n  user.x: {title: x, sensitivity: huge}\n", DocumentError, "sensitivity"),
    ],
)
def test_a_taxonomy_that_contradicts_itself_is_refused(tmp_path, text, error, words):
    extra = tmp_path / "own.yaml"
    extra.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=words):
        Taxonomy.load(extra)

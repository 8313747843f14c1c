"""A large estate that is not there: sources, datasets and fields by number, and what each run sees of them.

Names, types, counts and confidences are drawn, seeded by the dataset's number, from lists of a realistic size, so that
what is written compresses as little as real catalogs do. No value is made: a catalog holds none.
"""

import random
from collections.abc import Iterator

from catalog import Look, Ownership, UnitState
from classifiers import Classification, DataClass, Finding, Label, Mode
from scanners import Cause, Coverage, Extent, Field, Unit

PER_DATASET = 50
SOURCES = 20
PERSONAL = {
    "email": ("user.contact.email", "EMAIL_ADDRESS"), "phone": ("user.contact.phone_number", "PHONE_NUMBER"),
    "iban": ("user.financial.bank_account", "IBAN_CODE"), "card_number": ("user.financial.credit_card", "CREDIT_CARD"),
    "last_name": ("user.name.last", "PERSON"), "birth_date": ("user.demographic.date_of_birth", "DATE_OF_BIRTH"),
    "street": ("user.contact.address.street", "STREET"), "ip": ("user.device.ip_address", "IP_ADDRESS"),
}  # fmt: skip
STEMS = ["account", "amount", "approved", "archived", "area", "batch", "billing", "branch", "budget", "campaign", "channel", "city", "code", "comment", "contract", "cost", "count", "currency", "customer", "delivery", "discount", "due", "ended", "event", "external", "factor", "flag", "gross", "group", "height", "import", "invoice", "item", "kind", "label", "language", "ledger", "level", "line", "location", "margin", "method", "model", "month", "name", "note", "number", "offer", "order", "origin", "owner", "parent", "part", "payment", "period", "plan", "position", "price", "priority", "product", "profit", "project", "quantity", "rank", "rate", "reason", "receipt", "region", "result", "role", "rule", "score", "section", "segment", "sent", "serial", "service", "share", "shop", "source", "stage", "started", "state", "status", "step", "stock", "store", "supplier", "tax", "team", "term", "ticket", "total", "type", "unit", "updated", "user", "valid", "value", "variant", "vendor", "version", "warehouse", "week", "weight", "width", "year", "zone"]  # fmt: skip
PREFIXES = ("", "", "", "billing_", "primary_", "old_", "customer_", "employee_")
TYPES = ("varchar", "bigint", "timestamp", "numeric(12,2)", "boolean", "text")


def units(fields: int, generation: int) -> Iterator[Unit]:
    """Every dataset there is, source by source; in each generation after the first, 1 % have another fingerprint."""
    count = fields // PER_DATASET
    for number in range(count):
        made = random.Random(number)
        source = f"source-{number * SOURCES // count}"
        dataset = f"{made.choice(STEMS)}.{made.choice(STEMS)}_{made.choice(STEMS)}_{number}"
        change = generation if number % 100 == generation else 0
        rows, mark = made.randrange(10**7), f"{made.getrandbits(64):x}.{change}"
        there = generation == 0 or change > 0  # the columns of the others are not looked at
        columns = [_field(made, source, dataset, index) for index in range(PER_DATASET)] if there else []
        yield Unit(source, dataset, tuple(columns), rows, mark)


def _field(made: random.Random, source: str, dataset: str, index: int) -> Field:
    """Every tenth column is called after something personal."""
    if index % 10 == 0:
        return Field(source, dataset, f"{made.choice(PREFIXES)}{made.choice(list(PERSONAL))}_{index}", "varchar")
    name = f"{made.choice(STEMS)}_{made.choice(STEMS)}_{index}"
    return Field(source, dataset, name, made.choice(TYPES), comment=f"{name.replace('_', ' ')} of the {dataset}")


def changed(unit: Unit, generation: int) -> bool:
    """Whether a run looks into the unit."""
    return generation == 0 or bool(unit.fingerprint and unit.fingerprint.endswith(f".{generation}"))


def look(unit: Unit, generation: int) -> Look:
    """What one run sees of one unit: counts differ from run to run, and a changed one shows one class more."""
    said = Ownership(f"team-{unit.source}", ("operations",))
    if not changed(unit, generation):
        return Look(unit, UnitState.UNCHANGED, ownership=said)
    made = random.Random(f"{unit.fingerprint} {generation}")
    found = tuple(_seen(made, field, extra=bool(generation) and index == 1) for index, field in enumerate(unit.fields))
    return Look(unit, classifications=found, ownership=said, rows=1000, values=50_000, size=made.randrange(10**7))


def _seen(made: random.Random, field: Field, *, extra: bool) -> Classification:
    if made.random() < 0.03:
        return Classification(field, Coverage(Extent.NOT_EXAMINED, Cause.EMPTY))
    distinct = made.randrange(1, 1000)
    coverage = Coverage(
        Extent.EXAMINED, None, 1000, made.randrange(distinct, 1001), distinct, made.random(), "block_sample"
    )
    word = next((word for word in PERSONAL if word in field.path), "phone" if extra else None)
    texts = field.data_type in {"varchar", "text"} and distinct >= 50
    sketch = tuple(sorted(made.sample(range(2**32), 128))) if texts and made.random() < 0.5 else ()
    if word is None or field.data_type != "varchar":
        return Classification(field, coverage, examined=distinct, sketch=sketch)
    key, entity = PERSONAL[word]
    matched = made.randrange(distinct // 2, distinct + 1)
    label = Label(DataClass(key), entity, round(made.uniform(0.6, 0.99), 3), Mode.VALUE)
    findings = (
        Finding("pattern", entity, label.data_class, matched, distinct, 0.8, version="1", note="aaa@aaa.aa 71 %"),
        Finding("name", entity, label.data_class, score=round(made.random(), 2), note=f"called {word}"),
    )
    return Classification(field, coverage, (label,), (), findings, distinct, matched, sketch=sketch)

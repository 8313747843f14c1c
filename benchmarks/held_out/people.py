"""Values about people, one per row: the names, mail address and birth date of a row are of the same person."""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import phonenumbers
from faker import Faker

from held_out.identifiers import national, scrambled

MAIL = ["gmail.com", "hotmail.com", "yahoo.com", "outlook.com", "gmx.net", "icloud.com", "example.org", "proton.me"]
MEDICAL = {
    "diagnosis": ["Type 2 diabetes mellitus", "Essential hypertension", "Asthma", "Migraine", "Fracture of femur", "Acute bronchitis", "Depressive episode", "Gastritis", "Anaemia", "Hypothyroidism", "Psoriasis", "Chronic kidney disease"],
    "icd": ["E11.9", "I10", "J45.909", "G43.1", "S72.001A", "J20.9", "F32.1", "K29.7", "D64.9", "E03.9", "L40.0", "N18.3", "M54.5", "C50.9"],
    "drug": ["Metformin 500 mg", "Lisinopril 10 mg", "Salbutamol inhaler", "Sumatriptan 50 mg", "Ibuprofen 400 mg", "Amoxicillin 500 mg", "Sertraline 50 mg", "Omeprazole 20 mg", "Levothyroxine 75 mcg", "Atorvastatin 40 mg"],
    "allergy": ["Penicillin", "Peanuts", "Latex", "Pollen", "Shellfish", "None known", "Aspirin", "Cow's milk", "Wasp venom"],
    "blood": ["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"],
}  # fmt: skip
TRAITS = {
    "religion": ["Roman Catholic", "Protestant", "Muslim", "Jewish", "Hindu", "Buddhist", "Orthodox", "none"],
    "ethnicity": ["White", "Black or African American", "Asian", "Hispanic or Latino", "Native Hawaiian", "Two or more races"],
    "marital": ["single", "married", "divorced", "widowed", "separated"],
    "nationality": ["German", "French", "Polish", "Turkish", "Italian", "Syrian", "Spanish", "Brazilian", "Dutch", "Indian"],
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """Where a value is made: the locale's Faker, the table's chance, and what this row has said already."""

    fake: Faker
    rng: random.Random
    region: str
    index: int
    said: dict[str, Any] = field(default_factory=dict)

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """The same answer for the whole row."""
        if key not in self.said:
            self.said[key] = make()
        return self.said[key]


def male(row: Row) -> bool:
    """The sex of the row's person."""
    return bool(row.once("male", lambda: row.rng.random() < 0.5))


def first(row: Row, _: str = "") -> str:
    """A given name."""
    return str(row.once("first", row.fake.first_name_male if male(row) else row.fake.first_name_female))


def last(row: Row, _: str = "") -> str:
    """A family name."""
    return str(row.once("last", row.fake.last_name))


def full(row: Row, order: str = "") -> str:
    """Both names: `rev` puts the family name first, `init` shortens the given one, `cjk` writes them without a space.

    `other` is somebody else than the row's person.
    """
    row = Row(row.fake, row.rng, row.region, row.index) if order == "other" else row
    given, family = first(row), last(row)
    return {"rev": f"{family}, {given}", "init": f"{given[:1]}. {family}", "cjk": family + given, "swap": f"{family} {given}"}.get(order, f"{given} {family}")  # fmt: skip


def login(row: Row, style: str = "") -> str:
    """A login name made of the person's, or a nickname (`nick`)."""
    if style == "nick":
        return row.rng.choice(["dark", "sun", "pixel", "lazy", "mr_", "just", "moon", "retro", "xx", "neo"]) + row.rng.choice(["wolf", "rider", "cat", "fox", "maker", "ninja", "bird", "tea", "code"]) + str(row.rng.randrange(100))  # fmt: skip
    given, family = ascii_of(first(row)), ascii_of(last(row))
    styles = [
        f"{given[:1]}{family}",
        f"{given}.{family}",
        f"{family[:6]}{given[:2]}",
        f"{given}{row.rng.randrange(10, 99)}",
    ]
    return str(row.once("login", lambda: styles[int(style)] if style else row.rng.choice(styles)))


def ascii_of(name: str) -> str:
    """Latin letters of a name; of other scripts a romanised stand-in."""
    latin = "".join(sign for sign in unicodedata.normalize("NFKD", name) if sign.isascii() and sign.isalnum()).lower()
    return latin or "".join(chr(97 + ord(sign) % 26) for sign in name[:5])


def email(row: Row, domain: str = "") -> str:
    """A mail address of the person."""
    given, family = ascii_of(first(row)), ascii_of(last(row))
    local = row.rng.choice(
        [f"{given}.{family}", f"{given[:1]}{family}", f"{given}{row.rng.randrange(1, 99)}", f"{given}_{family}"]
    )
    return f"{local}@{domain or row.rng.choice(MAIL)}"


def phone(row: Row, style: str = "") -> Any:
    """A valid number of the region: n national, i international, e E.164, d digits, dot dotted, mix any; `m` before it: mobile."""
    kind = phonenumbers.PhoneNumberType.MOBILE if style.startswith("m:") else phonenumbers.PhoneNumberType.FIXED_LINE
    style = style.removeprefix("m:") or "n"
    style = row.rng.choice("nnied") if style == "mix" else style
    number = dialled(phonenumbers.example_number_for_type(row.region, kind), row.rng)
    formats = phonenumbers.PhoneNumberFormat
    shape = {"i": formats.INTERNATIONAL, "e": formats.E164}.get(style, formats.NATIONAL)
    written = phonenumbers.format_number(number, shape)
    if style == "dot":
        return written.replace(" ", ".").replace("-", ".").replace("(", "").replace(").", ".").replace(")", "")
    return "".join(filter(str.isdigit, written)) if style == "d" else written


def dialled(number: Any, rng: random.Random) -> Any:
    """Another valid number than the region's example: nearly all digits anew, or its last five where that fails too often."""
    digits = str(number.national_number)
    for attempt in range(1000):
        fresh = len(digits) - 2 if attempt < 50 else 5
        number.national_number = int(digits[:-fresh] + scrambled(rng, "#" * fresh))
        if phonenumbers.is_valid_number(number):
            break
    return number


def place(row: Row, part: str) -> str:
    """A part of the person's address, as Faker has it for the locale."""
    return str(row.once(part, getattr(row.fake, part))).replace("\n", ", ")


def state(row: Row, _: str = "") -> str:
    """The first-level division, by whatever name Faker knows it."""
    names = (
        "state",
        "administrative_unit",
        "region",
        "province",
        "prefecture",
        "county",
        "department_name",
        "canton_name",
    )
    return place(row, next(name for name in names if hasattr(row.fake, name)))


def born(row: Row, shape: str = "") -> Any:
    """The birth date: a date, text in a strftime format, `ts` a time stamp, `epoch` seconds."""
    day = row.once("born", lambda: date(1938, 1, 1) + timedelta(days=row.rng.randrange(25000)))
    if shape == "ts":
        return datetime.combine(day, time())
    if shape == "epoch":
        return int((day - date(1970, 1, 1)).days * 86400)
    return day.strftime(shape) if shape else day


def sex(row: Row, words: str = "M,F") -> Any:
    """One of two words, the man's first; numbers where the words are."""
    word = words.split(",")[0 if male(row) else 1]
    return int(word) if word.isdigit() else word


def idnumber(row: Row, country: str) -> Any:
    """A national number; `-plain` behind the country leaves the separators out, `-int` makes it a number."""
    country, _, style = country.partition("-")
    number = national(row.rng, country, plain=bool(style))
    return int(number) if style == "int" else number


def document(row: Row, pattern: str) -> str:
    """The number of a passport, a card, a licence; %-codes in the pattern are of the birth date, `+` a blank."""
    pattern = scrambled(row.rng, pattern.replace("+", " "))
    return str(born(row, pattern)) if "%" in pattern else pattern


def card(row: Row, style: str = "") -> Any:
    """A payment card with a right Luhn digit: `sp` in blocks of four, `int` a number."""
    start = row.rng.choice(["4#", "51", "55", "2221", "37", "6011"])
    length = 15 if start == "37" else 16
    body = scrambled(row.rng, start + "#" * (length - 1 - len(start)))
    total = sum(sum(divmod(int(digit) * (2 - position % 2), 10)) for position, digit in enumerate(reversed(body)))
    number = body + str(-total % 10)
    if style == "sp":
        return " ".join(number[at : at + 4] for at in range(0, length, 4))
    return int(number) if style == "int" else number


def secret(row: Row, style: str) -> str:
    """A stored secret: bcrypt, argon, sha, md5, clear, token, jwt, aws, key, otp."""
    rng = row.rng
    hexed, mixed = partial(signs, rng, "0123456789abcdef"), partial(signs, rng, "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789")  # fmt: skip
    return {
        "bcrypt": lambda: f"$2b$12${mixed(53)}",
        "argon": lambda: f"$argon2id$v=19$m=65536,t=3,p=4${mixed(22)}${mixed(43)}",
        "pbkdf": lambda: f"pbkdf2_sha256$390000${mixed(22)}${mixed(43)}=",
        "sha": lambda: hexed(64),
        "md5": lambda: hexed(32),
        "clear": lambda: rng.choice(["Summer", "letmein", "Qwerty", "hello", "Pa$$w0rd", "Tiger", "s3cret", "dragon"]) + rng.choice(["!", "#", "", "_"]) + str(rng.randrange(10, 9999)),
        "token": lambda: hexed(40),
        "jwt": lambda: f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{mixed(60)}.{mixed(43)}",
        "aws": lambda: f"AKIA{signs(rng, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}",
        "key": lambda: f"sk_live_{mixed(24)}",
        "otp": lambda: signs(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32),
    }[style]()  # fmt: skip


def signs(rng: random.Random, alphabet: str, count: int) -> str:
    """Signs of an alphabet at random."""
    return "".join(rng.choices(alphabet, k=count))


def account(row: Row, pattern: str = "##########") -> str:
    """A bank account number in the country's shape."""
    return scrambled(row.rng, pattern)


def device(row: Row, what: str) -> str:
    """A MAC address, an IMEI with its Luhn digit, a VIN or a plate of a shape."""
    if what == "mac":
        return ":".join(signs(row.rng, "0123456789abcdef", 2) for _ in range(6))
    if what == "imei":
        body = scrambled(row.rng, "35########9###")
        total = sum(sum(divmod(int(digit) * (2 - position % 2), 10)) for position, digit in enumerate(reversed(body)))
        return body + str(-total % 10)
    return str(row.fake.vin()) if what == "vin" else scrambled(row.rng, what.replace("+", " "))


def listed(words: dict[str, list[str]], what: str) -> Callable[[Row, str], str]:
    """A maker that draws from one of our lists."""
    return lambda row, _: row.rng.choice(words[what])


MAKERS: dict[str, tuple[Callable[[Row, str], Any], str]] = {
    "first": (first, "PERSON"), "last": (last, "PERSON"), "full": (full, "PERSON"),
    "email": (email, "EMAIL_ADDRESS"), "phone": (phone, "PHONE_NUMBER"), "login": (login, "USERNAME"),
    "street": (lambda row, _: place(row, "street_address"), "STREET_ADDRESS"), "zip": (lambda row, _: place(row, "postcode"), "POSTAL_CODE"),
    "city": (lambda row, _: place(row, "city"), "CITY"), "state": (state, "COUNTRY_STATE"), "country": (lambda row, _: place(row, "country"), "COUNTRY_STATE"),
    "cc": (lambda row, _: place(row, "country_code"), "COUNTRY_STATE"), "addr": (lambda row, _: place(row, "address"), "STREET_ADDRESS|CITY|POSTAL_CODE"),
    "road": (lambda row, _: place(row, "street_name"), "STREET_ADDRESS"),
    "dob": (born, "DATE_OF_BIRTH"), "sex": (sex, "GENDER"), "natid": (idnumber, "NATIONAL_ID"), "card": (card, "CREDIT_CARD"),
    "iban": (lambda row, _: str(row.fake.iban()), "IBAN"), "acct": (account, "BANK_ACCOUNT"), "pass": (document, "NATIONAL_ID"),
    "cvv": (lambda row, _: scrambled(row.rng, "9##"), "CREDIT_CARD"), "exp": (lambda row, _: f"{row.rng.randrange(1, 13):02}/{row.rng.randrange(24, 31)}", "CREDIT_CARD"),
    "secret": (secret, "SECRET"), "device": (device, "DEVICE_ID"),
    "ip": (lambda row, _: ".".join(str(row.rng.randrange(1, 254)) for _ in range(4)), "IP_ADDRESS"), "ip6": (lambda row, _: str(row.fake.ipv6()), "IP_ADDRESS"),
    "lat": (lambda row, _: round(row.rng.uniform(35, 65), 6), "GEO_COORDINATE"), "lon": (lambda row, _: round(row.rng.uniform(-10, 30), 6), "GEO_COORDINATE"),
    "latlon": (lambda row, _: f"{row.rng.uniform(35, 65):.5f},{row.rng.uniform(-10, 30):.5f}", "GEO_COORDINATE"),
    **{what: (listed(MEDICAL, what), "MEDICAL") for what in MEDICAL}, **{what: (listed(TRAITS, what), "OTHER_PERSONAL") for what in TRAITS},
}  # fmt: skip

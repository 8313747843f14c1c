"""How a person is reached: e-mail, web address, telephone."""

import re
from functools import cache, lru_cache
from typing import Any

from classifiers.rules.rule import Grade, Rule

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "BR", "IN", "AU", "NL", "PL", "SE", "MX", "JP", "TR", "CN", "RU", "CZ", "ZA",
           "AR", "CH", "BE", "DK", "NO", "FI", "PT", "GR", "HU", "RO", "IE", "NZ", "SG", "KR", "CO", "CL", "AT", "UA", "AE",
           "SA", "EG", "NG", "KE", "PK", "ID", "MY", "PH", "TH", "VN", "IL")  # fmt: skip
DATE_LIKE = re.compile(r"^(\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})$")
EXTENSION = re.compile(r"\s*(?:x|ext\.?|extension|poste|#)\s*\d{1,6}$", re.IGNORECASE)


def phone_shaped(text: str) -> bool:
    """As people write telephone numbers: 7 to 15 digits, no date, no decimal, no address of a machine."""
    digits = sum(c.isdigit() for c in EXTENSION.sub("", text))
    return 7 <= digits <= 15 and not DATE_LIKE.match(text) and text.count("(") == text.count(")") and not _machine(text)


def _machine(text: str) -> bool:
    return bool(re.fullmatch(r"\d+[.,]\d+|\d{1,3}(\.\d{1,3}){3}|\d{3}-\d{2}-\d{4}|\d{1,3}(,\d{3})+", text))


@lru_cache(maxsize=65536)
def phone_valid(text: str) -> bool:
    """A number that some national plan really has; tried with its country code, then with the larger regions."""
    if not phone_shaped(text):
        return False
    numbers, plain = _phonenumbers(), EXTENSION.sub("", text)
    if plain.lstrip(" (").startswith(("+", "00")):
        return _valid(numbers, "+" + re.sub(r"^\D*(00)?", "", plain), None)
    return any(_valid(numbers, plain, region) for region in REGIONS[:12])


def phone_with_code(text: str) -> bool:
    """A number in international form that its country's plan has."""
    return text.lstrip(" (").startswith(("+", "00")) and phone_valid(text)


def _valid(numbers: Any, text: str, region: str | None) -> bool:
    try:
        parsed = numbers.parse(text, region)
    except numbers.NumberParseException:
        return False
    return bool(numbers.is_valid_number(parsed))


@cache
def _phonenumbers() -> Any:
    import phonenumbers  # noqa: PLC0415 - loaded with the first candidate

    return phonenumbers


RULES = (
    Rule(
        "email", "EMAIL_ADDRESS",
        r"[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-][\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]*@(?:[\p{L}\p{N}][\p{L}\p{N}-]*\.)+\p{L}[\p{L}\p{N}-]+",
        Grade.FORMAT, accept=lambda text: ".." not in text and not text.endswith("-"), within=True,
        examples=("bo@example.org", "first.last+tag@sub.example.co.uk", "müller@exämple.de", "O'Neil@example.ie"),
        counterexamples=("bo@example", "@example.org", "bo@@example.org", "bo at example.org", "git@host:repo"),
    ),
    Rule(
        "email_local_domain", "EMAIL_ADDRESS", r"[\w.+'-]+@[\w-]{2}[\w-]*", Grade.SHAPE,
        examples=("tammy.bryant@intranet",), counterexamples=("@handle", "a@b@c"),
    ),
    Rule(
        "email_display", "EMAIL_ADDRESS", r"\"?[^<>@\"]+\"? ?<[^<>@\s]+@[^<>@\s]{3}[^<>@\s]*>", Grade.FORMAT,
        examples=("Bo Berg <bo@example.org>",), counterexamples=("Bo Berg <b>", "x <y@>"),
    ),
    Rule(
        "url", "URL", r"(?i)(?:https?|ftps?)://[^\s/$.?#][^\s]+", Grade.FORMAT, within=True,
        examples=("https://example.org/a?b=c", "http://10.0.0.1:8080/"), counterexamples=("https//example.org", "example"),
    ),
    Rule(
        "domain", "URL", r"(?i)(?:www\.)(?:[a-z0-9-]+\.)+[a-z]{2,18}(?:/[^\s]*)?|(?:[a-z0-9-]{2}[a-z0-9-]*\.)+(?:com|org|net|edu|gov|info|biz|io|co\.uk|de|fr|es|it|nl|pl|se|no|dk|fi|br|in|jp|cn|ru)(?:/[^\s]*)?",
        Grade.SHAPE, examples=("www.example.org", "shop.example.co.uk"), counterexamples=("example", "www. example.org"),
    ),
    Rule(
        "phone_shape", "PHONE_NUMBER", r"(?i)[+(]{0,2}\d[\d\s().\-/+–]{4,26}\d\)?(?:\s*(?:x|ext\.?|extension|poste|#)\s*\d{1,6})?", Grade.SHAPE,  # noqa: RUF001 - as people write it
        accept=phone_shaped,
        examples=("(206) 555-9857", "030-0074321", "+49 30 901820", "1.515.555.0100", "02 9876 5432 ext 12"),
        counterexamples=("2021-04-05", "192.168.10.200", "078-05-1120", "1,234,567", "12345"),
    ),
    Rule(
        "phone_written", "PHONE_NUMBER",
        r"(?i)\+\d[\d\s().\-/]{5,22}\d(?:\s*(?:x|ext\.?)\s*\d{1,6})?|\(\d{1,5}\) ?\d[\d\s.\-/]{3,12}\d(?:\s*(?:x|ext\.?)\s*\d{1,6})?|0\d{1,4}[-/ ]\d[\d\s.\-]{3,12}\d|\d{3}[-. ]\d{3}[-. ]\d{4}(?:\s*(?:x|ext\.?)\s*\d{1,6})?|\d{3}-\d{4}|0\d(?:[ .]\d\d){4}|1[-.]\d{3}[-.]\d{3}[-.]\d{4}|001-\d{3}-\d{3}-\d{4}(?:x\d{1,5})?|\+?1?\(?\d{3}\)?\d{3}-\d{4}x?\d{0,5}",
        Grade.FORMAT, accept=phone_shaped,
        examples=("(206) 555-9857", "+44 20 7946 0958", "01 23 45 67 89", "555-010-9999 x123", "030/901820"),
        counterexamples=("20230405", "12-34", "2021-04-05"),
    ),
    Rule(
        "phone_valid", "PHONE_NUMBER", r"[+(]{0,2}\d[\d\s().\-/+–]{5,26}\d(?:\s*(?:x|ext\.?)\s*\d{1,6})?", Grade.FORMAT, accept=phone_valid,  # noqa: RUF001 - as people write it
        examples=("+44 20 7946 0958", "(206) 342-9857"), counterexamples=("+999 1234567", "2021-04-05"),
    ),
    Rule(
        "phone_dialled", "PHONE_NUMBER", r"(?:\+|0)[\d\s()./\-]{8,20}", Grade.FORMAT, accept=phone_valid,
        examples=("+44 20 7946 0958", "04 72 00 11 22"), counterexamples=("00054320", "+999 1234567", "2021-04-05"),
    ),
    Rule(
        "phone_code", "PHONE_NUMBER", r"(?:\+|00)\d[\d\s().\-/]{6,22}\d", Grade.FORMAT, accept=phone_with_code, within=True,
        examples=("+44 20 7946 0958", "0049 30 901820"), counterexamples=("+1 000 000 0000", "020 7946 0958"),
    ),
)  # fmt: skip

"""What looks personal and is not: keys, digests, codes, counters, moments, sums. Evidence against."""

import re

from classifiers.rules.rule import Grade, Rule


def _stdnum(module: str, text: str) -> bool:
    from importlib import import_module  # noqa: PLC0415

    return bool(import_module(f"stdnum.{module}").is_valid(text))


def barcode(text: str) -> bool:
    """GS1: EAN-8, UPC-A, EAN-13, GTIN-14, by check digit."""
    return len(set(text)) > 2 and _stdnum("ean", text)


def isbn(text: str) -> bool:
    """ISBN-10 or ISBN-13."""
    return _stdnum("isbn", text)


RULES = (
    Rule("uuid", "UUID", r"(?i)\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?", Grade.FORMAT,
         examples=("38400000-8cf0-11bd-b23e-10b96e40000d",), counterexamples=("38400000-8cf0",)),
    Rule("object_id", "ID", r"[0-9a-f]{24}|[0-7][0-9A-HJKMNP-TV-Z]{25}", Grade.SHAPE, accept=lambda text: any(c.isdigit() for c in text),
         examples=("507f1f77bcf86cd799439011", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), counterexamples=("507f1f77",)),
    Rule("barcode", "ID", r"\d{8}|\d{12,14}", Grade.CHECKED, accept=barcode, examples=("4006381333931", "036000291452"), counterexamples=("4006381333932",)),
    Rule("isbn", "ID", r"(?:97[89][ -]?)?\d{1,5}[ -]?\d{1,7}[ -]?\d{1,7}[ -]?[\dXx]", Grade.CHECKED, accept=isbn,
         examples=("978-3-16-148410-0", "0-306-40615-2"), counterexamples=("978-3-16-148410-1",)),
    Rule("br.cnpj", "ID", r"\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}", Grade.CHECKED, accept=lambda text: _stdnum("br.cnpj", text),
         examples=("16.727.230/0001-97",), counterexamples=("16.727.230/0001-98",)),
    Rule("fr.siret", "ID", r"\d{14}|\d{3} \d{3} \d{3} \d{5}", Grade.CHECKED, accept=lambda text: _stdnum("fr.siret", text),
         examples=("73282932000074",), counterexamples=("73282932000079",)),
    Rule("au.abn", "ID", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", Grade.CHECKED, accept=lambda text: _stdnum("au.abn", text),
         examples=("83 914 571 673",), counterexamples=("99 999 999 999",)),
    Rule("vat", "ID", r"(?i)(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)U?[A-Z0-9]{8,12}", Grade.CHECKED,
         accept=lambda text: _stdnum("eu.vat", text), examples=("ATU57194903", "DE136695976"), counterexamples=("DE136695978",)),
    Rule("in.gstin", "ID", r"\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]", Grade.CHECKED, accept=lambda text: _stdnum("in_.gstin", text),
         examples=("27AAPFU0939F1ZV",), counterexamples=("27AAPFU0939F1ZX",)),
    Rule("swift", "SWIFT_CODE", r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", Grade.SHAPE, accept=lambda text: any(c.isdigit() for c in text[6:8]) or len(text) == 11,
         examples=("DEUTDEFF500", "AGRIFRP1"), counterexamples=("PRODUCTS",)),
    Rule("isin", "ID", r"[A-Z]{2}[A-Z0-9]{9}\d", Grade.CHECKED, accept=lambda text: _stdnum("isin", text), examples=("US0378331005",), counterexamples=("US0378331004",)),
    Rule("date", "DATE", r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{1,2}[- ](?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mrz|mai|okt|dez|ene|abr|ago|dic|fev|avr|juin|juil|aou)[a-z]{0,7}\.?[- ,]{1,2}\d{2,4}|(?i:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)\.? \d{1,2},? \d{4}|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\d{1,2}\. ?\d{1,2}\. ?\d{4}|\d{4}年\d{1,2}月\d{1,2}日", Grade.FORMAT,
         examples=("2021-04-05", "5.4.2021", "05/04/21", "04-FEB-2021", "April 5, 2021", "20210405"), counterexamples=("2021", "1.5", "12-34")),
    Rule("moment", "TIMESTAMP", r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?|\d{1,2}[-/.][\w]{1,9}[-/.]\d{2,4}[ T]\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp][Mm])?(?: ?[+-]\d{2}:?\d{2})?|\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?[AaPp][Mm])?", Grade.FORMAT,
         examples=("2021-04-05T10:20:30Z", "04-FEB-2021 13.20.22.245676861", "10:20", "4/5/2021 9:05 PM"), counterexamples=("2021-04-05", "10.20")),
    Rule("number", "NUMBER", r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?%?", Grade.SHAPE, examples=("12", "-1.5", "1,234.50", "40%"), counterexamples=("12a", "1.2.3")),
    Rule("money", "NUMBER", r"(?i)(?:[$€£¥₹]|USD|EUR|GBP|R\$) ?-?\d[\d.,]*|-?\d[\d.,]* ?(?:[$€£¥₹]|USD|EUR|GBP|kr|zł)", Grade.FORMAT, examples=("$1,200.00", "12,50 €"), counterexamples=("12",)),
    Rule("code", "ID", r"[A-Z]{2,6}[-_/#]?\d{1,12}(?:[-_/]\w{1,12}){0,3}|[A-Z0-9]{1,8}(?:[-_][A-Z0-9]{1,10}){1,5}|\d{1,6}[-/][A-Z]{1,5}[-/]?\d{0,8}|#\d{1,9}", Grade.SHAPE,
         accept=lambda text: any(c.isdigit() for c in text), examples=("SKU-12345", "INV-2021-0001", "AB-12-CD", "#1024"), counterexamples=("12345", "Anna")),
    Rule("constant", "ID", r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z][a-z0-9]*(?:_[a-z0-9]+)+", Grade.SHAPE, examples=("AD_PRES", "in_progress"), counterexamples=("Anna", "anna.b")),
    Rule("path", "FILE", r"(?:[A-Za-z]:\\|/|\./|\.\./|~/)?(?:[\w .@-]+[/\\])+[\w .@-]*|[\w -]+\.(?i:jpe?g|png|gif|bmp|svg|pdf|docx?|xlsx?|csv|txt|html?|php|js|py|mp[34]|zip|json|xml)", Grade.SHAPE,
         accept=lambda text: not re.fullmatch(r"[\d/ .-]+|[\w.-]+\\[\w.$-]+", text), examples=("/var/log/app.log", "photo.png", "images/a/b.jpg"), counterexamples=("anna", "1/2")),
    Rule("version", "ID", r"v?\d{1,3}\.\d{1,4}(?:\.\d{1,5}){1,2}(?:[-+.]?(?i:[a-z]\w*))?", Grade.SHAPE,
         accept=lambda text: text[0] == "v" or all(int(p) <= 31 for p in re.findall(r"\d+", text)[:4]), examples=("1.2.3", "v2.0.1-beta"), counterexamples=("1.2", "192.168.10.44")),
    Rule("markup", "BACKGROUND", r"(?s)<[!a-zA-Z?][^>]*>.*", Grade.SHAPE, examples=("<p>Hello</p>",), counterexamples=("a < b",)),
    Rule("colour", "ID", r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}", Grade.FORMAT, examples=("#ff00aa",), counterexamples=("ff00aa",)),
    Rule("agent", "BACKGROUND", r"(?s)(?:Mozilla|Opera|curl|Wget|okhttp|python-requests|PostmanRuntime|Dalvik)/\d.*", Grade.FORMAT, examples=("Mozilla/5.0 (X11; Linux x86_64)",), counterexamples=("Mozart",)),
)  # fmt: skip

"""Payment cards and bank accounts."""

from classifiers.rules.checks import digits_of, mod97, payment_card
from classifiers.rules.rule import Grade, Rule


def iban(text: str) -> bool:
    """A country's own length and structure, and modulo 97, by python-stdnum's registry."""
    from stdnum import iban as registry  # noqa: PLC0415 - reads its table with the first candidate

    return mod97(text) and bool(registry.is_valid(text, check_country=False))


def bitcoin(text: str) -> bool:
    """Base58Check or Bech32, by python-stdnum."""
    from stdnum import bitcoin as address  # noqa: PLC0415

    return bool(address.is_valid(text))


def clabe(text: str) -> bool:
    """Mexico's CLABE: weights 3, 7, 1 modulo 10."""
    weights = (3, 7, 1) * 6
    total = sum(int(d) * w % 10 for d, w in zip(text[:17], weights, strict=False))
    return (10 - total % 10) % 10 == int(text[17])


RULES = (
    Rule("card", "CREDIT_CARD", r"\d{4}(?:[ -]?\d{2,6}){2,4}\d{0,3}", Grade.CHECKED, accept=payment_card, within=True,
         examples=("4111 1111 1111 1111", "5555-5555-5555-4444", "2221000000000009", "378282246310005"),
         counterexamples=("4111111111111112", "1234567812345670", "0000000000000000")),
    Rule("card_shape", "CREDIT_CARD", r"\d{13,19}|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}|\d{4}[ -]\d{6}[ -]\d{4,5}|[xX*•\d]{8,15}[ -]?\d{4}|(?:[xX*•]{4}[ -]?){1,3}\d{4}", Grade.SHAPE,
         examples=("1111222233334444", "************1234", "1234-5678-9012-3456", "XXXX-XXXX-XXXX-1234"), counterexamples=("1234", "abcd1234")),
    Rule("card_end", "CREDIT_CARD", r"\d{4}", Grade.SHAPE, examples=("4242",), counterexamples=("42", "42424")),
    Rule("card_masked", "CREDIT_CARD", r"(?:\d{4}[ -]?)?(?:[xX*•]{2,4}[ -]?){1,4}\d{4}|[*xX•]{8,12}\d{4}|\d{6}[*xX•]{6,9}\d{4}", Grade.FORMAT,
         examples=("XXXX-XXXX-XXXX-1234", "************1234", "411111******1111"), counterexamples=("xxxx", "4111111111111111")),
    Rule("cvv", "CVV", r"\d{3,4}", Grade.SHAPE, examples=("123", "0042"), counterexamples=("12", "12345")),
    Rule("card_expiry", "CREDIT_CARD_EXPIRATION", r"(?:0[1-9]|1[0-2])\s?[/-]\s?(?:20)?\d{2}|20\d{2}[-/](?:0[1-9]|1[0-2])(?:[-/]\d{2})?|\d{1,2}|20\d{2}", Grade.SHAPE,
         examples=("04/27", "12/2026", "2026-11"), counterexamples=("13/27", "soon")),
    Rule("iban", "IBAN_CODE", r"[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?|[a-z]{2}\d{2}[a-z0-9]{11,30}", Grade.CHECKED, accept=iban, within=True,
         examples=("GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "NO9386011117947"),
         counterexamples=("GB82 WEST 1234 5698 7654 33", "DE8937", "XX0012345678")),
    Rule("iban_shape", "IBAN_CODE", r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?", Grade.SHAPE,
         examples=("GB00WEST12345698765432",), counterexamples=("GB82", "123456789012")),
    Rule("account", "BANK_ACCOUNT", r"[A-Z]{0,4}[ -]?\d[\d \-./]{3,28}\d[A-Z]?|[*xX]{2,12}\d{3,6}", Grade.SHAPE,
         accept=lambda text: len(digits_of(text)) >= 5 or "*" in text or "x" in text.lower(),
         examples=("123456789", "12-3456-78", "1234 56 78901", "****4321"), counterexamples=("1234", "checking")),
    Rule("clabe", "BANK_ACCOUNT", r"\d{18}", Grade.CHECKED, accept=clabe, country="MX",
         examples=("032180000118359719",), counterexamples=("032180000118359718",)),
    Rule("bitcoin", "CRYPTO", r"(?:bc1[ac-hj-np-z02-9]{25,87}|[13][a-km-zA-HJ-NP-Z1-9]{25,34})", Grade.CHECKED, accept=bitcoin, within=True,
         examples=("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",), counterexamples=("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",)),
    Rule("ethereum", "CRYPTO", r"0x[0-9a-fA-F]{40}", Grade.FORMAT,
         examples=("0x52908400098527886E0F7030069857D2E4169EE7",), counterexamples=("0x1234",)),
)  # fmt: skip

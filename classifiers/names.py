"""Evidence from names: what a field's own words say about what it holds."""

import re
import unicodedata

STEP = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")
NAMED: dict[str, tuple[str, ...]] = {
    "EMAIL_ADDRESS": ("email", "e mail", "mail address", "correo", "courriel"),
    "PHONE_NUMBER": ("phone", "telephone", "mobile", "fax", "cell", "telefon", "telefono", "msisdn"),
    "PERSON": ("full name", "customer name", "contact name", "employee name", "patient name", "person name"),
    "FIRST_NAME": ("first name", "firstname", "given name", "vorname", "prenom", "nombre"),
    "LAST_NAME": ("last name", "lastname", "surname", "family name", "nachname", "apellido", "cognome"),
    "STREET_ADDRESS": ("street", "address", "address line", "strasse", "adresse", "direccion", "indirizzo"),
    "CITY": ("city", "town", "ort", "stadt", "ville", "ciudad", "citta", "cidade"),
    "POSTAL_CODE": ("zip", "zip code", "postal code", "postcode", "plz", "code postal", "cap", "cep"),
    "STATE": ("state", "province", "region"),
    "COUNTRY": ("country", "land", "pays", "pais"),
    "DATE_OF_BIRTH": ("birth date", "birthdate", "date of birth", "dob", "birthday", "born", "geburtsdatum"),
    "GENDER": ("gender", "sex", "geschlecht", "sexe", "genero"),
    "CREDIT_CARD": ("credit card", "card number", "cc number", "pan"),
    "IBAN_CODE": ("iban",),
    "BANK_ACCOUNT": ("bank account", "account number", "kontonummer"),
    "US_SSN": ("ssn", "social security number"),
    "PASSPORT": ("passport", "passport number"),
    "TAX_ID": ("tax id", "tin", "steuernummer"),
    "IP_ADDRESS": ("ip", "ip address", "client ip", "remote addr"),
    "USERNAME": ("username", "user name", "login", "handle", "screen name"),
    "PASSWORD": ("password", "passwd", "pwd", "password hash", "passwort"),
    "API_KEY": ("api key", "secret key", "access key"),
    "TOKEN": ("token", "access token", "refresh token"),
    "MEDICAL": ("diagnosis", "medication", "icd", "allergies", "disease"),
    "GEO_COORDINATE": ("latitude", "longitude", "lat", "lng", "lon"),
}
AGAINST = frozenset(
    [
        "id",
        "count",
        "type",
        "status",
        "flag",
        "is",
        "has",
        "verified",
        "sent",
        "at",
        "created",
        "updated",
        "num",
        "total",
        "format",
        "length",
    ]
)
PHRASES = {tuple(phrase.split()): entity for entity, phrases in NAMED.items() for phrase in phrases}


def words_of(path: str) -> tuple[str, ...]:
    """The words of a field's last step, lower-case, without accents: `billTo.homeZIPCode` gives home, zip, code."""
    step = re.split(r"[.\[\]]+", path.rstrip("[]"))[-1]
    plain = "".join(c for c in unicodedata.normalize("NFKD", step) if not unicodedata.combining(c))
    return tuple(word.lower() for word in STEP.findall(plain))


def named_as(path: str) -> str | None:
    """The entity that a field's name claims; None where it claims none, or takes it back (`email_count`)."""
    words = words_of(path)
    for size in range(len(words), 0, -1):
        for start in range(len(words) - size + 1):
            entity = PHRASES.get(words[start : start + size])
            if entity and not AGAINST & {*words[:start], *words[start + size :]}:
                return entity
    return None

"""How each entity is judged: a table of what it must look like and what proves it. Points as in `verdict.py`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from classifiers import births, credentials, localities
from classifiers import surroundings as around
from classifiers.evidence import Evidence
from classifiers.profile import Sort
from classifiers.rules import Grade, government
from classifiers.surroundings import Neighbours, Reason

TEXTS = frozenset({Sort.TEXT})
NUMBERS = frozenset({Sort.TEXT, Sort.INTEGER})
DECIMALS = frozenset({Sort.TEXT, Sort.INTEGER, Sort.DECIMAL})
DATES = frozenset({Sort.TEXT, Sort.DATE, Sort.TIMESTAMP, Sort.INTEGER, Sort.DECIMAL})
Surroundings = Callable[[Evidence, Neighbours], Iterable[Reason]]


@dataclass(frozen=True, slots=True)
class Policy:
    """How one entity is judged.

    `fits` are detectors, one of which must take most values or `unfit` points are lost; `proofs` add their points as
    their share grows to PROVEN; `absent` points come where no proof took anything. `sorts` are the types it can have.
    `unaided` entities are looked at even where neither a name nor a proof speaks for them.
    """

    sorts: frozenset[Sort] = TEXTS
    fits: tuple[str, ...] = ()
    unfit: float = -8.0
    proofs: Mapping[str, float] = field(default_factory=dict)
    absent: float = 0.0
    surroundings: Surroundings | None = None
    unaided: bool = False


CHECKED_IDS = {rule.name: 6.5 for rule in government.RULES if rule.grade is Grade.CHECKED and rule.entity != "TAX_ID"} | {
    "gb.nino": 7.0, "pk.cnic": 4.5, "de.svnr": 5.0, "ru.snils": 6.0,
    "dk.cpr": 4.5, "my.nric": 4.5, "id.nik": 4.5, "cu.ni": 4.5,  # dates in digits, and no check digit
}  # fmt: skip
CHECKED_TAX = {rule.name: 6.0 for rule in government.RULES if rule.entity == "TAX_ID"}
NAME_FITS = ("wordy",)

POLICIES: Mapping[str, Policy] = {
    "EMAIL_ADDRESS": Policy(fits=("email", "email_local_domain", "email_display", "handle"), proofs={"email": 11.0, "email_display": 10.0, "email_local_domain": 6.0}, absent=-6.0, surroundings=around.email),
    "PHONE_NUMBER": Policy(NUMBERS | DECIMALS, fits=("phone_shape",), proofs={"phone_valid": 4.0, "phone_dialled": 5.0, "phone_written": 4.5, "phone_code": 8.0}, surroundings=around.phone),
    "PERSON": Policy(fits=NAME_FITS, proofs={"name_full": 7.0, "name_any": 3.0}, absent=-2.0, surroundings=around.person),
    "FIRST_NAME": Policy(fits=NAME_FITS, proofs={"name_first": 4.5}, absent=-1.5, surroundings=around.person),
    "LAST_NAME": Policy(fits=NAME_FITS, proofs={"name_last": 3.5}, absent=-1.0, surroundings=around.person),
    "STREET_ADDRESS": Policy(NUMBERS, fits=("address_shape", "street_named", "wordy", "street", "postal_shape"), unfit=-4.0, proofs={"street": 8.0, "address_shape": 2.5, "street_named": 2.0}, absent=-2.5, surroundings=localities.street),
    "CITY": Policy(fits=NAME_FITS, proofs={"city": 4.5}, absent=-2.0, surroundings=localities.place),
    "POSTAL_CODE": Policy(NUMBERS | DECIMALS, fits=("postal_shape", "postal_format", "postal_letters"), proofs={"postal_letters": 5.5, "postal_format": 3.0}, surroundings=localities.postal, unaided=True),
    "STATE": Policy(fits=("wordy", "region"), proofs={"region": 6.0}, absent=-3.0, surroundings=localities.state),
    "COUNTRY": Policy(fits=("wordy", "country_code"), proofs={"country": 8.0, "country_code": 3.0}, absent=-2.0, surroundings=localities.place),
    "DATE_OF_BIRTH": Policy(DATES, fits=("date", "moment", "year", "birth_number", "birth_form", "age"), proofs={}, surroundings=births.birth, unaided=True),
    "GENDER": Policy(NUMBERS | {Sort.DECIMAL}, fits=("gender_word", "gender_letter"), proofs={"gender_word": 6.0}, surroundings=around.gender, unaided=True),
    "CREDIT_CARD": Policy(NUMBERS, fits=("card_shape", "card", "card_end"), proofs={"card": 9.0, "card_masked": 6.0}, absent=-1.5, surroundings=around.card),
    "CVV": Policy(NUMBERS, fits=("cvv",)),
    "CREDIT_CARD_EXPIRATION": Policy(NUMBERS | {Sort.DATE}, fits=("card_expiry", "date"), surroundings=around.expiry),
    "IBAN_CODE": Policy(fits=("iban", "iban_shape"), proofs={"iban": 11.0}, absent=-0.5),
    "BANK_ACCOUNT": Policy(NUMBERS, fits=("account", "iban_shape", "bitcoin", "ethereum", "clabe"), proofs={"clabe": 6.0, "bitcoin": 10.0, "ethereum": 7.0, "account": 0.5}, surroundings=around.account),
    "US_SSN": Policy(NUMBERS, fits=("us.ssn", "us.ssn_shape"), proofs={"us.ssn": 7.0}, surroundings=around.government),
    "NATIONAL_ID": Policy(NUMBERS, fits=("government_number", "passport"), proofs=CHECKED_IDS, surroundings=around.government),
    "TAX_ID": Policy(NUMBERS, fits=("government_number", "passport"), proofs=CHECKED_TAX, surroundings=around.government),
    "PASSPORT": Policy(NUMBERS, fits=("passport",), surroundings=around.government),
    "DRIVER_LICENSE": Policy(NUMBERS, fits=("licence",), surroundings=around.government),
    "IP_ADDRESS": Policy(NUMBERS, fits=("ipv4_any", "ipv6", "ipv4"), proofs={"ipv4": 10.5, "ipv6": 10.5, "ipv4_any": 2.0}, absent=-4.0),
    "URL": Policy(fits=("url", "domain", "path"), proofs={"url": 4.5, "domain": 3.0}, surroundings=around.url),
    "USERNAME": Policy(fits=("handle", "email"), surroundings=credentials.username, unaided=True),
    "PASSWORD": Policy(NUMBERS, fits=("secret_text", "password_hash", "hex_digest"), proofs={"password_hash": 12.0, "hex_digest": 1.5, "credentials_in_url": 7.0}, surroundings=credentials.secret),
    "API_KEY": Policy(fits=("secret_text",), proofs={"vendor_key": 11.0, "private_key": 11.0, "mixed_token": 2.5, "random_token": 1.5}, surroundings=credentials.secret),
    "TOKEN": Policy(fits=("secret_text",), proofs={"jwt": 11.0, "mixed_token": 2.5, "random_token": 1.5, "uuid": 1.0, "hex_digest": 1.5}, surroundings=credentials.secret),
    "GEO_COORDINATE": Policy(DECIMALS, fits=("coordinate", "coordinate_pair", "wkt_point", "degrees"), proofs={"coordinate_pair": 6.0, "wkt_point": 8.0, "degrees": 7.0}, surroundings=localities.geo),
    "MEDICAL": Policy(DECIMALS, proofs={"medical": 6.5, "blood": 6.5, "icd": 6.5, "icd_shape": 1.0}, surroundings=around.medical, unaided=True),
    "MEDICAL_RECORD": Policy(NUMBERS, fits=("government_number", "passport", "code"), surroundings=around.government),
    "AGE": Policy(DECIMALS, fits=("age",), surroundings=around.age),
    "MARITAL_STATUS": Policy(NUMBERS, surroundings=around.attribute),
    "ETHNICITY": Policy(surroundings=around.attribute),
    "RELIGION": Policy(surroundings=around.attribute),
    "NATIONALITY": Policy(proofs={"country": 2.0, "country_code": 1.0, "demonym": 3.0}, absent=-6.0, surroundings=around.attribute),
    "POLITICAL": Policy(surroundings=around.attribute),
    "SEXUAL_ORIENTATION": Policy(surroundings=around.attribute),
    "SALARY": Policy(DECIMALS, surroundings=around.attribute),
    "CRIMINAL_RECORD": Policy(surroundings=around.attribute),
    "BIOMETRIC": Policy(surroundings=around.attribute),
    "IMEI": Policy(NUMBERS, fits=("imei", "device_token"), proofs={"imei": 4.0}),
    "MAC_ADDRESS": Policy(fits=("mac", "device_token"), proofs={"mac": 9.0}),
    "VIN": Policy(fits=("vin_shape",), proofs={"vin": 6.0, "vin_shape": 2.5}),
    "LICENSE_PLATE": Policy(fits=("plate",), proofs={"plate": 2.5}, surroundings=around.plate),
    "DEVICE_ID": Policy(NUMBERS, fits=("device_token", "uuid", "mac"), surroundings=around.device),
}  # fmt: skip

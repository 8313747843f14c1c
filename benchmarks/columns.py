"""Labelled tables that no rule was written on: seeded, of 36 countries, made with Faker, which no gazetteer of ours uses.

`tables()` yields (dataset, {column: (values, gold)}); `gold` is the set of entity kinds that are right, empty for clean.
"""

import random
import string
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from faker import Faker

Made = tuple[pa.Array, frozenset[str]]
ROWS = 240
PERSON, EMAIL, PHONE = {"PERSON"}, {"EMAIL_ADDRESS"}, {"PHONE_NUMBER"}
STREET, CITY, ZIP, STATE, COUNTRY = {"STREET_ADDRESS"}, {"CITY"}, {"POSTAL_CODE"}, {"COUNTRY_STATE"}, {"COUNTRY_STATE"}
DOB, SEX, NID, CARD, IBAN = {"DATE_OF_BIRTH"}, {"GENDER"}, {"NATIONAL_ID"}, {"CREDIT_CARD"}, {"IBAN", "BANK_ACCOUNT"}
BANK, IP, USER, SECRET, GEO = {"BANK_ACCOUNT"}, {"IP_ADDRESS"}, {"USERNAME"}, {"SECRET"}, {"GEO_COORDINATE"}
TEXT, MED, DEVICE, CLEAN = (
    {"FREE_TEXT_WITH_PII", "PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER"},
    {"MEDICAL"},
    {"DEVICE_ID"},
    set(),
)


class Maker:
    """Values of one country, from one seed."""

    def __init__(self, locale: str, seed: int) -> None:
        self.fake = Faker(locale)
        self.english = Faker("en_US")
        self.fake.seed_instance(seed)
        self.english.seed_instance(seed)
        self.random = random.Random(seed)

    def column(self, kind: str, rows: int = ROWS) -> Made:
        """Values and gold labels of one kind, such as `first_name`; `name@opt` applies an option (`upper`, `sparse`)."""
        plain, _, option = kind.partition("@")
        make, gold = KINDS[plain]
        values: list[Any] = [make(self) for _ in range(rows)]
        if "upper" in option:
            values = [value.upper() for value in values]
        if "lower" in option:
            values = [value.lower() for value in values]
        if "sparse" in option:
            values = [value if self.random.random() < 0.06 else None for value in values]
        if "padded" in option:
            values = [f" {value}  " for value in values]
        return pa.array(values), frozenset(gold)

    def or_english(self, name: str) -> Any:
        """What the country's provider makes; the English one where it has none."""
        return getattr(self.fake, name, None) or getattr(self.english, name)


def _digits(shape: str) -> Callable[[Maker], str]:
    return lambda m: "".join(
        m.random.choice(string.digits) if c == "#" else m.random.choice(string.ascii_uppercase) if c == "?" else c
        for c in shape
    )


def _choice(*options: Any) -> Callable[[Maker], Any]:
    return lambda m: m.random.choice(options)


def _moment(first: str, last: str) -> Callable[[Maker], datetime]:
    start, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return lambda m: start + timedelta(seconds=m.random.randrange(int((end - start).total_seconds())))


def _birth(m: Maker) -> datetime:
    return datetime(1940, 1, 1) + timedelta(days=m.random.randrange(24500))  # noqa: DTZ001


def _note(m: Maker) -> str:
    f = m.fake
    return m.random.choice((
        f"Spoke to {f.name()} about the invoice, call back on {f.phone_number()}.",
        f"{f.name()} asked to change the e-mail to {m.english.email()}",
        "Customer asked for a refund and was told it takes five days.",
        "Left a message, no answer so far, will try again tomorrow morning.",
        f"Parcel handed to neighbour {f.name()} because nobody was at home.",
    ))  # fmt: skip


def _canned(m: Maker) -> str:
    return m.random.choice((
        "The parcel arrived late but in good order, thank you very much.",
        "Please deliver between nine and noon, the bell does not work.",
        "The colour is darker than on the picture, otherwise as described.",
        "Great value for the price and quick delivery, would buy it again.",
        "One of the parts was missing and the manual is hard to follow.",
    ))  # fmt: skip


def _product(m: Maker) -> str:
    first = m.random.choice(
        ("Compact", "Deluxe", "Classic", "Ultra", "Eco", "Alpine", "Nordic", "Royal", "Urban", "Solar")
    )
    return f"{first} {m.random.choice(('Kettle', 'Backpack', 'Desk Lamp', 'Headphones', 'Garden Chair', 'Tea Set', 'Drill', 'Notebook', 'Mixer', 'Tent'))} {m.random.choice(('', 'XL', '200', 'II', 'Pro', '(Black)'))}".strip()


def _handle(m: Maker) -> str:
    return m.english.user_name() + m.random.choice(("", "", "_", "7", "88"))


KINDS: dict[str, tuple[Callable[[Maker], Any], set[str]]] = {
    "first_name": (lambda m: m.fake.first_name(), PERSON),
    "last_name": (lambda m: m.fake.last_name(), PERSON),
    "name": (lambda m: m.fake.name(), PERSON),
    "name_last_first": (lambda m: f"{m.fake.last_name()}, {m.fake.first_name()}", PERSON),
    "email": (lambda m: m.english.email(), EMAIL),
    "phone": (lambda m: m.fake.phone_number(), PHONE),
    "phone_digits": (lambda m: int("6" + _digits("########")(m)), PHONE),
    "phone_e164": (lambda m: "+" + m.random.choice(("4915", "336", "447", "3934", "1415", "8190")) + _digits("########")(m), PHONE),
    "street": (lambda m: m.fake.street_address(), STREET),
    "address": (lambda m: m.fake.address(), STREET | CITY | ZIP),
    "city": (lambda m: m.fake.city(), CITY),
    "postcode": (lambda m: m.fake.postcode(), ZIP),
    "postcode_number": (lambda m: int(_digits("2####")(m)), ZIP),
    "state": (lambda m: m.or_english("state")(), STATE),
    "state_code": (lambda m: m.english.state_abbr(), STATE),
    "country": (lambda m: m.fake.country(), COUNTRY),
    "country_code": (lambda m: m.english.country_code(), COUNTRY),
    "birth": (lambda m: _birth(m).date(), DOB),
    "birth_text": (lambda m: _birth(m).strftime("%d.%m.%Y"), DOB),
    "birth_us": (lambda m: _birth(m).strftime("%m/%d/%Y"), DOB),
    "birth_number": (lambda m: int(_birth(m).strftime("%Y%m%d")), DOB),
    "sex": (_choice("M", "F"), SEX),
    "sex_word": (_choice("male", "female", "other"), SEX),
    "sex_number": (_choice(1, 2), SEX),
    "ssn": (lambda m: m.fake.ssn(), NID),
    "passport": (_digits("?########"), NID),
    "licence": (_digits("?####-#####-#####"), NID),
    "tax": (_digits("###-###-###"), NID),
    "card": (lambda m: m.english.credit_card_number(), CARD),
    "card_masked": (_digits("XXXX-XXXX-XXXX-####"), CARD),
    "card_wrong": (_digits("4###-####-####-####"), CARD),
    "iban": (lambda m: m.fake.iban(), IBAN),
    "account": (_digits("##########"), BANK),
    "ip": (lambda m: m.english.ipv4(), IP),
    "ip6": (lambda m: m.english.ipv6(), IP),
    "handle": (_handle, USER),
    "password_hash": (lambda m: "$2y$10$" + "".join(m.random.choices(string.ascii_letters + string.digits + "./", k=53)), SECRET),
    "md5": (lambda m: f"{m.random.getrandbits(128):032x}", SECRET),
    "password": (lambda m: m.english.password(length=10), SECRET),
    "api_key": (lambda m: "sk_live_" + "".join(m.random.choices(string.ascii_letters + string.digits, k=24)), SECRET),
    "token": (lambda m: "".join(m.random.choices(string.ascii_letters + string.digits, k=40)), SECRET),
    "lat": (lambda m: float(m.english.latitude()), GEO),
    "lon": (lambda m: float(m.english.longitude()), GEO),
    "latlon": (lambda m: f"{m.english.latitude()}, {m.english.longitude()}", GEO),
    "note": (_note, TEXT),
    "diagnosis": (_choice("Type 2 diabetes mellitus", "Essential hypertension", "Acute bronchitis", "Migraine", "Asthma", "Fracture of wrist", "Normal pregnancy", "Viral sinusitis (disorder)"), MED),
    "icd": (_choice("E11.9", "I10", "J20.9", "G43.909", "J45.40", "S62.101A", "Z34.00"), MED),
    "blood": (_choice("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"), MED),
    "drug": (_choice("Metformin 500 mg", "Lisinopril 10 mg", "Atorvastatin 20 mg", "Ibuprofen 200 mg", "Amoxicillin 250 mg"), MED),
    "mac": (lambda m: m.english.mac_address(), DEVICE),
    "imei": (_digits("35##############"[:15]), DEVICE),
    "plate": (lambda m: m.fake.license_plate() if hasattr(m.fake, "license_plate") else m.english.license_plate(), DEVICE),
    # clean
    "id": (lambda m: m.random.randrange(1, 90000), CLEAN),
    "uuid": (lambda m: str(uuid.UUID(int=m.random.getrandbits(128))), CLEAN),
    "sku": (_digits("??-####-??"), CLEAN),
    "ean": (lambda m: m.english.ean13(), CLEAN),
    "isbn": (lambda m: m.english.isbn13(), CLEAN),
    "company": (lambda m: m.fake.company(), CLEAN),
    "product": (_product, CLEAN),
    "price": (lambda m: round(m.random.uniform(1, 900), 2), CLEAN),
    "count": (lambda m: m.random.randrange(0, 40), CLEAN),
    "amount_text": (lambda m: f"{m.random.randrange(1, 9000):,}.00", CLEAN),
    "created": (_moment("2019-01-01", "2025-06-01"), CLEAN),
    "date": (lambda m: _moment("2018-01-01", "2025-06-01")(m).date(), CLEAN),
    "date_text": (lambda m: _moment("2018-01-01", "2025-06-01")(m).strftime("%Y-%m-%d"), CLEAN),
    "epoch": (lambda m: int(_moment("2018-01-01", "2025-06-01")(m).timestamp()), CLEAN),
    "status": (_choice("open", "closed", "pending", "shipped"), CLEAN),
    "status_letter": (_choice("A", "C", "P"), CLEAN),
    "flag": (_choice(True, False), CLEAN),
    "yes_no": (_choice("Y", "N"), CLEAN),
    "colour": (_choice("Red", "Green", "Blue", "Black", "White", "Brown", "Gray"), CLEAN),
    "category": (_choice("Books", "Garden", "Toys", "Kitchen", "Sports", "Music"), CLEAN),
    "currency": (_choice("EUR", "USD", "GBP", "JPY"), CLEAN),
    "language": (_choice("en", "de", "fr", "es"), CLEAN),
    "timezone": (_choice("Europe/Berlin", "America/New_York", "Asia/Tokyo"), CLEAN),
    "sha": (lambda m: f"{m.random.getrandbits(256):064x}", CLEAN),
    "version": (_digits("#.##.#"), CLEAN),
    "path": (lambda m: m.english.file_path(), CLEAN),
    "agent": (lambda m: m.english.user_agent(), CLEAN),
    "canned": (_canned, CLEAN),
    "department": (_choice("Sales", "Accounting", "Human Resources", "IT", "Legal", "Purchasing"), CLEAN),
    "invoice": (_digits("INV-2023-#####"), CLEAN),
    "nine_digits": (lambda m: int(_digits("1########")(m)), CLEAN),
    "eleven_digits": (_digits("4##########"), CLEAN),
    "rating": (_choice(1, 2, 3, 4, 5), CLEAN),
    "flight": (_digits("??####"), CLEAN),
    "airport": (_choice("FRA", "JFK", "NRT", "CDG", "MAD", "AMS"), CLEAN),
    "song": (_choice("Blue Morning", "Never Again", "Paris in the Rain", "Angie's Song", "Jackson Blues", "Summer of Love", "Rosalita", "Hey Johnny", "Ode to Maria"), CLEAN),
    "film": (_choice("The Long Way Home", "King Arthur", "Anna and the Sea", "London Calling", "Charlie's War", "Night Train", "A Man Called Otto"), CLEAN),
    "team": (_choice("Northern Hawks", "River City Tigers", "Royal Eagles", "Lake Wolves"), CLEAN),
    "genre": (_choice("Drama", "Comedy", "Action", "Romance"), CLEAN),
    "percent": (lambda m: round(m.random.random(), 4), CLEAN),
    "year": (lambda m: m.random.randrange(1995, 2024), CLEAN),
    "json_settings": (_choice('{"theme": "dark", "beta": true}', '{"theme": "light", "beta": false}'), CLEAN),
    "species": (_choice("Quercus robur", "Canis lupus", "Rosa canina", "Felis catus"), CLEAN),
    "job": (_choice("Engineer", "Clerk", "Sales Manager", "Analyst"), CLEAN),
}  # fmt: skip

# locale: dataset, then column = kind, in the country's own words
PEOPLE: dict[str, tuple[str, str]] = {
    "de_DE": ("kunden", "kunden_id=id vorname=first_name nachname=last_name geb_datum=birth_text geschlecht=sex email_adresse=email telefonnr=phone strasse_hausnr=street plz=postcode ort=city land=country iban=iban bemerkung=note angelegt_am=created status=status"),
    "de_AT": ("PATIENTEN", "PATIENT_NR=id NAME=name_last_first@upper GEBDAT=birth SVNR=ssn DIAGNOSE=diagnosis ORT=city@upper TELEFON=phone ARZT=name STATION=department"),
    "de_CH": ("mitarbeiter", "personalnr=id vorname=first_name zuname=last_name ahv_nummer=ssn geburtstag=birth abteilung=department eintritt=date kanton=state handy=phone"),
    "fr_FR": ("clients", "id_client=id prenom=first_name nom=last_name date_naissance=birth_text sexe=sex courriel=email telephone=phone adresse=street code_postal=postcode ville=city pays=country date_creation=created societe=company"),
    "fr_CA": ("employes", "no_employe=id nom_complet=name nas=ssn date_embauche=date salaire_horaire=price courriel=email no_tel=phone poste=job"),
    "fr_BE": ("adherents", "num=id nom_prenom=name naissance=birth tel=phone adr=address montant_cotisation=price actif=flag"),
    "es_ES": ("pacientes", "idpaciente=id nombre=first_name apellidos=last_name fecha_nac=birth_text sexo=sex dni=ssn telefono=phone direccion=street cp=postcode ciudad=city provincia=state grupo_sanguineo=blood"),
    "es_MX": ("alumnos", "matricula_id=id nombre_completo=name correo=email celular=phone calle_numero=street colonia_cp=postcode municipio=city promedio=price semestre=rating"),
    "es_AR": ("socios", "nro_socio=id apellido=last_name nombre=first_name nro_documento=tax fecha_alta=date domicilio=street localidad=city mail=email"),
    "es_CO": ("empleados", "codigo=id primer_nombre=first_name primer_apellido=last_name cedula=tax cargo=job telefono_fijo=phone correo_electronico=email"),
    "pt_BR": ("clientes", "id_cliente=id nome=name cpf=ssn data_nascimento=birth_text sexo=sex email=email celular=phone logradouro=street cep=postcode cidade=city uf=state_code dt_cadastro=created observacao=note"),
    "pt_PT": ("utentes", "num_utente=id nome_completo=name data_nasc=birth telemovel=phone morada=street codigo_postal=postcode localidade=city"),
    "it_IT": ("dipendenti", "matricola=id nome=first_name cognome=last_name codice_fiscale=ssn data_nascita=birth_text sesso=sex indirizzo=street cap=postcode citta=city provincia=state telefono=phone reparto=department iban=iban"),
    "nl_NL": ("klanten", "klantnummer=id voornaam=first_name achternaam=last_name geboortedatum=birth_text geslacht=sex emailadres=email telefoonnummer=phone straat=street postcode=postcode woonplaats=city bsn=ssn"),
    "nl_BE": ("leden", "lidnr=id naam=name gsm=phone gemeente=city lidgeld=price"),
    "sv_SE": ("kunder", "kundnr=id fornamn=first_name efternamn=last_name personnummer=ssn epost=email telefon=phone gatuadress=street postnr=postcode ort=city"),
    "no_NO": ("ansatte", "ansattnr=id fornavn=first_name etternavn=last_name fodselsdato=birth mobil=phone adresse=street poststed=city stilling=job"),
    "da_DK": ("medlemmer", "medlemsnr=id navn=name adresse=street postnr=postcode by_navn=city telefonnummer=phone mail=email kontingent=price"),
    "fi_FI": ("asiakkaat", "asiakasnro=id etunimi=first_name sukunimi=last_name hetu=ssn sahkoposti=email puhelin=phone katuosoite=street postinumero=postcode kaupunki=city"),
    "pl_PL": ("pracownicy", "id_prac=id imie=first_name nazwisko=last_name pesel=ssn data_urodzenia=birth plec=sex ulica=street kod_pocztowy=postcode miasto=city telefon=phone stanowisko=job"),
    "cs_CZ": ("zakaznici", "id_zak=id jmeno=first_name prijmeni=last_name rodne_cislo=ssn ulice=street psc=postcode mesto=city telefon=phone email=email datum_vytvoreni=created"),
    "hu_HU": ("dolgozok", "azonosito=id vezeteknev=last_name keresztnev=first_name szuletesi_datum=birth lakcim=address telefonszam=phone beosztas=job"),
    "ro_RO": ("angajati", "marca=id nume=last_name prenume=first_name cnp=ssn data_nasterii=birth localitate=city telefon=phone functie=job"),
    "tr_TR": ("musteriler", "musteri_no=id ad=first_name soyad=last_name tc_kimlik_no=ssn dogum_tarihi=birth cinsiyet=sex_word eposta=email telefon=phone adres=address sehir=city"),
    "el_GR": ("pelates", "kodikos=id onoma=first_name eponymo=last_name tilefono=phone dieythynsi=street poli=city tk=postcode"),
    "ru_RU": ("сотрудники", "номер=id фамилия=last_name имя=first_name дата_рождения=birth телефон=phone адрес=address город=city должность=job"),
    "uk_UA": ("kliyenty", "id_kl=id fio=name telefon=phone adres=address gorod=city suma=price"),
    "ja_JP": ("kokyaku", "kokyaku_id=id 氏名=name 電話番号=phone 住所=address 郵便番号=postcode 生年月日=birth 金額=price"),
    "zh_CN": ("yonghu", "id=id 姓名=name 手机号=phone 地址=address 城市=city 身份证号=ssn 注册时间=created"),
    "ko_KR": ("members", "member_no=id full_name=name phone=phone addr=address joined=date"),
    "en_IN": ("students", "roll_no=id student_name=name father_name=name mobile_no=phone aadhaar_no=aadhaar pincode=postcode city=city state=state admission_date=date marks=count"),
    "en_GB": ("voters", "voter_ref=id forename=first_name surname=last_name addr_line_1=street town=city post_code=postcode dob=birth_us ward_code=sku"),
    "en_AU": ("subscribers", "sub_id=id given_name=first_name family_name=last_name mobile=phone suburb=city postcode=postcode state=state plan=status"),
    "en_CA": ("borrowers", "borrower_id=id fname=first_name lname=last_name sin=ssn home_phone=phone address1=street city=city province=state postal=postcode loan_amount=price"),
    "en_US": ("tblEmployees", "EmpID=id FirstName=first_name LastName=last_name SSN=ssn BirthDate=birth_us Gender=sex HomePhone=phone StreetAddress=street City=city StateCode=state_code ZipCode=postcode HireDate=date DeptName=department LoginName=handle PwdHash=password_hash"),
    "id_ID": ("pelanggan", "id_pelanggan=id nama_lengkap=name alamat=address kota=city telepon=phone harga=price"),
}  # fmt: skip

OTHERS: tuple[tuple[str, str, str], ...] = (
    ("en_US", "t_0417", "c1=id c2=first_name c3=last_name c4=email c5=birth c6=sex c7=phone c8=street c9=city c10=postcode c11=created c12=price c13=status"),
    ("de_DE", "export_a", "f1=uuid f2=name f3=email f4=iban f5=birth_text f6=phone f7=company f8=status f9=eleven_digits"),
    ("fr_FR", "data3", "x1=id x2=name x3=street x4=card x5=ip x6=sha x7=ean x8=date_text x9=mac"),
    ("es_ES", "tab7", "v1=id v2=ssn v3=name v4=city v5=nine_digits v6=isbn v7=amount_text v8=country"),
    ("en_GB", "raw.dump", "col_1=id col_2=name@upper col_3=postcode col_4=phone col_5=flight col_6=colour col_7=version"),
    ("pl_PL", "zrzut", "k1=ssn k2=first_name k3=last_name k4=postcode k5=invoice k6=yes_no"),
    ("it_IT", "estrazione", "a=ssn b=name_last_first c=iban d=latlon e=category f=percent"),
    ("en_US", "public.users", "id=id username=handle email=email password=password_hash api_token=token last_login_ip=ip last_login_at=created is_admin=flag login_count=count email_verified=flag avatar_path=path locale=language created_at=created"),
    ("en_US", "accounts", "account_id=id owner_email=email balance=price card_number=card card_type=category exp_note=canned account_number=account routing_number=nine_digits opened_on=date currency=currency"),
    ("en_US", "orders", "order_id=id customer_id=id order_date=date ship_to_name=name ship_address=street ship_city=city ship_state=state_code ship_zip=postcode total=price status=status tracking_number=sku notes=canned"),
    ("en_US", "products", "product_id=id name=product description=canned sku=sku ean=ean price=price color=colour category=category weight=price in_stock=flag supplier=company release_year=year"),
    ("en_US", "films", "film_id=id title=film genre=genre director=name release_year=year rating=rating length=count budget=price language=language"),
    ("en_US", "tracks", "track_id=id name=song album=song artist_id=id milliseconds=nine_digits bytes=nine_digits unit_price=price"),
    ("en_US", "flights", "flight_id=id flight_no=flight origin=airport destination=airport departs=created aircraft=version seats=count"),
    ("en_US", "reservations", "pnr=sku passenger_name=name passport_no=passport contact_phone=phone contact_email=email seat=flight fare=price"),
    ("en_US", "web_events", "event_id=uuid session=sha client_ip=ip user_agent=agent path=path status_code=count ts=epoch duration_ms=count"),
    ("en_US", "devices", "device_id=uuid mac_address=mac imei=imei firmware_version=version owner_name=name last_seen=created battery=percent"),
    ("en_US", "sensors", "sensor_id=id value=price recorded_at=created unit=currency quality=rating model=version"),
    ("en_US", "trips", "trip_id=id driver_name=name license_plate=plate pickup_latitude=lat pickup_longitude=lon fare=price started_at=created"),
    ("en_US", "tickets", "ticket_id=id subject=canned body=note priority=status opened_by=email assignee=handle created=created"),
    ("en_US", "encounters", "encounter_id=uuid patient_id=uuid reason_description=diagnosis code=icd cost=price start=created stop=created"),
    ("en_US", "patients", "patient_key=id full_name=name date_of_birth=birth gender=sex_word blood_type=blood primary_diagnosis=diagnosis medication=drug insurance_plan=status ssn=ssn drivers=licence passport=passport"),
    ("en_US", "payments", "payment_id=id payer=name card_no=card_wrong masked_pan=card_masked amount=price method=category paid_at=created"),
    ("en_US", "suppliers", "supplier_id=id company_name=company contact_name=name contact_title=job phone=phone fax=phone address=street city=city country=country homepage_rank=rating"),
    ("en_US", "git_log", "sha=sha author=name author_email=email committed=created message=canned additions=count"),
    ("en_US", "settings", "key=status value=json_settings updated_at=created updated_by=handle"),
    ("en_US", "inventory", "item_code=sku barcode=ean qty=count reorder_level=count bin=flight last_counted=date"),
    ("en_US", "books", "isbn=isbn title=film author=name publisher=company pages=count published=year"),
    ("en_US", "matches", "match_id=id home_team=team away_team=team played_on=date attendance=nine_digits referee=name"),
    ("en_US", "plants", "plant_id=id species=species planted=date height=price plot=flight"),
    ("en_US", "customers_upper", "CUST_NO=id CUST_NAME=name@upper CUST_EMAIL=email@upper CUST_PHONE=phone CUST_CITY=city@upper CUST_CTRY=country_code CUST_DOB=birth_number CUST_SEX=sex_number CREATE_TS=created"),
    ("en_US", "crm.contacts", "contact_id=id salutation_code=status first=first_name last=last_name e_mail=email@sparse mobile_phone=phone_e164@sparse lead_score=count source=category tz=timezone memo=note@sparse"),
    ("en_US", "legacy_mix", "tel=phone_digits zip=postcode_number pin_hash=md5 pwd=password secret_key=api_key dl_number=licence tax_no=tax gps=latlon checksum=sha refno=eleven_digits"),
)  # fmt: skip
KINDS["aadhaar"] = (_digits("#### #### ####"), NID)


def tables(seed: int = 20261123) -> Iterator[tuple[str, dict[str, Made]]]:
    """Every table, in order; the same seed gives the same values."""
    rows = [(locale, dataset, columns) for locale, (dataset, columns) in PEOPLE.items()] + list(OTHERS)
    for place, (locale, dataset, columns) in enumerate(rows):
        maker = Maker(locale, seed + place)
        yield (
            f"{place:02d}/{dataset}",
            {name: maker.column(kind) for name, kind in (pair.rsplit("=", 1) for pair in columns.split())},
        )

"""Invented people, and numbers that pass their own checks but belong to nobody.

Mail addresses are under example.com, .org and .net; telephone numbers lie in ranges that the regulators keep for
fiction; IP and MAC addresses in those that the RFCs keep for documentation; cards start as test cards do.
"""

import base64
import json
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random


@dataclass(frozen=True)
class Country:
    """How names, addresses and telephone numbers look somewhere. In patterns `#` is any digit."""

    code: str
    name: str
    given: str
    family: str
    street: str  # {n}: the number, {s}: the street
    streets: str
    towns: str  # town|state|postal code
    phones: tuple[str, ...]


COUNTRIES = (
    Country("US", "United States", "Emily Jacob Olivia Marcus Hannah Tyrone Grace Caleb Maria Wei Priya Diego",
            "Carter Nguyen Washington Ramirez Mitchell Okafor Bennett Kowalski Foster Patel Brooks Lindqvist", "{n} {s}",
            "Maple Street;Juniper Avenue;Harbor View Road;Old Mill Lane;Cedar Court;Sunset Boulevard;Walnut Drive",
            "Springfield|IL|627##;Portland|OR|972##;Austin|TX|787##;Burlington|VT|0540#;Tucson|AZ|857##",
            ("+1 217-555-01##", "(503) 555-01##", "512-555-01##")),
    Country("GB", "United Kingdom", "Oliver Amelia Harriet Callum Isla Rhys Fiona Imran Sophie Alistair Zainab Owen",
            "Thompson Hughes Fairweather MacLeod Ahmed Whitfield Llewellyn Osborne Pemberton Begum Radcliffe Doyle", "{n} {s}",
            "Station Road;Church Lane;Victoria Terrace;The Green;Mill Close;Kingsway;Rowan Crescent",
            "Leeds|West Yorkshire|LS# #AB;Bristol|Bristol|BS# #QD;Cardiff|Wales|CF1# #JH;Edinburgh|Scotland|EH# #NG",
            ("020 7946 0###", "+44 20 7946 0###", "0117 496 0###", "0131 496 0###")),
    Country("DE", "Germany", "Lena Jürgen Anneliese Matthias Özlem Friedrich Sabine Jörg Katharina Bärbel Emil Mehmet",
            "Müller Schäfer Bußmann Yilmaz Großkopf Hoffmann Köhler Winterstein Brandt Öztürk Lindemann Vogt", "{s} {n}",
            "Gartenstraße;Mühlenweg;Am Bahnhof;Lindenallee;Schillerstraße;Kirchplatz;Rosengasse",
            "Berlin|Berlin|10#15;Hamburg|Hamburg|20#57;München|Bayern|80#31;Köln|Nordrhein-Westfalen|506#7",
            ("030 23125###", "+49 30 23125 ###", "069 90009###")),
    Country("FR", "France", "Camille Étienne Léa Théo Chloé Mathieu Aïcha Noémie Baptiste Fatou Hugo Margaux",
            "Lefèvre Dubois Moreau Benali Rousseau Garnier Diallo Chevalier Marchand Lambert Perrin Fournier", "{n} {s}",
            "rue des Lilas;avenue de la Gare;boulevard Voltaire;place du Marché;chemin des Vignes;rue Pasteur",
            "Lyon|Rhône|6900#;Nantes|Loire-Atlantique|4400#;Toulouse|Haute-Garonne|3100#;Lille|Nord|5900#",
            ("01 99 00 ## ##", "02 61 91 ## ##", "+33 3 53 01 ## ##")),
    Country("SE", "Sweden", "Astrid Björn Elsa Göran Linnéa Måns Ingrid Åke Saga Nils Ebba Amir",
            "Andersson Bergström Lindqvist Åkesson Holmberg Nyström Sjöberg Hassan Ekman Wallin Dahl Norén", "{s} {n}",
            "Storgatan;Skolvägen;Björkgatan;Kungsgatan;Ängsvägen;Hamngatan",
            "Stockholm|Stockholm|11# 2#;Uppsala|Uppsala|75# 4#;Malmö|Skåne|21# 1#;Umeå|Västerbotten|90# 2#",
            ("08-465 004 ##", "070-174 06 ##", "+46 8 465 004 ##")),
    Country("AU", "Australia", "Matilda Lachlan Ruby Cooper Mei Jarrah Bronte Angus Tahlia Kieran Anh Darcy",
            "Sutherland Tran Kelly Papadopoulos O'Brien Singh Whitlock Marsden Chan Ferguson Jansen Reilly", "{n} {s}",
            "Banksia Street;Coral Parade;Wattle Grove;Esplanade;Kookaburra Close;Jetty Road",
            "Hobart|TAS|70##;Geelong|VIC|321#;Cairns|QLD|487#;Fremantle|WA|616#",
            ("0491 570 ###", "+61 491 570 ###", "(02) 5550 ####")),
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    country: Country
    given: str
    family: str
    email: str
    username: str
    phone: str
    second_phone: str
    born: date
    gender: str
    street: str
    town: str
    state: str
    postal_code: str

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.given} {self.family}"

    @property
    def address(self) -> str:
        """The address in one line, as it stands on an envelope of the country."""
        if self.country.code in {"US", "AU"}:
            return f"{self.street}, {self.town}, {self.state} {self.postal_code}"
        if self.country.code == "GB":
            return f"{self.street}, {self.town}, {self.postal_code}"
        return f"{self.street}, {self.postal_code} {self.town}"


def people(random: Random, count: int, codes: str = "US GB DE FR SE AU") -> list[Person]:
    """`count` different people of these countries."""
    pool = [country for country in COUNTRIES if country.code in codes.split()]
    taken: set[str] = set()
    return [_person(random, random.choice(pool), taken) for _ in range(count)]


def _person(random: Random, country: Country, taken: set[str]) -> Person:
    given, family = random.choice(country.given.split()), random.choice(country.family.split())
    town, state, code = random.choice(country.towns.split(";")).split("|")
    name = f"{_ascii(given)}.{_ascii(family)}"
    while name in taken:
        name = f"{_ascii(given)}.{_ascii(family)}{random.randrange(10, 99)}"
    taken.add(name)
    return Person(
        country=country,
        given=given,
        family=family,
        email=f"{name}@example.{random.choice(('com', 'org', 'net'))}",
        username=f"{_ascii(given)[:3]}{_ascii(family)[:5]}{random.randrange(10, 999)}",
        phone=digits(random, random.choice(country.phones)),
        second_phone=digits(random, random.choice(country.phones)),
        born=date(1942, 1, 1) + timedelta(days=random.randrange(62 * 365)),
        gender=random.choice(("female", "male", "non-binary", "female", "male")),
        street=country.street.format(n=random.randrange(1, 240), s=random.choice(country.streets.split(";"))),
        town=town,
        state=state,
        postal_code=digits(random, code),
    )


def _ascii(name: str) -> str:
    plain = name.replace("ß", "ss")
    letters = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return "".join(letter for letter in letters.lower() if letter.isalpha())


def digits(random: Random, pattern: str) -> str:
    """`pattern` with a digit for every `#`."""
    return "".join(str(random.randrange(10)) if sign == "#" else sign for sign in pattern)


def luhn(body: str) -> str:
    """`body` and its Luhn check digit."""
    total = sum(sum(divmod(int(sign) * (1 + place % 2), 10)) for place, sign in enumerate(reversed(body), 1))
    return f"{body}{-total % 10}"


def card(random: Random) -> str:
    """A card number as test cards have them, with and without spaces."""
    number = luhn(digits(random, random.choice(("400000#########", "555555#########", "37828224######"))))
    if len(number) == 16 and random.random() < 0.3:
        return " ".join(number[i : i + 4] for i in range(0, 16, 4))
    return number


def iban(random: Random) -> str:
    """An account with a right check sum at a bank that does not exist."""
    country, body = random.choice((("DE", "99######00########"), ("FR", "99999######00000######99"),
                                   ("GB", "XXXX99####00######"), ("NL", "XXXX00########")))  # fmt: skip
    account = digits(random, body)[: {"DE": 18, "FR": 23, "GB": 18, "NL": 14}[country]]
    number = "".join(str(int(sign, 36)) for sign in f"{account}{country}00")
    return f"{country}{98 - int(number) % 97:02d}{account}"


def dni(random: Random) -> str:
    """A Spanish identity number with its right letter."""
    number = random.randrange(10_000_000, 99_999_999)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def ssn(random: Random) -> str:
    """A US social security number of an area that was never assigned before areas were given up."""
    return f"{random.randrange(734, 750)}-{random.randrange(10, 99)}-{random.randrange(1000, 9999)}"


def ean(random: Random) -> str:
    """A product's bar code: thirteen digits that are no card."""
    body = digits(random, "29##########")
    total = sum(int(sign) * (3 if place % 2 else 1) for place, sign in enumerate(body))
    return f"{body}{-total % 10}"


def ip(random: Random) -> str:
    """An address of the networks kept for documentation, some of them IPv6."""
    if random.random() < 0.15:
        return f"2001:db8:{random.randrange(1, 65536):x}::{random.randrange(1, 65536):x}"
    return f"{random.choice(('192.0.2', '198.51.100', '203.0.113'))}.{random.randrange(1, 255)}"


def mac(random: Random) -> str:
    """A hardware address of the block kept for documentation (RFC 7042)."""
    return f"00:00:5e:00:53:{random.randrange(256):02x}"


def token(random: Random, username: str) -> str:
    """A signed web token that nothing accepts."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    claims = {"sub": username, "jti": random.randbytes(8).hex()}
    head = json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":"))
    return ".".join(map(part, (head.encode(), json.dumps(claims).encode(), random.randbytes(32))))


def bcrypt(random: Random) -> str:
    """What looks like the bcrypt hash of a password."""
    letters = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "$2b$12$" + "".join(random.choice(letters) for _ in range(53))

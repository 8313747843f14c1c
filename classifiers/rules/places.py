"""Where a person lives or is: postal codes, streets, coordinates."""

import re

from classifiers.rules.rule import Grade, Rule
from classifiers.words import fold

STREETS = frozenset(
    ["street", "st", "str", "avenue", "ave", "av", "aven", "road", "rd", "boulevard", "blvd", "bvd", "bd", "lane", "ln", "drive", "dr", "drv", "court", "ct", "circle", "cir", "way", "wy", "place", "pl", "square", "sq", "terrace", "ter", "terr", "parkway", "pkwy", "pky", "highway", "hwy", "trail", "trl", "close", "crescent", "cres", "grove", "gardens", "gdns", "mews", "hill", "row", "walk", "alley", "aly", "loop", "plaza", "plz", "pike", "turnpike", "expressway", "freeway", "esplanade", "parade", "pde", "quay", "wharf", "crossing", "xing", "bypass", "route", "rte", "apt", "apartment", "suite", "ste", "unit", "floor", "flat", "building", "bldg", "tower", "po", "pob", "box", "postfach", "apartado", "casella", "cottage", "manor", "house", "farm", "ranch", "heights", "view", "ridge", "point", "pass", "run", "bend", "cove", "glen", "hollow", "junction", "causeway", "annex", "station", "green", "rue", "allee", "allees", "chemin", "impasse", "quai", "cours", "place", "passage", "sentier", "villa", "residence", "lotissement", "hameau", "faubourg", "fbg", "calle", "c", "carrera", "cra", "cl", "kr", "diagonal", "diag", "transversal", "paseo", "camino", "plaza", "pza", "plazuela", "glorieta", "ronda", "travesia", "avda", "avenida", "urbanizacion", "urb", "colonia", "col", "barrio", "manzana", "mz", "lote", "autopista", "calzada", "callejon", "prolongacion", "cerrada", "privada", "jiron", "jr", "pasaje", "sector", "edificio", "piso", "dpto", "depto", "interior", "rua", "r", "travessa", "trav", "alameda", "estrada", "est", "rodovia", "rod", "praca", "pca", "largo", "beco", "viela", "quadra", "qd", "lt", "bloco", "apto", "sala", "conjunto", "vila", "ladeira", "fazenda", "sitio", "lote", "andar", "via", "viale", "corso", "piazza", "piazzale", "largo", "vicolo", "strada", "contrada", "borgo", "lungomare", "frazione", "localita", "rotonda", "canneto", "strasse", "gasse", "weg", "platz", "allee", "ring", "damm", "ufer", "chaussee", "steig", "hof", "markt", "straat", "laan", "plein", "gracht", "kade", "singel", "dijk", "weg", "steeg", "hof", "gatan", "vagen", "gata", "vag", "grand", "torget", "stigen", "gate", "gaten", "veien", "vei", "plass", "vej", "gade", "alle", "straede", "torv", "katu", "tie", "kuja", "polku", "tori", "raitti", "ul", "ulica", "ulitsa", "aleja", "al", "aleje", "os", "osiedle", "plac", "pl", "namesti", "ulice", "trida", "nabrezi", "ulita", "bulevardul", "calea", "aleea", "strada", "soseaua", "sos", "intrarea", "bloc", "scara", "sector", "utca", "u", "ut", "utja", "ter", "tere", "korut", "krt", "sor", "setany", "fasor", "sokak", "sok", "sk", "cadde", "cad", "caddesi", "sokagi", "mahalle", "mah", "mahallesi", "bulvari", "blv", "apt", "daire", "kat", "no", "ulitsa", "prospekt", "pr", "pereulok", "per", "ploshchad", "naberezhnaya", "shosse", "bulvar", "dom", "kv", "ул", "улица", "проспект", "пр", "пер", "переулок", "площадь", "наб", "набережная", "шоссе", "бульвар", "вул", "вулиця", "д", "дом", "кв", "οδος", "λεωφορος", "leoforos", "odos", "jalan", "jl", "jln", "lorong", "gang", "kampung", "taman", "soi", "thanon", "duong", "pho", "ngo", "hem", "barangay", "brgy", "purok", "nagar", "marg", "chowk", "colony", "sector", "phase", "block", "layout", "cross", "main", "salai", "veedhi", "gali", "bazaar", "cantt", "enclave", "vihar", "puram", "شارع", "طريق", "حي", "ميدان"]
)  # fmt: skip
# Of these, the ones that mean other things as often: they make an address only beside a number and a proper name.
AMBIGUOUS = frozenset(
    ["box", "floor", "unit", "house", "point", "pass", "run", "view", "ridge", "green", "station", "phase", "sector", "block", "main", "cross", "layout", "loop", "row", "close", "hill", "way", "square", "court", "circle", "place", "pl", "st", "dr", "no", "per", "mah", "kat", "ut", "u", "ter", "est", "col", "lt", "os", "al", "pr", "c", "r", "d", "os", "cl", "kr", "cra", "row", "walk", "bend", "cove", "glen", "farm", "ranch", "tower", "building", "bldg", "suite", "ste", "apt", "apartment", "flat", "annex", "junction", "crossing", "xing", "pike", "parade", "plaza", "passage", "villa", "cours", "interior", "sala", "andar", "bloc", "bloco", "scara", "gang", "hof", "ring", "markt", "residence", "cottage", "manor", "heights", "hollow", "quay", "wharf", "route", "rte", "trail", "grove", "gardens", "lote", "sitio", "conjunto", "piso", "edificio", "colony", "enclave", "bazaar", "grand", "gate", "tie", "tori", "plein", "vei", "plass", "kv", "per", "po", "pho", "via", "largo", "ronda", "diagonal", "camino", "privada", "cerrada", "jr", "mz", "av", "bd", "ln", "wy", "cir", "ct", "ing", "sos", "sor", "dom", "sk", "cad", "sok", "hem"]
)  # fmt: skip
ENDS = ("strasse", "straße", "str", "gasse", "weg", "platz", "allee", "damm", "ufer", "straat", "laan", "plein", "gracht", "kade", "dijk", "singel", "gatan", "vagen", "grand", "gata", "gate", "gaten", "veien", "vei", "vegen", "vej", "gade", "gaden", "alle", "straede", "katu", "tie", "kuja", "polku", "kuja")  # fmt: skip
EASTERN = re.compile(
    r"[路街道巷号弄里村镇区]|丁目|番地|[\u3040-\u9fff].*\d-\d+-\d+|통로|[가-힣]+(?:로|길|대로) ?\d|[一-龯]{1,8}[市区町村]"
)
LETTER_STREET = re.compile(r"(?i:^p\.? ?o\.? ?box )|^(?:C/|c/|R\.|Cl?\.|д\.|ул\.) ?")
WORD = re.compile(r"[^\W\d_]+")
NUMBER_AT_END = re.compile(r"(?i)^\W*(?:no?\.? ?)?\d|\d[a-z]?\W*$|\d[a-z]?, ?")


def street(text: str) -> bool:
    """A number and a word of streets, in any of many languages; or a box at a post office."""
    if not any(c.isdigit() for c in text):
        return False
    if not text.isascii() and EASTERN.search(text):
        return True
    if text.isascii() and " " not in text and "," not in text:
        return False
    words = WORD.findall(fold(text))
    telling = [word for word in words if word in STREETS or (len(word) > 6 and word.endswith(ENDS))]
    known = bool(set(telling) - AMBIGUOUS) or (bool(telling) and (len(telling) > 2 or _named(text)))
    return (known or bool(LETTER_STREET.search(text))) and sum(map(len, words)) >= 3


def _named(text: str) -> bool:
    """Whether a number stands first or last and a proper name beside the ambiguous word: `12 Oak Court`, `Oak Court 12`."""
    words = WORD.findall(text)
    proper = any(len(word) > 2 and word[0].isupper() and fold(word) not in STREETS for word in words)
    return proper and bool(NUMBER_AT_END.search(text))


def street_named(text: str) -> bool:
    """A street's name without its number."""
    words = WORD.findall(fold(text))
    return 0 < len(words) <= 7 and (
        words[-1] in STREETS or words[0] in STREETS or any(len(word) > 6 and word.endswith(ENDS) for word in words)
    )


def address_shaped(text: str) -> bool:
    """A number and words, as `1297 Via Cola di Rie` or `Mataderos 2312`: an address where something says so."""
    letters, digits = sum(c.isalpha() for c in text), sum(c.isdigit() for c in text)
    return letters >= 3 and 1 <= digits <= 12 and (" " in text or not text.isascii())


def latitude_longitude(text: str) -> bool:
    """Two decimals in the ranges of a latitude and a longitude, in either order."""
    first, second = (float(n) for n in re.findall(r"-?\d+\.\d+", text)[:2])
    return abs(first) <= 180 and abs(second) <= 180 and min(abs(first), abs(second)) <= 90


RULES = (
    Rule("postal_format", "POSTAL_CODE",
         r"(?i)[1-9]\d{3} ?[A-Z]{2}|\d{5}-\d{4}|\d{5}-\d{3}|\d{3}-\d{4}|\d{2}-\d{3}|\d{4}-\d{3}|\d{3} \d{2}|[ACDEFHKNPRTVWXY]\d[\dW] ?[0-9ACDEFHKNPRTVWXY]{4}|(?:A|B|CH|D|H|DK|F|FIN|I|L|N|NL|P|S|SE|LV|LT|SI|HR|MD|AD|AZ)-? ?\d{4,5}|[A-Z]\d{4}[A-Z]{3}|〒?\d{3}-\d{4}",
         Grade.FORMAT, examples=("1012 AB", "90210-1234", "01310-100", "00-950", "114 55", "D-10115", "100-0001"),
         counterexamples=("10115", "ABC", "12-34")),
    Rule("postal_letters", "POSTAL_CODE",
         r"(?i)(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2})|[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d",
         Grade.FORMAT, examples=("SW1A 1AA", "K1A 0B1"), counterexamples=("10115", "AB-1")),
    Rule("postal_shape", "POSTAL_CODE", r"\d{3,8}|\d{3}[xX*]{2}|\d{3} ?\d{2,3}|(?i)[A-Z]{1,2}\d{1,2}[A-Z]? ?\d?[A-Z]{0,2}|[A-Z0-9]{3,4}[ -][A-Z0-9]{3,4}|[A-Z]{2}[ -]?\d{4,5}|\d{9}", Grade.SHAPE,
         examples=("10115", "1010", "560001", "WA1 1DP", "EC1 4SD"), counterexamples=("ten", "1.5", "12")),
    Rule("postal_five", "POSTAL_CODE", r"\d{5}(?:-\d{4})?", Grade.SHAPE, examples=("10115", "90210-1234"), counterexamples=("1011",)),
    Rule("street", "STREET_ADDRESS", r"(?s).*\d.*", Grade.FORMAT, accept=street,
         examples=("12 High Street", "Theodor-Heuss-Straße 34", "Av. Brigadeiro Faria Lima, 2170", "ul. Długa 5/7", "59 rue de l'Abbaye", "P.O. Box 78934", "улица Ленина, д. 5", "12 Oak Court", "北京市朝阳区建国路88号"),
         counterexamples=("Street food", "12 months", "Model 34", "100 ml bottles", "10 boxes x 1 per unit", "Phase 2", "24 - 1 lb box")),
    Rule("street_named", "STREET_ADDRESS", r"[^\d]{4}[^\d]*", Grade.SHAPE, accept=street_named,
         examples=("High Street", "Bahnhofstraße", "Rue de Rivoli"), counterexamples=("Anna", "Complete")),
    Rule("address_shape", "STREET_ADDRESS", r"(?s).*\d.*", Grade.SHAPE, accept=address_shaped,
         examples=("1297 Via Cola di Rie", "Mataderos  2312"), counterexamples=("12345", "Anna")),
    Rule("coordinate_pair", "GEO_COORDINATE", r"[(\[]?\s*-?\d{1,3}\.\d{3,16}\s*[,;/ ]\s*-?\d{1,3}\.\d{3,16}\s*[)\]]?", Grade.FORMAT, accept=latitude_longitude, within=True,
         examples=("52.5200, 13.4050", "(-33.8688,151.2093)"), counterexamples=("252.521, 13.405", "3.11, 3.12", "52.52")),
    Rule("wkt_point", "GEO_COORDINATE", r"(?i)(?:SRID=\d{1,6};)?POINT ?Z?\s*\(\s*-?\d{1,3}(?:\.\d+)?\s+-?\d{1,3}(?:\.\d+)?(?:\s+-?[\d.]+)?\s*\)|0101000020E6100000[0-9A-F]{32}|\{\s*\"type\"\s*:\s*\"Point\".*\}", Grade.FORMAT,
         examples=("POINT(-86.13631 40.485424)",), counterexamples=("POINT(a b)",)),
    Rule("degrees", "GEO_COORDINATE", r"(?i)\d{1,3}°\s?\d{0,2}['′]?\s?[\d.]{0,8}[\"″]?\s?[NSEWO](?:[ ,]+\d{1,3}°\s?\d{0,2}['′]?\s?[\d.]{0,8}[\"″]?\s?[NSEWO])?", Grade.FORMAT,  # noqa: RUF001 - as people write it
         examples=("52°31'12\"N 13°24'18\"E",), counterexamples=("20°C",)),
    Rule("coordinate", "GEO_COORDINATE", r"[+-]?(?:1[0-7]\d|\d{1,2}|180)(?:[.,]\d{1,16})?", Grade.SHAPE,
         examples=("52.5200", "-179.5"), counterexamples=("252.5", "north")),
)  # fmt: skip

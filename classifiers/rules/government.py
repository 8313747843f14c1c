"""Numbers that governments give to persons: format and check digit by country, the arithmetic by python-stdnum."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from classifiers.rules.checks import ssn
from classifiers.rules.rule import Grade, Rule

NATIONAL, TAX = "NATIONAL_ID", "TAX_ID"
S = r"[ .-]?"
# module, entity, shape, an example with a right check digit, one with a wrong one. Shapes accept usual separators.
NUMBERS: tuple[tuple[str, str, str, str, str], ...] = (
    ("ar.cuit", TAX, rf"\d{{2}}{S}\d{{8}}{S}\d", "20-05536168-2", "20-05536168-3"),
    ("at.vnr", NATIONAL, r"\d{4} ?\d{6}", "1237 010180", "2237 010180"),
    ("at.tin", TAX, r"\d{2}-?\d{3}/?\d{4}", "59-119/9013", "59-119/9012"),
    ("au.tfn", TAX, r"\d{3} ?\d{3} ?\d{2,3}", "123 456 782", "999 999 999"),
    ("be.nn", NATIONAL, r"\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}", "85.07.30-033 28", "85.07.30-033 29"),
    ("bg.egn", NATIONAL, r"\d{10}", "7523169263", "7552A10004"),
    ("br.cpf", NATIONAL, r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", "390.533.447-05", "231.002.999-00"),
    ("ca.sin", NATIONAL, r"\d{3}[ -]?\d{3}[ -]?\d{3}", "123-456-782", "999-999-999"),
    ("ch.ssn", NATIONAL, r"756\.?\d{4}\.?\d{4}\.?\d{2}", "756.9217.0769.85", "756.9217.0769.84"),
    ("cl.rut", NATIONAL, r"\d{1,2}\.?\d{3}\.?\d{3}-?[\dkK]", "12.531.909-2", "12.531.909-3"),
    ("cn.ric", NATIONAL, r"\d{17}[\dXx]", "360426199101010071", "360426199101010072"),
    ("co.nit", TAX, r"\d{3}\.?\d{3}\.?\d{3}-?\d", "213.123.432-1", "213.123.432-2"),
    ("cu.ni", NATIONAL, r"\d{11}", "91021027775", "9102102777A"),
    ("cz.rc", NATIONAL, r"\d{6}/?\d{3,4}", "710319/2745", "710319/2746"),
    ("de.idnr", TAX, r"\d{2} ?\d{3} ?\d{3} ?\d{3}", "36 574 261 809", "36574261890"),
    ("dk.cpr", NATIONAL, r"\d{6}-?\d{4}", "211062-5629", "511062-5629"),
    ("do.cedula", NATIONAL, r"\d{3}-?\d{7}-?\d", "00113918205", "00113918204"),
    ("ec.ci", NATIONAL, r"\d{9}-?\d", "171430710-3", "1714307104"),
    ("ee.ik", NATIONAL, r"[1-8]\d{10}", "36805280109", "36805280108"),
    ("es.dni", NATIONAL, r"\d{8}[ -]?[A-Za-z]", "54362315-K", "54362315Z"),
    ("es.nie", NATIONAL, r"[XYZxyz][ -]?\d{7}[ -]?[A-Za-z]", "x-2482300w", "X-2482300A"),
    ("fi.hetu", NATIONAL, r"\d{6}[-+ABCDEFUVWXYabcdefuvwxy]\d{3}[0-9A-Ya-y]", "131052-308T", "131052-308U"),
    ("fr.nir", NATIONAL, r"[1-478] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", "2 95 10 99 126 111 93", "295109912611199"),
    ("fr.nif", TAX, r"[0-3]\d ?\d{2} ?\d{3} ?\d{3} ?\d{3}", "30 23 217 600 053", "3023217600054"),
    ("gb.nhs", NATIONAL, r"\d{3}[ -]?\d{3}[ -]?\d{4}", "943-476-5870", "9434765871"),
    ("gb.utr", TAX, r"\d{10}K?", "1955839661", "2955839661"),
    ("gr.amka", NATIONAL, r"\d{11}", "01013099997", "01013099999"),
    ("gt.nit", TAX, r"\d{6,8}-[\dKk]", "576937-K", "576937-1"),
    ("hr.oib", NATIONAL, r"\d{11}", "33392005961", "33392005962"),
    ("id.nik", NATIONAL, r"\d{16}", "3171011708450001", "3171011799450001"),
    ("ie.pps", NATIONAL, r"\d{7}[A-Wa-w][A-IWTXa-iwtx]?", "6433435F", "6433435E"),
    ("il.idnr", NATIONAL, r"\d{9}", "039337423", "039337424"),
    ("in_.aadhaar", NATIONAL, r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}", "2341 2341 2346", "234123412347"),
    ("in_.pan", TAX, r"[A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z]", "ACUPA7085R", "234123412347"),
    ("in_.epic", NATIONAL, r"[A-Z]{3}\d{7}", "WKH1186253", "WKH1186263"),
    ("is_.kennitala", NATIONAL, r"\d{6}-?\d{4}", "450401-3150", "450401-3160"),
    ("it.codicefiscale", NATIONAL, r"[A-Za-z]{6}\d[0-9LMNPQRSTUVlmnpqrstuv][A-Ea-eHhLlMmPpR-Tr-t][0-9LMNPQRSTUVlmnpqrstuv]{2}[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[A-Za-z]", "RCCMNL83S18D969H", "RCCMNL83S18D969A"),
    ("jp.in_", NATIONAL, r"\d{4}[ -]?\d{4}[ -]?\d{4}", "6214 9832 0257", "6214 9832 0258"),
    ("ke.pin", TAX, r"[AP]\d{9}[A-Z]", "A004416331M", "B004416331M"),
    ("kr.rrn", NATIONAL, r"\d{6}-?[0-9]\d{6}", "971013-9019902", "971013-9019903"),
    ("lt.asmens", NATIONAL, r"[1-6]\d{10}", "33309240064", "33309240164"),
    ("mk.edb", TAX, r"MK\d{13}", "MK4057009501106", "MK4057009501107"),
    ("mu.nid", NATIONAL, r"[A-Z]\d{12}[0-9A-Z]", "J2906201304089", "J2906201304088"),
    ("mx.curp", NATIONAL, r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d", "BOXW310820HNERXN09", "BOXW310820HNERXN08"),
    ("mx.rfc", TAX, r"[A-ZÑ&]{4}[ -]?\d{6}[ -]?[0-9A-Z]{3}", "GODE561231GR8", "GODE561331GR8"),
    ("my.nric", NATIONAL, r"\d{6}-?\d{2}-?\d{4}", "770305-02-1234", "771305-02-1234"),
    ("nl.bsn", NATIONAL, r"\d{4}\.?\d{2}\.?\d{3}", "1112.22.333", "1112.52.333"),
    ("no.fodselsnummer", NATIONAL, r"\d{6} ?\d{5}", "151086 95088", "15108695077"),
    ("nz.ird", TAX, r"\d{2,3}-?\d{3}-?\d{3}", "49098576", "136410133"),
    ("pe.ruc", TAX, r"(?:10|15|17|20)\d{9}", "20512333797", "20512333798"),
    ("pk.cnic", NATIONAL, r"\d{5}-\d{7}-\d", "34201-0891231-8", "34201-0891231-0"),
    ("pl.pesel", NATIONAL, r"\d{11}", "44051401359", "44051401358"),
    ("pl.nip", TAX, r"\d{3}-?\d{2,3}-?\d{2}-?\d{2,3}", "856-734-62-15", "8567346216"),
    ("pt.nif", TAX, r"[1235689]\d{2} ?\d{3} ?\d{3}", "501 964 843", "501 964 842"),
    ("pt.cc", NATIONAL, r"\d{8} ?\d ?[A-Z0-9]{2}\d", "00000000 0 ZZ4", "00000000 A ZZ4"),
    ("py.ruc", TAX, r"\d{5,8}-\d", "80028061-0", "80028061-1"),
    ("ro.cnp", NATIONAL, r"[1-9]\d{12}", "1630615123457", "0800101221142"),
    ("ru.inn", TAX, r"\d{12}", "123456789047", "123456789037"),
    ("se.personnummer", NATIONAL, r"(?:\d{2})?\d{6}[-+]?\d{4}", "880320-0016", "880320-0018"),
    ("si.emso", NATIONAL, r"\d{13}", "0101006500006", "0101006500007"),
    ("sk.rc", NATIONAL, r"\d{6}/?\d{3,4}", "710319/2745", "710319/2746"),
    ("sv.nit", TAX, r"\d{4}-?\d{6}-?\d{3}-?\d", "0614-050707-104-8", "0614-050707-104-9"),
    ("th.pin", NATIONAL, r"[1-8]-?\d{4}-?\d{5}-?\d{2}-?\d", "1-2345-45678-78-1", "3100903657986"),
    ("tr.tckimlik", NATIONAL, r"[1-9]\d{10}", "17291716060", "17291716050"),
    ("ua.rntrc", TAX, r"\d{10}", "1759013776", "1759013770"),
    ("us.itin", TAX, r"9\d{2}-?[5-9]\d-?\d{4}", "912-90-3456", "912-93-3457"),
    ("uy.rut", TAX, r"\d{12}", "211003420017", "210303670014"),
    ("ve.rif", TAX, r"[VEJPG]-?\d{8}-?\d", "V-11470283-4", "V-11470283-3"),
    ("za.idnr", NATIONAL, r"\d{6} ?\d{4} ?\d{2} ?\d", "750330 5044 08 9", "7503305044088"),
)  # fmt: skip
# As they are written out, and so told from other numbers inside a text too.
WRITTEN: tuple[tuple[str, str, str, str], ...] = (
    ("be.nn", r"\d{2}\.\d{2}\.\d{2}-\d{3}[. ]\d{2}", "85.07.30-033.28", "85.07.30-033.29"),
    ("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}", "390.533.447-05", "39053344705"),
    ("ch.ssn", r"756\.\d{4}\.\d{4}\.\d{2}", "756.9217.0769.85", "7569217076985"),
    ("cl.rut", r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]", "12.531.909-2", "125319092"),
    ("cn.ric", r"[1-8]\d{16}[\dXx]", "360426199101010071", "360426199101010072"),
    ("fi.hetu", r"\d{6}[-+A]\d{3}[0-9A-Y]", "131052-308T", "131052-308U"),
    ("it.codicefiscale", r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", "RCCMNL83S18D969H", "RCCMNL83S18D969A"),
    ("kr.rrn", r"\d{6}-[0-9]\d{6}", "971013-9019902", "971013-9019903"),
    ("mx.curp", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d", "BOXW310820HNERXN09", "BOXW310820HNERXN08"),
)
# Shapes so loose, or checks so weak (one digit in ten or eleven), that only a whole column of them says something.


def _checked(module: str) -> Callable[[str], bool]:
    def accept(text: str) -> bool:
        return len(set(text)) > 2 and bool(_number(module).is_valid(text))

    return accept


@cache
def _number(module: str) -> Any:
    return import_module(f"stdnum.{module}")


def sg_nric(text: str) -> bool:
    """Singapore's NRIC and FIN: weights 2 7 6 5 4 3 2, an offset by the first letter, a letter by the rest."""
    total = sum(int(d) * w for d, w in zip(text[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    first = text[0].upper()
    total += {"S": 0, "F": 0, "T": 4, "G": 4, "M": 3}[first]
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}[
        first
    ]
    return letters[total % 11 if first != "M" else 10 - total % 11] == text[8].upper()


def hk_id(text: str) -> bool:
    """Hong Kong's identity card: letters from 10, weights from 9 (8 with one letter) down to 2, modulo 11."""
    plain = text.replace("(", "").replace(")", "").upper()
    letters = plain[:1] if plain[1].isdigit() else plain[:2]
    head = (
        ([36] if len(letters) == 1 else [])
        + [ord(c) - 55 for c in letters]
        + [int(d) for d in plain[len(letters) : -1]]
    )
    rest = -sum(v * w for v, w in zip(head, range(9, 1, -1), strict=True)) % 11
    return plain[-1] == ("A" if rest == 10 else str(rest))


def tw_id(text: str) -> bool:
    """Taiwan's identity card: the letter's two digits and nine more, weights 1 9 8 … 1 1, modulo 10."""
    order = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
    two = order.index(text[0].upper()) + 10
    digits = [two // 10, two % 10, *map(int, text[1:])]
    return sum(d * w for d, w in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0


def hu_taj(text: str) -> bool:
    """Hungary's TAJ: weights 3 and 7 in turn, modulo 10."""
    plain = text.replace(" ", "").replace("-", "")
    return sum(int(d) * (3, 7)[i % 2] for i, d in enumerate(plain[:8])) % 10 == int(plain[8])


def _counted(module: str, entity: str, shape: str, right: str, wrong: str) -> Rule:
    return Rule(module.replace("_", ""), entity, shape, Grade.CHECKED, accept=_checked(module), within=False,
                country=module[:2].upper(), examples=(right,), counterexamples=(wrong,))  # fmt: skip


def _written(module: str, shape: str, right: str, wrong: str) -> Rule:
    return Rule(f"{module}.written", NATIONAL, shape, Grade.CHECKED, accept=_checked(module), within=True,
                country=module[:2].upper(), examples=(right,), counterexamples=(wrong,))  # fmt: skip


RULES = (
    *(_counted(*row) for row in NUMBERS),
    *(_written(*row) for row in WRITTEN),
    Rule("us.ssn", "US_SSN", r"\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}", Grade.FORMAT, accept=ssn, within=True, country="US",
         examples=("219-09-9999", "457 55 5462"), counterexamples=("666-12-3456", "000-12-3456", "219-00-9999", "2190-99-999")),
    Rule("us.ssn_shape", "US_SSN", r"\d{3}-\d{2}-\d{4}|\d{9}|(?:[xX*]{3}-?[xX*]{2}-?)\d{4}|\d{4}", Grade.SHAPE, country="US",
         examples=("999-12-3456", "219099999", "***-**-1234"), counterexamples=("12-34", "abc")),
    Rule("gb.nino", "UK_NINO", r"(?i)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", Grade.FORMAT, within=True, country="GB",
         accept=lambda text: text[:2].upper() not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"},
         examples=("QQ123456C".replace("QQ", "AB"), "AB 12 34 56 C"), counterexamples=("GB123456A", "AB123456E", "DA123456")),
    Rule("sg.nric", "SG_NRIC_FIN", r"(?i)[STFGM]\d{7}[A-Z]", Grade.CHECKED, accept=sg_nric, within=True, country="SG",
         examples=("S1234567D", "T0000001E"), counterexamples=("S1234567A", "A1234567D")),
    Rule("hk.hkid", NATIONAL, r"[A-Z]{1,2}\d{6}\(?[0-9A]\)?", Grade.CHECKED, accept=hk_id, country="HK",
         examples=("A123456(3)", "AB987654(3)"), counterexamples=("A123456(4)",)),
    Rule("tw.id", NATIONAL, r"[A-Z][1289]\d{8}", Grade.CHECKED, accept=tw_id, country="TW",
         examples=("A123456789",), counterexamples=("A123456788",)),
    Rule("hu.taj", NATIONAL, r"\d{3}[ -]?\d{3}[ -]?\d{3}", Grade.CHECKED, accept=hu_taj, country="HU",
         examples=("111 111 110",), counterexamples=("111111111",)),
    Rule("de.svnr", "DE_SOCIAL_SECURITY", r"\d{2} ?\d{6} ?[A-Z] ?\d{3}", Grade.FORMAT, country="DE",
         examples=("15 070649 C 103",), counterexamples=("15070649",)),
    Rule("ru.snils", NATIONAL, r"\d{3}-\d{3}-\d{3}[ -]\d{2}", Grade.FORMAT, within=True, country="RU",
         examples=("112-233-445 95",), counterexamples=("112-233-445",)),
    Rule("vn.cccd", NATIONAL, r"0\d{11}", Grade.SHAPE, country="VN", examples=("001099012345",), counterexamples=("1099012345",)),
    Rule("government_number", NATIONAL, r"(?i)(?:[A-Z]{1,5}[ .-]?)?\d[\dA-Z ./-]{4,22}[A-Z0-9*]|[*x]{3,}[-* x]*\d{3,4}|[A-Z0-9]{6,20}", Grade.SHAPE,
         accept=lambda text: sum(c.isdigit() for c in text) >= 4,
         examples=("12345678", "AB-123456", "123.456.789-00", "4411 22 333"), counterexamples=("active", "42", "1.5")),
    Rule("passport", "PASSPORT", r"(?i)[A-Z]{0,3}[ -]?\d{5,10}[A-Z]{0,3}|\d{2} ?\d{2} ?(?:№ ?|N ?)?\d{6}|\p{L}{2} ?(?:№ ?)?\d{6,7}|[A-Z0-9]{6,12}|[*x]{3,10}\w{2,5}", Grade.SHAPE,
         accept=lambda text: sum(c.isdigit() for c in text) >= 4,
         examples=("C01X00T47", "45 04 123456", "4504 № 123456", "AB1234567", "123456789", "X70936340X"), counterexamples=("1234", "active")),
    Rule("licence", "DRIVER_LICENSE", r"(?i)[A-Z0-9][A-Z0-9 -]{4,22}", Grade.SHAPE,
         accept=lambda text: sum(c.isdigit() for c in text) >= 3,
         examples=("D1234567", "MORGA657054SM9IJ", "S99961337"), counterexamples=("class B", "yes")),
)  # fmt: skip

"""National and tax numbers with right check digits: a prefix at random, then the last digits tried until the validator agrees."""

import importlib
import random
from datetime import date, timedelta
from itertools import product

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# country: (pattern, number of check characters, their alphabet, module of python-stdnum, how it is written)
# In a pattern # is a digit, 9 one that is not 0, ? a letter, and %-codes are of a birth date.
NATIONAL = {
    "de": ("9#########", 1, DIGITS, "de.idnr", ""),
    "fr": ("1%y%m75###9##", 2, DIGITS, "fr.nir", ""),
    "es": ("########", 1, LETTERS, "es.dni", ""),
    "it": ("RSSMRA%y{m}%dF205", 1, LETTERS, "it.codicefiscale", ""),
    "pt": ("2#######", 1, DIGITS, "pt.nif", ""),
    "nl": ("1#######", 1, DIGITS, "nl.bsn", ""),
    "be": ("%y%m%d###", 2, DIGITS, "be.nn", "%%.%%.%%-%%%.%%"),
    "pl": ("%y%m%d####", 1, DIGITS, "pl.pesel", ""),
    "se": ("%y%m%d###", 1, DIGITS, "se.personnummer", "%%%%%%-%%%%"),
    "no": ("%d%m%y###", 2, DIGITS, "no.fodselsnummer", ""),
    "dk": ("%d%m%y####", 0, DIGITS, "dk.cpr", "%%%%%%-%%%%"),
    "fi": ("%d%m%y-###", 1, "0123456789ABCDEFHJKLMNPRSTUVWXY", "fi.hetu", ""),
    "cz": ("%y%m%d###", 1, DIGITS, "cz.rc", "%%%%%%/%%%%"),
    "ro": ("1%y%m%d12###", 1, DIGITS, "ro.cnp", ""),
    "hr": ("9#########", 1, DIGITS, "hr.oib", ""),
    "bg": ("%y%m%d###", 1, DIGITS, "bg.egn", ""),
    "tr": ("9########", 2, DIGITS, "tr.tckimlik", ""),
    "br": ("#########", 2, DIGITS, "br.cpf", "%%%.%%%.%%%-%%"),
    "cl": ("1#######", 1, "0123456789K", "cl.rut", "%%.%%%.%%%-%"),
    "ar": ("209#######", 1, DIGITS, "ar.cuit", "%%-%%%%%%%%-%"),
    "mx": ("GOMA%y%m%dHDFXXX", 2, DIGITS, "mx.curp", ""),
    "us": ("9#######", 1, DIGITS, "us.ssn", "%%%-%%-%%%%"),
    "gb": ("9########", 1, DIGITS, "gb.nhs", "%%% %%% %%%%"),
    "ca": ("1#######", 1, DIGITS, "ca.sin", "%%% %%% %%%"),
    "au": ("1#######", 1, DIGITS, "au.tfn", "%%% %%% %%%"),
    "in": ("9##########", 1, DIGITS, "in_.aadhaar", "%%%% %%%% %%%%"),
    "za": ("%y%m%d####08", 1, DIGITS, "za.idnr", ""),
    "kr": ("%y%m%d-1#####", 1, DIGITS, "kr.rrn", ""),
    "cn": ("110101%Y%m%d###", 1, "0123456789X", "cn.ric", ""),
    "ee": ("3%y%m%d###", 1, DIGITS, "ee.ik", ""),
    "lt": ("3%y%m%d###", 1, DIGITS, "lt.asmens", ""),
    "il": ("9#######", 1, DIGITS, "il.idnr", ""),
    "th": ("1###########", 1, DIGITS, "th.pin", ""),
    "my": ("%y%m%d14####", 0, DIGITS, "my.nric", "%%%%%%-%%-%%%%"),
    "ua": ("3########", 1, DIGITS, "ua.rntrc", ""),
    "gr": ("%d%m%y####", 1, DIGITS, "gr.amka", ""),
    "ruinn": ("77########", 2, DIGITS, "ru.inn", ""),
    "afm": ("########", 1, DIGITS, "gr.vat", ""),
    "ie": ("#######", 1, LETTERS, "ie.pps", ""),
    "ch": ("756#########", 1, DIGITS, "ch.ssn", "%%%.%%%%.%%%%.%%"),
    "hu": ("8########", 1, DIGITS, "hu.anum", ""),
}  # fmt: skip


def scrambled(rng: random.Random, pattern: str) -> str:
    """# becomes a digit, 9 a digit but 0, ? a letter, anything else stays."""
    alphabets = {"#": DIGITS, "9": DIGITS[1:], "?": LETTERS}
    return "".join(rng.choice(alphabets[sign]) if sign in alphabets else sign for sign in pattern)


def national(rng: random.Random, country: str, *, plain: bool = False) -> str:
    """A number of `country` that its own validator accepts, as people write it, or without separators."""
    pattern, free, alphabet, module, written = NATIONAL[country]
    valid = importlib.import_module(f"stdnum.{module}").is_valid
    while True:
        born = date(1940, 1, 1) + timedelta(days=rng.randrange(21000))
        start = born.strftime(scrambled(rng, pattern)).replace("{m}", "ABCDEHLMPRST"[born.month - 1])
        for end in product(rng.sample(alphabet, len(alphabet)), repeat=free):
            if valid(number := start + "".join(end)):
                return number if plain or not written else spelt(number, written)


def spelt(number: str, written: str) -> str:
    """`number` poured into a picture whose % are its signs."""
    signs = iter(number)
    return "".join(next(signs) if sign == "%" else sign for sign in written)

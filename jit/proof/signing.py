"""Ed25519 keys of the audit log: made at first use, kept beside the ledger. The only door to cryptography."""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jit.interface import LedgerError, TamperError
from jit.proof.canonical import from_base64

ED25519 = b"\x01"  # the algorithm byte of a C2SP signed note's verifier key


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who signed: a name and 32 bytes. Prints as the verifier key of C2SP signed notes, `name+hash+base64`."""

    name: str
    raw: bytes

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """The key that `text` spells. Raises TamperError where it spells none."""
        name, _, rest = text.strip().partition("+")
        mark, _, body = rest.partition("+")
        try:
            data = from_base64(body)
        except ValueError:
            data = b""
        key = cls(name, data[1:])
        if data[:1] != ED25519 or len(key.raw) != 32 or mark != key.mark.hex():
            raise TamperError("that is no public key of an audit log")
        return key

    @property
    def mark(self) -> bytes:
        """Four bytes that tell keys apart, never proof of one."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.mark.hex()}+{base64.b64encode(ED25519 + self.raw).decode()}"

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's under `message`."""
        try:
            _public(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@lru_cache(maxsize=16)
def _public(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """The private half; printing one shows the public half."""

    name: str
    seed: bytes

    @property
    def public(self) -> PublicKey:
        """The half to hand out."""
        raw = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return PublicKey(self.name, raw)

    def sign(self, message: bytes) -> bytes:
        """64 bytes that only the holder of this key can make for `message`."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def __repr__(self) -> str:
        return f"SigningKey({self.public})"


@dataclass(frozen=True, slots=True)
class Keys:
    """The folder with the log's keys.

    `audit.key` signs (0600), `audit.pub` lists every public key, the newest last, and `commit.key` (0600) keys the
    hashes that stand in records for words that people typed.
    """

    folder: Path

    def signing(self) -> SigningKey:
        """The key that signs, made at first use. Raises LedgerError where others could have read it."""
        key = _signing_key(_secret(self.folder / "audit.key", _new_signing_key))
        if key.public not in self.public():
            _append(self.folder / "audit.pub", f"{key.public}\n".encode())
        return key

    def public(self) -> tuple[PublicKey, ...]:
        """Every public key there was, the newest last."""
        path = self.folder / "audit.pub"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return tuple(PublicKey.parse(line) for line in lines)

    def commitment(self) -> bytes:
        """The secret under which typed words are hashed."""
        return bytes.fromhex(_secret(self.folder / "commit.key", _new_secret).split(b"\n")[0].decode())

    def masking(self) -> bytes:
        """The key of `keyed_hash` masks, derived: whoever learns it learns nothing about the hashes in records."""
        return hmac.new(self.commitment(), b"masks", hashlib.sha256).digest()

    def draft(self) -> SigningKey:
        """A new key that does not sign yet, kept beside the one that does until it is installed or dropped."""
        name = self.signing().name
        self._next.unlink(missing_ok=True)
        _write(self._next, _key_text(name, secrets.token_bytes(32)))
        return self.drafted() or self.signing()

    def drafted(self) -> SigningKey | None:
        """The key that waits to be installed, if one does. Half of one, written by who was stopped, is none."""
        try:
            return _signing_key(self._next.read_bytes())
        except (FileNotFoundError, ValueError):
            return None

    def install(self) -> None:
        """Put the draft in the signing key's place, if it waits still; the old public key stays listed."""
        new = self.drafted()
        if new is not None:
            if new.public not in self.public():
                _append(self.folder / "audit.pub", f"{new.public}\n".encode())
            self._next.replace(self.folder / "audit.key")

    def settle(self, named: Callable[[str], bool]) -> None:
        """Finish a rotation that was stopped half way where the record has `named` the new key, else forget it."""
        waiting = self.drafted()
        if waiting is not None and named(str(waiting.public)):
            self.install()
        elif waiting is not None:
            self._next.unlink(missing_ok=True)

    @property
    def _next(self) -> Path:
        return self.folder / "audit.next"


def _key_text(name: str, seed: bytes) -> bytes:
    return f"{name}\n{seed.hex()}\n".encode()


def _signing_key(text: bytes) -> SigningKey:
    name, seed, _ = text.split(b"\n")
    return SigningKey(name.decode(), bytes.fromhex(seed.decode()))


def _new_signing_key() -> bytes:
    return _key_text(f"datakeep-{secrets.token_hex(4)}", secrets.token_bytes(32))


def _new_secret() -> bytes:
    return f"{secrets.token_hex(32)}\n".encode()


def _secret(path: Path, made: object) -> bytes:
    """What `path` holds, made whole at first use; of two makers at once, one wins and both read the same."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        _write(draft, made() if callable(made) else b"")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        error = LedgerError(f"the key {path} can be read by others")
        error.add_note(f"chmod 600 {path}")
        raise error
    return path.read_bytes()


def _write(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - by descriptor
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _append(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), "ab") as file:  # noqa: PTH123 - by descriptor
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

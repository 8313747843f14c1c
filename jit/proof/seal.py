"""JSON documents that leave the house signed: the manifest of an export, the evidence of a grant."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jit.interface import JitError, TamperError
from jit.proof.canonical import canonical, from_base64
from jit.proof.signing import PublicKey, SigningKey


@dataclass(frozen=True, slots=True)
class Seal:
    """How documents of one kind are signed, and what people call them.

    What is signed starts with the kind, so that no other signature can stand in for it.
    """

    kind: str
    name: str

    def put(self, body: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
        """The document with its signature over all of it. It names its `public_key`."""
        return {**body, "signature": base64.b64encode(key.sign(self.message(body))).decode()}

    def message(self, body: Mapping[str, Any]) -> bytes:
        """The bytes that the signature is over: all but the signature."""
        return f"{self.kind}\n".encode() + canonical({name: part for name, part in body.items() if name != "signature"})

    def signer(self, body: Mapping[str, Any], key: PublicKey | None) -> PublicKey:
        """Whom the document says that it is signed by. Raises TamperError where that is not `key`, if one is given."""
        signer = PublicKey.parse(body["public_key"])
        if key is not None and signer != key:
            raise TamperError(f"the {self.name} is signed by {signer.name}+{signer.mark.hex()}, not by the key given")
        return signer

    def check(self, body: Mapping[str, Any], signer: PublicKey) -> None:
        """Raise TamperError where the signature is not `signer`'s over what the document says."""
        try:
            signature, message = from_base64(body["signature"]), self.message(body)
        except (ValueError, JitError):
            signature, message = b"", b""
        if not signer.signed(message, signature):
            raise TamperError(f"the {self.name} was changed: its signature is not over what it says")

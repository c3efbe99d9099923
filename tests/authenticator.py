"""An authenticator in Python: it makes keys, signs what it is asked to and knows a PRF secret."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey on one device."""

    origin: str
    host: str
    count: int = 1
    verifies: bool = True
    has_prf: bool = True
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    prf_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user: str = ""

    def prf(self, asked: dict[str, object]) -> str:
        if not self.has_prf:
            return ""
        return written(hmac.digest(self.prf_key, read(str(asked["prf"])), "sha256"))

    def made(self, asked: dict[str, object]) -> str:
        """The answer to `navigator.credentials.create`, as a page of ours writes it."""
        user = asked["user"]
        assert isinstance(user, dict)
        self.user = user["id"]
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        known = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        attested = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + known}
        client = self._client("webauthn.create", asked)
        return self._answer(clientDataJSON=client, attestationObject=cbor2.dumps(attested))

    def signed(self, asked: dict[str, object]) -> str:
        """The answer to `navigator.credentials.get`."""
        client, data = self._client("webauthn.get", asked), self._data(0)
        said = data + hashlib.sha256(client).digest()
        signature = self.key.sign(said, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=signature,
            userHandle=read(self.user),
        )

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        head = hashlib.sha256(self.host.encode()).digest()
        return head + bytes((flags,)) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, asked: dict[str, object]) -> bytes:
        said = {"type": kind, "challenge": asked["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, **response: bytes) -> str:
        shown = {name: written(value) for name, value in response.items()}
        kept = {"id": written(self.id), "rawId": written(self.id), "type": "public-key"}
        return json.dumps(kept | {"response": shown, "clientExtensionResults": {}})

"""RS256 with the standard library: reads an RSA key from PKCS #8 in PEM, and signs with it.

For a claim of our own once an hour, with a key of our own (decision 9): no caller chooses what is signed. The number is
blinded all the same, and each signature is checked before it goes out, so that neither time nor a fault in computing
tells anything of the key.

Source: RFC 8017 sections 5.2.1, 8.2.1 and 9.2; RFC 5958; ITU-T X.690 for DER.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import secrets
from dataclasses import dataclass, field
from typing import Final

_BEGIN: Final = "-----BEGIN PRIVATE KEY-----"
_END: Final = "-----END PRIVATE KEY-----"
_INTEGER: Final = 0x02
_OCTETS: Final = 0x04
_SEQUENCE: Final = 0x30
_RSA: Final = bytes.fromhex("06092a864886f70d0101010500")
"""The name of the algorithm that the key is for."""
_SHA256: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 in a signature, saying that it is one."""
_BITS: Final = range(2048, 16_385)


class BadKey(ValueError):  # noqa: N818 (as short as what it says)
    """The text is no private key that we can use; the message says why, and shows nothing of it."""


@dataclass(frozen=True, slots=True)
class RsaKey:
    """The numbers of a private key, by the letters of RFC 8017."""

    n: int = field(repr=False)
    e: int = field(repr=False)
    d: int = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The signature of a message: RSASSA-PKCS1-v1_5 with SHA-256."""
        size = (self.n.bit_length() + 7) // 8
        digest = _SHA256 + hashlib.sha256(message).digest()
        padding = b"\xff" * (size - len(digest) - 3)
        number = int.from_bytes(b"\x00\x01" + padding + b"\x00" + digest, "big")
        blind = self._blind()
        blinded = number * pow(blind, self.e, self.n) % self.n
        signature = pow(blinded, self.d, self.n) * pow(blind, -1, self.n) % self.n
        if pow(signature, self.e, self.n) != number:
            raise BadKey("its numbers do not belong together")
        return signature.to_bytes(size, "big")

    def _blind(self) -> int:
        while True:
            blind = secrets.randbelow(self.n - 2) + 2
            if math.gcd(blind, self.n) == 1:
                return blind


def read_key(pem: str) -> RsaKey:
    """Read a private key.

    Raises:
        BadKey: not PKCS #8 in PEM, not RSA, or of less than 2048 bits.
    """
    _, begin, rest = pem.partition(_BEGIN)
    text, end, _ = rest.partition(_END)
    if not begin or not end:
        raise BadKey(f"it does not stand between '{_BEGIN}' and '{_END}'")
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise BadKey("it is not base64") from None
    _, algorithm, packed = _items(_content(data, _SEQUENCE), (_INTEGER, _SEQUENCE, _OCTETS))
    if algorithm != _RSA:
        raise BadKey("it is no RSA key")
    numbers = _items(_content(packed, _SEQUENCE), (_INTEGER,) * 4)
    _, n, e, d = (int.from_bytes(number, "big", signed=True) for number in numbers)
    if n.bit_length() not in _BITS or not n % 2 or min(e, d) < 3:
        raise BadKey(f"it has less than {_BITS.start} bits or is no RSA key")
    return RsaKey(n, e, d)


def _items(data: bytes, tags: tuple[int, ...]) -> list[bytes]:
    """The contents of the first elements of a sequence, which must have these tags."""
    found = []
    for tag in tags:
        content, data = _element(data, tag)
        found.append(content)
    return found


def _content(data: bytes, tag: int) -> bytes:
    return _element(data, tag)[0]


def _element(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the element that data begins with, and what follows it."""
    if len(data) < 2 or data[0] != tag:
        raise BadKey("it is not built like a private key")
    size, start = data[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    if len(data) < start + size:
        raise BadKey("it is cut")
    return data[start : start + size], data[start + size :]

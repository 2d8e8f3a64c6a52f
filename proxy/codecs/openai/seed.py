"""What ids are made up from where a server gives none.

Invariant: it is told by what the server says, so that decoding the same answer again makes up the same ids.
"""

from __future__ import annotations

from hashlib import sha256


class Seed:
    """A text that no other answer has, made when somebody reads it: most servers give every id.

    Args:
        created: Of the answer, in seconds since 1970.
        payload: The first frame.
        path: Told after it: what the seed is for.
    """

    __slots__ = ("_created", "_path", "_payload")

    def __init__(self, created: int, payload: bytes, path: str = "") -> None:
        self._created = created
        self._payload = payload
        self._path = path

    def __str__(self) -> str:
        said = b"%d/%b" % (self._created, self._payload)
        return sha256(said).hexdigest()[:24] + self._path

    def of(self, index: int) -> Seed:
        """The seed of one choice."""
        return Seed(self._created, self._payload, f"{self._path}/{index}")

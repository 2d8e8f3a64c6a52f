"""A credential that cannot be printed by accident."""

from __future__ import annotations

import hmac


class Secret:
    """Holds a credential; every way to print it shows its last four characters at most.

    Long enough values keep four characters so that an operator can tell keys apart; short ones show nothing.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The credential itself, for the one header that carries it."""
        return self._value

    @property
    def hint(self) -> str:
        """`…abcd`, or `…` for values too short to show a part of."""
        return f"…{self._value[-4:]}" if len(self._value) >= 12 else "…"

    def matches(self, other: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self._value.encode(), other.encode())

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.matches(other._value)

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"Secret({self.hint})"

    __str__ = __repr__

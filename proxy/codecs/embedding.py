"""What an embedding codec is: one protocol's way to turn texts into vectors.

Like a chat codec it is pure, serves any number of calls, and never mutates what it is given. There are no streams here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from proxy.core.embedding import EmbeddingRequest, Embeddings
from proxy.core.errors import ProxyError
from proxy.core.shape import HttpCall, Target
from proxy.core.steps import Steps


class EmbeddingCodec(Protocol):
    """The embeddings of one native protocol."""

    @property
    def name(self) -> str:
        """The protocol's name in the configuration."""
        ...

    def most(self, target: Target) -> int | None:
        """How many inputs one call to this target may have; None where no limit is known."""
        ...

    def encode(self, request: EmbeddingRequest, target: Target) -> HttpCall:
        """Write the call for this target.

        Raises:
            ProxyError: UNSUPPORTED where the request has no form in this protocol: more inputs than `most`, tokens where
                only text is taken; INVALID_REQUEST; MISCONFIGURED where the target cannot be called at all.
        """
        ...

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        target: Target | None = None,
    ) -> Steps[Embeddings]:
        """Read a whole answer, in steps, since it may be long; vectors are numbers in whatever form they came.

        Args:
            status: The HTTP status, below 400.
            headers: Names in lower case.
            body: All of it.
            target: Whose answer it is, where that is known.

        Raises:
            ProxyError: an error inside a 200, EMPTY, MALFORMED.
        """
        ...

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx, as the protocol's chat codec does."""
        ...

"""A call for vectors as one target gets it: the caller's wishes under the target's own, and what of them is dropped.

For protocols that are not OpenAI's. What the caller sends beside OpenAI's own fields passes where the protocol has a
name for it and is dropped and named where not; what the target's own parameters say always passes.

Invariant: the request is not changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from proxy.codecs.embeddings.purpose import Purpose, translated
from proxy.codecs.plain.complaint import invalid, unsupported
from proxy.core.embedding import EmbeddingRequest, Input
from proxy.core.shape import Json, Target

_ELSEWHERE: Final = frozenset(
    {"model", "models", "firstbyte", "input", "dimensions", "input_type", "encoding_format", "user"}
)
"""Fields that are read in a way of their own, or not at all."""
_FORMATS: Final = (None, "float", "base64")


@dataclass(slots=True)
class Asked:
    """One call on its way to a protocol."""

    inputs: tuple[Input, ...]
    dimensions: Any
    input_type: Any
    native: Json
    """The provider's own fields, to be laid over what the codec writes."""
    dropped: list[str] = field(default_factory=list)

    def texts(self) -> list[str]:
        """The inputs, for a protocol that takes nothing but text.

        Raises:
            ProxyError: UNSUPPORTED for an input that is tokens.
        """
        return [text_of(each, at) for at, each in enumerate(self.inputs)]

    def purpose(self, words: Mapping[Purpose, str]) -> str | None:
        """What the vectors are for in the protocol's words; None where nothing was said, or it has no word for it."""
        if self.input_type is None:
            return None
        word = translated(str(self.input_type), words) if words else None
        if word is None:
            self.dropped.append("input_type")
        return word

    def size(self, name: str) -> Json:
        """The wish for a size under the protocol's name for it, as a part of an object."""
        return {} if self.dimensions is None else {name: self.dimensions}


def asked(
    request: EmbeddingRequest, target: Target, known: Mapping[str, str] | None = None
) -> Asked:
    """Take a request in.

    Args:
        request: What the caller wants.
        target: Whose parameters replace the caller's.
        known: The provider's own fields that a caller may send, with the names under which they go.

    Raises:
        ProxyError: INVALID_REQUEST for a form of vectors that there is not.
    """
    known = known or {}
    form = request.body.get("encoding_format")
    if form not in _FORMATS:
        raise invalid("'encoding_format' must be 'float' or 'base64'.", "encoding_format")
    native: Json = {}
    dropped = ["user"] if request.user is not None else []
    for name, value in request.body.items():
        if name in known and value is not None:
            native[known[name]] = value
        elif name not in _ELSEWHERE and value is not None:
            dropped.append(name)
    for name, value in target.params.items():
        if name not in _ELSEWHERE:
            native[known.get(name, name)] = value
    return Asked(
        inputs=request.inputs,
        dimensions=target.params.get("dimensions", request.dimensions),
        input_type=target.params.get("input_type", request.input_type),
        native=native,
        dropped=dropped,
    )


def hold_to(most: int | None, request: EmbeddingRequest) -> None:
    """Check how many inputs there are.

    Raises:
        ProxyError: INVALID_REQUEST for none, UNSUPPORTED for more than one call may have.
    """
    count = len(request.inputs)
    if not count:
        raise invalid("'input' must hold at least one text.", "input")
    if most is not None and count > most:
        inputs = "one input" if most == 1 else f"{most} inputs"
        raise unsupported(
            f"This model embeds at most {inputs} in one call, and this call has {count}.", "input"
        )


def text_of(each: Input, at: int) -> str:
    """An input as text.

    Raises:
        ProxyError: UNSUPPORTED where it is tokens.
    """
    if not isinstance(each, str):
        raise unsupported("This model embeds text, and this input is tokens.", f"input[{at}]")
    return each

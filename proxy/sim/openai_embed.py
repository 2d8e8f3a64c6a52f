"""OpenAI's embeddings, as the provider speaks them: any simulated model turns texts into vectors.

A vector counts the words of its text, each at places that follow from the word alone: the same text has the same vector
in every process, and texts that share words are nearer to each other than texts that do not.

Source: https://platform.openai.com/docs/api-reference/embeddings (read 2026-11-21).
"""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, NoReturn

from proxy.core.shape import Json
from proxy.sim.answer import count
from proxy.sim.dialect import Answer, Ask, Complaint, Frame, RefusedError
from proxy.sim.openai import OpenAI

SIZE: Final = 1536
"""Numbers of a vector where the caller asks for no size."""
MAX_SIZE: Final = 3072
MAX_INPUTS: Final = 2048
_PLACES: Final = 4
"""Places at which one word counts."""
_PLACE: Final = struct.Struct("<" + "I" * _PLACES)


@dataclass(frozen=True, slots=True)
class EmbeddingAsk(Ask):
    """A request for vectors."""

    inputs: tuple[str, ...] = ()
    """Texts; tokens as the words that their numbers are."""
    size: int = SIZE
    in_base64: bool = False


class OpenAIEmbeddings(OpenAI):
    """Builds what `/v1/embeddings` answers; errors and headers are those of chat."""

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        """Read a request.

        Raises:
            RefusedError: as OpenAI would.
        """
        del headers
        if not isinstance(body.get("model"), str) or not body["model"]:
            _refuse("you must provide a model parameter", "model")
        inputs = _inputs(body.get("input"))
        size = body.get("dimensions") or SIZE
        if not isinstance(size, int) or not 1 <= size <= MAX_SIZE:
            _refuse(f"Invalid 'dimensions': expected 1 to {MAX_SIZE}.", "dimensions")
        form = body.get("encoding_format") or "float"
        if form not in ("float", "base64"):
            _refuse("Invalid 'encoding_format': expected 'float' or 'base64'.", "encoding_format")
        return EmbeddingAsk(
            model=body["model"],
            stream=False,
            said="",
            prompt_tokens=max(sum(map(count, inputs)), 1),
            inputs=inputs,
            size=size,
            in_base64=form == "base64",
        )

    def frames(self, answer: Answer) -> Iterator[Frame]:
        """None: there are no streams of vectors."""
        del answer
        return iter(())

    def whole(self, answer: Answer) -> Json:
        """A list of vectors."""
        ask: Any = answer.ask
        vectors = (vector_of(text, ask.size) for text in ask.inputs)
        return {
            "object": "list",
            "data": [
                {
                    "object": "embedding",
                    "index": at,
                    "embedding": _packed(vector) if ask.in_base64 else vector,
                }
                for at, vector in enumerate(vectors)
            ],
            "model": ask.model,
            "usage": {"prompt_tokens": ask.prompt_tokens, "total_tokens": ask.prompt_tokens},
        }


def vector_of(text: str, size: int) -> list[float]:
    """The vector of a text, of length 1."""
    vector = [0.0] * size
    for word in text.lower().split() or [""]:
        digest = blake2b(word.encode(errors="replace"), digest_size=_PLACE.size).digest()
        for place in _PLACE.unpack(digest):
            vector[place % size] += 1.0 if place & 1 << 31 else -1.0
    length = math.sqrt(sum(number * number for number in vector))
    if not length:
        # Every count was undone by another.
        vector[0] = length = 1.0
    return [number / length for number in vector]


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _inputs(value: Any) -> tuple[str, ...]:
    is_tokens = isinstance(value, list) and bool(value) and isinstance(value[0], int)
    if isinstance(value, str) or is_tokens:
        value = [value]
    if not isinstance(value, list) or not value or len(value) > MAX_INPUTS:
        _refuse("'$.input' is invalid. Please check the API reference.", "input")
    texts = tuple(
        each if isinstance(each, str) else " ".join(str(int(token)) for token in each)
        for each in value
    )
    if not all(texts):
        _refuse("'$.input' is invalid. Please check the API reference.", "input")
    return texts


def _refuse(message: str, param: str) -> NoReturn:
    raise RefusedError(Complaint(400, message, param=param))

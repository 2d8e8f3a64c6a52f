"""What is asked of an embedding model, and what it answers: the two records that surfaces and codecs have in common.

Source: https://platform.openai.com/docs/api-reference/embeddings (read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from proxy.core.shape import Headers, Json
from proxy.core.vectors import Vector

Input: TypeAlias = str | tuple[int, ...]
"""One thing to embed: a text, or its tokens."""


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """A parsed call. `inputs`, `dimensions`, `input_type` and `user` are what the body says under these names."""

    inputs: tuple[Input, ...]
    """One for each vector wanted; a body with a single text or token array has one."""
    dimensions: int | None = None
    """Numbers in each vector, where the caller asks for a size."""
    input_type: str | None = None
    """What the vectors are for, in the word of any provider: `query`, `search_document`, `CLUSTERING`, ..."""
    user: str | None = None
    body: Json = field(default_factory=dict)
    """The request in OpenAI's shape. Never mutated. Its `input` is not read: `inputs` may be a part of it."""
    raw: bytes = b""
    """The body as it came, for relays; empty where it is not what `inputs` and `body` say."""
    forward: Headers = ()
    """The caller's headers that the allow-list lets through to providers."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """A whole answer."""

    vectors: tuple[Vector, ...]
    """One for each input, in the order of the inputs. At least one."""
    model: str
    """As the provider names it; empty where neither it nor a target does."""
    prompt_tokens: int | None = None
    """None where the provider does not say."""
    payload: bytes = b""
    """The answer as it came, where that is a whole answer in OpenAI's shape, in order; else empty."""
    form: str = ""
    """How vectors are written in `payload`: `float` or `base64`."""

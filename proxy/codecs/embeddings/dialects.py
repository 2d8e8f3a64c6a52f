"""How the makers of OpenAI-shaped embedding APIs differ, as data; a maker that is not here gets what the caller sent.

Where a maker cuts a text that is too long unless told not to, it is told: OpenAI refuses such a text.

Source: https://platform.openai.com/docs/api-reference/embeddings, https://docs.voyageai.com/reference/embeddings-api,
https://docs.mistral.ai/api/endpoint/embeddings (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from proxy.codecs.embeddings.purpose import Purpose
from proxy.core.shape import Target


@dataclass(frozen=True, slots=True)
class Dialect:
    """One row."""

    most: int | None = None
    """Inputs of one call."""
    tokens: bool = True
    """Whether an input may be tokens."""
    fields: frozenset[str] | None = None
    """All that a caller may send, before it is renamed; None for anything."""
    refused: frozenset[str] = frozenset()
    """Fields known to be refused, where anything else may be sent."""
    rename: Mapping[str, str] = field(default_factory=dict)
    purposes: Mapping[Purpose, str] | None = None
    """Words for `input_type`; None where the caller's own goes as it is."""
    formats: frozenset[str] | None = None
    """Values of `encoding_format` that are taken; None for any."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What is sent where the caller says nothing of it."""


COMPATIBLE: Final = Dialect()
OPENAI: Final = Dialect(most=2048, refused=frozenset({"input_type"}))
VOYAGE: Final = Dialect(
    most=1000,
    tokens=False,
    fields=frozenset(
        {
            "model", "input", "dimensions", "input_type", "truncation", "output_dimension", "output_dtype",
            "encoding_format",
        }
    ),
    rename={"dimensions": "output_dimension"},
    purposes={Purpose.QUERY: "query", Purpose.DOCUMENT: "document"},
    # Numbers are what it sends when nothing is said, and it has no word for them.
    formats=frozenset({"base64"}),
    defaults={"truncation": False},
)  # fmt: skip
MISTRAL: Final = Dialect(
    tokens=False,
    fields=frozenset(
        {
            "model", "input", "dimensions", "output_dimension", "output_dtype", "encoding_format", "metadata",
        }
    ),
    rename={"dimensions": "output_dimension"},
)  # fmt: skip

_HOSTS: Final = (
    (re.compile(r"(.+\.)?api\.openai\.com"), OPENAI),
    (re.compile(r"api\.voyageai\.com|ai\.mongodb\.com"), VOYAGE),
    (re.compile(r"api\.mistral\.ai"), MISTRAL),
)


def dialect_of(target: Target) -> Dialect:
    """The row of the maker at the target's address."""
    host = urlsplit(target.base_url).hostname or ""
    return next((row for pattern, row in _HOSTS if pattern.fullmatch(host)), COMPATIBLE)

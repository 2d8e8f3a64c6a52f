"""Embeddings at Cohere: the model must be told what the vectors are for, and in which types they are wanted.

A text that is too long is refused and not cut, as OpenAI does it.

Source: https://docs.cohere.com/reference/embed (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxy.codecs.cohere import faults
from proxy.codecs.embeddings import answer
from proxy.codecs.embeddings.asked import Asked, asked, hold_to
from proxy.codecs.embeddings.head import headers as head
from proxy.codecs.embeddings.purpose import Purpose
from proxy.core import jsons
from proxy.core.embedding import EmbeddingRequest, Embeddings
from proxy.core.errors import ProxyError
from proxy.core.shape import HttpCall, Json, Target
from proxy.core.steps import Steps
from proxy.core.vectors import Vector

TEXTS: Final = 96
"""Texts of one call."""
KNOWN: Final = {name: name for name in ("truncate", "max_tokens", "output_dimension")}
_WORDS: Final = {
    Purpose.QUERY: "search_query",
    Purpose.DOCUMENT: "search_document",
    Purpose.CLASSIFICATION: "classification",
    Purpose.CLUSTERING: "clustering",
}
_UNSAID: Final = "search_document"
_TYPES: Final = ("float", "base64", "int8", "uint8", "binary", "ubinary")
"""In which a vector may come, the most exact first."""


class CohereEmbeddings:
    """The codec; it serves any number of calls."""

    name = "cohere"

    def most(self, target: Target) -> int | None:
        """Inputs that one call may have."""
        del target
        return TEXTS

    def encode(self, request: EmbeddingRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        hold_to(TEXTS, request)
        draft = asked(request, target, {**KNOWN, "priority": "priority"})
        body: Json = {
            "model": target.model,
            **texts_of(draft),
            "embedding_types": ["float"],
            **draft.native,
        }
        base = target.base_url.removesuffix("/v1").removesuffix("/v2")
        return HttpCall(
            url=f"{base}/v2/embed",
            headers=head(request, target),
            body=jsons.encode(body),
            dropped=tuple(draft.dropped),
        )

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        target: Target | None = None,
    ) -> Steps[Embeddings]:
        """Read a whole answer; the provider names no model."""
        del status, headers
        value = yield from answer.parsed(body)
        meta = value.get("meta")
        counts = (answer.member(meta, name) for name in ("tokens", "billed_units"))
        tokens = (answer.count(answer.member(each, "input_tokens")) for each in counts)
        return Embeddings(
            vectors=(yield from vectors_of(value, faults.event_fault)),
            model=answer.model_of(None, target),
            prompt_tokens=next((each for each in tokens if each is not None), None),
        )

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)


def texts_of(draft: Asked) -> Json:
    """What a call says of its texts, wherever the model is served."""
    return {
        "texts": draft.texts(),
        "input_type": draft.purpose(_WORDS) or _UNSAID,
        "truncate": "NONE",
        **draft.size("output_dimension"),
    }


def vectors_of(value: Json, fault: answer.Fault) -> Steps[tuple[Vector, ...]]:
    """The vectors of an answer: a list of them, or one list for each type that was asked for.

    Raises:
        ProxyError: an error inside a 200, EMPTY, MALFORMED.
    """
    given: Any = value.get("embeddings")
    if isinstance(given, dict):
        exact: Any = next((given[name] for name in _TYPES if given.get(name)), [])
        value = {**value, "embeddings": exact}
    return answer.read(answer.listed(value, "embeddings", fault))

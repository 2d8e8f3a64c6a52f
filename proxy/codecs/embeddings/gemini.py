"""Embeddings of the Gemini API: every call is a batch, also of one.

Source: https://ai.google.dev/api/embeddings and https://ai.google.dev/gemini-api/docs/embeddings (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxy.codecs.embeddings import answer
from proxy.codecs.embeddings.asked import Asked, asked, hold_to
from proxy.codecs.embeddings.head import headers as head
from proxy.codecs.embeddings.purpose import Purpose
from proxy.codecs.gemini import faults
from proxy.codecs.gemini.codec import named, quoted
from proxy.core import jsons
from proxy.core.embedding import EmbeddingRequest, Embeddings
from proxy.core.errors import ProxyError
from proxy.core.shape import HttpCall, Json, Target
from proxy.core.steps import Steps

BATCH: Final = 100
"""Contents of one call."""

KNOWN: Final = {
    "task_type": "taskType",
    "taskType": "taskType",
    "title": "title",
    "auto_truncate": "autoTruncate",
    "autoTruncate": "autoTruncate",
}
"""Google's own fields, in either spelling."""

WORDS: Final = {
    Purpose.QUERY: "RETRIEVAL_QUERY",
    Purpose.DOCUMENT: "RETRIEVAL_DOCUMENT",
    Purpose.CLASSIFICATION: "CLASSIFICATION",
    Purpose.CLUSTERING: "CLUSTERING",
    Purpose.SIMILARITY: "SEMANTIC_SIMILARITY",
    Purpose.QUESTION: "QUESTION_ANSWERING",
    Purpose.FACTS: "FACT_VERIFICATION",
    Purpose.CODE: "CODE_RETRIEVAL_QUERY",
}
_SECOND: Final = "gemini-embedding-2"


class GeminiEmbeddings:
    """The codec; it serves any number of calls."""

    name = "gemini"

    def most(self, target: Target) -> int | None:
        """Inputs that one call may have."""
        del target
        return BATCH

    def encode(self, request: EmbeddingRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        hold_to(BATCH, request)
        draft = asked(request, target, KNOWN)
        model = named(target)
        wishes = {**wishes_of(draft, target), **draft.native}
        requests = [{"model": model, "content": content(text), **wishes} for text in draft.texts()]
        key = {"x-goog-api-key": target.api_key.reveal()} if target.api_key else {}
        return HttpCall(
            url=f"{target.base_url}/{quoted(model)}:batchEmbedContents",
            headers=head(request, target, key),
            body=jsons.encode({"requests": requests}),
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
        return (yield from read((yield from answer.parsed(body)), target))

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)


def content(text: str) -> Json:
    """A text as the content of a call."""
    return {"parts": [{"text": text}]}


def wishes_of(draft: Asked, target: Target) -> Json:
    """What the vectors are for, and their size, under Google's names.

    The second generation of models is told what the vectors are for in the text itself, and has no field for it.
    """
    second = target.model.rpartition("/")[2].startswith(_SECOND)
    task = draft.purpose({} if second else WORDS)
    return ({"taskType": task} if task else {}) | draft.size("outputDimensionality")


def read(value: Json, target: Target | None) -> Steps[Embeddings]:
    """Read an answer to one content or to many.

    Raises:
        ProxyError: an error inside a 200, EMPTY, MALFORMED.
    """
    one = value.get("embedding")
    items = [one] if one else answer.listed(value, "embeddings", faults.event_fault)
    return Embeddings(
        vectors=(yield from answer.read(answer.member(item, "values") for item in items)),
        model=answer.model_of(None, target),
        prompt_tokens=answer.count(answer.member(value.get("usageMetadata"), "promptTokenCount")),
    )

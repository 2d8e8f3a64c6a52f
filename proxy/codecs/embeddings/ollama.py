"""Embeddings of Ollama's own API.

A text that is too long is refused and not cut, as is the server's default.

Source: https://docs.ollama.com/api/embed (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxy.codecs.embeddings import answer
from proxy.codecs.embeddings.asked import asked, hold_to
from proxy.codecs.embeddings.head import headers as head
from proxy.codecs.ollama import faults
from proxy.core import jsons
from proxy.core.embedding import EmbeddingRequest, Embeddings
from proxy.core.errors import ProxyError
from proxy.core.shape import HttpCall, Json, Target
from proxy.core.steps import Steps

_KNOWN: Final = {name: name for name in ("truncate", "options", "keep_alive")}


class OllamaEmbeddings:
    """The codec; it serves any number of calls."""

    name = "ollama"

    def most(self, target: Target) -> int | None:
        """As many as fit into the server's memory."""
        del target
        return None

    def encode(self, request: EmbeddingRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        hold_to(None, request)
        draft = asked(request, target, _KNOWN)
        draft.purpose({})
        body: Json = {
            "model": target.model,
            "input": draft.texts(),
            "truncate": False,
            **draft.size("dimensions"),
            **draft.native,
        }
        base = target.base_url.removesuffix("/v1").removesuffix("/api")
        return HttpCall(
            url=f"{base}/api/embed",
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
        """Read a whole answer."""
        del status, headers
        value = yield from answer.parsed(body)
        return Embeddings(
            vectors=(
                yield from answer.read(answer.listed(value, "embeddings", faults.event_fault))
            ),
            model=answer.model_of(value.get("model"), target),
            prompt_tokens=answer.count(value.get("prompt_eval_count")),
        )

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)

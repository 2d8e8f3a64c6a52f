"""Embeddings of Google's models on Vertex AI: Gemini's by `embedContent`, one or many at a time, all others by `predict`.

A text that is too long is refused and not cut, as OpenAI does it.

Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
(read 2026-11-21); the split into methods is that of Google's own SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxy.codecs.embeddings import answer, gemini
from proxy.codecs.embeddings.asked import Asked, asked, hold_to
from proxy.codecs.embeddings.head import headers as head
from proxy.codecs.gemini import faults
from proxy.codecs.vertex import credential, google_model
from proxy.core import jsons
from proxy.core.embedding import EmbeddingRequest, Embeddings
from proxy.core.errors import ProxyError
from proxy.core.shape import HttpCall, Json, Target
from proxy.core.steps import Steps

INSTANCES: Final = 250
"""Texts of one `predict`."""
_PARAMETERS: Final = ("autoTruncate", "outputDimensionality")
"""What holds for all instances; the rest is said of each."""
_UNCUT: Final = {"autoTruncate": False}


class VertexEmbeddings:
    """The codec; it serves any number of calls."""

    name = "vertex"

    def most(self, target: Target) -> int | None:
        """Inputs that one call may have: open models take one at a time."""
        if _is_open(target):
            return 1
        return gemini.BATCH if _is_gemini(target) else INSTANCES

    def encode(self, request: EmbeddingRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        hold_to(self.most(target), request)
        draft = asked(request, target, gemini.KNOWN)
        wishes = {**_UNCUT, **gemini.wishes_of(draft, target), **draft.native}
        embeds = _is_gemini(target) or _is_open(target)
        method, body = (_contents if embeds else _instances)(draft, wishes)
        return HttpCall(
            url=f"{google_model(target)}:{method}",
            headers=head(request, target, credential(target)),
            body=jsons.encode(body),
            auth=target.auth,
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
        """Read a whole answer, in the form of the method that it came from; the provider names no model."""
        del status, headers
        value = yield from answer.parsed(body)
        if "predictions" not in value:
            return (yield from gemini.read(value, target))
        predictions = answer.listed(value, "predictions", faults.event_fault)
        items = [answer.member(prediction, "embeddings") for prediction in predictions]
        return Embeddings(
            vectors=(yield from answer.read(answer.member(item, "values") for item in items)),
            model=answer.model_of(None, target),
            prompt_tokens=_total(items),
        )

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)


def _contents(draft: Asked, wishes: Json) -> tuple[str, Json]:
    requests = [
        {"content": gemini.content(text), "embedContentConfig": wishes} for text in draft.texts()
    ]
    if len(requests) == 1:
        return "embedContent", requests[0]
    return "batchEmbedContents", {"requests": requests}


def _instances(draft: Asked, wishes: Json) -> tuple[str, Json]:
    each = {name: value for name, value in wishes.items() if name not in _PARAMETERS}
    if "taskType" in each:
        each["task_type"] = each.pop("taskType")
    return "predict", {
        "instances": [{"content": text, **each} for text in draft.texts()],
        "parameters": {name: wishes[name] for name in _PARAMETERS if name in wishes},
    }


def _total(items: list[Any]) -> int | None:
    """The tokens of all texts, where they are told of every one."""
    counts = [
        answer.count(answer.member(answer.member(item, "statistics"), "token_count"))
        for item in items
    ]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _is_gemini(target: Target) -> bool:
    return "gemini" in target.model.rpartition("/")[2]


def _is_open(target: Target) -> bool:
    return target.model.endswith("-maas")

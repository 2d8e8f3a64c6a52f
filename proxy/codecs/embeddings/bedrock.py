"""Embeddings on Amazon Bedrock by InvokeModel, where every maker has a body of its own: Titan, Nova and Cohere.

An id may be a model's own, a cross-region profile's, or an ARN that holds one of these; where an ARN names no model, the
provider's option `family` can, in the same words (`cohere.embed`, `amazon.titan-embed-text-v2`).

Invariant: an answer is read by its form, so that it needs no model's name.
Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html,
.../model-parameters-titan-embed-mm.html, .../model-parameters-embed.html and
https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from proxy.codecs.bedrock import faults
from proxy.codecs.bedrock.encode import url
from proxy.codecs.embeddings import answer, cohere
from proxy.codecs.embeddings.asked import Asked, asked, hold_to
from proxy.codecs.embeddings.head import headers as head
from proxy.codecs.embeddings.purpose import Purpose
from proxy.codecs.plain.complaint import unsupported
from proxy.core import jsons
from proxy.core.embedding import EmbeddingRequest, Embeddings
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import HttpCall, Json, Target
from proxy.core.steps import Steps
from proxy.core.vectors import Vector

_COUNT: Final = "x-amzn-bedrock-input-token-count"
_NOVA_WORDS: Final = {
    Purpose.QUERY: "TEXT_RETRIEVAL",
    Purpose.DOCUMENT: "GENERIC_INDEX",
    Purpose.CLASSIFICATION: "CLASSIFICATION",
    Purpose.CLUSTERING: "CLUSTERING",
}
_NOVA_UNSAID: Final = "GENERIC_INDEX"


class BedrockEmbeddings:
    """The codec; it serves any number of calls."""

    name = "bedrock"

    def most(self, target: Target) -> int | None:
        """Inputs that one call may have."""
        return _maker(target).most

    def encode(self, request: EmbeddingRequest, target: Target) -> HttpCall:
        """Write the call for this target; without an API key it must still be signed (`HttpCall.auth`)."""
        maker = _maker(target)
        hold_to(maker.most, request)
        draft = asked(request, target, maker.known)
        body = maker.write(draft)
        key = target.api_key
        return HttpCall(
            url=url(target, "invoke"),
            headers=head(request, target),
            body=jsons.encode({**body, **draft.native}),
            auth=None if key else target.auth,
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
        """Read a whole answer; the provider names no model, and counts tokens in a header."""
        del status
        value = yield from answer.parsed(body)
        count = headers.get(_COUNT, "")
        said = answer.count(value.get("inputTextTokenCount"))
        return Embeddings(
            vectors=(yield from _vectors(value)),
            model=answer.model_of(None, target),
            prompt_tokens=int(count) if said is None and _is_count(count) else said,
        )

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)


@dataclass(frozen=True, slots=True)
class _Maker:
    """How a family of models is asked."""

    names: str
    """What stands in its ids."""
    write: Callable[[Asked], Json]
    most: int = 1
    known: Mapping[str, str] | None = None
    """Its own fields that a caller may send."""


def _titan(draft: Asked) -> Json:
    if draft.dimensions is not None:
        raise unsupported("The vectors of this model have one size only.", "dimensions")
    draft.purpose({})
    return {"inputText": draft.texts()[0]}


def _titan_2(draft: Asked) -> Json:
    draft.purpose({})
    return {"inputText": draft.texts()[0], **draft.size("dimensions")}


def _titan_image(draft: Asked) -> Json:
    draft.purpose({})
    size = draft.size("outputEmbeddingLength")
    return {"inputText": draft.texts()[0], **({"embeddingConfig": size} if size else {})}


def _nova(draft: Asked) -> Json:
    params: Json = {
        "embeddingPurpose": draft.purpose(_NOVA_WORDS) or _NOVA_UNSAID,
        **draft.size("embeddingDimension"),
        "text": {"truncationMode": "NONE", "value": draft.texts()[0]},
    }
    return {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": params}


_MAKERS: Final = (
    _Maker("titan-embed-text-v2", _titan_2, known={"normalize": "normalize"}),
    _Maker("titan-embed-image", _titan_image),
    _Maker("titan-embed", _titan),
    _Maker("cohere.embed", cohere.texts_of, cohere.TEXTS, cohere.KNOWN),
    _Maker("amazon.nova", _nova),
)
"""The first that fits."""


def _maker(target: Target) -> _Maker:
    """The family of a target's model.

    Raises:
        ProxyError: MISCONFIGURED where it is none that makes vectors.
    """
    for model in (target.options.get("family", ""), target.model):
        for maker in _MAKERS:
            if maker.names in model:
                return maker
    raise ProxyError(
        Kind.MISCONFIGURED,
        f"'{target.name}' is no embedding model of a known family on Bedrock; where its name does not tell, the "
        "provider's option `family` can.",
    )


def _vectors(value: Json) -> Steps[tuple[Vector, ...]]:
    if one := value.get("embedding"):
        return answer.read([one])
    given: Any = value.get("embeddings")
    if isinstance(given, list) and given and all(isinstance(each, dict) for each in given):
        return answer.read(each.get("embedding") for each in given)
    by_type = value.get("embeddingsByType")
    if isinstance(by_type, dict):
        # Titan's vector in each of the types that were asked for; only the numbers are vectors here.
        return answer.read([by_type.get("float")])
    return cohere.vectors_of(value, faults.body_fault)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16

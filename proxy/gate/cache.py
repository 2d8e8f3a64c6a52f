"""Which answers are given again, to whom, and in what form they are kept meanwhile.

An answer is kept for a request that says the same to the same targets for the same tenant. It is kept as one whole
answer, whichever way it came, and told whole or in chunks; one that holds what only its own dialect can say is kept, and
given again, the way it came.

Invariant: pure; two tenants never share a key; nothing is kept but an answer that its provider ended by itself.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final, cast

from proxy.core import jsons, vectors
from proxy.core.errors import ProxyError
from proxy.core.fold import fold, unfold
from proxy.core.record import record
from proxy.core.shape import ChatRequest, Chunk, Completion, Json
from proxy.gate.caller import Caller

MOST: Final = 1024 * 1024
"""Bytes of a kept answer, and of a request that is looked up."""
FINISHES: Final = frozenset({"stop", "tool_calls"})
"""Finish reasons of answers that are all that was to be said."""
IDLE: Final = frozenset(
    {
        *("model", "models", "firstbyte", "stream", "stream_options", "store", "background"),
        *("user", "safety_identifier", "metadata"),
        *("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"),
    }
)
"""Request fields that change nothing about what is answered: how it travels, who asked, what providers keep."""

_ASIDE: Final = frozenset({"via", "traceparent", "tracestate", "idempotency-key"})
"""Headers of single calls, which go to providers and change nothing about what is answered."""
_PLAIN: Final = frozenset({"openai", "openai/run"})
"""Provider's own bytes that say nothing beside what stands in the canonical form."""
_PREFIX: Final = "answer"


@record
class Place:
    """What a request goes to."""

    alias: str
    asked: str
    targets: tuple[tuple[str, Json], ...]
    """Every target by name with the fields that it sets, in any order: another cascade is asked anew."""


@record
class Kept:
    """An answer that is kept: one of `completion` and `chunks`."""

    target: str
    """Who gave it, as `provider/model`."""
    completion: Completion | None = None
    chunks: tuple[Chunk, ...] = ()

    def whole(self) -> Completion | None:
        """As a whole answer; None where it can only be told in chunks."""
        return self.completion

    def told(self) -> list[Chunk] | None:
        """In chunks; None where it can only be given whole."""
        if self.completion is None:
            return list(self.chunks)
        if "native" in self.completion or "vectors" in self.completion:
            return None
        return unfold(self.completion)


def key_of(caller: Caller, request: ChatRequest, place: Place) -> str | None:
    """The key under which the answer to a request stands; None where the request is too large to look up."""
    if len(request.raw) > MOST:
        return None
    told = {
        "tenant": caller.tenant,
        "credential": caller.credential.reveal() if caller.credential else None,
        "alias": place.alias,
        "asked": place.asked,
        "models": request.models,
        "targets": sorted(jsons.encode_sorted(each) for each in place.targets),
        "dialect": request.dialect,
        "headers": sorted(each for each in request.forward if each[0] not in _ASIDE),
        "body": {name: value for name, value in request.body.items() if name not in IDLE},
        "said": _said(request),
    }
    text = jsons.encode_sorted(told).encode(errors="surrogatepass")
    return f"{_PREFIX}:{sha256(text).hexdigest()}"


def written_whole(target: str, completion: Completion) -> bytes | None:
    """A whole answer as it is kept; None where it is not to be."""
    if not _is_proper(completion):
        return None
    kept = _without_plain(completion)
    if "vectors" in kept:
        # A number takes two bytes at the least: millions of them are not written to be thrown away.
        if 2 * sum(map(len, kept["vectors"])) > MOST:
            return None
        kept = {**kept, "vectors": [vector.tolist() for vector in kept["vectors"]]}
    return _written(target, "whole", jsons.encode(kept))


def written_chunk(chunk: Chunk) -> bytes:
    """A chunk as it is kept until the answer is whole."""
    kept = _without_plain(chunk)
    return jsons.encode({name: kept[name] for name in kept if name != "pieces"})


def written_stream(target: str, parts: Iterable[bytes]) -> bytes | None:
    """A streamed answer as it is kept; None where it is not to be.

    Args:
        target: Who gave it.
        parts: What `written_chunk` made of its chunks, in order.
    """
    parts = list(parts)
    chunks: list[Any] = [jsons.decode(part) for part in parts]
    try:
        completion = fold(chunks)
    except ProxyError:
        return None
    if not _is_proper(completion):
        return None
    if any("native" in chunk for chunk in chunks):
        return _written(target, "chunks", b"[" + b",".join(parts) + b"]")
    return _written(target, "whole", jsons.encode(completion))


def read(data: bytes) -> Kept | None:
    """What was kept; None for what is none of it."""
    try:
        told = jsons.decode_object(data)
        if "chunks" in told:
            chunks = tuple(cast("Chunk", _revived(chunk)) for chunk in told["chunks"])
            return Kept(told["target"], None, chunks)
        return Kept(told["target"], cast("Completion", _revived(told["whole"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _said(request: ChatRequest) -> Json:
    """What was said in another API's words, of which `body` may hold only a part."""
    if request.dialect == "chat" or not request.raw:
        return {}
    members = jsons.split(request.raw)
    return {
        name: bytes(value).decode(errors="replace")
        for name, value in members.items()
        if name not in IDLE
    }


def _is_proper(completion: Completion) -> bool:
    """Whether an answer is all that was to be said. Vectors have no finish."""
    if "vectors" in completion:
        return bool(completion["vectors"])
    choices = completion.get("choices") or ()
    return bool(choices) and all(each.get("finish_reason") in FINISHES for each in choices)


def _without_plain(said: Any) -> Any:
    native = said.get("native")
    if native is None or native["dialect"] not in _PLAIN:
        return said
    return {name: value for name, value in said.items() if name != "native"}


def _written(target: str, form: str, said: bytes) -> bytes | None:
    data = b'{"target":%b,"%b":%b}' % (jsons.encode(target), form.encode(), said)
    return data if len(data) <= MOST else None


def _revived(said: Json) -> Json:
    """What JSON made of bytes and tuples, as it was."""
    if "native" in said:
        native = said["native"]
        said = {**said, "native": {**native, "payload": base64.b64decode(native["payload"])}}
    if "vectors" in said:
        said = {**said, "vectors": tuple(map(vectors.read, said["vectors"]))}
    return said

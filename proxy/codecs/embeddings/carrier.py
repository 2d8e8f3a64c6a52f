"""Carries calls for vectors through the engine, which knows chat calls alone: every embedding codec as a `Codec`.

The request is a `ChatRequest` of the dialect `embeddings` whose body is OpenAI's; the answer is a completion without
choices that has `vectors`. So the cascade, its clocks, circuits and facts are the same for vectors as for words.

Invariant: the request is not touched; a part of a call has none of the caller's bytes, because they say more than it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any, Final

from proxy.codecs import faults
from proxy.codecs.codec import Codec, StreamDecoder
from proxy.codecs.embedding import EmbeddingCodec
from proxy.codecs.embeddings import EMBEDDINGS
from proxy.core.embedding import EmbeddingRequest, Input
from proxy.core.errors import Kind, ProxyError
from proxy.core.lazy import LazyMap
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target
from proxy.core.steps import Steps, done
from proxy.core.usage import Usage

DIALECT: Final = "embeddings"


class Carrier:
    """One protocol. Implements `Codec`.

    Args:
        name: The protocol's name.
        inner: Its embeddings; None where it has none, and then every call is refused before it is sent.
    """

    def __init__(self, name: str, inner: EmbeddingCodec | None) -> None:
        self.name = name
        self._inner = inner

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target.

        Raises:
            ProxyError: UNSUPPORTED where the protocol has no embeddings; else as the embedding codec's.
        """
        if self._inner is None:
            raise ProxyError(
                Kind.UNSUPPORTED,
                f"The protocol '{self.name}' has no embeddings: name an embedding model of another provider.",
                param="model",
            )
        return self._inner.encode(_request(request), target)

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Completion:
        """Read a whole answer at once, as `steps` does in steps."""
        return done(self.steps(status, headers, body, created=created, target=target))

    def steps(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Steps[Completion]:
        """Read a whole answer, as a completion that has `vectors` in the place of choices."""
        assert self._inner is not None, "only what was sent is answered"
        read = yield from self._inner.decode(status, headers, body, target=target)
        completion: Completion = {
            "id": "",
            "created": created,
            "model": read.model,
            "choices": [],
            "usage": None,
            "vectors": read.vectors,
        }
        if read.prompt_tokens is not None:
            completion["usage"] = Usage(prompt=read.prompt_tokens).wire()
        if read.form:
            completion["native"] = {"dialect": f"{DIALECT}/{read.form}", "payload": read.payload}
        return completion

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> StreamDecoder:
        """There are no streams of vectors.

        Raises:
            ProxyError: MALFORMED: this is asked for where a stream came all the same.
        """
        del request, target, created
        raise ProxyError(Kind.MALFORMED, "the provider sent a stream in the place of vectors")

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure, as the protocol's chat codec does."""
        name = faults.fault if self._inner is None else self._inner.fault
        return name(status, headers, body)


def carriers(protocols: Iterable[str]) -> LazyMap[str, Codec]:
    """A carrier for each of these protocols, by its name."""
    return LazyMap(protocols, lambda name: Carrier(name, EMBEDDINGS.get(name)))


def inputs_of(request: ChatRequest) -> tuple[Input, ...]:
    """What is to be embedded, one for each vector: the body says it with or without a list around a single one."""
    value: Any = request.body["input"]
    if isinstance(value, str):
        return (value,)
    if value and isinstance(value[0], int):
        return (tuple(value),)
    return tuple(each if isinstance(each, str) else tuple(each) for each in value)


def split(request: ChatRequest, target: Target) -> Sequence[ChatRequest]:
    """The calls that it takes to embed all inputs at this target, in order; the request itself where it is one."""
    codec = EMBEDDINGS.get(target.protocol)
    most = codec.most(target) if codec else None
    inputs = inputs_of(request)
    if most is None or len(inputs) <= most:
        return (request,)
    parts = [list(inputs[at : at + most]) for at in range(0, len(inputs), most)]
    return [replace(request, body={**request.body, "input": part}, raw=b"") for part in parts]


def join(answers: Sequence[Completion]) -> Completion:
    """One answer of those to the parts of a call, in order."""
    if len(answers) == 1:
        return answers[0]
    read = (Usage.read(answer["usage"]) for answer in answers)
    told = [usage for usage in read if usage is not None]
    joined: Completion = {
        **answers[0],
        "usage": reduce(add, told).wire() if told else None,
        "vectors": tuple(vector for answer in answers for vector in answer["vectors"]),
    }
    joined.pop("native", None)
    return joined


def _request(request: ChatRequest) -> EmbeddingRequest:
    body = request.body
    return EmbeddingRequest(
        inputs=inputs_of(request),
        dimensions=body.get("dimensions"),
        input_type=body.get("input_type"),
        user=body.get("user"),
        body=body,
        raw=request.raw,
        forward=request.forward,
    )

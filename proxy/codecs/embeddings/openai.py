"""Embeddings as OpenAI has them, at OpenAI and at all who are compatible: Voyage, OpenRouter, local servers and others.

The caller's own bytes are relayed with the few edits that this maker needs; vectors come back as numbers or as base64.

Invariant: the request is not touched, and writing it twice gives the same bytes.
Source: https://platform.openai.com/docs/api-reference/embeddings (read 2026-11-21).
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any, Final

from proxy.codecs import faults
from proxy.codecs.embeddings import answer
from proxy.codecs.embeddings.asked import hold_to, text_of
from proxy.codecs.embeddings.dialects import Dialect, dialect_of
from proxy.codecs.embeddings.head import headers as head
from proxy.codecs.embeddings.purpose import translated
from proxy.core import jsons
from proxy.core.embedding import EmbeddingRequest, Embeddings
from proxy.core.errors import ProxyError
from proxy.core.jsons import Members
from proxy.core.shape import HttpCall, Json, Target
from proxy.core.steps import Steps

RESOURCE: Final = "embeddings"
_OURS: Final = ("models", "firstbyte")
_FORMAT: Final = "encoding_format"
_PURPOSE: Final = "input_type"
_NULL: Final = b"null"
_COUNTS: Final = ("prompt_tokens", "total_tokens")
_FORMS: Final[dict[object, str]] = {list: "float", array: "float", str: "base64"}
"""What a vector is in JSON, or was there, and what that form is called."""


class OpenAIEmbeddings:
    """The codec; it serves any number of calls."""

    name = "openai"

    def most(self, target: Target) -> int | None:
        """Inputs that one call may have, where the address tells whose limit holds."""
        return dialect_of(target).most

    def encode(self, request: EmbeddingRequest, target: Target) -> HttpCall:
        """Write the call: the caller's own bytes with surgical edits."""
        return relayed(request, target, dialect_of(target), f"{target.base_url}/{RESOURCE}")

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
        return read(body, target)

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure, in the provider's own words."""
        return faults.fault(status, headers, body)


def relayed(request: EmbeddingRequest, target: Target, dialect: Dialect, url: str) -> HttpCall:
    """Write a call in OpenAI's shape.

    Args:
        request: What the caller wants.
        target: Who is asked.
        dialect: How its maker differs.
        url: Where.

    Raises:
        ProxyError: UNSUPPORTED for too many inputs, or for tokens where only text is taken; INVALID_REQUEST for none.
    """
    hold_to(dialect.most, request)
    if not dialect.tokens:
        for at, each in enumerate(request.inputs):
            text_of(each, at)
    members = _members(request)
    dropped = _take_refused(members, dialect)
    for name, value in target.params.items():
        members[name] = jsons.raw(value)
    members["model"] = jsons.raw(target.model)
    for name, value in dialect.defaults.items():
        members.setdefault(name, jsons.raw(value))
    for name, new in (*dialect.rename.items(), *target.quirks.rename.items()):
        if name in members:
            members[new] = members.pop(name)
    dropped += _set_purpose(members, dialect)
    _set_format(members, dialect)
    dropped += _take(members, target.quirks.drop)
    return HttpCall(url, head(request, target), jsons.join(members), dropped=tuple(dropped))


def read(body: bytes, target: Target | None) -> Steps[Embeddings]:
    """Read an answer in OpenAI's shape.

    Raises:
        ProxyError: an error inside a 200, EMPTY, MALFORMED.
    """
    value = yield from answer.parsed(body)
    came = answer.listed(value, "data", faults.event_fault)
    items = _in_order(came)
    usage = value.get("usage")
    tokens = answer.count(answer.member(usage, "prompt_tokens"))
    form = _form(value, came)
    return Embeddings(
        vectors=(yield from answer.read(answer.member(item, "embedding") for item in items)),
        model=answer.model_of(value.get("model"), target),
        # Voyage gives the total alone, which is the same: an answer has no tokens.
        prompt_tokens=answer.count(answer.member(usage, "total_tokens"))
        if tokens is None
        else tokens,
        payload=body if form else b"",
        form=form,
    )


def _form(value: Json, items: list[Any]) -> str:
    """How an answer writes its vectors, where it is whole in OpenAI's shape; else empty."""
    usage = value.get("usage")
    counts = [answer.count(answer.member(usage, name)) for name in _COUNTS]
    if value.get("object") != "list" or not value.get("model") or None in counts:
        return ""
    for at, item in enumerate(items):
        number = answer.member(item, "index")
        if type(number) is not int or number != at or item.get("object") != "embedding":
            return ""
    kinds = {type(item.get("embedding")) for item in items}
    return _FORMS.get(kinds.pop(), "") if len(kinds) == 1 else ""


def _members(request: EmbeddingRequest) -> Members:
    if request.raw:
        members = jsons.split(request.raw)
    else:
        body: Json = {**request.body, "input": _input(request)}
        members = {name: jsons.raw(value) for name, value in body.items()}
    return {name: value for name, value in members.items() if name not in _OURS}


def _input(request: EmbeddingRequest) -> Any:
    """The inputs in the simplest form: many servers take no list of one."""
    return request.inputs[0] if len(request.inputs) == 1 else request.inputs


def _take_refused(members: Members, dialect: Dialect) -> list[str]:
    """Take out what the maker refuses; gives the names of what said something."""
    refused = set(dialect.refused)
    if dialect.fields is not None:
        refused |= members.keys() - dialect.fields
    return _take(members, refused)


def _take(members: Members, names: set[str] | frozenset[str]) -> list[str]:
    there = sorted(names & members.keys())
    return [name for name in there if bytes(members.pop(name)) != _NULL]


def _set_purpose(members: Members, dialect: Dialect) -> list[str]:
    word = _value(members, _PURPOSE)
    if dialect.purposes is None or not isinstance(word, str):
        return []
    own = translated(word, dialect.purposes)
    if own is None:
        return _take(members, {_PURPOSE})
    members[_PURPOSE] = jsons.raw(own)
    return []


def _set_format(members: Members, dialect: Dialect) -> None:
    """Vectors that are no floats come as lists: in base64 their bytes would mean something else."""
    quantised = _value(members, "output_dtype") not in (None, "float")
    other = dialect.formats is not None and _value(members, _FORMAT) not in dialect.formats
    if quantised or other:
        members.pop(_FORMAT, None)


def _value(members: Members, name: str) -> Any:
    return jsons.decode(bytes(members[name])) if name in members else None


def _in_order(items: list[Any]) -> list[Any]:
    """Vectors in the order of their inputs, where the answer numbers them; else as they came."""
    numbers = [answer.member(item, "index") for item in items]
    if any(type(number) is not int for number in numbers):
        return items
    if sorted(numbers) != list(range(len(items))):
        return items
    return [item for _, item in sorted(zip(numbers, items, strict=True), key=lambda pair: pair[0])]

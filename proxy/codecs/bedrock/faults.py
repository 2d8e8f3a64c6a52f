"""Names a failure of Bedrock: by the exception's name, from a header, a body or a frame, then by known sentences.

A request that is valid but not for this model, because it is called in a way that the provider does not offer, is the
target's fault and not the caller's: another target may serve it.

Invariant: the provider's own message is kept.
Source: https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html and
.../APIReference/API_runtime_ConverseStream.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxy.codecs import faults
from proxy.codecs.fault_body import Said, clean
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json

_KINDS_BY_NAMES: Final[dict[Kind, str]] = {
    Kind.AUTH: "unrecognizedclient invalidsignature signaturedoesnotmatch expiredtoken incompletesignature "
    "missingauthenticationtoken invalidclienttokenid unauthorized notauthorized requestexpired",
    Kind.PERMISSION: "accessdenied optinrequired",
    Kind.NOT_FOUND: "resourcenotfound unknownoperation",
    Kind.UPSTREAM_TIMEOUT: "modeltimeout requesttimeout",
    Kind.RATE_LIMIT: "throttling toomanyrequests throttled",
    Kind.OVERLOADED: "modelnotready serviceunavailable",
    Kind.QUOTA: "servicequotaexceeded",
    Kind.SERVER_ERROR: "modelerror modelstreamerror internalserver internalfailure internalservererror",
    Kind.INVALID_REQUEST: "validation serialization",
}
_KINDS: Final = {word: kind for kind, words in _KINDS_BY_NAMES.items() for word in words.split()}
"""By the exception's name in lower case, without its ending."""

_SENTENCES: Final = (
    (
        Kind.CONTEXT_LENGTH,
        ("too many input tokens", "input is too long", "exceeds the maximum input"),
    ),
    (
        Kind.NOT_FOUND,
        (
            "on-demand throughput",
            "model identifier is invalid",
            "model identifier provided is invalid",
            "end of its life",
            "doesn't support the model",
        ),
    ),
)
"""What a refused request says where it is not simply wrong."""

_REFUSED: Final = frozenset({Kind.INVALID_REQUEST, Kind.SERVER_ERROR})
_BAD: Final = 400
_WEATHER: Final = frozenset({Kind.RATE_LIMIT, Kind.OVERLOADED, Kind.UPSTREAM_TIMEOUT})
_STATUSES: Final = {
    "validationException": 400,
    "modelTimeoutException": 408,
    "modelStreamErrorException": 424,
    "throttlingException": 429,
    "internalServerException": 500,
    "serviceUnavailableException": 503,
}
"""Exceptions of a stream, with the status that each has as a response."""


def fault(status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
    """Name the failure that a response is.

    Args:
        status: The HTTP status.
        headers: Names in lower case.
        body: Any bytes at all.
    """
    error = faults.fault(status, headers, body)
    value = _object(body)
    name = _bare(headers.get("x-amzn-errortype")) or _bare(value.get("__type"))
    return _sharpened(error, name, value)


def event_fault(kind: str, payload: bytes, message: str = "") -> ProxyError:
    """Name the failure that a frame of a stream is.

    Args:
        kind: Its `:exception-type`, or its `:error-code`.
        payload: Of an exception.
        message: The `:error-message` of an error that is no exception.
    """
    value = _object(payload)
    name = _bare(kind)
    said = Said(clean(message), type=name, status=_STATUSES.get(kind))
    error = _sharpened(faults.from_said(said), name, value)
    original = value.get("originalStatusCode")
    if error.kind is Kind.SERVER_ERROR and isinstance(original, int):
        # The model's own server failed: what it said of itself means more than that it failed inside a stream.
        weather = faults.kind_of(Said(), original)
        error.kind = weather if weather in _WEATHER else error.kind
    return error


def body_fault(value: Json) -> ProxyError | None:
    """Name the failure that a whole body inside a 200 is; None where it says nothing of one."""
    inner = value.get("Output")
    said = inner if isinstance(inner, dict) and "__type" in inner else value
    name = _bare(said.get("__type"))
    if name is None and not isinstance(said.get("message"), str):
        return None
    return _sharpened(faults.from_said(Said(type=name)), name, said)


def _sharpened(error: ProxyError, name: str | None, value: Json) -> ProxyError:
    """The failure with the name and the sentence that this provider gives it."""
    message = next((m for m in map(value.get, _MESSAGES) if isinstance(m, str) and m.strip()), "")
    if message:
        error.message = clean(message)
    if name is not None:
        error.type = name
        word = name.lower().removesuffix("exception").removesuffix("error")
        error.kind = _KINDS.get(word) or _KINDS.get(name.lower(), error.kind)
    if error.kind in _REFUSED:
        text = error.message.lower()
        told = (kind for kind, sentences in _SENTENCES if any(each in text for each in sentences))
        error.kind = next(told, _too_long(error))
    return error


def _too_long(error: ProxyError) -> Kind:
    """The kind of a refusal in which a model may say in its own words, and under any name, that the prompt is too long."""
    said = faults.kind_of(Said(error.message), _BAD)
    return said if said is Kind.CONTEXT_LENGTH else error.kind


_MESSAGES: Final = ("message", "Message", "originalMessage")


def _bare(name: Any) -> str | None:
    """An exception's name without the service before it and the address behind it."""
    if not isinstance(name, str):
        return None
    return clean(name.partition(":")[0].rpartition("#")[2])[:128] or None


def _object(body: bytes) -> Json:
    try:
        return jsons.decode_object(body)
    except jsons.JsonError:
        return {}

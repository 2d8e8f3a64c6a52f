"""Failures in the words of OpenAI's error object, with the headers that steer a client's own retries.

A provider's own status, type, code and param are kept where the request is at fault, because then they say best what to
change; everywhere else the row of `MEANINGS` speaks.

Retry-After is never above 120 s: OpenAI's SDKs do not retry at all beyond that, and a target that asks for more is tried
again by us after that time in any case.

Source: https://platform.openai.com/docs/guides/error-codes and `_base_client.py` of the openai package 3.52
(read 2026-11-20).
"""

from __future__ import annotations

import math
from typing import Any, Final

from proxy.core import jsons
from proxy.core.errors import Blame, Kind, Meaning, ProxyError, Tried
from proxy.core.shape import Headers, Json
from proxy.surfaces.surface import ErrorAnswer

MAX_RETRY_AFTER: Final = 120.0
"""Seconds; OpenAI's SDKs wait this long and no longer."""

_HINTS: Final[dict[Kind, str]] = {
    Kind.AUTH: "Check the API key that the proxy has for {providers}.",
    Kind.PERMISSION: "Check what the proxy's API key for {providers} may use.",
    Kind.QUOTA: "Check the plan and the balance of the proxy's account at {providers}.",
    Kind.NOT_FOUND: "Check the model name that the proxy's configuration has for {providers}.",
    Kind.MISCONFIGURED: "Check what the proxy's configuration says of {providers}.",
    Kind.CONNECT: "Check the base_url of {providers} and the network between.",
    Kind.CONTEXT_LENGTH: "Shorten the messages, or ask for a model with a larger context.",
}
"""What to do, where the provider's words do not say it."""


def error_answer(error: ProxyError, request_id: str) -> ErrorAnswer:
    """An error before the first byte: status, headers and body."""
    return ErrorAnswer(_status(error), _headers(error), error_body(error, request_id))


def error_body(error: ProxyError, request_id: str) -> bytes:
    """The error on one line, the same before the first byte and after it: what was tried is told where anything was."""
    body = {"error": {**_error_object(error), "request_id": request_id}}
    if error.attempts:
        body["error"]["attempts"] = [_attempt(tried) for tried in error.attempts]
    return jsons.encode(body)


def _error_object(error: ProxyError) -> Json:
    """`message`, `type`, `param` and `code`."""
    meaning = error.meaning
    own = _is_the_callers(meaning)
    return {
        "message": _message(error),
        "type": (own and error.type) or meaning.type,
        "param": error.param if own else None,
        "code": (own and error.code) or meaning.code,
    }


def _is_the_callers(meaning: Meaning) -> bool:
    return meaning.blame is Blame.CALLER


def _status(error: ProxyError) -> int:
    status = error.status
    if _is_the_callers(error.meaning) and status is not None and 400 <= status < 500:
        return status
    return error.meaning.status


def _headers(error: ProxyError) -> Headers:
    headers = [("content-type", "application/json")]
    if not error.meaning.should_retry:
        return (*headers, ("x-should-retry", "false"))
    wait = error.retry_after
    if wait is not None and not math.isnan(wait):
        wait = min(max(wait, 0.001), MAX_RETRY_AFTER)
        headers.append(("retry-after", str(math.ceil(wait))))
        headers.append(("retry-after-ms", str(math.ceil(wait * 1000))))
    return tuple(headers)


def _message(error: ProxyError) -> str:
    hint = _HINTS.get(error.kind)
    if hint is None:
        return error.message
    said = error.message.rstrip()
    stop = "" if said.endswith((".", "!", "?")) else "."
    return f"{said}{stop} {hint.format(providers=_providers(error))}"


def _providers(error: ProxyError) -> str:
    """Who failed in this way, by the names of the configuration."""
    names = dict.fromkeys(
        tried.target.partition("/")[0] for tried in error.attempts if tried.kind is error.kind
    )
    return " and ".join(f"'{name}'" for name in names) or "the provider"


def _attempt(tried: Tried) -> dict[str, Any]:
    return {
        "target": tried.target,
        "status": tried.status,
        "code": tried.kind.value if tried.kind else "served",
        "ms": round(tried.ms, 1),
    }

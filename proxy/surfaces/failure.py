"""What a caller is told of a failure whatever the surface: the status, the words, what was tried, and how to retry.

A provider's own status is kept where the request is at fault, because then it says best what to change; everywhere else
the row of `MEANINGS` speaks.

Retry-After is never above 120 s: OpenAI's SDKs do not retry at all beyond that, Anthropic's wait however long they are
told, and a target that asks for more is tried again by us after that time in any case.

Source: `_base_client.py` of the openai package 3.52 and of the anthropic package 2.11 (read 2026-11-20).
"""

from __future__ import annotations

import math
from typing import Any, Final

from proxy.core.errors import Blame, Kind, ProxyError, Tried
from proxy.core.shape import Headers

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


def is_the_callers(error: ProxyError) -> bool:
    """Whether the request is at fault, so that the provider's own words say best what to change."""
    return error.meaning.blame is Blame.CALLER


def status_of(error: ProxyError) -> int:
    """The status of the answer."""
    status = error.status
    if is_the_callers(error) and status is not None and 400 <= status < 500:
        return status
    return error.meaning.status


def code_of(error: ProxyError) -> str | None:
    """The code of the error: the provider's own where the request is at fault and it has one, else that of our table.

    A number that is a status (Google, OpenRouter and vLLM say one) is no code: it names nothing that the status does not.
    """
    if is_the_callers(error) and error.code and not _is_status(error.code):
        return error.code
    return error.meaning.code


def _is_status(code: str) -> bool:
    return len(code) == 3 and code.isdecimal() and code[0] in "45"


def headers_of(error: ProxyError) -> Headers:
    """The type of the body, and what steers a client's own retries."""
    headers = [("content-type", "application/json")]
    if not error.meaning.should_retry:
        return (*headers, ("x-should-retry", "false"))
    wait = error.retry_after
    if wait is not None and not math.isnan(wait):
        wait = min(max(wait, 0.001), MAX_RETRY_AFTER)
        headers.append(("retry-after", str(math.ceil(wait))))
        headers.append(("retry-after-ms", str(math.ceil(wait * 1000))))
    return tuple(headers)


def message_of(error: ProxyError) -> str:
    """The sentence of the failure, with what to do where it does not say so itself."""
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


def attempts_of(error: ProxyError) -> list[dict[str, Any]]:
    """Every attempt of the call, in order; empty where nothing was tried."""
    return [_attempt(tried) for tried in error.attempts]


def _attempt(tried: Tried) -> dict[str, Any]:
    return {
        "target": tried.target,
        "status": tried.status,
        "code": tried.kind.value if tried.kind else "served",
        "ms": round(tried.ms, 1),
    }

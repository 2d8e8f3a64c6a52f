"""Names a provider's failure: its own type and code first, then known phrases, then the status.

Words in a message are trusted least, and only at the statuses beside them: a bare "invalid" or "auth" somewhere in a
sentence says nothing.

Invariant: every status has a kind; the provider's own message, type, code and param are kept.
Source: https://platform.openai.com/docs/guides/error-codes, RFC 9110 section 15 (both read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

from proxy.codecs import fault_body
from proxy.codecs.fault_body import Said
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.wire.retry_after import in_words, retry_after, until_filled

T = TypeVar("T")

_WORDS_BY_KIND: Final[dict[Kind, str]] = {
    Kind.CONTEXT_LENGTH: "context_length_exceeded context_window_exceeded prompt_too_long 1261",
    Kind.CONTENT_FILTER: "content_filter content_policy_violation responsibleaipolicyviolation "
    "data_inspection_failed moderation_blocked content_filtered invalid_prompt 1301",
    Kind.QUOTA: "insufficient_quota insufficient_balance insufficient_credits insufficient_funds "
    "billing_error billing_hard_limit_reached billing_not_active payment_required "
    "exceeded_current_quota_error arrearage 1113 1308 1310",
    Kind.AUTH: "invalid_api_key wrong_api_key authentication_error invalid_authentication_error "
    "invalid_authentication unauthorized unauthenticated incorrect_api_key missing_api_key 1000 1001 1002 1003 1004",
    Kind.PERMISSION: "permission_error permission_denied access_denied accessdenied request_forbidden "
    "unsupported_country_region_territory accessdenied.unpurchased",
    Kind.NOT_FOUND: "model_not_found not_found_error deploymentnotfound model_not_available notfounderror",
    Kind.RATE_LIMIT: "rate_limit_exceeded rate_limit_error rate_limit_reached_error rate_limited "
    "too_many_requests requests tokens request_quota_exceeded token_quota_exceeded limit_requests "
    "limit_burst_rate resource_exhausted throttlingexception ratelimiterror 1302 1303 1304",
    Kind.OVERLOADED: "overloaded overloaded_error engine_overloaded engine_overloaded_error queue_exceeded "
    "capacity_exceeded service_unavailable insufficient_system_resource unavailable 1305",
    Kind.TOO_LARGE: "request_too_large",
    Kind.UNSUPPORTED: "unsupported_value unsupported_parameter",
    Kind.UPSTREAM_TIMEOUT: "timeout timeout_error request_timeout gateway_timeout deadline_exceeded",
}
_WORDS: Final = {word: kind for kind, words in _WORDS_BY_KIND.items() for word in words.split()}

_VAGUE_BY_KIND: Final[dict[Kind, str]] = {
    Kind.INVALID_REQUEST: "invalid_request_error invalid_request badrequesterror bad_request invalid_argument "
    "invalid_value invalid_parameter_error missing_required_parameter unknown_parameter validation_error",
    Kind.SERVER_ERROR: "server_error internal_error api_error internal_server_error internal",
}
_VAGUE: Final = {word: kind for kind, words in _VAGUE_BY_KIND.items() for word in words.split()}
"""Words that say less than a status; they count where there is none."""

_BASE_RESP: Final[dict[int, Kind]] = {
    1001: Kind.UPSTREAM_TIMEOUT,
    1002: Kind.RATE_LIMIT,
    1004: Kind.AUTH,
    1008: Kind.QUOTA,
    1026: Kind.CONTENT_FILTER,
    1027: Kind.CONTENT_FILTER,
    1039: Kind.CONTEXT_LENGTH,
    2013: Kind.INVALID_REQUEST,
    2049: Kind.AUTH,
}
"""`base_resp.status_code`; any other than 0 is the server's own failure."""


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Sentences that mean one kind, at these statuses (None: a failure without one) and no other."""

    kind: Kind
    statuses: frozenset[int | None]
    texts: tuple[str, ...]


_PHRASES: Final = (
    _Phrases(
        Kind.CONTEXT_LENGTH,
        frozenset({None, 400, 413, 422, 500}),
        (
            "maximum context length",
            "max context length",
            "context_length_exceeded",
            "context length exceeded",
            "context window",
            "exceeds the context",
            "exceed context",
            "too many tokens",
            "prompt is too long",
            "prompt too long",
            "input is too long",
            "exceeds the maximum number of tokens",
        ),
    ),
    _Phrases(
        Kind.QUOTA,
        frozenset({None, 400, 402, 403, 412, 429}),
        (
            "credit balance",
            "insufficient balance",
            "insufficient credits",
            "insufficient funds",
            "exceeded your current quota",
            "exceeded your monthly",
            "out of credits",
            "billing hard limit",
            "spending limit",
        ),
    ),
    _Phrases(
        Kind.AUTH,
        frozenset({None, 400}),
        (
            "incorrect api key",
            "invalid api key",
            "api key not valid",
            "api key is invalid",
            "invalid authentication",
        ),
    ),
    _Phrases(
        Kind.CONTENT_FILTER,
        frozenset({None, 400, 403, 422}),
        ("content management policy", "content policy", "flagged by moderation", "safety system"),
    ),
)

_STATUSES: Final[dict[int, Kind]] = {
    401: Kind.AUTH,
    402: Kind.QUOTA,
    403: Kind.PERMISSION,
    404: Kind.NOT_FOUND,
    408: Kind.UPSTREAM_TIMEOUT,
    # A request that these refuse may be served by the next try, or by the next target.
    409: Kind.SERVER_ERROR,
    410: Kind.NOT_FOUND,
    # At Fireworks: the account is suspended, or what was tuned for the model did not load.
    412: Kind.PERMISSION,
    413: Kind.TOO_LARGE,
    424: Kind.SERVER_ERROR,
    425: Kind.SERVER_ERROR,
    429: Kind.RATE_LIMIT,
    498: Kind.OVERLOADED,
    499: Kind.SERVER_ERROR,
    503: Kind.OVERLOADED,
    504: Kind.UPSTREAM_TIMEOUT,
    524: Kind.UPSTREAM_TIMEOUT,
    529: Kind.OVERLOADED,
}
_OF_THE_REQUEST: Final = frozenset(
    {Kind.CONTEXT_LENGTH, Kind.CONTENT_FILTER, Kind.TOO_LARGE, Kind.UNSUPPORTED, Kind.MALFORMED}
)
"""What the words of somebody further behind may mean; who they let in is not told by whom we asked."""
_CLASSES: Final[dict[int, Kind]] = {3: Kind.MISCONFIGURED, 4: Kind.INVALID_REQUEST}


def fault(status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
    """Name the failure that a response is.

    Args:
        status: The HTTP status.
        headers: Names in lower case.
        body: As much of it as was read; any bytes at all.
    """
    said = fault_body.read(body)
    kind = kind_of(said, status)
    return ProxyError(
        kind,
        f"HTTP {status} with {said.message}" if said.described else said.message,
        status=status,
        type=said.type,
        code=said.code,
        param=said.param,
        retry_after=_hint(headers, kind, said.message),
    )


def event_fault(value: object) -> ProxyError | None:
    """Name the failure that a JSON value inside a 200 is: an event of a stream, or a whole body.

    Returns:
        None where the value is no error. The status is the one that the value itself gives, if any.
    """
    said = fault_body.find(value)
    return None if said is None else from_said(said)


def check_choice(choice: dict[str, Any]) -> None:
    """Hold a choice of an answer to being none that failed by itself, as OpenRouter has it.

    Raises:
        ProxyError: the failure that it names.
    """
    error = choice.get("error")
    failure = event_fault({"error": error}) if error else None
    if failure is not None:
        raise failure


def error_event(payload: bytes) -> ProxyError:
    """Name the failure that an event is whose very name says `error`, whatever its payload."""
    return from_said(fault_body.read(payload))


def page(body: bytes) -> str | None:
    """A sentence for an HTML page that came in place of an answer; None where the body is none."""
    return fault_body.html_sentence(body)


def parsed(body: bytes, read: Callable[[bytes], T]) -> T:
    """A whole answer as JSON.

    Args:
        body: All of it.
        read: `jsons.decode_object`, or `jsons.decode` where it may be no object.

    Raises:
        ProxyError: EMPTY, MALFORMED.
    """
    if not body.strip():
        raise ProxyError(Kind.EMPTY, "the provider answered with an empty body")
    try:
        return read(body)
    except jsons.JsonError as error:
        said = page(body) or f"the provider's answer is not JSON: {error}"
        raise ProxyError(Kind.MALFORMED, said) from None


def no_event(stray: bytes, read: Callable[[Any], ProxyError | None]) -> ProxyError:
    """Why a stream had no event: nothing came, or something that is no event stream.

    Args:
        stray: The first line that was none of a stream's; empty where nothing came.
        read: The protocol's own reader of an error in a JSON value.
    """
    if not stray:
        return ProxyError(Kind.EMPTY, "the stream ended without any event")
    try:
        failure = read(jsons.decode(stray))
    except jsons.JsonError:
        failure = None
    return failure or ProxyError(Kind.MALFORMED, page(stray) or "what came is no event stream")


def from_said(said: Said) -> ProxyError:
    """The failure for what a provider said inside a 200."""
    kind = kind_of(said, said.status)
    return ProxyError(
        kind,
        said.message or "the provider reported an error without a message",
        status=said.status,
        type=said.type,
        code=said.code,
        param=said.param,
        retry_after=in_words(said.message) if kind is Kind.RATE_LIMIT else None,
    )


def kind_of(said: Said, status: int | None) -> Kind:
    """The kind of a failure.

    Args:
        said: What the provider said.
        status: Its HTTP status; None inside a 200 that gives none.
    """
    if said.base_code is not None:
        return _BASE_RESP.get(said.base_code, Kind.SERVER_ERROR)
    # Numbers are a vocabulary of one vendor, who gives no type; beside a type another vendor means something else.
    code = None if said.type and said.code and said.code.isdecimal() else said.code
    words = [word.lower() for word in (code, said.type) if word]
    named = [_WORDS[word] for word in words if word in _WORDS]
    for kind in (*named, _by_phrase(said.message, status)):
        if kind is not None and (not said.passed_on or kind in _OF_THE_REQUEST):
            return kind
    if status is not None and status >= 300:
        return _STATUSES.get(status) or _CLASSES.get(status // 100, Kind.SERVER_ERROR)
    return next((_VAGUE[word] for word in words if word in _VAGUE), Kind.SERVER_ERROR)


def _by_phrase(message: str, status: int | None) -> Kind | None:
    text = message.lower()
    for row in _PHRASES:
        if status in row.statuses and any(phrase in text for phrase in row.texts):
            return row.kind
    return None


def _hint(headers: Mapping[str, str], kind: Kind, message: str) -> float | None:
    """Seconds to wait: as a header says; of a limit that is used up, as its own headers or the sentence say otherwise."""
    now = _date(headers.get("date", ""))
    hint = _hint_of_header(headers, now)
    if hint is not None or kind is not Kind.RATE_LIMIT:
        return hint
    wait = in_words(message)
    return until_filled(headers, now) if wait is None else wait


def _hint_of_header(headers: Mapping[str, str], now: float | None) -> float | None:
    """A hint that is a date is read against the response's own `date`, and dropped without one."""
    if now is not None:
        return retry_after(headers, now)
    # Every form of an HTTP date has a clock time in it, and no number has.
    return retry_after({name: value for name, value in headers.items() if ":" not in value}, 0.0)


def _date(text: str) -> float | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()

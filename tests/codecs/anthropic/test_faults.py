import json

import pytest

from proxy.codecs.anthropic.faults import MAX_WAIT, event_fault, fault, is_of_thinking
from proxy.core.errors import Kind

DATE = {"date": "Sat, 21 Nov 2026 10:00:00 GMT"}


def body(word, message="It went wrong.", **details):
    error = {"type": word, "message": message, **({"details": details} if details else {})}
    return json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [
        (400, "invalid_request_error", Kind.INVALID_REQUEST),
        (401, "authentication_error", Kind.AUTH),
        (402, "billing_error", Kind.QUOTA),
        (403, "permission_error", Kind.PERMISSION),
        (404, "not_found_error", Kind.NOT_FOUND),
        (409, "conflict_error", Kind.SERVER_ERROR),
        (413, "request_too_large", Kind.TOO_LARGE),
        (429, "rate_limit_error", Kind.RATE_LIMIT),
        (500, "api_error", Kind.SERVER_ERROR),
        (504, "timeout_error", Kind.UPSTREAM_TIMEOUT),
        (529, "overloaded_error", Kind.OVERLOADED),
    ],
)
def test_every_type_has_its_kind_also_inside_a_stream(status, word, kind):
    error = fault(status, {}, body(word))
    inside = event_fault(json.loads(body(word)))

    assert (error.kind, error.status, error.type) == (kind, status, word)
    assert error.message == "It went wrong."
    assert inside.kind is (Kind.SERVER_ERROR if word == "conflict_error" else kind)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "prompt is too long: 210000 tokens > 200000 maximum", Kind.CONTEXT_LENGTH),
        (400, "Your credit balance is too low to access the API.", Kind.QUOTA),
        (400, "You have reached your specified API usage limits.", Kind.QUOTA),
        (429, "The workspace spend limit is reached.", Kind.QUOTA),
        (400, "This model requires 30-day data retention.", Kind.PERMISSION),
        (400, "Your organization has Zero-Data-Retention.", Kind.PERMISSION),
        (400, "role 'system' is not supported on this model", Kind.UNSUPPORTED),
        (400, 'tool_choice: type "any" is not supported for this model.', Kind.UNSUPPORTED),
        (400, "This model does not support assistant message prefill.", Kind.UNSUPPORTED),
        (500, "Our data retention service broke.", Kind.SERVER_ERROR),
    ],
)
def test_sentences_that_say_more_than_their_status(status, message, kind):
    types = {400: "invalid_request_error", 429: "rate_limit_error", 500: "api_error"}

    assert fault(status, {}, body(types[status], message)).kind is kind


@pytest.mark.parametrize("code", ["contract_spend_limit_reached", "enforced_spend_limit_reached"])
def test_a_spend_limit_is_a_quota(code):
    error = fault(429, {"retry-after": "9"}, body("rate_limit_error", error_code=code))

    assert (error.kind, error.code) == (Kind.QUOTA, code)


def test_another_detail_is_only_told():
    error = fault(
        429, {"retry-after": "9"}, body("rate_limit_error", error_code="ramp_limit_exceeded")
    )

    assert (error.kind, error.code, error.retry_after) == (
        Kind.RATE_LIMIT,
        "ramp_limit_exceeded",
        9.0,
    )


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3", **DATE}, 3.0),
        (
            {
                **DATE,
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2026-11-21T10:00:20Z",
                "anthropic-ratelimit-input-tokens-remaining": "0",
                "anthropic-ratelimit-input-tokens-reset": "2026-11-21T10:00:45Z",
                "anthropic-ratelimit-tokens-remaining": "5000",
                "anthropic-ratelimit-tokens-reset": "2026-11-21T10:09:00Z",
            },
            45.0,
        ),
        (
            {
                **DATE,
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2036-11-21T10:00:20Z",
            },
            MAX_WAIT,
        ),
        (
            {
                **DATE,
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2026-11-21T09:00:00Z",
            },
            0.0,
        ),
        ({**DATE, "anthropic-ratelimit-tokens-remaining": "0"}, None),
        (
            {
                **DATE,
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2026-11-21T10:00:20",
            },
            None,
        ),
        (
            {
                "date": "soon",
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2026-11-21T10:00:20Z",
            },
            None,
        ),
        ({}, None),
    ],
)
def test_a_rate_limit_says_when_its_bucket_is_full_again(headers, seconds):
    assert fault(429, headers, body("rate_limit_error")).retry_after == seconds


@pytest.mark.parametrize(
    "raw", [b"", b"<html><title>Bad</title>", b"nope", b"[1]", b'{"error": 7}']
)
def test_any_body_is_some_failure(raw):
    assert fault(502, {}, raw).kind is Kind.SERVER_ERROR


def test_what_is_no_error_is_none():
    assert event_fault({"type": "ping"}) is None


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("messages.1.content.0: Invalid `signature` in `thinking` block", True),
        ("`thinking` blocks in the latest assistant message cannot be modified.", True),
        ("thinking.budget_tokens: Input should be at least 1024", False),
        ("tools.0.signature: Extra inputs are not permitted", False),
    ],
)
def test_thinking_that_is_not_taken_back_is_known_by_its_words(message, refused):
    assert is_of_thinking(fault(400, {}, body("invalid_request_error", message))) is refused

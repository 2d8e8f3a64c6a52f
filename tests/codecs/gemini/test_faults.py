import json

import pytest

from proxy.codecs.gemini.faults import event_fault, fault
from proxy.core.errors import Kind

INFO = "type.googleapis.com/google.rpc."


def body(code, status, message="It went wrong.", *details):
    return {"error": {"code": code, "status": status, "message": message, "details": list(details)}}


def told(code, status, message="It went wrong.", *details):
    return fault(code, {}, json.dumps(body(code, status, message, *details)).encode())


@pytest.mark.parametrize(
    ("code", "status", "message", "kind"),
    [
        (400, "INVALID_ARGUMENT", "Request contains an invalid argument.", Kind.INVALID_REQUEST),
        (400, "INVALID_ARGUMENT", "API key not valid. Please pass one.", Kind.AUTH),
        (
            400,
            "INVALID_ARGUMENT",
            "The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).",
            Kind.CONTEXT_LENGTH,
        ),
        (
            400,
            "FAILED_PRECONDITION",
            "User location is not supported for the API use.",
            Kind.PERMISSION,
        ),
        (
            400,
            "FAILED_PRECONDITION",
            "No free tier there. Please enable billing on it.",
            Kind.QUOTA,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Unable to go on: the input token count is 9 but model only supports up to 8.",
            Kind.CONTEXT_LENGTH,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Request payload size exceeds the limit: 20971520 bytes.",
            Kind.TOO_LARGE,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "JSON mode is not enabled for models/gemma-3-27b-it",
            Kind.UNSUPPORTED,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Multiple candidates is not enabled for this model",
            Kind.UNSUPPORTED,
        ),
        (400, "FAILED_PRECONDITION", "The file is not in an ACTIVE state.", Kind.INVALID_REQUEST),
        (401, "UNAUTHENTICATED", "Expired.", Kind.AUTH),
        (403, "PERMISSION_DENIED", "Not yours.", Kind.PERMISSION),
        (403, "PERMISSION_DENIED", "Your API key was reported as leaked.", Kind.AUTH),
        (404, "NOT_FOUND", "models/x is not found.", Kind.NOT_FOUND),
        (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", Kind.RATE_LIMIT),
        (500, "INTERNAL", "Oops.", Kind.SERVER_ERROR),
        (503, "UNAVAILABLE", "The model is overloaded.", Kind.OVERLOADED),
        (504, "DEADLINE_EXCEEDED", "Late.", Kind.UPSTREAM_TIMEOUT),
    ],
)
def test_kinds_by_status_and_words(code, status, message, kind):
    error = told(code, status, message)

    assert error.kind is kind
    assert error.message == message
    assert error.type == status
    assert error.status == code


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("API_KEY_INVALID", Kind.AUTH),
        ("ACCESS_TOKEN_EXPIRED", Kind.AUTH),
        ("SERVICE_DISABLED", Kind.PERMISSION),
        ("BILLING_DISABLED", Kind.QUOTA),
        ("SOMETHING_ELSE", Kind.INVALID_REQUEST),
    ],
)
def test_the_reason_in_the_details_says_more_than_the_status(reason, kind):
    error = told(
        400, "INVALID_ARGUMENT", "No.", "nonsense", {"@type": f"{INFO}ErrorInfo", "reason": reason}
    )

    assert error.kind is kind


def test_how_long_to_wait_stands_in_the_details():
    detail = {"@type": f"{INFO}RetryInfo", "retryDelay": "23.5s"}

    assert told(429, "RESOURCE_EXHAUSTED", "Slow down.", {}, detail, detail).retry_after == 23.5


def test_how_long_to_wait_may_stand_in_words():
    error = told(429, "RESOURCE_EXHAUSTED", "Quota exceeded. Please retry in 36.2s.")

    assert error.retry_after == 36.2


def test_a_header_that_says_how_long_to_wait_comes_first():
    value = body(429, "RESOURCE_EXHAUSTED", "No.", {"retryDelay": "23s"})
    error = fault(429, {"retry-after": "5"}, json.dumps(value).encode())

    assert error.retry_after == 5


def test_a_days_quota_is_no_passing_limit():
    details = [
        {"@type": f"{INFO}QuotaFailure", "violations": ["x", {"quotaId": "RequestsPerMinute"}]},
        {"@type": f"{INFO}QuotaFailure", "violations": [{"quotaId": "RequestsPerDayPerModel"}]},
    ]

    assert told(429, "RESOURCE_EXHAUSTED", "No.", details[0]).kind is Kind.RATE_LIMIT
    assert told(429, "RESOURCE_EXHAUSTED", "No.", *details).kind is Kind.QUOTA


def test_an_error_may_stand_in_an_array():
    value = [body(429, "RESOURCE_EXHAUSTED", "No.", {"retryDelay": "7s"})]

    assert fault(429, {}, json.dumps(value).encode()).retry_after == 7
    assert event_fault(value).kind is Kind.RATE_LIMIT


def test_an_error_inside_a_200_has_the_status_that_it_says():
    error = event_fault(body(503, "UNAVAILABLE", "Overloaded."))

    assert error.status == 503
    assert error.kind is Kind.OVERLOADED


@pytest.mark.parametrize("value", [{"candidates": []}, {}, None, 7])
def test_what_is_no_error_is_none(value):
    assert event_fault(value) is None


@pytest.mark.parametrize(
    "raw", [b"", b"<html>", b"[]", b'{"error": "text"}', b'{"error": {"details": 7}}']
)
def test_any_body_at_all_has_a_kind_and_a_message(raw):
    error = fault(502, {}, raw)

    assert error.kind is Kind.SERVER_ERROR
    assert error.message

import json

import pytest

from proxy.codecs.cohere.faults import end_fault, event_fault, fault
from proxy.core.errors import Kind

MINUTE = "You are using a Trial key, which is limited to 20 API calls / minute."
MONTH = "You are using a Trial key, which is limited to 1000 API calls / month."
DATE = "Fri, 20 Nov 2026 10:00:00 GMT"
NOON = 1795168800


def named(status, message, headers=None, **more):
    return fault(
        status, headers or {}, json.dumps({"id": "e", "message": message, **more}).encode()
    )


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "invalid request: no model", Kind.INVALID_REQUEST),
        (400, "too many tokens: size limit exceeded by 5 tokens", Kind.CONTEXT_LENGTH),
        (401, "invalid api token", Kind.AUTH),
        (402, "no billing", Kind.QUOTA),
        (403, "not here", Kind.PERMISSION),
        (404, "model not found", Kind.NOT_FOUND),
        (422, "bad tool", Kind.INVALID_REQUEST),
        (429, MINUTE, Kind.RATE_LIMIT),
        (429, MONTH, Kind.QUOTA),
        (498, "blocked token", Kind.AUTH),
        (499, "closed", Kind.SERVER_ERROR),
        (500, "no luck", Kind.SERVER_ERROR),
        (501, "not implemented", Kind.UNSUPPORTED),
        (503, "unavailable", Kind.OVERLOADED),
        (504, "late", Kind.UPSTREAM_TIMEOUT),
    ],
)
def test_a_response_is_named_by_its_sentence_and_its_status(status, message, kind):
    error = named(status, message)

    assert (error.kind, error.message, error.status, error.code) == (kind, message, status, None)


def test_too_many_tokens_may_be_said_of_the_limit_on_the_answer():
    error = named(400, "too many tokens: max tokens must be less than or equal to 8192")

    assert (error.kind, error.param) == (Kind.INVALID_REQUEST, "max_tokens")


@pytest.mark.parametrize(
    ("word", "code"), [("TOO_MANY_TOKENS", "TOO_MANY_TOKENS"), (5, None), (None, None)]
)
def test_the_providers_word_is_the_code(word, code):
    assert named(400, "x", error_type=word).code == code


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "7", "x-ratelimit-reset": str(NOON + 9), "date": DATE}, 7.0),
        ({"x-ratelimit-reset": str(NOON + 9), "date": DATE}, 9.0),
        ({"x-ratelimit-reset": str(NOON - 9), "date": DATE}, 0.0),
        ({"x-ratelimit-reset": str(NOON + 99999), "date": DATE}, 3600.0),
        ({"x-ratelimit-reset": str(NOON)}, None),
        ({"date": DATE}, None),
        ({"x-ratelimit-reset": "soon", "date": DATE}, None),
        ({"x-ratelimit-reset": "1", "date": "soon"}, None),
        ({"x-ratelimit-reset": "nan", "date": DATE}, None),
    ],
)
def test_a_limit_says_when_it_is_lifted(headers, wait):
    assert named(429, MINUTE, headers).retry_after == wait


def test_a_body_that_is_no_json_is_named_by_its_status():
    assert fault(503, {}, b"<html></html>").kind is Kind.OVERLOADED


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"message": "no luck"}, "no luck"),
        ({"type": "error", "message": "no luck"}, "no luck"),
        ({"type": "x", "error": "no luck"}, "no luck"),
        ({"error": {"message": "no luck"}}, "no luck"),
        ({}, None),
        ({"type": "x", "message": "fine"}, None),
        ({"message": {"content": []}, "error": "x"}, None),
    ],
)
def test_inside_a_200_an_error_is_told_from_an_answer(value, message):
    error = event_fault(value)

    assert (error and error.message) == message


@pytest.mark.parametrize(
    ("finish", "error", "word", "kind", "message"),
    [
        ("ERROR", "no luck", "BAD_LUCK", Kind.SERVER_ERROR, "no luck"),
        ("ERROR", None, None, Kind.SERVER_ERROR, "the answer ended with ERROR"),
        ("TIMEOUT", None, None, Kind.UPSTREAM_TIMEOUT, "the answer ended with TIMEOUT"),
        ("TIMEOUT", "too slow", None, Kind.UPSTREAM_TIMEOUT, "too slow"),
        ("COMPLETE", "too many tokens: 5", None, Kind.CONTEXT_LENGTH, "too many tokens: 5"),
        (None, {"a": 1}, None, Kind.SERVER_ERROR, "the answer ended with None"),
    ],
)
def test_an_answer_may_end_as_a_failure(finish, error, word, kind, message):
    failure = end_fault(finish, error, word)

    assert failure is not None
    assert (failure.kind, failure.message, failure.type) == (kind, message, word)


@pytest.mark.parametrize("finish", ["COMPLETE", "MAX_TOKENS", "ERROR_TOXIC", None, 5])
def test_an_answer_that_ended_well_is_no_failure(finish):
    assert end_fault(finish, None, None) is None

import json

import pytest

from proxy.codecs.responses import faults
from proxy.core.errors import Kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("server_error", Kind.SERVER_ERROR),
        ("rate_limit_exceeded", Kind.RATE_LIMIT),
        ("invalid_prompt", Kind.CONTENT_FILTER),
        ("bio_policy", Kind.CONTENT_FILTER),
        ("misalignment_policy_violation", Kind.CONTENT_FILTER),
        ("image_content_policy_violation", Kind.CONTENT_FILTER),
        ("data_residency_mismatch", Kind.PERMISSION),
        ("vector_store_timeout", Kind.UPSTREAM_TIMEOUT),
        ("invalid_image_url", Kind.INVALID_REQUEST),
        ("image_too_large", Kind.INVALID_REQUEST),
        ("failed_to_download_image", Kind.INVALID_REQUEST),
        ("insufficient_quota", Kind.QUOTA),
        ("something_new", Kind.SERVER_ERROR),
    ],
)
def test_the_code_of_a_failed_response_decides_its_kind(code, kind):
    error = faults.failed({"error": {"code": code, "message": "So it went."}})

    assert (error.kind, error.code, error.message) == (kind, code, "So it went.")


def test_a_response_without_an_error_did_not_fail():
    assert faults.failed({"error": None}) is None
    assert faults.failed({}) is None


def test_a_refused_request_is_named_by_its_code_too():
    body = {"error": {"message": "No.", "type": "invalid_request_error", "code": "bio_policy"}}
    error = faults.fault(400, {}, json.dumps(body).encode())

    assert (error.kind, error.status) == (Kind.CONTENT_FILTER, 400)


def test_reasoning_that_another_made_is_the_requests_fault():
    body = {"error": {"message": "No.", "code": "invalid_encrypted_content"}}

    assert faults.fault(400, {}, json.dumps(body).encode()).kind is Kind.INVALID_REQUEST


def test_a_flat_error_event_has_no_type_of_its_own():
    event = {"type": "error", "code": "rate_limit_exceeded", "message": "Slow.", "param": None}
    error = faults.error_event(event)

    assert (error.kind, error.type, error.message) == (Kind.RATE_LIMIT, None, "Slow.")


def test_a_nested_error_event_keeps_the_type_that_it_gives():
    event = {"type": "error", "error": {"type": "tokens", "code": None, "message": "Slow."}}
    error = faults.error_event(event)

    assert (error.kind, error.type, error.message) == (Kind.RATE_LIMIT, "tokens", "Slow.")


def test_an_error_event_that_says_nothing_is_none():
    assert faults.error_event({"type": "error"}) is None

import pytest

from proxy.core import jsons
from proxy.core.errors import MEANINGS, Blame, Kind, ProxyError, Tried
from proxy.surfaces.messages import Messages

TYPES = {
    Kind.INVALID_REQUEST: (400, "invalid_request_error"),
    Kind.UNSUPPORTED: (400, "invalid_request_error"),
    Kind.CONTEXT_LENGTH: (400, "invalid_request_error"),
    Kind.CONTENT_FILTER: (400, "invalid_request_error"),
    Kind.TOO_LARGE: (413, "request_too_large"),
    Kind.UNKNOWN_MODEL: (404, "not_found_error"),
    Kind.UNAUTHENTICATED: (401, "authentication_error"),
    Kind.FORBIDDEN: (403, "permission_error"),
    Kind.UNPAID: (402, "billing_error"),
    Kind.MISSING: (404, "not_found_error"),
    Kind.CONFLICT: (409, "conflict_error"),
    Kind.NOT_FOUND: (404, "not_found_error"),
    Kind.AUTH: (502, "api_error"),
    Kind.QUOTA: (502, "api_error"),
    Kind.RATE_LIMIT: (429, "rate_limit_error"),
    Kind.OVERLOADED: (529, "overloaded_error"),
    Kind.CIRCUIT_OPEN: (529, "overloaded_error"),
    Kind.SERVER_ERROR: (502, "api_error"),
    Kind.CONNECT: (502, "api_error"),
    Kind.FIRST_BYTE_TIMEOUT: (504, "timeout_error"),
    Kind.TOTAL_TIMEOUT: (504, "timeout_error"),
    Kind.CANCELLED: (499, "invalid_request_error"),
    Kind.SATURATED: (503, "overloaded_error"),
    Kind.DRAINING: (503, "overloaded_error"),
    Kind.INTERNAL: (500, "api_error"),
}


def answered(error):
    answer = Messages().error(error, "req_1")
    return answer.status, dict(answer.headers), jsons.decode(answer.body)


@pytest.mark.parametrize(("kind", "expected"), TYPES.items())
def test_a_kind_has_the_status_and_type_that_anthropics_clients_know(kind, expected):
    status, _, body = answered(ProxyError(kind, "no"))

    assert (status, body["error"]["type"]) == expected


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_answered_in_anthropics_shape(kind):
    status, headers, body = answered(ProxyError(kind, "What happened."))
    meaning = MEANINGS[kind]

    assert body.keys() == {"type", "error", "request_id"}
    assert (body["type"], body["request_id"]) == ("error", "req_1")
    assert body["error"]["message"].startswith("What happened.")
    assert body["error"].get("code") == meaning.code
    assert "attempts" not in body["error"]
    assert headers["content-type"] == "application/json"
    assert headers.get("x-should-retry") == (None if meaning.should_retry else "false")
    assert 400 <= status < 600


def test_of_the_callers_own_fault_the_provider_says_it_best():
    known = ProxyError(
        Kind.INVALID_REQUEST, "no", status=402, type="billing_error", code="their_code"
    )
    foreign = ProxyError(Kind.INVALID_REQUEST, "no", status=422, type="their_type")

    assert answered(known)[0] == 402
    assert answered(known)[2]["error"] == {
        "type": "billing_error",
        "message": "no",
        "code": "their_code",
    }
    assert answered(foreign)[0] == 422
    assert answered(foreign)[2]["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("kind", [k for k in Kind if MEANINGS[k].blame is not Blame.CALLER])
def test_of_anything_else_our_own_table_says_it(kind):
    error = ProxyError(kind, "no", status=418, type="billing_error", code="their_code")

    assert answered(error)[2]["error"].get("code") == MEANINGS[kind].code
    assert answered(error)[2]["error"]["type"] != "billing_error"


def test_a_wait_is_told_and_bounded():
    _, headers, _ = answered(ProxyError(Kind.RATE_LIMIT, "slow down", retry_after=4_000_000))

    assert (headers["retry-after"], headers["retry-after-ms"]) == ("120", "120000")


def test_every_attempt_is_listed():
    error = ProxyError(Kind.OVERLOADED, "all failed")
    error.attempts = (Tried("anthropic/m", Kind.OVERLOADED, 529, None, 12.34),)

    assert answered(error)[2]["error"]["attempts"] == [
        {"target": "anthropic/m", "status": 529, "code": "overloaded", "ms": 12.3}
    ]


def test_a_conversation_that_is_to_be_held_is_refused_as_anthropics_clients_know_it():
    body = {
        "model": "m",
        "max_tokens": 9,
        "thread": {"type": "create"},
        "messages": [{"role": "user", "content": "Hi"}],
    }
    with pytest.raises(ProxyError) as caught:
        Messages().parse(jsons.encode(body))
    status, _, said = answered(caught.value)

    assert status == 400
    assert said["error"]["type"] == "invalid_request_error"
    assert said["error"]["details"] == {
        "error_code": "thread_unsupported_request",
        "unsupported": ["thread"],
    }

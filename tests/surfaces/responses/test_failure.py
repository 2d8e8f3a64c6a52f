import pytest

from proxy.core.errors import Kind, ProxyError, Tried
from proxy.surfaces.responses.failure import error_event, response_error


def test_the_failure_is_told_flat_and_nested():
    error = ProxyError(Kind.TRUNCATED, "cut")
    error.attempts = (Tried("a/b", Kind.TRUNCATED, 200, None, 5),)

    assert error_event(error, "req_1") == {
        "type": "error",
        "code": "upstream_truncated",
        "message": "cut",
        "param": None,
        "error": {
            "message": "cut",
            "type": "server_error",
            "param": None,
            "code": "upstream_truncated",
            "request_id": "req_1",
            "attempts": [{"target": "a/b", "status": 200, "code": "truncated", "ms": 5}],
        },
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ProxyError(Kind.RATE_LIMIT, "m"), "rate_limit_exceeded"),
        (ProxyError(Kind.TRUNCATED, "m"), "server_error"),
        (ProxyError(Kind.CONTEXT_LENGTH, "m"), "context_length_exceeded"),
        (ProxyError(Kind.CONTENT_FILTER, "m", code="cyber_policy"), "cyber_policy"),
        (ProxyError(Kind.CONTEXT_LENGTH, "m", code="400"), "context_length_exceeded"),
        (ProxyError(Kind.INVALID_REQUEST, "m"), "invalid_prompt"),
    ],
)
def test_the_response_says_it_in_its_own_vocabulary(error, code):
    assert response_error(error) == {"code": code, "message": "m"}

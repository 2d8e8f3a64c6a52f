import pytest

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.web.refusal import TIMED_OUT, Refusal, refusal_of


def asked(path):
    return {"path": path, "headers": [(b"x-request-id", b"req_1")]}


def test_a_refusal_on_the_wire_is_a_whole_response_that_ends_its_connection():
    head, _, body = TIMED_OUT.wire(asked("/")).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")

    assert lines[0] == "HTTP/1.1 408 Request Timeout"
    assert "connection: close" in lines
    assert "x-request-id: req_1" in lines
    assert f"content-length: {len(body)}" in lines
    assert jsons.decode(body)["error"]["request_id"] == "req_1"


def test_a_refusal_with_headers_says_them_on_the_wire():
    refusal = Refusal(405, "c", "m", headers=(("allow", "GET"),))

    assert b"\r\nallow: GET\r\n" in refusal.wire(asked("/"))


def test_a_refusal_on_the_wire_has_the_shape_of_its_surface():
    head, _, body = TIMED_OUT.wire(asked("/v1/messages")).partition(b"\r\n\r\n")

    assert jsons.decode(body)["type"] == "error"
    assert b"\r\nrequest-id: req_1\r\n" in head


def test_the_error_object_has_the_five_members_that_the_sdks_read():
    error = jsons.decode(Refusal(400, None, 'say "no"').body("req_1"))["error"]

    assert error == {
        "message": 'say "no"',
        "type": "invalid_request_error",
        "param": None,
        "code": None,
        "request_id": "req_1",
    }


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "authentication_error"), (404, "not_found_error"), (415, "invalid_request_error")],
)
def test_the_same_refusal_in_anthropics_words(status, kind):
    body = jsons.decode(Refusal(status, "c", 'say "no"').body("req_1", anthropic=True))

    assert body == {
        "type": "error",
        "error": {"type": kind, "message": 'say "no"'},
        "request_id": "req_1",
    }


def test_a_named_failure_keeps_its_meaning_and_its_own_words():
    plain = refusal_of(ProxyError(Kind.TOO_LARGE, "too much"))
    own = refusal_of(ProxyError(Kind.INVALID_REQUEST, "no", type="t", code="c", param="p"))

    assert (plain.status, plain.code, plain.message) == (413, "request_too_large", "too much")
    assert (own.status, own.type, own.code, own.param) == (400, "t", "c", "p")


def test_a_refused_caller_is_told_the_scheme_and_a_limited_one_the_wait():
    unknown = refusal_of(ProxyError(Kind.UNAUTHENTICATED, "no"))
    limited = refusal_of(ProxyError(Kind.RATE_LIMIT, "no", retry_after=3.2))

    assert unknown.headers == (("www-authenticate", "Bearer"),)
    assert limited.headers == (("retry-after", "4"),)

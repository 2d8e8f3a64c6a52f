import pytest

from proxy.core.errors import MEANINGS, Blame, Kind, ProxyError, Tried
from proxy.surfaces.failure import (
    attempts_of,
    code_of,
    headers_of,
    is_the_callers,
    message_of,
    status_of,
)


@pytest.mark.parametrize("kind", Kind)
def test_who_is_at_fault_is_read_from_the_table(kind):
    assert is_the_callers(ProxyError(kind, "no")) == (MEANINGS[kind].blame is Blame.CALLER)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ProxyError(Kind.INVALID_REQUEST, "no", status=422), 422),
        (ProxyError(Kind.INVALID_REQUEST, "no", status=200), 400),
        (ProxyError(Kind.OVERLOADED, "no", status=529), 503),
    ],
)
def test_a_providers_status_is_kept_where_the_request_is_at_fault(error, status):
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("prompt_too_big", "prompt_too_big"),
        ("3051", "3051"),
        ("1261", "1261"),
        ("30", "30"),
        ("999", "999"),
        ("400", "context_length_exceeded"),
        ("502", "context_length_exceeded"),
        ("", "context_length_exceeded"),
        (None, "context_length_exceeded"),
    ],
)
def test_a_providers_code_is_kept_unless_it_is_only_a_status(given, told):
    assert code_of(ProxyError(Kind.CONTEXT_LENGTH, "too long", code=given)) == told


def test_no_code_is_made_of_a_status_where_the_failure_has_none():
    assert code_of(ProxyError(Kind.INVALID_REQUEST, "no", code="400")) is None
    assert code_of(ProxyError(Kind.OVERLOADED, "no", code="their_code")) == "overloaded"


def test_a_wait_is_bounded_and_said_only_where_a_retry_may_help():
    slow = dict(headers_of(ProxyError(Kind.RATE_LIMIT, "slow down", retry_after=4_000)))
    broke = dict(headers_of(ProxyError(Kind.QUOTA, "no money", retry_after=4)))

    assert (slow["retry-after"], "x-should-retry" in slow) == ("120", False)
    assert (broke.get("retry-after"), broke["x-should-retry"]) == (None, "false")


def test_a_hint_is_added_as_a_sentence():
    assert message_of(ProxyError(Kind.QUOTA, "broke")).startswith("broke. Check the plan")
    assert message_of(ProxyError(Kind.RESET, "gone")) == "gone"


def test_attempts_are_told_in_order():
    error = ProxyError(Kind.RESET, "gone")
    error.attempts = (
        Tried("a/m", Kind.RESET, None, None, 1.26),
        Tried("b/m", None, 200, None, 2.0),
    )

    assert attempts_of(error) == [
        {"target": "a/m", "status": None, "code": "reset", "ms": 1.3},
        {"target": "b/m", "status": 200, "code": "served", "ms": 2.0},
    ]

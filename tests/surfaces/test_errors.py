import pytest

from proxy.core import jsons
from proxy.core.errors import MEANINGS, Blame, Kind, ProxyError, Tried
from proxy.surfaces.chat import Chat


def answered(error):
    answer = Chat().error(error, "req_1")
    return answer.status, dict(answer.headers), jsons.decode(answer.body)["error"]


def tried(target, kind, status=None):
    return Tried(target, kind, status, "their_code", 12.345)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_answered_as_its_meaning_says(kind):
    status, headers, error = answered(ProxyError(kind, "What happened."))
    meaning = MEANINGS[kind]

    assert (status, error["type"], error["code"]) == (meaning.status, meaning.type, meaning.code)
    assert error["message"].startswith("What happened.")
    assert error["param"] is None
    assert error["request_id"] == "req_1"
    assert "attempts" not in error
    assert headers["content-type"] == "application/json"
    assert headers.get("x-should-retry") == (None if meaning.should_retry else "false")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.INVALID_REQUEST, 422),
        (Kind.TOO_LARGE, 413),
        (Kind.CONTEXT_LENGTH, 413),
        (Kind.UNAUTHENTICATED, 401),
        (Kind.FORBIDDEN, 403),
    ],
)
def test_of_the_callers_own_fault_the_provider_says_it_best(kind, status):
    error = ProxyError(
        kind, "no.", status=status, type="their_type", code="their_code", param="messages[0]"
    )
    got, _, body = answered(error)

    assert (got, body["type"], body["code"], body["param"]) == (
        status,
        "their_type",
        "their_code",
        "messages[0]",
    )


@pytest.mark.parametrize("kind", [k for k in Kind if MEANINGS[k].blame is not Blame.CALLER])
def test_of_anything_else_our_own_table_says_it(kind):
    error = ProxyError(kind, "no.", status=418, type="their_type", code="their_code", param="p")
    status, _, body = answered(error)
    meaning = MEANINGS[kind]

    assert (status, body["type"], body["code"]) == (meaning.status, meaning.type, meaning.code)
    assert body["param"] is None


def test_an_error_inside_a_200_does_not_become_the_callers_200():
    assert answered(ProxyError(Kind.INVALID_REQUEST, "no", status=200))[0] == 400
    assert answered(ProxyError(Kind.INVALID_REQUEST, "no", status=500))[0] == 400


@pytest.mark.parametrize(
    ("wait", "whole", "ms"),
    [
        (1.5, "2", "1500"),
        (30, "30", "30000"),
        (0.02, "1", "20"),
        (0, "1", "1"),
        (-5, "1", "1"),
        (3600, "120", "120000"),
        (float("inf"), "120", "120000"),
    ],
)
def test_a_wait_is_told_as_sdks_honour_it(wait, whole, ms):
    _, headers, _ = answered(ProxyError(Kind.RATE_LIMIT, "slow down", retry_after=wait))

    assert (headers["retry-after"], headers["retry-after-ms"]) == (whole, ms)


@pytest.mark.parametrize(
    "error",
    [
        ProxyError(Kind.RATE_LIMIT, "slow down"),
        ProxyError(Kind.RATE_LIMIT, "slow down", retry_after=float("nan")),
        ProxyError(Kind.QUOTA, "no money", retry_after=5),
    ],
)
def test_no_wait_is_told_where_none_is_known_or_none_helps(error):
    assert "retry-after" not in answered(error)[1]


def test_every_attempt_is_listed():
    error = ProxyError(Kind.SERVER_ERROR, "all failed")
    error.attempts = (
        tried("openai/m", Kind.OVERLOADED, 200),
        tried("local/m", Kind.CONNECT),
        tried("other/m", None, 200),
    )

    assert answered(error)[2]["attempts"] == [
        {"target": "openai/m", "status": 200, "code": "overloaded", "ms": 12.3},
        {"target": "local/m", "status": None, "code": "connect", "ms": 12.3},
        {"target": "other/m", "status": 200, "code": "served", "ms": 12.3},
    ]


def test_an_unknown_model_is_told_in_the_words_that_it_came_with():
    said = "The model 'x' does not exist here. GET /v1/models lists the models."

    assert answered(ProxyError(Kind.UNKNOWN_MODEL, said))[2]["message"] == said


def test_a_hint_names_the_provider_to_look_at():
    error = ProxyError(Kind.AUTH, "All 2 attempts failed")
    error.attempts = (
        tried("openai/m", Kind.AUTH, 401),
        tried("eu/m", Kind.AUTH, 401),
        tried("b/m", Kind.RESET),
    )

    assert answered(error)[2]["message"] == (
        "All 2 attempts failed. Check the API key that the proxy has for 'openai' and 'eu'."
    )


def test_a_hint_without_attempts_speaks_of_the_provider():
    assert answered(ProxyError(Kind.QUOTA, "No credit left."))[2]["message"] == (
        "No credit left. Check the plan and the balance of the proxy's account at the provider."
    )

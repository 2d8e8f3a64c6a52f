from proxy.codecs.plain.head import headers
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target

REQUEST = ChatRequest(
    body={}, forward=(("traceparent", "t"), ("x-team", "red"), ("authorization", "Bearer caller"))
)


def target(**more):
    return Target("p", "m", "plain", "http://p.test", **more)


def test_each_name_stands_once_and_the_last_word_is_the_targets():
    to = target(api_key=Secret("key"), headers=(("x-team", "blue"),))

    assert headers(REQUEST, to, "application/json") == (
        ("traceparent", "t"),
        ("x-team", "blue"),
        ("authorization", "Bearer key"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
    )


def test_without_a_key_the_callers_own_credential_passes_if_it_was_let_through():
    assert dict(headers(REQUEST, target(), "x"))["authorization"] == "Bearer caller"
    assert "authorization" not in dict(headers(ChatRequest(body={}), target(), "x"))

import json
from dataclasses import replace

import pytest

from proxy.codecs.vertex import Vertex
from proxy.core.credential import GoogleAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target
from proxy.core.state import unpack
from tests.support import relayed
from tests.support.google import event, sse

CODEC = Vertex()
HELLO = [{"role": "user", "content": "Hello"}]
GOOGLE, CLAUDE = "gemini-3.8-flash", "claude-sonnet-4-5@20250929"
AUTH = GoogleAuth(access_token=Secret("ya29.token"))
PLACE = "projects/p/locations/europe-west4"
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [{"type": "text", "text": "Hi"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "output_tokens": 1},
}


def target(model=GOOGLE, *, location="europe-west4", project="p", auth=AUTH, **given):
    options = {"project": project, "location": location}
    kept = {name: value for name, value in options.items() if value}
    return Target(
        "vertex", model, "vertex", given.pop("base_url", ""), auth=auth, options=kept, **given
    )


def call(model=GOOGLE, *, stream=False, body=None, **given):
    request = ChatRequest(body={"messages": HELLO, **(body or {})}, stream=stream)
    return CODEC.encode(request, target(model, **given))


def test_its_name_is_vertex():
    assert CODEC.name == "vertex"


@pytest.mark.parametrize(
    ("location", "host", "place"),
    [
        ("europe-west4", "europe-west4-aiplatform.googleapis.com", "europe-west4"),
        ("global", "aiplatform.googleapis.com", "global"),
        ("us", "aiplatform.us.rep.googleapis.com", "us"),
        ("eu", "aiplatform.eu.rep.googleapis.com", "eu"),
        (None, "aiplatform.googleapis.com", "global"),
    ],
)
def test_the_location_makes_the_host_for_both_makers(location, host, place):
    base = f"projects/p/locations/{place}/publishers"

    assert call(location=location).url == (
        f"https://{host}/v1beta1/{base}/google/models/{GOOGLE}:generateContent"
    )
    assert call(CLAUDE, location=location).url == (
        f"https://{host}/v1/{base}/anthropic/models/{CLAUDE}:rawPredict"
    )


def test_streams_have_methods_of_their_own():
    assert call(stream=True).url.endswith(":streamGenerateContent?alt=sse")
    assert call(CLAUDE, stream=True).url.endswith(":streamRawPredict")


def test_an_address_of_the_targets_own_comes_first():
    assert call(base_url="http://here.test").url == (
        f"http://here.test/v1beta1/{PLACE}/publishers/google/models/{GOOGLE}:generateContent"
    )


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("google/gemini-3.8-flash", "publishers/google/models/gemini-3.8-flash"),
        ("publishers/google/models/gemini-3.8-flash", "publishers/google/models/gemini-3.8-flash"),
        ("endpoints/123", "endpoints/123"),
        ("projects/p/locations/l/endpoints/12 3", "endpoints/12%203"),
        ("odd;name", "publishers/google/models/odd%3Bname"),
        ("anthropic/claude-opus-5;x", "publishers/anthropic/models/claude-opus-5%3Bx"),
    ],
)
def test_a_model_may_stand_with_or_without_its_path(model, path):
    assert f"/{PLACE}/{path}:" in call(model).url


def test_a_project_may_belong_to_a_domain():
    assert "/projects/example.com:p/" in call(project="example.com:p").url


@pytest.mark.parametrize("model", [GOOGLE, CLAUDE])
def test_the_credential_is_told_by_its_scheme_or_goes_as_bearer(model):
    with_scheme = call(model, api_key=Secret("unused"))
    with_token = call(model, auth=None, api_key=Secret("ya29.mine"))

    assert with_scheme.auth is AUTH
    assert "unused" not in str(with_scheme.headers)
    assert with_token.auth is None
    assert dict(with_token.headers)["authorization"] == "Bearer ya29.mine"
    assert "x-api-key" not in dict(with_token.headers)


def test_an_api_key_needs_no_project():
    made = call(project=None, location=None, auth=None, api_key=Secret("AIza-key-0123"))

    assert made.url == (
        f"https://aiplatform.googleapis.com/v1beta1/publishers/google/models/{GOOGLE}:generateContent"
    )
    assert dict(made.headers)["x-goog-api-key"] == "AIza-key-0123"
    assert "AIza" not in made.url


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"auth": None},
        {"auth": None, "api_key": Secret("ya29.mine")},
        {"api_key": Secret("AIza-1")},
    ],
)
def test_anything_else_needs_a_project(given):
    with pytest.raises(ProxyError, match="has no project") as caught:
        call(project=None, **given)

    assert caught.value.kind is Kind.MISCONFIGURED


def test_claude_is_asked_in_its_own_words_but_for_version_and_model():
    made = call(CLAUDE, stream=True, body={"max_tokens": 9, "temperature": 0.5, "seed": 1})

    assert json.loads(made.body) == {
        "max_tokens": 9,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "temperature": 0.5,
        "stream": True,
        "anthropic_version": "vertex-2023-10-16",
    }
    assert made.dropped == ("seed",)
    assert "anthropic-version" not in dict(made.headers)


def test_claudes_betas_stay_in_their_header():
    betas = dict(call(CLAUDE, body={"betas": ["context-1m-2025-08-07"]}).headers)["anthropic-beta"]

    assert betas == "context-1m-2025-08-07"


def test_gemini_is_asked_in_its_own_words():
    made = call(body={"max_tokens": 9, "metadata": {"team": "a"}})

    assert json.loads(made.body) == {
        "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
        "labels": {"team": "a"},
        "generationConfig": {"maxOutputTokens": 1_033},
    }


def test_whole_answers_of_both_are_read():
    google = CODEC.decode(
        200, {}, json.dumps(event({"text": "Hi"}, finish="STOP")).encode(), created=1
    )
    claude = CODEC.decode(200, {}, json.dumps(MESSAGE).encode(), created=1)

    assert google["choices"][0]["message"]["content"] == "Hi"
    assert claude["choices"][0]["message"]["content"] == "Hi"
    assert claude["id"] == "msg_1"


def test_streams_of_both_are_read():
    request = ChatRequest(body={"messages": HELLO}, stream=True)
    opened = {**MESSAGE, "content": [], "stop_reason": None}
    told = [
        {"type": "message_start", "message": opened},
        {"type": "content_block_start", "index": 0, "content_block": MESSAGE["content"][0]},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}},
        {"type": "message_stop"},
    ]
    for model, events in ((GOOGLE, [event({"text": "Hi"}, finish="STOP")]), (CLAUDE, told)):
        decoder = CODEC.stream(request, target(model), created=1)
        chunks = decoder.feed(sse(*events))

        assert fold(chunks + decoder.finish())["choices"][0]["message"]["content"] == "Hi"


def test_signatures_are_those_of_vertex():
    part = {"functionCall": {"name": "a", "id": "fc1"}, "thoughtSignature": "CsQB"}
    body = json.dumps(event(part, finish="STOP")).encode()
    [made] = CODEC.decode(200, {}, body, created=1)["choices"][0]["message"]["tool_calls"]

    assert unpack(made["id"]).maker == "vertex/gemini-3.8-flash"


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (
            404,
            {"error": {"code": 404, "message": "No such model.", "status": "NOT_FOUND"}},
            Kind.NOT_FOUND,
            "No such model.",
        ),
        (
            529,
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            Kind.OVERLOADED,
            "Overloaded",
        ),
        (400, "nonsense", Kind.INVALID_REQUEST, "nonsense"),
    ],
)
def test_failures_of_both_are_named(status, body, kind, message):
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    error = CODEC.fault(status, {}, raw)

    assert error.kind is kind
    assert error.message == message


def test_the_target_is_not_changed():
    where = target(CLAUDE, api_key=Secret("ya29.mine"), auth=None)
    CODEC.encode(ChatRequest(body={"messages": HELLO}), where)

    assert where == replace(where)
    assert where.api_key == Secret("ya29.mine")


def test_a_caller_of_the_messages_api_has_its_own_bytes_relayed_to_claude():
    made = relayed.call(CODEC, target(CLAUDE), stream=True)

    assert made.url.endswith(f"/publishers/anthropic/models/{CLAUDE}:streamRawPredict")
    assert made.body == (
        b'{"max_tokens":9,"messages":[{"role":"user","content":"H\\u0069"}],"new_field":1.50,'
        b'"stream":true,"anthropic_version":"vertex-2023-10-16"}'
    )
    assert dict(made.headers) == {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("given", "sent", "dropped"),
    [
        ("a-2026-01-01, b-1", "a-2026-01-01,b-1", ()),
        ("oauth-2025-04-20,a-2026-01-01", "a-2026-01-01", ("oauth-2025-04-20",)),
        ("claude-code-20250219", None, ("claude-code-20250219",)),
    ],
)
def test_betas_that_only_anthropics_own_service_has_stay_out(given, sent, dropped):
    forward = (("anthropic-beta", given), ("anthropic-version", "2026-10-21"))
    made = relayed.call(CODEC, target(CLAUDE), forward=forward)

    assert dict(made.headers).get("anthropic-beta") == sent
    assert "anthropic-version" not in dict(made.headers)
    assert made.dropped == dropped


def test_a_chat_callers_betas_go_as_they_are():
    forward = (("anthropic-beta", "oauth-2025-04-20"),)
    made = CODEC.encode(ChatRequest(body={"messages": HELLO}, forward=forward), target(CLAUDE))

    assert dict(made.headers)["anthropic-beta"] == "oauth-2025-04-20"


def test_claudes_own_events_come_back_and_geminis_are_translated():
    asked = relayed.request(stream=True)
    ping = b'{"type": "ping"}'
    [chunk] = CODEC.stream(asked, target(CLAUDE), created=1).feed(b"data: " + ping + b"\n\n")
    said = CODEC.stream(asked, target(), created=1).feed(sse(event({"text": "Hi"})))

    assert relayed.natives([chunk]) == [("ping", ping)]
    assert relayed.natives(said) == []
    assert "contents" in json.loads(relayed.call(CODEC, target()).body)


def test_what_only_a_relay_keeps_is_refused_by_gemini():
    asked = replace(relayed.request(), only_native="Only Anthropic runs this tool.")

    assert CODEC.encode(asked, target(CLAUDE)).url.endswith(":rawPredict")
    with pytest.raises(ProxyError, match="Only Anthropic") as caught:
        CODEC.encode(asked, target())
    assert caught.value.kind is Kind.UNSUPPORTED


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Corrupted thought signature.", True),
        ("messages.1.content.0: Invalid `signature` in `thinking` block", True),
        ("No.", False),
    ],
)
def test_signatures_of_both_that_are_refused_are_left_out(message, found):
    said = {"role": "assistant", "content": "Hi", "thinking_blocks": [{"type": "thinking"}]}
    request = ChatRequest(body={"messages": [*HELLO, said, *HELLO]})
    bare = CODEC.unsigned(ProxyError(Kind.INVALID_REQUEST, message, status=400), request)

    assert (bare is not None) is found

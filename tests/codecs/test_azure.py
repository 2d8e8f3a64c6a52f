import json

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from proxy.codecs.azure import Azure
from proxy.codecs.codec import Codec, Sparing
from proxy.codecs.plain.refused import LIMITS, without
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Quirks
from tests.support.written import ASKED, call_of, target

BASE = "https://acme.openai.azure.com"
FOUNDRY = "https://acme.services.ai.azure.com/models"
TOKEN = "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln"
OLD, MIDDLE, NEW = "2024-02-01", "2024-10-21", "2025-04-01-preview"


def azure(model="prod", base=BASE, key="k", headers=(), quirks=None, **options):
    return target(
        model,
        "azure",
        base,
        api_key=key and Secret(key),
        options=options,
        headers=headers,
        quirks=quirks or Quirks(),
    )


def sent(body, to, *, stream=False):
    call = call_of(body, to, stream=stream, codec=Azure())
    native = json.loads(call.body)
    assert native.pop("messages") == ASKED
    return native, call.dropped


def head(to):
    return dict(call_of({}, to, codec=Azure()).headers)


def test_it_is_a_codec_by_the_name_of_its_protocol():
    codec: Codec = Azure()

    assert codec.name == "azure"


@pytest.mark.parametrize(
    ("base", "version", "url"),
    [
        (BASE, None, f"{BASE}/openai/v1/chat/completions"),
        (BASE, "v1", f"{BASE}/openai/v1/chat/completions"),
        (BASE, "latest", f"{BASE}/openai/v1/chat/completions"),
        (BASE, "preview", f"{BASE}/openai/v1/chat/completions?api-version=preview"),
        (f"{BASE}/openai/v1", None, f"{BASE}/openai/v1/chat/completions"),
        (f"{BASE}/openai", "v1", f"{BASE}/openai/v1/chat/completions"),
        (BASE, MIDDLE, f"{BASE}/openai/deployments/prod%2F1/chat/completions?api-version={MIDDLE}"),
        (f"{BASE}/openai", NEW, f"{BASE}/openai/deployments/prod%2F1/chat/completions?api-version={NEW}"),
        (FOUNDRY, "2024-05-01-preview", f"{FOUNDRY}/chat/completions?api-version=2024-05-01-preview"),
        (FOUNDRY, None, f"{FOUNDRY}/chat/completions"),
    ],
)  # fmt: skip
def test_the_version_chooses_the_path(base, version, url):
    options = {} if version is None else {"api_version": version}
    call = call_of({}, azure("prod/1", base, **options), codec=Azure())

    assert call.url == url
    assert json.loads(call.body)["model"] == "prod/1"


def test_the_key_goes_under_azures_name():
    lines = head(azure())

    assert lines["api-key"] == "k"
    assert "authorization" not in lines


@pytest.mark.parametrize("to", [azure(key=TOKEN), azure(key=TOKEN, auth="bearer")])
def test_a_token_goes_as_bearer(to):
    lines = head(to)

    assert lines["authorization"] == f"Bearer {TOKEN}"
    assert "api-key" not in lines


def test_a_key_that_is_said_to_be_a_token_goes_as_bearer():
    assert head(azure(auth="bearer"))["authorization"] == "Bearer k"


def test_the_targets_own_headers_are_the_only_credential():
    bearer = head(azure(headers=(("authorization", "Bearer own"),)))
    key = head(azure(headers=(("api-key", "own"),)))

    assert (bearer["authorization"], bearer.get("api-key")) == ("Bearer own", None)
    assert (key["api-key"], key.get("authorization")) == ("own", None)
    assert "api-key" not in head(azure(key=None))


@pytest.mark.parametrize(
    ("model", "options", "body", "native", "dropped"),
    [
        ("prod", {}, {"max_tokens": 5}, {"max_tokens": 5}, ()),
        ("prod", {"base_model": "gpt-5.4"}, {"max_tokens": 5}, {"max_completion_tokens": 5}, ()),
        ("o4-mini", {"api_version": NEW}, {"max_tokens": 5}, {"max_completion_tokens": 5}, ()),
        ("prod", {"api_version": OLD}, {"max_completion_tokens": 5}, {"max_tokens": 5}, ()),
        ("prod", {"api_version": MIDDLE}, {"max_completion_tokens": 5}, {"max_completion_tokens": 5}, ()),
        ("prod", {}, {"store": True, "reasoning_effort": "low"}, {"store": True, "reasoning_effort": "low"}, ()),
        ("prod", {"api_version": MIDDLE}, {"reasoning_effort": "low", "seed": 1}, {"seed": 1}, ("reasoning_effort",)),
        ("prod", {"api_version": NEW}, {"reasoning_effort": "low"}, {"reasoning_effort": "low"}, ()),
        (
            "prod",
            {"api_version": NEW},
            {"store": True, "verbosity": "low", "prompt_cache_key": "a", "user": "u"},
            {"user": "u"},
            ("prompt_cache_key", "store", "verbosity"),
        ),
    ],
)  # fmt: skip
def test_fields_fit_the_version_and_the_model(model, options, body, native, dropped):
    assert sent(body, azure(model, **options)) == ({"model": model, **native}, dropped)


def test_usage_is_asked_for_where_the_version_has_it():
    body = {"stream_options": {"include_usage": True}}

    assert sent({}, azure(api_version=OLD), stream=True) == ({"model": "prod", "stream": True}, ())
    assert sent(body, azure(api_version=OLD), stream=True)[1] == ("stream_options",)
    asked, dropped = sent({}, azure(api_version=MIDDLE), stream=True)
    assert (asked["stream_options"], dropped) == ({"include_usage": True}, ())


def test_the_quirks_of_the_target_hold_too():
    to = azure(quirks=Quirks(drop=frozenset({"seed"})))

    assert sent({"seed": 1}, to) == ({"model": "prod"}, ("seed",))


def streamed(*frames):
    data = b"".join(b"data: " + json.dumps(frame).encode() + b"\n\n" for frame in frames)
    decoder = Azure().stream(ChatRequest(body={}), azure(), created=1)
    return decoder.feed(data + b"data: [DONE]\n\n") + decoder.finish()


EMPTY = {"id": "", "object": "", "created": 0, "model": ""}
SAFE = {"hate": {"filtered": False, "severity": "safe"}}
HEAD = {"id": "c", "object": "chat.completion.chunk", "created": 7, "model": "gpt-4.1"}
VERDICT = {**EMPTY, "choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}]}  # fmt: skip


def said(delta, finish=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "content_filter_results": SAFE}
    return {**HEAD, "choices": [choice]}


def annotation(finish=None):
    offsets = {"check_offset": 4, "start_offset": 4, "end_offset": 9}
    choice = {"index": 0, "finish_reason": finish, "content_filter_results": SAFE}
    return {**EMPTY, "choices": [{**choice, "content_filter_offsets": offsets}]}


def test_the_filters_words_come_with_the_identity_of_the_answer():
    chunks = streamed(
        VERDICT,
        said({"role": "assistant", "content": ""}),
        said({"content": "a"}),
        annotation(),
        said({}, "stop"),
        annotation(),
        {**HEAD, "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
    )  # fmt: skip

    assert chunks[0]["prompt_filter_results"] == VERDICT["prompt_filter_results"]
    assert chunks[3]["choices"][0]["content_filter_offsets"]["end_offset"] == 9
    assert {(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks} == {
        ("c", 7, "gpt-4.1")
    }
    assert [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]].count(
        "stop"
    ) == 1
    assert chunks[-1]["usage"]["total_tokens"] == 3


def test_a_late_verdict_of_the_filter_is_the_finish():
    chunks = streamed(
        said({"role": "assistant", "content": "a"}), annotation(), annotation("content_filter")
    )

    assert fold(chunks)["choices"][0]["finish_reason"] == "content_filter"


def test_the_sdk_reads_our_stream_as_it_reads_a_whole_answer():
    state = ChatCompletionStreamState()
    for chunk in streamed(VERDICT, said({"role": "assistant", "content": "a"}), annotation(), said({"content": "b"}, "stop")):  # fmt: skip
        told = {name: value for name, value in chunk.items() if name != "native"}
        state.handle_chunk(ChatCompletionChunk.model_validate(told))
    choice = state.get_final_completion().choices[0]

    assert (choice.message.content, choice.finish_reason) == ("ab", "stop")


def test_a_whole_answer_keeps_what_the_filter_found():
    message = {"role": "assistant", "content": "a"}
    body = {
        **HEAD,
        "object": "chat.completion",
        "prompt_filter_results": VERDICT["prompt_filter_results"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    answer = Azure().decode(200, {}, json.dumps(body).encode(), created=1, target=azure())

    assert answer["prompt_filter_results"] == VERDICT["prompt_filter_results"]
    assert "native" in answer


def test_an_answer_that_the_filter_took_away_has_its_finish():
    body = {**HEAD, "choices": [{"index": 0, "finish_reason": "content_filter"}]}
    answer = Azure().decode(200, {}, json.dumps(body).encode(), created=1)

    assert answer["choices"][0]["finish_reason"] == "content_filter"


INNER = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": SAFE}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"code": "content_filter", "message": "m", "param": "prompt", "innererror": INNER}}, Kind.CONTENT_FILTER),
        (400, {"error": {"code": None, "message": "m", "innererror": INNER}}, Kind.CONTENT_FILTER),
        (400, {"error": {"code": "OperationNotSupported", "message": "m"}}, Kind.MISCONFIGURED),
        (400, {"error": {"code": "context_length_exceeded", "message": "m"}}, Kind.CONTEXT_LENGTH),
        (400, {"error": {"code": "unsupported_parameter", "message": "m"}}, Kind.UNSUPPORTED),
        (400, {"error": {"message": "m", "innererror": {"code": 5}}}, Kind.INVALID_REQUEST),
        (400, {"error": {"message": "m", "innererror": 5}}, Kind.INVALID_REQUEST),
        (401, {"error": {"code": "401", "message": "m"}}, Kind.AUTH),
        (401, {"statusCode": 401, "message": "m"}, Kind.AUTH),
        (403, {"error": {"code": "403", "message": "m"}}, Kind.PERMISSION),
        (404, {"error": {"code": "DeploymentNotFound", "message": "m"}}, Kind.NOT_FOUND),
        (404, {"error": {"code": "404", "message": "m"}}, Kind.NOT_FOUND),
        (408, {"error": {"code": "Timeout", "message": "m"}}, Kind.UPSTREAM_TIMEOUT),
        (424, {"error": {"code": "x", "message": "m"}}, Kind.SERVER_ERROR),
        (429, {"error": {"code": "429", "message": "m"}}, Kind.RATE_LIMIT),
        (429, {"error": {"code": "RateLimitReached", "message": "m"}}, Kind.RATE_LIMIT),
        (429, {"error": {"code": "NoCapacity", "message": "m"}}, Kind.OVERLOADED),
        (429, {"error": {"code": "EngineOverloaded", "message": "m"}}, Kind.OVERLOADED),
        (500, {"error": {"code": "InternalServerError", "message": "m"}}, Kind.SERVER_ERROR),
        (503, {"error": {"code": "ServiceUnavailable", "message": "m"}}, Kind.OVERLOADED),
    ],
)  # fmt: skip
def test_failures_are_named_by_azures_codes(status, body, kind):
    error = Azure().fault(status, {"retry-after": "7"}, json.dumps(body).encode())

    assert (error.kind, error.message, error.retry_after) == (kind, "m", 7)


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[1]", b"oops"])
def test_bodies_without_a_code_are_named_by_their_status(body):
    assert Azure().fault(500, {}, body).kind is Kind.SERVER_ERROR


def test_a_version_that_does_not_know_a_field_is_asked_without_it():
    codec, to = Azure(), azure()
    request = ChatRequest({"messages": ASKED}, stream=True)
    call = codec.encode(request, to)
    said = b'{"error":{"message":"Unknown parameter: \'stream_options\'."}}'
    names = codec.refused(codec.fault(400, {}, said), request, call, to)

    assert isinstance(codec, Sparing)
    assert names == {"stream_options"}
    assert b"stream_options" not in codec.encode(request, without(to, names)).body


@pytest.mark.parametrize(
    ("model", "refused"), [("prod", "max_tokens"), ("gpt-5", "max_completion_tokens")]
)
def test_a_deployment_that_knows_the_limit_by_its_other_name_hears_that(model, refused):
    to = without(azure(model), {refused})

    assert sent({"max_tokens": 5}, to)[0].keys() & LIMITS == {LIMITS[refused]}


def test_a_failure_inside_a_stream_is_a_failure():
    with pytest.raises(ProxyError) as caught:
        streamed({"error": {"code": "content_filter", "message": "filtered"}})

    assert caught.value.kind is Kind.CONTENT_FILTER

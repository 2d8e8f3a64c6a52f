import json

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from proxy.codecs.codec import Codec, Passing, Sparing
from proxy.codecs.mistral import Mistral
from proxy.codecs.plain.refused import without
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Quirks
from proxy.core.usage import Usage
from proxy.surfaces.chat.encoder import ChatEncoder
from proxy.surfaces.chat.whole_stream import as_it_came
from tests.support.runs import told
from tests.support.written import ASKED, call_of, target

HEAD = {"id": "c", "object": "chat.completion.chunk", "created": 7, "model": "mistral-large"}
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}
EXTRA = "Extra inputs are not permitted"
REFERENCE = {"type": "reference", "reference_ids": [1]}


def frame(delta, finish=None, **more):
    return {**HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def streamed(*frames, body=None, done=b"data: [DONE]\n\n"):
    data = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in frames)
    decoder = Mistral().stream(ChatRequest(body=body or {}), target(protocol="mistral"), created=1)
    return decoder.feed(data + done) + decoder.finish()


def whole(message, finish="stop", **more):
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body = {"id": "c", "object": "chat.completion", "created": 7, "model": "m", "usage": USAGE}
    data = json.dumps({**body, "choices": [choice], **more}).encode()
    return Mistral().decode(200, {}, data, created=1, target=target(protocol="mistral"))


def test_it_is_a_codec_by_the_name_of_its_protocol():
    codec: Codec = Mistral()

    assert codec.name == "mistral"


def test_a_call_goes_to_the_chat_path_with_a_bearer_key():
    to = target("mistral-large-latest", "mistral", "https://api.mistral.ai/v1", api_key=Secret("k"))
    call = call_of({"temperature": 0.2}, to, stream=True, codec=Mistral())

    assert call.url == "https://api.mistral.ai/v1/chat/completions"
    assert dict(call.headers) == {
        "content-type": "application/json",
        "accept": "text/event-stream",
        "authorization": "Bearer k",
    }
    assert json.loads(call.body) == {
        "messages": ASKED,
        "temperature": 0.2,
        "model": "mistral-large-latest",
        "stream": True,
    }


def test_content_in_chunks_is_told_apart():
    chunks = streamed(
        frame({"role": "assistant", "content": ""}),
        frame({"role": "", "content": [THOUGHT]}),
        frame({"content": [{"type": "text", "text": "a"}, REFERENCE]}),
        frame({"content": "b"}, "stop", usage=USAGE, p="abc"),
    )
    message = fold(chunks)["choices"][0]["message"]

    assert (message["reasoning_content"], message["content"]) == ("t", "ab")
    assert fold(chunks)["usage"] == USAGE


def test_calls_that_come_whole_get_type_arguments_and_id():
    calls = [
        {"index": 0, "id": "yBvJuId6u", "function": {"name": "f", "arguments": {"a": 1}}},
        {"index": 1, "id": "null", "function": {"name": "g", "arguments": ""}},
    ]
    state = ChatCompletionStreamState()
    chunks = streamed(
        frame({"role": "assistant", "content": ""}),
        frame({"tool_calls": calls}, "tool_calls", usage=USAGE),
    )
    for chunk in chunks:
        told = {name: value for name, value in chunk.items() if name != "native"}
        state.handle_chunk(ChatCompletionChunk.model_validate(told))
    choice = state.get_final_completion().choices[0]
    first, second = choice.message.tool_calls

    assert choice.finish_reason == "tool_calls"
    assert (first.id, first.type, first.function.arguments) == ("yBvJuId6u", "function", '{"a":1}')
    assert second.id.startswith("call_")
    assert second.function.arguments == "{}"


def test_a_finish_without_its_last_event_is_an_end():
    chunks = streamed(
        frame({"role": "assistant", "content": "a"}), frame({}, "model_length"), done=b""
    )

    assert fold(chunks)["choices"][0]["finish_reason"] == "length"


def test_a_begun_answer_is_not_told_again():
    body = {"messages": [*ASKED, {"role": "assistant", "content": "Once"}], "n": 1}
    chunks = streamed(
        frame({"role": "assistant", "content": "Once"}), frame({"content": " more"}, "stop"),
        body=body,
    )  # fmt: skip

    assert fold(chunks)["choices"][0]["message"]["content"] == " more"


@pytest.mark.parametrize(("begun", "streams"), [("Once", True), ("", None), (None, None)])
def test_an_answer_that_was_begun_is_streamed_whoever_wants_it_whole(begun, streams):
    last = [] if begun is None else [{"role": "assistant", "content": begun}]
    request = ChatRequest(body={"messages": [*ASKED, *last]})
    sent = json.loads(Mistral().encode(request, target()).body)

    assert sent.get("stream") is streams


@pytest.mark.parametrize(
    "messages", [None, ASKED, [{"role": "assistant", "content": [{"type": "text", "text": "a"}]}]]
)
def test_an_answer_that_was_not_begun_is_relayed_as_it_came(messages):
    chunks = streamed(
        frame({"role": "assistant", "content": "a"}), frame({}, "stop"), body={"messages": messages}
    )

    assert all("native" in chunk for chunk in chunks)


def test_text_that_came_in_one_read_is_taken_together_and_calls_still_get_their_ids():
    call = {"index": 0, "id": "null", "function": {"name": "g", "arguments": ""}}
    texts = [frame({"content": word}, p="abc") for word in ("b", "c")]
    opening, end = (
        frame({"role": "assistant", "content": "a"}),
        frame({"tool_calls": [call]}, "tool_calls"),
    )
    chunks = streamed(opening, *texts, end)
    said = [chunk["choices"][0]["delta"] for chunk in chunks]

    assert [delta.get("content") for delta in said] == ["a", "bc", None]
    assert told(chunks)[1:3] == texts
    assert said[2]["tool_calls"][0]["id"].startswith("call_")


def test_what_goes_on_with_a_begun_answer_is_looked_at_frame_by_frame():
    body = {"messages": [*ASKED, {"role": "assistant", "content": "Once"}]}
    opening = frame({"role": "assistant", "content": "On"})
    chunks = streamed(
        opening, frame({"content": "ce"}), frame({"content": " more"}), frame({}, "stop"), body=body
    )

    assert fold(chunks)["choices"][0]["message"]["content"] == " more"


def test_whole_answers_are_read_alike():
    call = {"id": "null", "function": {"name": "f", "arguments": {"a": 1}}}
    answer = whole({"role": "assistant", "content": [THOUGHT], "tool_calls": [call]}, "tool_calls")
    message = answer["choices"][0]["message"]

    assert (message["reasoning_content"], message["content"]) == ("t", "")
    assert message["tool_calls"][0]["id"].startswith("call_")
    assert message["tool_calls"][0]["function"]["arguments"] == '{"a":1}'


def sent(frames):
    """The events that a stream of these is."""
    return [*(b"data: %b\n\n" % json.dumps(each).encode() for each in frames), b"data: [DONE]\n\n"]


def read_frame_by_frame(pieces, request):
    """The chunks of a stream, and what the chat surface says of them."""
    decoder = Mistral().stream(request, target("mistral/m"), created=1)
    encoder = ChatEncoder(request)
    chunks = decoder.feed(b"".join(pieces)) + decoder.finish()
    return chunks, b"".join([*map(encoder.feed, chunks), encoder.finish()])


@pytest.mark.parametrize("usage", [False, True])
def test_a_stream_that_came_whole_goes_on_as_it_came(usage):
    counts = {"prompt_tokens": 1, "total_tokens": 3, "completion_tokens": 2}
    frames = [
        frame({"role": "assistant", "content": ""}),
        frame({"content": "a"}),
        frame({"content": " b"}),
        frame({"content": "."}, "stop", usage=counts, p="abc"),
    ]
    request, pieces = (
        ChatRequest(body={"messages": ASKED}, stream=True, include_usage=usage),
        sent(frames),
    )
    codec, to = Mistral(), target("mistral/m")
    whole = codec.whole_stream(pieces, 999, request, to)
    _, said = read_frame_by_frame(pieces, request)

    assert isinstance(codec, Passing)
    assert b"".join(as_it_came(request, whole)) == said
    assert whole.usage.completion == 2

    begun = {"messages": [*ASKED, {"role": "assistant", "content": "a"}]}
    assert codec.whole_stream(pieces, 999, ChatRequest(body=begun), to) is None
    assert codec.whole_answer(b"{}", to) is None


def test_a_finish_that_says_error_is_a_failure():
    with pytest.raises(ProxyError) as caught:
        whole({"role": "assistant", "content": ""}, "error")

    assert caught.value.kind is Kind.SERVER_ERROR


CACHED = {**USAGE, "num_cached_tokens": 2}


def test_what_a_cache_had_is_told_where_it_belongs():
    answer = whole({"role": "assistant", "content": "a"}, usage=CACHED)
    chunks = streamed(
        frame({"role": "assistant", "content": "a"}), frame({}, "stop", usage=CACHED, p="abc")
    )
    expected = {**CACHED, "prompt_tokens_details": {"cached_tokens": 2}}

    assert answer["usage"] == fold(chunks)["usage"] == expected
    assert Usage.read(expected).cached == 2


@pytest.mark.parametrize("usage", [False, True])
@pytest.mark.parametrize("details", [{}, {"prompt_tokens_details": {"cached_tokens": 2}}])
def test_a_stream_that_came_whole_tells_the_same_of_a_cache(usage, details):
    frames = [
        frame({"role": "assistant", "content": ""}),
        frame({"content": "a"}),
        frame({"content": "."}, "stop", usage={**CACHED, **details}),
    ]
    request, pieces = (
        ChatRequest(body={"messages": ASKED}, stream=True, include_usage=usage),
        sent(frames),
    )
    whole = Mistral().whole_stream(pieces, 999, request, target("mistral/m"))
    chunks, said = read_frame_by_frame(pieces, request)

    assert (whole is not None) is bool(details)
    assert Usage.read(fold(chunks)["usage"]).cached == 2
    assert (b'"cached_tokens":2' in said.replace(b" ", b"")) is usage
    if whole:
        assert b"".join(as_it_came(request, whole)) == said
        assert whole.usage.cached == 2


def test_the_quirks_of_the_target_hold_too():
    to = target(protocol="mistral", quirks=Quirks(response=("cached_elsewhere",)))
    choice = {"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}
    usage = {**USAGE, "cached_tokens": 2}
    data = json.dumps({"choices": [choice], "usage": usage}).encode()
    answer = Mistral().decode(200, {}, data, created=1, target=to)

    assert answer["usage"]["prompt_tokens_details"] == {"cached_tokens": 2}


def error(message, code=None, kind="invalid_request_error"):
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (400, error("Expected last role User"), Kind.INVALID_REQUEST, "Expected last role User"),
        (400, error("Prompt is too large for model with 8 maximum context length"), Kind.CONTEXT_LENGTH, None),
        (400, error("Request too large for model"), Kind.CONTEXT_LENGTH, None),
        (400, error("Invalid model: x", "1500", "invalid_model"), Kind.NOT_FOUND, "Invalid model: x"),
        (401, {"detail": "Invalid API Key"}, Kind.AUTH, "Invalid API Key"),
        (401, {"message": "Unauthorized", "request_id": "r"}, Kind.AUTH, "Unauthorized"),
        (402, error("no credits"), Kind.QUOTA, "no credits"),
        (403, error("no"), Kind.PERMISSION, "no"),
        (404, error("no such model"), Kind.NOT_FOUND, "no such model"),
        (422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "user"], "msg": "no"}]}, Kind.INVALID_REQUEST, "body.user: no"),
        (422, error({"detail": [{"loc": ["body", "user"], "msg": "no"}]}), Kind.INVALID_REQUEST, "body.user: no"),
        (429, error("slow down", 1300), Kind.RATE_LIMIT, "slow down"),
        (429, error("Service tier capacity exceeded", "3505"), Kind.OVERLOADED, None),
        (500, error("oops", "1000", "internal_server_error"), Kind.SERVER_ERROR, "oops"),
        (503, {}, Kind.OVERLOADED, None),
    ],
)  # fmt: skip
def test_failures_are_named(status, body, kind, message):
    fault = Mistral().fault(status, {"retry-after": "3"}, json.dumps(body).encode())

    assert (fault.kind, fault.status, fault.retry_after) == (kind, status, 3)
    assert message is None or fault.message == message


def test_a_failure_inside_a_stream_keeps_its_kind():
    with pytest.raises(ProxyError) as caught:
        streamed(error("oops", "1000", "internal_server_error"))

    assert caught.value.kind is Kind.SERVER_ERROR


def test_a_validators_error_names_the_field():
    body = {"detail": [{"loc": ["body", "messages", 2, "content"], "msg": "no"}]}

    assert Mistral().fault(422, {}, json.dumps(body).encode()).param == "messages[2].content"


def test_a_model_that_does_not_know_a_field_is_asked_without_it():
    codec, to = Mistral(), target("m", "mistral")
    request = ChatRequest({"messages": ASKED, "prompt_cache_key": "k"})
    call = codec.encode(request, to)
    detail = [{"type": "extra_forbidden", "loc": ["body", "prompt_cache_key"], "msg": EXTRA}]
    said = json.dumps({"object": "error", "message": {"detail": detail}}).encode()
    names = codec.refused(codec.fault(422, {}, said), request, call, to)
    again = codec.encode(request, without(to, names))

    assert isinstance(codec, Sparing)
    assert again.dropped == ("prompt_cache_key",)
    assert b"prompt_cache_key" not in again.body

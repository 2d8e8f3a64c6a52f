import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from proxy.codecs.openai import OpenAI
from proxy.codecs.vendors import RESPONSE
from proxy.codecs.vendors.corrections import Corrections
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest, Quirks
from proxy.core.state import unpack
from proxy.core.usage import Usage
from tests.support import recordings
from tests.support.written import target

WORDS = [
    "choices", "delta", "message", "content", "index", "tool_calls", "id", "function", "reasoning", "finish_reason",
    "reasoning_content", "reasoning_details", "text", "type", "data", "signature", "summary", "citations",
    "search_results", "url", "title", "usage", "prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens",
    "prompt_tokens_details", "completion_tokens_details", "prompt_token_details", "reasoning_tokens",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 200) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=24,
)  # fmt: skip
ALL = Quirks(response=tuple(sorted(RESPONSE)), think_tags=True)
XAI = Quirks(response=("reasoning_beside_completion", "cached_beside_prompt", "repeated_reasoning"))
ROUTER = Quirks(response=("details_as_reasoning", "details_in_ids"))
USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 5,
    "total_tokens": 115,
    "completion_tokens_details": {"reasoning_tokens": 100},
}


def streamed(quirks, *frames, done=True):
    data = b"".join(b"data: " + json.dumps(frame).encode() + b"\n\n" for frame in frames)
    decoder = OpenAI().stream(ChatRequest(body={}), target("x/m", quirks=quirks), created=1)
    return decoder.feed(data + b"data: [DONE]\n\n" * done) + decoder.finish()


def frame(delta, finish=None, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "a", "object": "chat.completion.chunk", "created": 2, "model": "m"}
    return {**head, "choices": [choice], **more}


def whole(quirks, message, **more):
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "a", "object": "chat.completion", "created": 2, "model": "m", **more}
    data = json.dumps({**body, "choices": [choice]}).encode()
    return OpenAI().decode(200, {}, data, created=1, target=target("x/m", quirks=quirks))


def test_what_needs_no_correction_is_relayed_as_its_own_bytes():
    role = {"role": "assistant", "content": "a"}
    chunks = streamed(XAI, frame(role), frame({}, "stop"))

    assert all("native" in chunk for chunk in chunks)
    assert "native" in whole(XAI, role)
    assert Corrections(None).usage(None) is None


def test_what_was_corrected_is_never_relayed():
    message = {"role": "assistant", "content": "a"}
    chunks = streamed(XAI, frame(message), frame({}, "stop", usage=USAGE))
    answer = whole(XAI, message, usage=USAGE)

    assert "native" not in chunks[-1]
    assert "native" not in answer
    assert chunks[-1]["usage"]["completion_tokens"] == 105
    assert answer["usage"]["completion_tokens"] == 105


def test_usage_is_corrected_wherever_it_was_found():
    inner = frame({}, "stop")
    inner["choices"][0]["usage"] = {"prompt_tokens": 3, "cached_tokens": 2}
    chunks = streamed(
        Quirks(response=("cached_elsewhere",)), frame({"role": "assistant", "content": "a"}), inner
    )

    assert chunks[-1]["usage"]["prompt_tokens_details"] == {"cached_tokens": 2}


def test_pieces_that_come_twice_are_told_once():
    piece = {"reasoning_content": "the tide turns at noon"}
    chunks = streamed(
        XAI,
        frame({"role": "assistant", **piece}),
        frame(piece),
        frame({"content": "a"}),
        frame({}, "stop"),
    )

    assert fold(chunks)["choices"][0]["message"]["reasoning_content"] == piece["reasoning_content"]


def test_signed_reasoning_survives_the_sdk_that_echoes_ids():
    details = [{"type": "reasoning.text", "text": "t", "signature": "s", "index": 0}]
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    piece = {"index": 0, "function": {"arguments": "{}"}}
    chunks = streamed(
        ROUTER,
        frame({"role": "assistant", "reasoning_details": details}),
        frame({"tool_calls": [call]}),
        frame({"tool_calls": [piece]}),
        frame({}, "tool_calls"),
    )
    state = ChatCompletionStreamState()
    for chunk in chunks:
        told = {name: value for name, value in chunk.items() if name != "native"}
        state.handle_chunk(ChatCompletionChunk.model_validate(told))
    message = state.get_final_completion().choices[0].message
    kept = message.tool_calls[0].id
    echoed = [
        {"role": "assistant", "content": None, "tool_calls": [{**call, "id": kept}]},
        {"role": "tool", "tool_call_id": kept, "content": ""},
    ]
    to = target("x/m", quirks=Quirks(reasoning_replay="details"))
    sent = json.loads(OpenAI().encode(ChatRequest(body={"messages": echoed}), to).body)["messages"]

    assert unpack(kept).id == "c"
    assert sent[0]["reasoning_details"] == details
    assert sent[0]["tool_calls"][0]["id"] == sent[1]["tool_call_id"] == "c"
    other = target("y/m", quirks=Quirks(reasoning_replay="details"))
    elsewhere = json.loads(OpenAI().encode(ChatRequest(body={"messages": echoed}), other).body)
    assert "reasoning_details" not in elsewhere["messages"][0]
    assert elsewhere["messages"][1]["tool_call_id"] == "c"


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        ({"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, Kind.RATE_LIMIT),
        ({"base_resp": {"status_code": 1008, "status_msg": "no balance"}}, Kind.QUOTA),
        ({"base_resp": {"status_code": 1027, "status_msg": "sensitive"}}, Kind.CONTENT_FILTER),
        (frame({}, "stop", base_resp={"status_code": 1039, "status_msg": "long"}), Kind.CONTEXT_LENGTH),
        (frame({}, None, x_groq={"id": "r", "error": "over capacity"}), Kind.SERVER_ERROR),
        (frame({"content": ""}, "error", error={"code": 502, "message": "gone"}), Kind.SERVER_ERROR),
        (frame({}, "error"), Kind.SERVER_ERROR),
        (frame({}, "network_error"), Kind.SERVER_ERROR),
        (frame({}, "insufficient_system_resource"), Kind.OVERLOADED),
        ({"error": {"code": "1301", "message": "unsafe"}}, Kind.CONTENT_FILTER),
        ({"error": {"code": "1113", "message": "no balance"}}, Kind.QUOTA),
    ],
)  # fmt: skip
def test_failures_inside_a_200_are_failures_with_no_quirk_at_all(last, kind):
    with pytest.raises(ProxyError) as caught:
        streamed(Quirks(), last, done=False)

    assert caught.value.kind is kind


def test_tags_are_taken_out_of_whole_answers_where_the_target_says_so():
    quirks = Quirks(think_tags=True)
    message = whole(quirks, {"role": "assistant", "content": "<think>t</think>a"})["choices"][0]

    assert message["message"]["reasoning_content"] == "t"
    assert message["message"]["content"] == "a"


def recorded(provider):
    folders = sorted(recordings.CORPUS.glob(f"{provider}/chat-*"))
    read = [(json.loads((each / "expect.json").read_bytes()), each) for each in folders]
    return [each for expect, each in read if not expect["error"] and expect["usage"]["raw"]]


def test_recorded_answers_of_xai_count_reasoning_as_output():
    to = target(quirks=XAI)
    for folder in recorded("xai"):
        raw = json.loads((folder / "expect.json").read_bytes())["usage"]["raw"]
        data = (folder / "response.raw").read_bytes()
        if folder.name.startswith("chat-stream"):
            decoder = OpenAI().stream(ChatRequest(body={}), to, created=1)
            answer = fold(decoder.feed(data) + decoder.finish())
        else:
            answer = OpenAI().decode(200, {}, data, created=1, target=to)
        usage = Usage.read(answer["usage"])

        assert usage.prompt + usage.completion == raw["total_tokens"]


@given(st.lists(JSON, max_size=4))
def test_no_answer_is_too_odd_to_correct(frames):
    with contextlib.suppress(ProxyError):
        assert fold(streamed(ALL, *frames))["choices"]
    for each in frames:
        data = json.dumps(each).encode()
        with contextlib.suppress(ProxyError):
            assert OpenAI().decode(200, {}, data, created=1, target=target(quirks=ALL))

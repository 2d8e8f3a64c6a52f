"""What the encoder prints, read by the official SDK: each thing that its accumulator relies on, and what it adds up to."""

from contextlib import closing

import httpx2
import openai
import pytest
from openai import OpenAI

from proxy.core.build import Builder
from proxy.core.errors import MEANINGS, Kind, ProxyError, Tried
from proxy.core.fold import fold, unfold
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.surfaces.chat import Chat
from proxy.surfaces.invariants import refuse

BUILD = Builder(1700000000, "chatcmpl-1", "gpt-x")
MESSAGES = [{"role": "user", "content": "hi"}]
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("tide", "wind")
]


def client(status, headers, body, seen=None):
    def answer(request):
        if seen is not None:
            seen.append(request)
        return httpx2.Response(status, headers=headers, content=body)

    transport = httpx2.MockTransport(answer)
    http = httpx2.Client(transport=transport)
    return OpenAI(api_key="sk-test", base_url="http://sdk.test/v1", http_client=http, max_retries=1)


def printed(chunks, **request):
    encoder = Chat(refuse).encoder(ChatRequest({}, **{"include_usage": True, **request}))
    return b"".join([encoder.feed(chunk) for chunk in chunks]) + encoder.finish()


def streaming(body):
    return client(200, {"content-type": "text/event-stream; charset=utf-8"}, body)


def accumulated(chunks, **request):
    """The SDK's own sum of what is printed, and the types of the events it fired."""
    with (
        closing(streaming(printed(chunks, **request))) as sdk,
        sdk.chat.completions.stream(model="m", messages=MESSAGES, tools=TOOLS) as stream,
    ):
        events = list(stream)
        return stream.get_final_completion(), events


def plain(completion):
    """An answer without what the SDK adds or orders its own way."""
    return [
        {
            "index": choice["index"],
            "finish_reason": choice["finish_reason"],
            **{
                name: value
                for name, value in choice["message"].items()
                if value and name not in ("parsed", "tool_calls")
            },
            "calls": [
                (call["id"], call["type"], call["function"]["name"], call["function"]["arguments"])
                for call in choice["message"].get("tool_calls") or ()
            ],
        }
        for choice in completion["choices"]
    ]


TEXT = [BUILD.role(), BUILD.text("Li"), BUILD.text("ma"), BUILD.finish("stop")]
CALLS = [
    BUILD.role(),
    BUILD.tool_open(0, "call_a", "tide"),
    BUILD.tool_arguments(0, '{"port":'),
    BUILD.tool_arguments(0, '"Cork"}'),
    BUILD.tool_open(1, "call_b", "wind"),
    BUILD.tool_arguments(1, "{}"),
    BUILD.finish("tool_calls"),
]
ANSWERS = {
    "text": TEXT,
    "text with usage": [*TEXT, BUILD.usage(Usage(3, 2, cached=1, reasoning=1))],
    "parallel calls": CALLS,
    "a call without arguments": [
        BUILD.role(),
        BUILD.tool_open(0, "call_a", "tide"),
        BUILD.finish("tool_calls"),
    ],
    "a role in every chunk": [
        BUILD.delta({"role": "assistant", "content": "Li"}),
        BUILD.delta({"role": "assistant", "content": "ma"}),
        BUILD.finish("stop"),
    ],
    "no role at all": TEXT[1:],
    "reasoning, then text": [BUILD.role(), BUILD.reasoning("h"), BUILD.reasoning("m"), *TEXT[1:]],
    "a refusal": [BUILD.role(), BUILD.refusal("n"), BUILD.refusal("o"), BUILD.finish("stop")],
    "the second choice first": [
        BUILD.role(1),
        BUILD.text("b", 1),
        BUILD.role(0),
        BUILD.text("a", 0),
        BUILD.finish("stop", 1),
        BUILD.finish("stop", 0),
    ],
    "an unknown string": [
        BUILD.role(),
        BUILD.delta({"note": "a"}),
        BUILD.delta({"note": "b"}),
        *TEXT[1:],
    ],
    "a preface without choices": [
        {**BUILD.usage(Usage()), "usage": None, "prompt_filter_results": []},
        *TEXT,
    ],
    "a null error": [{**TEXT[0], "error": None}, *TEXT[1:]],
    "unfolded": unfold(fold([*CALLS, BUILD.usage(Usage(3, 2))])),
}


@pytest.mark.parametrize("chunks", ANSWERS.values(), ids=ANSWERS)
def test_the_sdk_adds_up_to_what_fold_adds_up_to(chunks):
    final, _ = accumulated(chunks)
    whole = fold(chunks)

    assert plain(final.model_dump()) == plain(whole)
    assert (final.id, final.created, final.model) == ("chatcmpl-1", 1700000000, "gpt-x")
    assert (final.usage.model_dump(exclude_none=True) if final.usage else None) == whole["usage"]


def test_tool_events_fire_once_and_whole():
    _, events = accumulated(CALLS)
    done = [e.arguments for e in events if e.type == "tool_calls.function.arguments.done"]

    assert done == ['{"port":"Cork"}', "{}"]


def test_usage_is_there_when_what_came_after_it_had_none():
    late = {**BUILD.text(""), "usage": None}
    chunks = [*TEXT[:-1], BUILD.usage(Usage(3, 2)), TEXT[-1], late]
    final, _ = accumulated(chunks)

    assert final.usage.total_tokens == 5


def test_a_caller_who_asked_for_no_usage_can_always_take_the_first_choice():
    chunks = [*TEXT, BUILD.usage(Usage(3, 2))]
    with closing(streaming(printed(chunks, include_usage=False))) as sdk:
        stream = sdk.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        texts = [chunk.choices[0].delta.content for chunk in stream]

    assert "".join(text or "" for text in texts) == "Lima"


def test_lists_of_objects_go_on():
    blocks = [{"type": "thinking", "thinking": "a", "signature": "s"}]
    chunks = [BUILD.role(), *[BUILD.delta({"thinking_blocks": blocks})] * 3, *TEXT[1:]]
    final, _ = accumulated(chunks, wants_thinking_blocks=True)

    assert [block["signature"] for block in final.choices[0].message.thinking_blocks] == ["s"] * 3


def test_azures_filter_verdict_does_not_stop_the_sdk():
    verdict = {
        "id": "",
        "object": "",
        "created": 0,
        "model": "",
        "choices": [],
        "prompt_filter_results": [],
    }
    after = {
        **verdict,
        "choices": [{"index": 0, "finish_reason": None, "content_filter_offsets": {}}],
    }
    between, late = [*TEXT[:2], after, *TEXT[2:]], [*TEXT, after]

    for chunks in ([verdict, *between], [verdict, *late]):
        final, _ = accumulated(chunks)
        assert final.choices[0].message.content == "Lima"
        assert final.id == "chatcmpl-1"


def test_an_old_caller_reads_a_function_call():
    final, _ = accumulated(CALLS[:4] + CALLS[-1:], legacy_functions=True)
    [choice] = final.choices

    assert choice.finish_reason == "function_call"
    assert choice.message.function_call.arguments == '{"port":"Cork"}'
    assert choice.message.function_call.name == "tide"


def test_a_failure_after_the_first_byte_raises():
    encoder = Chat(refuse).encoder(ChatRequest({}))
    body = encoder.feed(TEXT[0]) + encoder.feed(TEXT[1])
    body += encoder.late(ProxyError(Kind.RESET, "The connection broke."), "req_1")
    with closing(streaming(body)) as sdk:
        stream = sdk.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        with pytest.raises(openai.APIError, match="The connection broke") as caught:
            list(stream)

    assert caught.value.code == "upstream_reset"


def test_a_limit_reached_raises_where_the_sdk_means_to_parse():
    chunks = [*TEXT[:-1], BUILD.finish("length")]
    with (
        closing(streaming(printed(chunks))) as sdk,
        sdk.chat.completions.stream(model="m", messages=MESSAGES) as stream,
    ):
        list(stream)
        with pytest.raises(openai.LengthFinishReasonError):
            stream.get_final_completion()


def test_a_whole_answer_is_read():
    body = Chat().whole(ChatRequest({}), fold([*CALLS, BUILD.usage(Usage(3, 2))]))
    with closing(client(200, {"content-type": "application/json"}, body)) as sdk:
        completion = sdk.chat.completions.create(model="m", messages=MESSAGES)

    assert completion.choices[0].message.content is None
    assert [call.function.name for call in completion.choices[0].message.tool_calls] == [
        "tide",
        "wind",
    ]
    assert completion.usage.total_tokens == 5


RAISED = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    429: openai.RateLimitError,
}


@pytest.mark.parametrize("kind", Kind)
def test_an_error_raises_what_its_status_means_and_is_repeated_only_where_it_helps(
    kind, monkeypatch
):
    slept = []
    monkeypatch.setattr(
        "openai._base_client.SyncAPIClient._sleep_for_retry", lambda *a, **k: slept.append(k)
    )
    error = ProxyError(kind, "What happened.", retry_after=1)
    error.attempts = (Tried("openai/m", kind, None, None, 1.0),)
    answer = Chat().error(error, "req_1")
    meaning, seen = MEANINGS[kind], []
    with (
        closing(client(answer.status, dict(answer.headers), answer.body, seen)) as sdk,
        pytest.raises(openai.APIStatusError, match="What happened") as caught,
    ):
        sdk.chat.completions.create(model="m", messages=MESSAGES)

    server = openai.InternalServerError if meaning.status >= 500 else openai.APIStatusError
    assert isinstance(caught.value, RAISED.get(meaning.status, server))
    assert (caught.value.code, caught.value.type) == (meaning.code, meaning.type)
    assert caught.value.body["attempts"][0]["target"] == "openai/m"
    assert len(seen) == (2 if meaning.should_retry else 1)

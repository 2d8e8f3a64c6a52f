import json

import pytest

from proxy.codecs.responses.codec import Responses
from proxy.codecs.responses.relay import relays
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Quirks
from proxy.core.state import MARK, pack, seal
from tests.support.replies import target

RAW = b'{"model":"asked", "input":[{"role":"user","content":"h\\u00ef"}], "top_p":1.0,"new":{"a":1e2}}'


def call(raw=RAW, *, model="gpt-5", stream=False, forward=(), **named):
    """The HTTP call; a second encoding gives the same bytes."""
    request = ChatRequest({"messages": []}, raw, "responses", stream=stream, forward=forward)
    to = target(model, **named)
    encoded = Responses().encode(request, to)

    assert Responses().encode(request, to) == encoded

    return encoded


def sent(body, **named):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return json.loads(call(raw, **named).body)


def test_the_callers_own_bytes_go_on_under_the_targets_model():
    encoded = call(forward=(("x-client", "codex"),), headers=(("x-team", "blue"),))

    assert encoded.url == "https://api.openai.com/v1/responses"
    assert encoded.body == (
        b'{"model":"gpt-5","input":[{"role":"user","content":"h\\u00ef"}],"top_p":1.0,"new":{"a":1e2}}'
    )
    assert dict(encoded.headers) == {
        "x-client": "codex",
        "content-type": "application/json",
        "accept": "application/json",
        "authorization": "Bearer sk-test-0123456789",
        "x-team": "blue",
    }
    assert encoded.dropped == ()


def test_only_callers_of_the_same_api_are_relayed():
    assert relays(ChatRequest({}, b"{}", "responses"))
    assert not relays(ChatRequest({}, b"", "responses"))
    assert not relays(ChatRequest({}, b"{}", "chat"))


def test_what_was_said_to_us_stays_here():
    body = {"model": "m", "models": ["a"], "input": "hi", "firstbyte": {"report": True}}

    assert sent(body) == {"model": "gpt-5", "input": "hi"}


@pytest.mark.parametrize(
    ("body", "stream", "told"),
    [({}, True, True), ({"stream": True}, True, True), ({"stream": True}, False, False)],
)
def test_the_provider_is_told_whether_to_stream(body, stream, told):
    encoded = call(json.dumps({"input": "hi", **body}).encode(), stream=stream)

    assert json.loads(encoded.body)["stream"] is told
    assert dict(encoded.headers)["accept"] == (
        "text/event-stream" if stream else "application/json"
    )


def test_a_search_that_others_made_goes_to_nobody():
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {}}
    hi = {"role": "user", "content": "hi"}

    assert sent({"input": [hi, {**search, "id": f"ws_1{MARK}"}, search]})["input"] == [hi, search]


def test_a_call_that_says_nothing_of_streaming_still_says_nothing():
    assert "stream" not in sent({"input": "hi"})


def test_the_targets_own_parameters_replace_the_callers_in_this_apis_words():
    params = {
        "max_tokens": 4096,
        "reasoning_effort": "low",
        "verbosity": "low",
        "temperature": 0,
        "seed": 1,
        "truncation": "auto",
        "background": None,
        "model": "never",
    }
    encoded = call(
        b'{"input":"hi","max_output_tokens":9,"reasoning":{"summary":"auto","effort":"high"},"background":false,'
        b'"text":{"format":{"type":"text"}}}',
        params=params,
    )

    assert json.loads(encoded.body) == {
        "model": "gpt-5",
        "input": "hi",
        "max_output_tokens": 4096,
        "reasoning": {"summary": "auto", "effort": "low"},
        "text": {"format": {"type": "text"}, "verbosity": "low"},
        "temperature": 0,
        "truncation": "auto",
        "background": None,
    }
    assert encoded.dropped == ("seed",)


def test_a_parameter_takes_a_member_of_an_object_away():
    body = {"input": "hi", "reasoning": {"effort": "high"}, "text": "?"}

    assert sent(body, params={"reasoning": {"effort": None}, "text": {"verbosity": "low"}}) == {
        "input": "hi",
        "model": "gpt-5",
        "reasoning": {},
        "text": {"verbosity": "low"},
    }


def test_parameters_set_what_the_caller_left_out():
    params = {"reasoning": {"effort": "low"}, "tools": [{"type": "web_search"}]}

    assert sent({"input": "hi"}, params=params) == {
        "input": "hi",
        "model": "gpt-5",
        "reasoning": {"effort": "low"},
        "tools": [{"type": "web_search"}],
    }


def test_what_others_left_in_the_conversation_goes_to_nobody_else():
    ours = {"type": "reasoning", "id": "rs_x", "encrypted_content": "opaque"}
    mine = {**ours, "maker": "responses/openai/gpt-5"}
    theirs = {"type": "thinking", "thinking": "Hm.", "signature": "s", "maker": "anthropic/claude"}
    long = pack("toolu_1", "anthropic/claude", [theirs])
    items = [
        {"role": "user", "content": "hi"},
        {"type": "reasoning", "summary": [], "encrypted_content": seal([theirs])},
        {"type": "function_call", "call_id": long, "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": long, "output": "ok"},
        {"type": "reasoning", "summary": [], "encrypted_content": seal([mine])},
        {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": "gAAAA"},
        "?",
    ]

    assert sent({"input": items})["input"] == [
        items[0],
        {"type": "function_call", "call_id": "toolu_1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "toolu_1", "output": "ok"},
        {**ours, "summary": []},
        items[5],
        "?",
    ]
    assert [item for item in sent({"input": items}, model="o3")["input"] if item == ours] == []


def test_a_string_that_only_looks_as_if_it_held_something_is_left_alone():
    assert sent({"input": "--fb1-"})["input"] == "--fb1-"


def test_quirks_of_the_vendors_chat_say_nothing_of_this_api():
    quirks = Quirks(drop=frozenset({"metadata", "store"}))

    assert sent({"input": "hi", "store": True, "metadata": {"a": "b"}}, quirks=quirks) == {
        "input": "hi",
        "store": True,
        "metadata": {"a": "b"},
        "model": "gpt-5",
    }


def test_a_provider_without_a_key_is_sent_none():
    assert "authorization" not in dict(call(api_key=Secret("")).headers)

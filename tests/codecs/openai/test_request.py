import json
from dataclasses import replace

import pytest

from proxy.codecs.openai.request import encode
from proxy.codecs.vendors import REPLAY
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Quirks, Target
from proxy.core.state import pack
from proxy.surfaces.chat.parse import parse

MESSAGES = [{"role": "user", "content": "a"}]
TOOL = {"type": "function", "function": {"name": "f"}}
HOME = "https://api.openai.com/v1"


def target(model="served", base="http://provider.test/v1", **more):
    return Target("provider", model, "openai", base, **more)


def request(body, *, stream=False, relay=True, **more):
    raw = json.dumps({"models": ["x"], "firstbyte": {}, **body}).encode() if relay else b""
    return ChatRequest(body=body, raw=raw, stream=stream, **more)


def body_of(call):
    return json.loads(call.body)


def sent(body, to=None, **more):
    return body_of(encode(request({"messages": MESSAGES, **body}, **more), to or target()))


def test_the_callers_bytes_are_relayed_but_for_the_edits():
    raw = (
        b'{"temperature": 1.50, "messages": [ {"role":"user","content":"\\u00e9\\ud83d\\udc26"} ], '
        b'"models":["a"], "firstbyte":{"report":true}, "seed": 12345678901234567890123, "model":"asked", "odd":{"b": 1,"a":2}}'
    )
    call = encode(ChatRequest(body=json.loads(raw), raw=raw), target())

    assert call.body == (
        b'{"temperature":1.50,"messages":[ {"role":"user","content":"\\u00e9\\ud83d\\udc26"} ],'
        b'"seed":12345678901234567890123,"model":"served","odd":{"b": 1,"a":2}}'
    )
    assert call.url == "http://provider.test/v1/chat/completions"
    assert call.method == "POST"


CALLED = {"name": "f", "arguments": "{}"}
OLD = {
    "model": "asked",
    "messages": [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": None, "function_call": CALLED},
        {"role": "function", "name": "f", "content": "b"},
    ],
    "functions": [{"name": "f"}],
    "function_call": {"name": "f"},
}
"""A call as it was made before there were tools."""
NEW = [
    {"role": "user", "content": "a"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_0", "type": "function", "function": CALLED}],
    },
    {"role": "tool", "tool_call_id": "call_0", "content": "b"},
]
CHOSEN = {"type": "function", "function": {"name": "f"}}


def told(body, base="http://provider.test/v1", **more):
    """What a provider is told of what a caller of chat sent."""
    call = encode(parse(json.dumps(body).encode()), target(base=base, **more))
    return {name: value for name, value in body_of(call).items() if name != "model"}


def test_deprecated_functions_are_tools_for_all_but_openai():
    assert told(OLD) == {
        "messages": NEW,
        "tools": [TOOL],
        "tool_choice": CHOSEN,
        "parallel_tool_calls": False,
    }
    assert told(OLD, params={"tool_choice": "auto"})["tool_choice"] == "auto"
    assert told(OLD, HOME) == {name: OLD[name] for name in OLD if name != "model"}


def test_deprecated_calls_are_tool_calls_also_where_no_function_is_offered_any_more():
    body = {"model": "asked", "messages": OLD["messages"]}

    assert told(body) == {"messages": NEW}
    assert told(body, HOME) == {"messages": OLD["messages"]}


def test_nulls_in_messages_are_for_nobody_but_openai():
    """SDKs send an answer's message back with all that it does not have; strict servers refuse it."""
    empty = {"refusal": None, "audio": None, "function_call": None, "tool_calls": None}
    messages = [{"role": "assistant", "content": "a", **empty}, *MESSAGES]
    body = {"model": "asked", "messages": messages}

    assert told(body) == {"messages": [{"role": "assistant", "content": "a"}, *MESSAGES]}
    assert told(body, HOME) == {"messages": messages}


AZURE = "https://x.openai.azure.com/openai/v1"
EPHEMERAL = {"cache_control": {"type": "ephemeral"}}


@pytest.mark.parametrize("base", [HOME, AZURE])
def test_what_other_vendors_put_into_a_conversation_stays_away_from_openai(base):
    """A cascade goes on with OpenAI in the midst of a conversation, and its newer models refuse what they do not know."""
    call = {"id": "c", "type": "function", "function": CALLED}
    extra = {"extra_content": {"google": {"thought_signature": "s"}}}
    part = {"type": "text", "text": "a"}
    plain = [
        {"role": "user", "content": [part]},
        {"role": "assistant", "content": None, "annotations": [], "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "b"},
    ]
    asked, called, answered = plain
    messages = [
        {**asked, "content": [{**part, **EPHEMERAL}]},
        {
            **called,
            **extra,
            "images": [],
            "reasoning_content": "r",
            "tool_calls": [{**call, **extra, "index": 0}],
        },
        {**answered, **EPHEMERAL},
    ]
    given = {"model": "asked", "messages": messages, "tools": [{**TOOL, **EPHEMERAL}]}

    assert told(given, base, model="gpt-5") == {"messages": plain, "tools": [TOOL]}
    assert told(given) == {name: given[name] for name in ("messages", "tools")}


def test_models_of_others_at_azure_get_their_reasoning_back():
    messages = [{"role": "assistant", "content": "a", "reasoning_content": "r"}, *MESSAGES]

    assert (
        told({"model": "asked", "messages": messages}, AZURE, model="DeepSeek-V4")["messages"]
        == messages
    )


def test_another_dialects_bytes_are_never_relayed():
    call = encode(
        ChatRequest(body={"messages": MESSAGES}, raw=b'{"evil":1}', dialect="messages"), target()
    )

    assert body_of(call) == {"messages": MESSAGES, "model": "served"}


@pytest.mark.parametrize("relay", [True, False])
def test_a_stream_asks_for_usage_and_keeps_the_callers_options(relay):
    given = {"stream": True, "stream_options": {"include_obfuscation": False}}

    assert sent(given, stream=True, relay=relay)["stream_options"] == {
        "include_obfuscation": False,
        "include_usage": True,
    }
    assert sent({"stream": True, "stream_options": None}, stream=True)["stream_options"] == {
        "include_usage": True
    }


def test_options_that_ask_for_usage_already_stay_the_bytes_that_came():
    raw = b'{"messages":[],"stream":true,"stream_options":{ "include_usage" : true }}'
    call = encode(ChatRequest(body=json.loads(raw), raw=raw, stream=True), target())

    assert b'{ "include_usage" : true }' in call.body


def test_stream_options_go_where_there_is_no_stream():
    assert "stream_options" not in sent({"stream_options": {"include_usage": True}})


def test_stream_follows_the_call_and_not_the_body():
    assert sent({}, stream=True)["stream"] is True
    assert sent({"stream": True})["stream"] is False
    assert "stream" not in sent({})


def test_a_vendor_that_refuses_stream_options_is_asked_for_none():
    to = target(quirks=Quirks(stream_options=False))
    given = request({"messages": MESSAGES, "stream_options": {"include_usage": True}}, stream=True)

    assert "stream_options" not in body_of(encode(given, to))
    assert encode(given, to).dropped == ("stream_options",)
    assert encode(request({"messages": MESSAGES}, stream=True), to).dropped == ()


def test_of_two_limits_the_newer_name_is_kept():
    assert sent({"max_tokens": 1, "max_completion_tokens": 2}) == {
        "messages": MESSAGES,
        "max_completion_tokens": 2,
        "model": "served",
    }


@pytest.mark.parametrize(
    ("model", "base", "name"),
    [
        ("gpt-5.4-mini", "https://api.openai.com/v1", "max_completion_tokens"),
        ("o3", "https://eu.api.openai.com/v1", "max_completion_tokens"),
        ("ft:gpt-6-sol:acme", "https://api.openai.com/v1", "max_completion_tokens"),
        ("gpt-4o", "https://api.openai.com/v1", "max_tokens"),
        ("gpt-5", "https://api.openai.com.evil.test/v1", "max_tokens"),
        ("gpt-5", "http://provider.test/v1", "max_tokens"),
        ("o3", "not a url", "max_tokens"),
    ],
)
def test_openais_reasoning_models_get_the_name_that_they_insist_on(model, base, name):
    assert sent({"max_tokens": 5}, target(model, base))[name] == 5


def test_fields_are_renamed_in_place_and_dropped_with_a_report():
    quirks = Quirks(
        rename={"max_completion_tokens": "max_tokens"}, drop=frozenset({"seed", "store"})
    )
    call = encode(
        request({"max_completion_tokens": 3, "seed": 1, "messages": MESSAGES}),
        target(quirks=quirks),
    )

    assert list(body_of(call).items()) == [
        ("max_tokens", 3),
        ("messages", MESSAGES),
        ("model", "served"),
    ]
    assert call.dropped == ("seed",)


def test_the_targets_params_replace_the_callers():
    to = target(params={"max_tokens": 9, "temperature": 0})

    assert sent({"max_completion_tokens": 5, "temperature": 1, "top_p": 1}, to) == {
        "messages": MESSAGES,
        "temperature": 0,
        "top_p": 1,
        "max_tokens": 9,
        "model": "served",
    }


def test_what_speaks_of_tools_goes_where_there_are_none():
    about = {"tool_choice": "auto", "parallel_tool_calls": True}

    assert sent({"tools": [], **about}) == sent(about) == {"messages": MESSAGES, "model": "served"}
    assert sent({"tools": [TOOL], **about})["tool_choice"] == "auto"


def test_developer_messages_become_system_messages_only_for_who_wants_it():
    messages = [{"role": "developer", "content": "b"}, "odd", *MESSAGES]
    to = target(quirks=Quirks(developer_role=False))

    assert sent({"messages": messages})["messages"] == messages
    assert sent({"messages": messages}, to)["messages"] == [
        {"role": "system", "content": "b"},
        "odd",
        *MESSAGES,
    ]
    assert sent({}, to)["messages"] == MESSAGES


def test_what_only_another_provider_understands_is_taken_away():
    packed = pack("toolu_1", "maker", [{"type": "thinking", "thinking": "t", "signature": "s"}])
    call = {"id": packed, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [call], "thinking_blocks": [{}]},
        {"role": "tool", "tool_call_id": packed, "content": "b"},
    ]

    assert packed != "toolu_1"
    assert sent({"messages": messages})["messages"] == [
        {"role": "assistant", "content": None, "tool_calls": [{**call, "id": "toolu_1"}]},
        {"role": "tool", "tool_call_id": "toolu_1", "content": "b"},
    ]


@pytest.mark.parametrize(
    ("base", "protocol", "kept"),
    [
        ("https://api.openai.com/v1", "openai", False),
        ("https://x.openai.azure.com/openai/v1", "azure", False),
        ("http://provider.test/v1", "openai", True),
    ],
)
def test_openai_is_sent_no_id_that_is_longer_than_it_takes(base, protocol, kept):
    other = "chatcmpl-tool-" + "0" * 32
    called = {"id": other, "type": "function", "function": {"name": "t", "arguments": "{}"}}
    messages = [
        *MESSAGES,
        {"role": "assistant", "tool_calls": [called]},
        {"role": "tool", "tool_call_id": other, "content": "1"},
    ]
    to = replace(target(base=base), protocol=protocol)
    _, call, result = sent({"messages": messages}, to)["messages"]

    assert call["tool_calls"][0]["id"] == result["tool_call_id"]
    assert (result["tool_call_id"] == other) is kept
    assert len(result["tool_call_id"]) <= (46 if kept else 40)


def test_a_body_without_messages_is_sent_as_it_is():
    call = encode(ChatRequest(body={"prompt": "a"}), target())

    assert body_of(call) == {"prompt": "a", "model": "served"}


def test_headers_are_the_callers_then_ours_then_the_targets():
    call = encode(
        request(
            {"messages": MESSAGES},
            forward=(("x-request-id", "r"), ("authorization", "caller"), ("accept", "x")),
        ),
        target(api_key=Secret("sk-ours"), headers=(("x-team", "blue"),)),
    )

    assert dict(call.headers) == {
        "x-request-id": "r",
        "authorization": "Bearer sk-ours",
        "accept": "application/json",
        "content-type": "application/json",
        "x-team": "blue",
    }


def test_without_a_key_of_ours_the_callers_own_credential_goes_through():
    call = encode(
        request({"messages": MESSAGES}, stream=True, forward=(("authorization", "Bearer c"),)),
        target(passthrough=True),
    )

    assert dict(call.headers)["authorization"] == "Bearer c"
    assert dict(call.headers)["accept"] == "text/event-stream"


def test_a_rename_of_what_is_not_there_changes_nothing():
    to = target(quirks=Quirks(rename={"n": "count"}))

    assert sent({}, to) == {"messages": MESSAGES, "model": "served"}


def test_a_protocols_own_edits_come_before_the_targets_quirks():
    def count(draft):
        draft.put("seed", 1)

    to = target(quirks=Quirks(rename={"seed": "random_seed"}))
    call = encode(request({"messages": MESSAGES}), to, edits=(count,))

    assert body_of(call)["random_seed"] == 1


@pytest.mark.parametrize("replay", ["", *sorted(REPLAY)])
@pytest.mark.parametrize(
    "quirks",
    [
        {},
        {"stream_options": False},
        {"drop": frozenset({"temperature"})},
        {"rename": {"max_tokens": "m"}},
    ],
    ids=str,
)
@pytest.mark.parametrize("params", [{}, {"max_tokens": 3, "tools": []}], ids=str)
@pytest.mark.parametrize("model", ["gpt-4o", "gpt-6"])
def test_texts_alone_are_written_like_any_call(replay, quirks, params, model):
    body = {
        "temperature": 1,
        "max_tokens": 9,
        "messages": [*MESSAGES, {"role": "assistant", "content": "b"}, *MESSAGES],
        "model": "m",
    }
    to = target(
        model,
        "https://api.openai.com/v1",
        quirks=Quirks(reasoning_replay=replay, **quirks),
        params=params,
    )
    for stream in (False, True):
        said = {**body, "stream": True} if stream else body
        asked = ChatRequest(
            body=said, raw=json.dumps(said).encode(), stream=stream, only_texts=True
        )

        assert encode(asked, to) == encode(replace(asked, only_texts=False), to)

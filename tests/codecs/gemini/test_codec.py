import copy
import json
import random
from dataclasses import replace

import pytest

from proxy.codecs.gemini.replay import NO_SIGNATURE
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest
from proxy.core.state import pack
from tests.support import corpus
from tests.support.google import BASE, CODECS, HELLO, call, contents, event, sse, target

CODEC = CODECS["gemini"]
REQUEST = ChatRequest(body={"messages": HELLO})


def sent(**changes):
    return CODEC.encode(REQUEST, replace(target(), **changes))


def test_its_name_is_gemini():
    assert CODEC.name == "gemini"


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-3-pro", "models/gemini-3-pro"),
        ("models/gemini-3-pro", "models/gemini-3-pro"),
        ("tunedModels/mine-1", "tunedModels/mine-1"),
        ("odd name?x#y", "models/odd%20name%3Fx%23y"),
    ],
)
def test_the_model_stands_in_the_path(model, path):
    assert call(model).url == f"{BASE}/{path}:generateContent"


def test_a_stream_has_a_method_of_its_own_and_asks_for_events():
    url = call("gemini-3-pro", stream=True).url

    assert url == f"{BASE}/models/gemini-3-pro:streamGenerateContent?alt=sse"


def test_the_key_stands_in_its_header_and_never_in_the_url():
    made = sent()

    assert made.headers == (
        ("content-type", "application/json"),
        ("x-goog-api-key", "AIza-key-0123"),
    )
    assert "AIza" not in made.url
    assert made.method == "POST"


def test_without_a_key_none_is_sent():
    assert sent(api_key=None).headers == (("content-type", "application/json"),)
    assert sent(api_key=Secret("")).headers == (("content-type", "application/json"),)


def test_a_targets_headers_come_before_the_callers_and_no_credential_of_theirs_passes():
    forward = (
        ("x-team", "theirs"),
        ("x-trace", "1"),
        ("x-goog-api-key", "k"),
        ("authorization", "b"),
    )
    made = CODEC.encode(
        replace(REQUEST, forward=forward), replace(target(), headers=(("x-team", "ours"),))
    )

    assert dict(made.headers) == {
        "content-type": "application/json",
        "x-goog-api-key": "AIza-key-0123",
        "x-team": "ours",
        "x-trace": "1",
    }


def test_a_whole_answer_and_a_failure_are_read():
    body = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}
    completion = CODEC.decode(200, {}, json.dumps(body).encode(), created=7)

    assert completion["choices"][0]["message"]["content"] == "Hi"
    assert completion["created"] == 7
    assert CODEC.fault(429, {}, b'{"error": {"message": "No."}}').kind is Kind.RATE_LIMIT


def test_signatures_survive_a_client_that_only_echoes_ids():
    parts = [
        {
            "functionCall": {"id": "fc1", "name": "tide", "args": {"port": "Cork"}},
            "thoughtSignature": "CsQB",
        },
        {"functionCall": {"id": "fc2", "name": "wind", "args": {}}},
    ]
    body = json.dumps(event(*parts, finish="STOP")).encode()
    calls = CODEC.decode(200, {}, body, created=1)["choices"][0]["message"]["tool_calls"]
    echoed = [{name: call[name] for name in ("id", "type", "function")} for call in calls]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "ok"} for call in calls]
    messages = [*HELLO, {"role": "assistant", "content": None, "tool_calls": echoed}, *results]

    assert contents(messages)[1]["parts"] == parts
    assert contents(messages, "gemini-3-pro")[1]["parts"][0]["thoughtSignature"] == NO_SIGNATURE
    assert contents(messages, protocol="vertex")[1]["parts"][0]["thoughtSignature"] == NO_SIGNATURE


def test_reasoning_that_another_maker_signed_is_left_out():
    mark = pack("toolu_1", "anthropic/claude-opus-5", [{"type": "thinking", "signature": "s"}])
    called = {"id": mark, "type": "function", "function": {"name": "tide", "arguments": ""}}
    messages = [
        *HELLO,
        {"role": "assistant", "tool_calls": [called], "thinking_blocks": [{"type": "thinking"}]},
        {"role": "tool", "tool_call_id": mark, "content": "ok"},
    ]

    assert contents(messages, "gemini-2.5-flash")[1:] == [
        {"role": "model", "parts": [{"functionCall": {"name": "tide", "args": {}}}]},
        {
            "role": "user",
            "parts": [{"functionResponse": {"name": "tide", "response": {"output": "ok"}}}],
        },
    ]


def places(value, path=()):
    """Every place in a JSON value, as the way to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from places(each, (*path, key))


def spoilt(events, dice):
    """The events with a few values replaced by others of any type, or taken away."""
    events = copy.deepcopy(events)
    for _ in range(dice.randrange(1, 4)):
        *way, last = dice.choice(list(places(events)))
        holder = events
        for key in way:
            holder = holder[key]
        if isinstance(holder, dict) and dice.random() < 0.2:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(dice.choice(JUNK))
    return events


OWN = [
    case
    for case in corpus.own()
    if case.codec in CODECS and case.meta["wire"] == "sse" and case.raw
]
JUNK = [
    None,
    True,
    0,
    -1,
    1.5,
    10**20,
    "",
    "x",
    "STOP",
    "$.a[0]",
    [],
    {},
    [1],
    [{}],
    {"text": "x"},
    [[]],
]


@pytest.mark.parametrize("case", OWN, ids=[case.name for case in OWN])
def test_values_of_any_type_in_any_place_raise_nothing_but_proxy_errors(case):
    dice = random.Random(case.name)
    lines = case.raw.decode().split("\n")
    events = [json.loads(line[5:]) for line in lines if line.startswith("data:")]
    for _ in range(60):
        odd = spoilt(events, dice)
        reader = case.decoder()
        try:
            said = fold(reader.feed(sse(*odd)) + reader.finish())
        except ProxyError as error:
            said = error.message

        assert said


@pytest.mark.parametrize("protocol", CODECS)
def test_a_call_of_a_custom_tool_is_one_whatever_the_model_named_its_argument(protocol):
    tools = [{"type": "custom", "custom": {"name": "apply_patch"}}]
    request = ChatRequest(body={"messages": HELLO, "tools": tools}, stream=True)
    called = {"functionCall": {"name": "apply_patch", "args": {"patch": "*** Begin"}}}
    decoder = CODECS[protocol].stream(request, target(), created=1)
    chunks = decoder.feed(sse(event(called, finish="STOP"))) + decoder.finish()
    (told,) = fold(chunks)["choices"][0]["message"]["tool_calls"]

    assert (told["type"], told["custom"]["name"]) == ("custom", "apply_patch")
    assert json.loads(told["custom"]["input"]) == {"patch": "*** Begin"}


def test_signatures_that_are_refused_are_left_out():
    mark = pack("fc1", "gemini/gemini-3-pro", [{"thought_signature": "c2ln"}])
    made = {"id": mark, "type": "function", "function": {"name": "tide", "arguments": "{}"}}
    said = {"role": "assistant", "content": None, "tool_calls": [made]}
    request = ChatRequest(body={"messages": [*HELLO, said]})
    refused = ProxyError(Kind.INVALID_REQUEST, "Corrupted thought signature.", status=400)
    bare = CODEC.unsigned(refused, request)
    to = replace(target(), model="gemini-3-pro")

    assert b"c2ln" in CODEC.encode(request, to).body
    assert NO_SIGNATURE.encode() in CODEC.encode(bare, to).body
    assert CODEC.unsigned(refused, bare) is None
    assert CODEC.unsigned(ProxyError(Kind.INVALID_REQUEST, "No.", status=400), request) is None

import json
from dataclasses import replace

import pytest

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.anthropic.relay import relays
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.state import pack
from tests.support import relayed
from tests.support.claude import OPUS_5_5, SONNET_4_5, target
from tests.support.relayed import RAW


def call(raw=RAW, model=SONNET_4_5, *, stream=False, forward=(), **named):
    to = target(model, **named)
    return relayed.call(Anthropic(), to, raw, stream=stream, forward=forward)


def body(raw=RAW, **named):
    return json.loads(call(raw, **named).body)


def head(forward=(), **named):
    return dict(call(forward=forward, **named).headers)


def test_only_a_body_of_the_same_dialect_is_relayed():
    asked = relayed.request()

    assert relays(asked)
    assert not relays(replace(asked, raw=b""))
    assert not relays(replace(asked, dialect="chat"))


def test_what_only_a_relay_keeps_is_refused_where_there_is_none():
    asked = replace(relayed.request(), only_native="Only Anthropic runs this tool.")
    codec = Anthropic()

    assert codec.encode(asked, target()).body == call().body
    with pytest.raises(ProxyError, match="Only Anthropic") as caught:
        codec.encode(replace(asked, raw=b""), target())
    assert caught.value.kind is Kind.UNSUPPORTED


def test_the_callers_own_bytes_go_out_with_the_targets_model():
    made = call()

    assert made.url == "https://api.anthropic.test/v1/messages"
    assert made.body == (
        b'{"model":"claude-sonnet-4-5","max_tokens":9,'
        b'"messages":[{"role":"user","content":"H\\u0069"}],"new_field":1.50}'
    )
    assert made.dropped == ()


def test_what_is_only_ours_goes_no_further():
    sent = body({"model": "a", "models": ["b"], "firstbyte": {"report": True}, "max_tokens": 1})

    assert sent == {"model": SONNET_4_5, "max_tokens": 1}


@pytest.mark.parametrize(
    ("said", "stream", "sent"),
    [
        ({}, False, {}),
        ({"stream": False}, False, {"stream": False}),
        ({"stream": True}, True, {"stream": True}),
        ({}, True, {"stream": True}),
        ({"stream": None}, True, {"stream": True}),
        ({"stream": True}, False, {}),
    ],
)
def test_the_call_streams_where_the_caller_is_streamed_to(said, stream, sent):
    assert body(said, stream=stream) == {"model": SONNET_4_5, **sent}


def test_signed_reasoning_stays_byte_for_byte():
    raw = b'{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"c2ln\\/"}]}]}'

    assert b'"content":[{"type":"thinking","thinking":"","signature":"c2ln\\/"}]' in call(raw).body


def test_what_an_id_carries_is_not_left_in_it():
    use = {"type": "tool_use", "id": pack("toolu_1", "gemini/3", [{"a": 1}]), "input": {}}
    raw = {"max_tokens": 9, "messages": [{"role": "assistant", "content": [use]}]}

    assert body(raw)["messages"][0]["content"] == [{**use, "id": "toolu_1"}]


def test_parameters_of_the_target_replace_the_callers():
    made = call(params={"max_tokens": 50, "temperature": 0.5, "seed": 7, "own_knob": [1]})

    assert json.loads(made.body) == {
        "model": SONNET_4_5,
        "max_tokens": 50,
        "messages": [{"role": "user", "content": "Hi"}],
        "new_field": 1.5,
        "temperature": 0.5,
        "own_knob": [1],
    }
    assert made.dropped == ("seed",)


# The head.


def test_version_and_betas_are_the_callers_byte_for_byte():
    sent = head((("anthropic-version", "2023-06-01 "), ("anthropic-beta", "b-1 ,a-2,b-1")))

    assert sent == {
        "x-api-key": "sk-ant-api03-0123456789",
        "anthropic-version": "2023-06-01 ",
        "content-type": "application/json",
        "anthropic-beta": "b-1 ,a-2,b-1",
    }


def test_betas_in_several_lines_stay_all_of_them():
    assert head((("anthropic-beta", "a"), ("anthropic-beta", "b, c")))["anthropic-beta"] == "a,b, c"


@pytest.mark.parametrize(
    ("raw", "version"),
    [(RAW, "2026-10-21"), (b'{"temperature": 0, "messages": []}', "2023-06-01")],
)
def test_without_a_version_of_the_callers_the_default_goes(raw, version):
    assert dict(call(raw).headers)["anthropic-version"] == version


def test_what_the_target_says_comes_before_what_the_caller_says():
    sent = head(
        (("anthropic-version", "2026-10-21"), ("anthropic-beta", "a"), ("x-api-key", "mine")),
        headers=(("anthropic-version", "2023-06-01"), ("anthropic-beta", "b")),
    )

    assert sent["anthropic-version"] == "2023-06-01"
    assert sent["anthropic-beta"] == "b,a"
    assert sent["x-api-key"] != "mine"


def test_a_token_and_a_parameter_bring_the_betas_that_they_need():
    sent = head(
        (("anthropic-beta", "a"),),
        model=OPUS_5_5,
        api_key=Secret("sk-ant-oat01-abc"),
        params={"speed": "fast"},
    )

    assert sent["anthropic-beta"] == "a,fast-mode-2026-02-01,oauth-2025-04-20"


def test_no_betas_are_no_header():
    assert "anthropic-beta" not in head((("anthropic-beta", ""),))

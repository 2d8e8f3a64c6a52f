import copy
import json

import pytest

from proxy.core.build import Builder
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest
from proxy.core.state import MADE_UP
from proxy.core.usage import Usage
from proxy.surfaces.messages.whole import whole_body

BUILD = Builder(1, "chatcmpl-1", "gpt-x")
REQUEST = ChatRequest(body={"stop": ["END"]}, raw=b"{}", dialect="messages", model="asked")
NATIVE = b'{ "id": "msg_1", "model": "claude-x",\n "content": [], "a_new_field": 1.50 }'
SIGNED = {"type": "thinking", "thinking": "Hm", "signature": "sig"}


def told(message, finish="stop", usage=None, model=None, report=None):
    completion = BUILD.completion(message, finish, usage)
    before = copy.deepcopy(completion)
    body = json.loads(whole_body(REQUEST, completion, model, report))
    assert completion == before
    return body


def content(message, finish="stop"):
    return told(message, finish)["content"]


def call(arguments, known="toolu_1"):
    function = {"name": "tide", "arguments": arguments}
    return {"id": known, "type": "function", "function": function}


def used(given, known="toolu_1"):
    return {"type": "tool_use", "id": known, "name": "tide", "input": given}


def test_an_answer_is_a_message():
    assert told({"content": "Lima"}, usage=Usage(10, 5, cached=4), report={"target": "a/b"}) == {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "gpt-x",
        "content": [{"type": "text", "text": "Lima"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "usage": {
            "input_tokens": 6,
            "output_tokens": 5,
            "cache_read_input_tokens": 4,
            "cache_creation_input_tokens": None,
        },
        "firstbyte": {"target": "a/b"},
    }


def test_everything_that_was_said_has_its_block():
    note = {"type": "url_citation", "url_citation": {"url": "https://x.test", "title": "X"}}
    blocks = content(
        {
            "content": "Lima",
            "reasoning_content": "So",
            "annotations": [note],
            "tool_calls": [call('{"port":"Cork"}'), call("", "toolu_2")],
        },
        "tool_calls",
    )

    assert blocks[0] == {"type": "thinking", "thinking": "So", "signature": MADE_UP}
    assert blocks[1]["text"] == "Lima"
    assert [cited["url"] for cited in blocks[1]["citations"]] == ["https://x.test"]
    assert blocks[2:] == [used({"port": "Cork"}), used({}, "toolu_2")]


def test_signed_reasoning_is_told_once():
    redacted = {"type": "redacted_thinking", "data": "secret"}
    second = {**SIGNED, "thinking": "", "signature": "sig-2"}
    message = {"content": "Lima", "reasoning_content": "Hm"}

    assert content({**message, "thinking_blocks": [SIGNED, redacted, second]}) == [
        SIGNED,
        redacted,
        second,
        {"type": "text", "text": "Lima"},
    ]


def test_reasoning_beside_signed_reasoning_is_told_too():
    message = {"content": None, "reasoning_content": "Hm, so", "thinking_blocks": [SIGNED]}

    assert content(message) == [
        {"type": "thinking", "thinking": "Hm, so", "signature": MADE_UP},
        SIGNED,
    ]


def test_half_an_input_is_an_empty_one_where_a_limit_cut_it():
    body = told({"content": None, "tool_calls": [call('{"port"')]}, "length")

    assert (body["content"], body["stop_reason"]) == ([used({})], "max_tokens")


def test_arguments_that_are_not_json_are_a_failure():
    with pytest.raises(ProxyError, match="not JSON"):
        told({"content": None, "tool_calls": [call('{"port"')]}, "tool_calls")


@pytest.mark.parametrize("finish", ["stop", None])
def test_a_refusal_is_text_and_a_reason(finish):
    body = told({"content": None, "refusal": "I cannot."}, finish)

    assert body["content"] == [{"type": "text", "text": "I cannot."}]
    assert body["stop_details"]["explanation"] == "I cannot."


def test_a_stop_sequence_that_a_server_tells_is_told():
    completion = BUILD.completion({"content": "Lima"}, "stop", None)
    choice = {**completion["choices"][0], "stop_reason": "END"}
    other = {**choice, "index": 1, "stop_reason": None}
    body = json.loads(whole_body(REQUEST, {**completion, "choices": [choice, other]}))

    assert (body["stop_reason"], body["stop_sequence"]) == ("stop_sequence", "END")
    assert len(body["content"]) == 1


def test_the_model_has_the_name_that_is_given_or_asked_for():
    bare = {**BUILD.completion({"content": "a"}, "stop", None), "model": ""}

    assert told({"content": "a"}, model="alias")["model"] == "alias"
    assert json.loads(whole_body(REQUEST, bare))["model"] == "asked"


def completion(**native):
    whole = BUILD.completion({"content": "a"}, "stop", None)
    return {**whole, "model": "claude-x", "native": {"payload": NATIVE, **native}}


def test_a_message_of_this_protocol_goes_out_byte_for_byte():
    assert whole_body(REQUEST, completion(dialect="anthropic")) == NATIVE
    assert whole_body(REQUEST, completion(dialect="anthropic"), "claude-x") == NATIVE


def test_only_what_must_be_ours_is_edited_in_it():
    edited = whole_body(REQUEST, completion(dialect="anthropic"), "alias", {"target": "a/b"})

    assert edited == (
        b'{"id":"msg_1","model":"alias","content":[],"a_new_field":1.50,'
        b'"firstbyte":{"target":"a/b"}}'
    )


def test_a_message_of_another_protocol_is_translated():
    assert json.loads(whole_body(REQUEST, completion(dialect="openai")))["content"]

import copy

import pytest

from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.surfaces.chat import Chat

BUILD = Builder(1700000000, "chatcmpl-1", "gpt-x")
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
BARE = {"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
CUSTOM = {"id": "c", "type": "custom", "custom": {"name": "sh", "input": ""}}
FULL = {"role": "assistant", "content": "a", "refusal": None}
NATIVE = (
    b'{ "id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-x",\n'
    b'"choices":[{"index":0,"message":{"role":"assistant","content":"\\u00e9","refusal":null},'
    b'"logprobs":null,"finish_reason":"stop"}],"usage":{"n":1.50} }'
)


def body(completion, *, model=None, report=None, **request):
    before = copy.deepcopy(completion)
    data = Chat().whole(ChatRequest({}, **request), completion, model=model, report=report)
    assert completion == before
    return data


def message(said, finish="stop", **request):
    completion = BUILD.completion(said, finish, None)
    return jsons.decode(body(completion, **request))["choices"][0]["message"]


def native(payload=NATIVE):
    return {**jsons.decode(payload), "native": {"dialect": "openai", "payload": payload}}


def test_a_plain_answer_is_written_whole():
    completion = BUILD.completion(FULL, "stop", Usage(3, 1))

    assert jsons.decode(body(completion)) == completion


def test_a_native_answer_goes_out_byte_for_byte():
    assert body(native()) == NATIVE


def test_a_native_answer_is_edited_at_its_top_alone():
    data = body(native(), model="mine", report={"target": "a/b"})

    assert b'"content":"\\u00e9"' in data
    assert b'{"n":1.50}' in data
    assert jsons.decode(data) == {
        **jsons.decode(NATIVE),
        "model": "mine",
        "firstbyte": {"target": "a/b"},
    }


def test_a_native_answer_that_lacks_a_member_gets_it():
    data = body(native(NATIVE.replace(b',"refusal":null', b"").replace(b'"logprobs":null,', b"")))

    assert jsons.decode(data) == jsons.decode(NATIVE)
    assert b"1.50" in data


def test_a_native_answer_with_a_lone_surrogate_can_be_edited():
    odd = NATIVE.replace(b"\\u00e9", b"\\ud83d")

    assert (
        jsons.decode(body(native(odd), model="mine"))["choices"][0]["message"]["content"]
        == "\ud83d"
    )


def test_bytes_of_another_dialect_are_not_relayed():
    completion = BUILD.completion(FULL, "stop", None)
    completion["native"] = {"dialect": "anthropic", "payload": b"{}"}

    assert jsons.decode(body(completion))["choices"][0]["message"] == FULL


def test_the_same_model_is_no_edit():
    assert body(native(), model="gpt-x") == NATIVE


def test_an_object_of_another_name_is_renamed():
    assert jsons.decode(body({**native(), "object": ""}))["object"] == "chat.completion"
    assert jsons.decode(body({"choices": None})) == {"object": "chat.completion", "choices": None}


@pytest.mark.parametrize("content", [None, "", []])
def test_content_is_null_beside_calls_alone(content):
    assert message(
        {"role": "assistant", "content": content, "tool_calls": [CALL]}, "tool_calls"
    ) == {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "tool_calls": [CALL],
    }


def test_text_beside_calls_is_kept():
    assert message({**FULL, "tool_calls": [CALL]}, "tool_calls")["content"] == "a"


@pytest.mark.parametrize("calls", [[], None])
def test_no_calls_are_no_tool_calls(calls):
    assert message({**FULL, "tool_calls": calls}) == FULL


def test_members_that_sdks_take_for_granted_are_there():
    completion = {**BUILD.completion({"content": "a"}, "stop", None)}
    completion["choices"] = [{"index": 0, "message": {"content": "a"}, "finish_reason": "stop"}]

    assert jsons.decode(body(completion))["choices"] == [
        {"index": 0, "message": FULL, "logprobs": None, "finish_reason": "stop"}
    ]


def test_a_choice_without_a_message_gets_an_empty_one():
    completion = {**BUILD.completion({}, "stop", None), "choices": [{"index": 0}]}

    assert jsons.decode(body(completion))["choices"][0]["message"] == {**FULL, "content": None}


def test_thinking_blocks_are_for_who_wants_them():
    said = {**FULL, "reasoning_content": "hm", "thinking_blocks": [{"type": "thinking"}]}

    assert message(said) == {**FULL, "reasoning_content": "hm"}
    assert message(said, wants_thinking_blocks=True) == said


def test_searches_are_told_by_their_annotations_alone():
    assert message({**FULL, "web_searches": [{"queries": ["tide"]}]}) == FULL


def test_calls_without_arguments_get_an_empty_object():
    said = {**FULL, "tool_calls": [BARE, CUSTOM]}

    assert message(said, "tool_calls")["tool_calls"] == [CALL, CUSTOM]
    assert message(said, "length")["tool_calls"] == [BARE, CUSTOM]


def test_an_old_caller_gets_a_function_call():
    completion = BUILD.completion(
        {**FULL, "content": None, "tool_calls": [CALL]}, "tool_calls", None
    )
    [choice] = jsons.decode(body(completion, legacy_functions=True))["choices"]

    assert choice["finish_reason"] == "function_call"
    assert choice["message"] == {**FULL, "content": None, "function_call": CALL["function"]}


def test_an_old_callers_plain_answer_is_left_alone():
    assert body(native(), legacy_functions=True) == NATIVE


def test_an_answer_that_is_known_to_need_no_edit_gets_none_but_those_that_were_asked_for():
    came = native(NATIVE.replace(b'"refusal":null', b'"odd":1'))
    came["native"]["is_settled"] = True

    assert body(came) == came["native"]["payload"]
    assert jsons.decode(body(came, model="asked"))["model"] == "asked"

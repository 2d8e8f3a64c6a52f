import copy
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import CallOptions
from proxy.surfaces.chat import Chat
from proxy.surfaces.chat.parse import parse

USER = {"role": "user", "content": "hi"}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def call(**members):
    return parse(jsons.encode({"model": "m", "messages": [USER], **members}))


def refused(body):
    with pytest.raises(ProxyError) as caught:
        parse(body if isinstance(body, bytes) else jsons.encode(body))
    assert caught.value.kind is Kind.INVALID_REQUEST
    return caught.value


def test_a_plain_call_is_read():
    body = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.50}'
    request = Chat().parse(body, (("openai-beta", "x"),))

    assert request.body == jsons.decode(body)
    assert request.raw == body
    assert (request.model, request.dialect, request.stream) == ("m", "chat", False)
    assert request.forward == (("openai-beta", "x"),)
    assert request.options == CallOptions()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"model":', "line 1 column"),
        (b'{"model":"m"} x', "Extra data at line 1 column 15"),
        (b'{"n":NaN}', "NaN is not JSON at line 1 column 6"),
        (b"\xff{}", "not UTF-8 at line 1 column 1"),
        (b"[" * 129 + b"]" * 129, "nested deeper than 128 levels"),
        (b"[1]", "an array"),
        (b'"hi"', "a string"),
    ],
)
def test_what_is_no_json_object_is_refused_with_its_place(body, message):
    assert message in refused(body).message


@pytest.mark.parametrize("model", [{}, {"model": None}, {"model": ""}])
def test_a_model_may_be_missing(model):
    assert parse(jsons.encode({"messages": [USER], **model})).model == ""


def test_of_two_equal_keys_the_last_counts_here_and_in_what_is_relayed():
    body = b'{"model":"a","messages":[{"role":"user","content":"hi"}],"model":"b"}'
    request = parse(body)

    assert request.model == "b"
    assert jsons.decode(jsons.join(jsons.split(request.raw)))["model"] == "b"


def test_our_own_fields_stay_out_of_the_body_and_in_the_bytes():
    request = call(models=["a", "b"], firstbyte={"report": True, "first_byte_timeout": "250ms"})

    assert request.models == ("a", "b")
    assert request.options == CallOptions(first_byte_timeout=0.25, report=True)
    assert request.body.keys() == {"model", "messages"}
    assert b"firstbyte" in request.raw


def test_unknown_fields_are_kept():
    assert call(vendor_flag=None, top_k=5).body == {
        "model": "m",
        "messages": [USER],
        "vendor_flag": None,
        "top_k": 5,
    }


def test_null_means_absent():
    request = call(
        stream=None, stop=None, logprobs=None, tools=None, n=None, firstbyte=None, models=None
    )

    assert request.body == {"model": "m", "messages": [USER]}


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_token_limit_of_minus_one_is_none_anywhere(name):
    request = call(**{name: -1}, user="u", n=1)

    assert name not in request.body
    assert jsons.decode(request.raw) == {"model": "m", "messages": [USER], "user": "u", "n": 1}


def test_a_token_limit_of_zero_is_refused():
    error = refused({"messages": [USER], "max_tokens": 0})

    assert (error.param, error.code) == ("max_tokens", "integer_below_min_value")


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        ({"stream": True, "stream_options": {"include_usage": True}}, True),
        ({"stream": True, "stream_options": {"include_usage": False}}, False),
        ({"stream": True, "stream_options": {}}, False),
        ({"stream": True}, False),
        ({"stream_options": {"include_usage": True}}, False),
        ({"stream": False, "stream_options": {"include_usage": True}}, False),
    ],
)
def test_usage_is_wanted_only_of_a_stream(members, wanted):
    assert call(**members).include_usage is wanted


def test_stream_options_without_a_stream_are_left_out():
    request = call(stream_options={"include_usage": True})

    assert "stream_options" not in request.body
    assert b"stream_options" not in request.raw


def test_stream_options_of_a_stream_stay_whatever_else_the_call_says():
    options = {"include_usage": True, "include_obfuscation": False}
    request = call(stream=True, stream_options=options, unheard_of=1)

    assert request.body["stream_options"] == options
    assert request.include_usage


def test_what_speaks_of_tools_where_there_are_none_is_left_out():
    request = call(
        tools=[], tool_choice="auto", parallel_tool_calls=True, functions=[], function_call="auto"
    )

    assert jsons.decode(request.raw) == {"model": "m", "messages": [USER]} == request.body


@pytest.mark.parametrize(
    ("message", "tidied"),
    [
        (USER, False),
        ({"role": "assistant", "content": None, "tool_calls": [CALL]}, False),
        ({"role": "assistant", "content": "a", "refusal": None}, True),
        ({"role": "assistant", "content": "a", "reasoning": "b"}, True),
        ({"role": "assistant", "content": None, "function_call": CALL["function"]}, True),
    ],
)  # fmt: skip
def test_it_is_noted_whether_the_messages_are_as_they_came(message, tidied):
    # A name is no plain text's, so that the general reader has it.
    messages = [{**USER, "name": "n"}, message]

    assert parse(jsons.encode({"model": "m", "messages": messages})).tidied is tidied


def test_functions_are_tools_in_the_body_and_functions_in_the_bytes():
    sent = {
        "model": "m",
        "messages": [USER],
        "functions": [{"name": "f", "parameters": {"type": "object"}}],
        "function_call": {"name": "f"},
    }
    request = parse(jsons.encode(sent))

    assert request.legacy_functions
    assert jsons.decode(request.raw) == sent
    assert request.body == {
        "model": "m",
        "messages": [USER],
        "tools": [{"type": "function", "function": sent["functions"][0]}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "parallel_tool_calls": False,
    }


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        ({}, False),
        ({"thinking": None}, False),
        ({"thinking": {"type": "enabled"}}, True),
        (
            {
                "messages": [
                    USER,
                    {
                        "role": "assistant",
                        "content": "a",
                        "thinking_blocks": [{"type": "thinking"}],
                    },
                ]
            },
            True,
        ),
        (
            {
                "messages": [
                    USER,
                    {"role": "assistant", "content": "a", "reasoning_details": [{"type": "x"}]},
                ]
            },
            True,
        ),
        ({"messages": [USER, {"role": "assistant", "content": "a", "thinking_blocks": []}]}, False),
    ],
)
def test_signed_reasoning_is_for_callers_who_know_it(members, wanted):
    assert call(**members).wants_thinking_blocks is wanted


def test_tools_are_checked():
    error = refused({"messages": [USER], "tools": [{"type": "function", "function": {}}]})

    assert (error.param, error.code) == ("tools[0].function.name", "missing_required_parameter")


def test_a_lone_surrogate_does_not_stop_a_call():
    body = b'{"model":"m","max_tokens":-1,"messages":[{"role":"user","content":"\\ud83d"}]}'
    request = parse(body)

    assert request.body["messages"][0]["content"] == "\ud83d"
    assert jsons.decode(request.raw)["messages"] == request.body["messages"]


def test_a_big_body_is_not_copied():
    image = "data:image/png;base64," + "A" * 4_000_000
    content = [{"type": "image_url", "image_url": {"url": image}}]
    body = jsons.encode({"model": "m", "messages": [{"role": "user", "content": content}]})
    request = parse(body)

    assert request.raw is body
    assert request.body["messages"][0]["content"][0]["image_url"]["url"] == image


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda s: (
            st.lists(s, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "role",
                        "content",
                        "type",
                        "text",
                        "tool_calls",
                        "function",
                        "name",
                        "id",
                        "messages",
                        "tools",
                        "user",
                        "assistant",
                    ]
                ),
                s,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_comes_is_read_or_refused(value):
    sent = {"messages": value, "tools": value} if not isinstance(value, dict) else value
    before = copy.deepcopy(sent)
    with suppress(ProxyError):
        parse(jsons.encode(sent))

    assert sent == before

import json

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.surfaces.completions.parse import echo_of, parse, prompt_of


def parsed(**body):
    return parse(json.dumps({"model": "m", "prompt": "once", **body}).encode())


def refused(body):
    with pytest.raises(ProxyError) as caught:
        parse(json.dumps(body).encode())
    assert caught.value.kind is Kind.INVALID_REQUEST
    return caught.value


def test_a_prompt_is_a_users_message_and_the_bytes_are_kept():
    raw = b'{"model": "m", "prompt": "caf\\u00e9", "max_tokens": 5, "odd": 1e2}'
    request = parse(raw, (("traceparent", "00-1"),))

    assert request.body == {
        "model": "m",
        "max_tokens": 5,
        "odd": 100.0,
        "messages": [{"role": "user", "content": "café"}],
    }
    assert request.raw == raw
    assert (request.dialect, request.model, request.stream) == ("completions", "m", False)
    assert (request.forward, request.only_native) == ((("traceparent", "00-1"),), "")


def test_no_limit_is_made_up_and_the_editors_word_for_none_is_none():
    assert "max_tokens" not in parsed().body
    assert "max_tokens" not in parsed(max_tokens=-1).body
    assert b"-1" in parsed(max_tokens=-1).raw


@pytest.mark.parametrize("prompt", ["once", ["once"]])
def test_one_prompt_is_one_prompt_in_either_form(prompt):
    request = parsed(prompt=prompt)

    assert (prompt_of(request), request.only_native) == ("once", "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"prompt": ["one", "two"]}, "several prompts in one call"),
        ({"prompt": [1, 2]}, "a prompt that is tokens"),
        ({"prompt": [[1, 2], [3]]}, "a prompt that is tokens"),
        ({"suffix": "end"}, "a 'suffix'"),
        ({"best_of": 2}, "a 'best_of' above 'n'"),
        ({"echo": True, "logprobs": 0}, "'logprobs' of a prompt that is echoed"),
        ({"suffix": "end", "best_of": 3, "n": 2}, "a 'suffix' and a 'best_of' above 'n'"),
    ],
)
def test_what_chat_cannot_say_is_for_targets_with_completions_of_their_own(body, said):
    request = parsed(**body)

    assert f"takes {said}: " in request.only_native
    assert "`surfaces`" in request.only_native


@pytest.mark.parametrize(
    "body", [{"suffix": ""}, {"suffix": None}, {"best_of": 2, "n": 2}, {"echo": True}]
)
def test_what_says_nothing_more_than_chat_goes_to_anybody(body):
    assert parsed(**body).only_native == ""


def test_the_legacy_fields_are_not_in_the_chat_body():
    body = parsed(suffix="", echo=False, best_of=1, logprobs=3, user=None).body

    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "once"}],
        "logprobs": True,
        "top_logprobs": 3,
    }


def test_a_stream_may_ask_for_usage():
    request = parsed(stream=True, stream_options={"include_usage": True})

    assert (request.stream, request.include_usage) == (True, True)
    assert not parsed(stream=True).include_usage


def test_options_of_a_stream_that_is_none_go_no_further():
    request = parsed(stream_options={"include_usage": True})

    assert b"stream_options" not in request.raw
    assert "stream_options" not in request.body
    assert not request.include_usage


def test_the_callers_own_cascade_and_options_are_read():
    request = parse(b'{"prompt":"x","models":["a/m"],"firstbyte":{"report":true}}')

    assert (request.model, request.models, request.options.report) == ("", ("a/m",), True)
    assert request.body.keys() == {"messages"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", None),
        ("prompt", 1),
        ("prompt", []),
        ("logprobs", True),
        ("logprobs", 1.5),
        ("echo", "yes"),
        ("suffix", 1),
        ("n", 0),
        ("best_of", 0),
        ("max_tokens", 0),
        ("stop", 1),
        ("stream_options", []),
        ("model", 1),
    ],
)
def test_a_field_of_another_type_is_refused(field, value):
    assert refused({"model": "m", "prompt": "x", field: value}).param == field


def test_what_is_neither_text_nor_tokens_is_no_prompt():
    assert refused({"prompt": ["one", {"text": "two"}]}).param == "prompt[1]"


@pytest.mark.parametrize(
    ("body", "echo"),
    [({"echo": True}, "once"), ({"echo": False}, ""), ({}, ""), ({"odd": "echo"}, "")],
)
def test_the_prompt_is_heard_again_where_that_is_asked_for(body, echo):
    assert echo_of(parsed(**body)) == echo

import json

import pytest

from proxy.core.build import Builder
from proxy.core.errors import ProxyError
from proxy.surfaces.chat.sniff import SniffingChat, is_responses_shaped
from proxy.surfaces.surface import Surface

CURSOR = {
    "model": "claude",
    "input": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "Tide at Cork?"}]},
    ],
    "tools": [{"type": "function", "name": "tide", "parameters": {"type": "object"}}],
    "include": ["reasoning.encrypted_content"],
    "reasoning": {"effort": "low"},
    "stream": True,
    "stream_options": {"include_usage": True},
}


def encoded(body):
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("body", "shaped"),
    [
        (CURSOR, True),
        ({"input": "hi"}, True),
        ({"input": "hi", "messages": []}, False),
        ({"messages": [{"input": 1}]}, False),
        ({}, False),
    ],
)
def test_a_body_is_known_by_its_input(body, shaped):
    assert is_responses_shaped(body) is shaped


def test_a_responses_body_is_a_chat_call():
    surface: Surface = SniffingChat()
    request = surface.parse(encoded(CURSOR), (("x-client", "cursor"),))

    assert request.body == {
        "model": "claude",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Tide at Cork?"}]},
        ],
        "tools": [
            {"type": "function", "function": {"name": "tide", "parameters": {"type": "object"}}}
        ],
        "reasoning_effort": "low",
        "stream": True,
    }
    assert (request.dialect, request.raw, request.stream) == ("chat", b"", True)
    assert request.include_usage
    assert not request.wants_thinking_blocks
    assert request.forward == (("x-client", "cursor"),)


def test_the_answer_is_chat():
    surface = SniffingChat()
    encoder = surface.encoder(surface.parse(encoded(CURSOR)))
    build = Builder(1, "chatcmpl-1", "m")
    frames = encoder.feed(build.role()) + encoder.feed(build.text("hi")) + encoder.finish()

    assert b'"object":"chat.completion.chunk"' in frames
    assert frames.endswith(b"data: [DONE]\n\n")


def test_usage_comes_only_where_it_is_asked_for():
    quiet = {name: value for name, value in CURSOR.items() if name != "stream_options"}

    assert not SniffingChat().parse(encoded(quiet)).include_usage
    assert not SniffingChat().parse(encoded({**CURSOR, "stream": False})).include_usage


def test_a_chat_body_is_read_as_ever():
    body = encoded({"messages": [{"role": "user", "content": 'the "input"'}], "input": 1})
    request = SniffingChat().parse(body)

    assert request.raw is body


def test_what_is_wrong_is_told_in_the_words_of_the_shape_that_came():
    with pytest.raises(ProxyError, match=r"'input\[0\].role'"):
        SniffingChat().parse(b'{"input":[{"role":"critic","content":""}]}')

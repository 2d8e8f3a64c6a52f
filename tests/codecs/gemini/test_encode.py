import copy
import json

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from tests.support.google import CODECS, HELLO, call, native, target

USER = [{"role": "user", "parts": [{"text": "Hello"}]}]
ARGON = "gemini-4-argon"
TOOLS = [{"type": "function", "function": {"name": "tide"}}]


def test_the_fields_stand_in_the_order_of_the_documentation():
    made = native(
        messages=[{"role": "system", "content": "Be brief."}, *HELLO],
        tools=TOOLS,
        tool_choice="auto",
        seed=1,
    )

    assert list(made) == [
        "contents",
        "systemInstruction",
        "tools",
        "toolConfig",
        "generationConfig",
    ]


@pytest.mark.parametrize(
    ("fields", "written"),
    [
        (
            {
                "safety_settings": [
                    {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
                ]
            },
            {
                "safetySettings": [
                    {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
                ]
            },
        ),
        ({"safetySettings": []}, {"safetySettings": []}),
        ({"cached_content": "cachedContents/1"}, {"cachedContent": "cachedContents/1"}),
        ({"continuation_token": "t"}, {"continuationToken": "t"}),
        (
            {
                "extra_body": {
                    "google": {"cached_content": "c", "thinking_config": {"thinking_level": "LOW"}}
                }
            },
            {
                "cachedContent": "c",
                "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}},
            },
        ),
        ({"extra_body": {"google": 7}}, {}),
        ({"extra_body": 7, "stream_options": {}, "model": "x", "stream": True}, {}),
    ],
)
def test_the_providers_own_fields_pass(fields, written):
    assert native(**fields) == {"contents": USER, **written}
    assert call(**fields).dropped == ()


def test_a_cache_has_its_system_text_and_tools_already():
    made = call(
        messages=[{"role": "system", "content": "Be brief."}, *HELLO],
        tools=TOOLS,
        tool_choice="auto",
        cached_content="cachedContents/1",
    )

    assert json.loads(made.body) == {"contents": USER, "cachedContent": "cachedContents/1"}
    assert made.dropped == ("messages.system", "tools", "tool_choice")


def test_the_newest_models_take_no_cache():
    with pytest.raises(ProxyError, match="no cached content") as caught:
        call(ARGON, cached_content="c")

    assert caught.value.kind is Kind.UNSUPPORTED


def test_a_targets_parameters_replace_the_callers():
    made = native(
        params={"max_tokens": 5, "temperature": 1, "serviceTier": "flex", "store": True},
        model="gemini-2.0-flash",
        max_completion_tokens=9,
        temperature=0,
    )

    assert made["generationConfig"] == {"maxOutputTokens": 5, "temperature": 1}
    assert made["serviceTier"] == "flex"
    assert "store" not in made


def test_what_a_model_without_system_text_is_told_stands_in_its_first_turn():
    form = {"type": "json_object"}
    made = native("gemma-3-27b-it", response_format=form, web_search_options={})

    assert len(made["contents"][0]["parts"]) == 2


@pytest.mark.parametrize(
    ("model", "limit", "streams"),
    [
        (ARGON, 40_000, True),
        (ARGON, 20_000, False),
        (ARGON, None, False),
        ("gemini-3-pro", 60_000, False),
    ],
)
def test_an_answer_too_long_to_come_whole_is_streamed(model, limit, streams):
    made = call(model, max_tokens=limit)

    assert made.url.endswith("alt=sse") is streams


@pytest.mark.parametrize("protocol", ["gemini", "vertex"])
def test_writing_changes_nothing_and_is_the_same_twice(protocol):
    body = {
        "messages": [
            {"role": "system", "content": "a"},
            *HELLO,
            {"role": "assistant", "content": "b"},
            *HELLO,
        ],
        "tools": [*TOOLS, {"googleSearch": {}}],
        "generationConfig": {"topK": 1},
        "metadata": {"a": "b"},
        "labels": {"c": "d"},
        "response_format": {"type": "json_schema", "json_schema": {"schema": {"allOf": [{}]}}},
        "thinking_config": {"thinkingLevel": "LOW"},
        "max_tokens": 7,
        "temperature": 0.5,
    }
    before = copy.deepcopy(body)
    request, where = ChatRequest(body=body), target("gemini-3-pro", protocol)
    first = CODECS[protocol].encode(request, where)

    assert body == before
    assert CODECS[protocol].encode(request, where) == first

"""Which requests a target is not asked at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import jsons
from proxy.core.shape import Capabilities, ChatRequest, Target
from proxy.route.fit import BYTES_PER_TOKEN, least_tokens, room_for_texts, unfit

TOOL = {"type": "function", "function": {"name": "f"}}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}}


def target(**capabilities):
    return Target("p", "m", "openai", "http://h", capabilities=Capabilities(**capabilities))


def says(content="hi", *more, raw=b"", **body):
    return ChatRequest({"messages": [{"role": "user", "content": content}, *more], **body}, raw)


NEEDS = [
    ("tools", says(tools=[TOOL])),
    ("tools", says("hi", {"role": "assistant", "tool_calls": [CALL]}, {"role": "user"})),
    ("tools", says("hi", {"role": "tool", "tool_call_id": "c", "content": "1"})),
    ("images", says([{"type": "text", "text": "What is this?"}, IMAGE])),
    ("images", says("hi", {"role": "tool", "content": [IMAGE]})),
    ("json_schema", says(response_format=SCHEMA)),
    ("prefill", says("hi", {"role": "assistant", "content": "Well,"})),
]


@pytest.mark.parametrize(("name", "request_"), NEEDS)
def test_a_target_is_left_out_only_where_it_is_known_that_it_cannot(name, request_):
    assert unfit(request_, target(**{name: False}))
    assert unfit(request_, target(**{name: True})) is None
    assert unfit(request_, target()) is None


@pytest.mark.parametrize("name", ["tools", "images", "json_schema", "prefill"])
@pytest.mark.parametrize(
    "request_",
    [
        says(),
        says(tools=[], tool_choice="none"),
        says([{"type": "text", "text": "hi"}]),
        says(response_format={"type": "json_object"}),
        says(response_format=None),
        ChatRequest({}),
        ChatRequest({"messages": []}),
        ChatRequest({"messages": ["hi"], "response_format": "json"}),
    ],
)
def test_a_plain_request_fits_every_target(name, request_):
    assert unfit(request_, target(**{name: False})) is None


def test_the_reason_is_a_sentence():
    assert unfit(says(tools=[TOOL]), target(tools=False)) == "The model does not take tools."
    assert unfit(says("x" * 666), target(context=100)) == (
        "The prompt has at least 111 tokens, and the model takes 100 with its answer."
    )


def test_a_prompt_that_may_just_fit_is_sent():
    longest = "x" * (100 * BYTES_PER_TOKEN)

    assert unfit(says(longest), target(context=100)) is None
    assert unfit(says(longest + "x" * BYTES_PER_TOKEN), target(context=100))


def test_a_short_body_needs_no_look_at_its_texts():
    assert unfit(says("x" * 1000, raw=b"{}"), target(context=1)) is None
    assert unfit(says("x" * 1000, raw=b" " * 1000), target(context=1))


def test_what_counts_is_text_and_not_the_bytes_of_images():
    image = {"type": "image_url", "image_url": {"url": "data:" + "A" * 6000}}
    audio = {"type": "input_audio", "input_audio": {"data": "A" * 6000}}
    body = says([{"type": "text", "text": "x" * 600}, {"type": "text"}, image, audio]).body

    assert least_tokens(body) == 100


def test_calls_and_tools_count_too():
    call = {"function": {"name": "f", "arguments": "x" * 600}}
    odd = [{"function": None}, {"function": {"arguments": {}}}, {}]
    spoken = {"role": "assistant", "content": None, "tool_calls": [call, *odd]}

    assert least_tokens(says("", spoken).body) == 100
    assert least_tokens(says("", tools=[{"x": "y" * 600}]).body) > 100


def test_other_scripts_count_by_their_bytes():
    assert least_tokens(says("水" * 200).body) == 100
    assert least_tokens(says("\ud800" * 600).body) == 100


@pytest.mark.parametrize(
    ("dialect", "protocol", "served"),
    [
        ("completions", "completions", True),
        ("completions", "openai", False),
        ("responses", "responses", True),
        ("responses", "openai", False),
        ("messages", "anthropic", True),
        ("messages", "bedrock", True),
        ("messages", "openai", False),
        ("chat", "openai", False),
    ],
)
def test_what_chat_cannot_say_goes_only_to_targets_of_the_callers_own_protocol(
    dialect, protocol, served
):
    request = ChatRequest({"messages": []}, dialect=dialect, only_native="Only so.")
    who = Target("p", "m", protocol, "http://h")

    assert unfit(request, who) == (None if served else "Only so.")


@given(
    st.lists(st.sampled_from(["user", "assistant"]), min_size=1, max_size=3),
    st.sampled_from([None, False, True]),
    st.sampled_from([None, 1, 30]),
    st.integers(1, 300),
)
def test_texts_with_room_enough_fit_whatever_they_say(roles, prefill, context, size):
    who = target(prefill=prefill, context=context, tools=False, images=False, json_schema=False)
    messages = [{"role": role, "content": "a" * size} for role in roles]
    request = ChatRequest({"messages": messages}, raw=jsons.encode(messages), only_texts=True)

    if len(request.raw) <= room_for_texts(who):
        assert unfit(request, who) is None


@pytest.mark.parametrize(("protocol", "fits"), [("gemini", True), ("mistral", False)])
def test_a_request_that_is_nothing_without_a_search_goes_to_who_can(protocol, fits):
    request = ChatRequest({"messages": []}, must_search="It needs a search.")
    why = unfit(request, Target("p", "m", protocol, "http://h"))

    assert why == (None if fits else "It needs a search.")

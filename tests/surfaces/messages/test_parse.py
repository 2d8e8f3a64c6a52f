"""Requests of Anthropic's clients into chat, and back through the codec that writes chat for Anthropic."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.anthropic import encode as to_anthropic
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import CallOptions, Target
from proxy.surfaces.messages import Messages
from proxy.surfaces.messages.parse import parse

HI = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
MARK = {"type": "ephemeral"}
CLAUDE_CODE = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 32000,
    "system": [
        {"type": "text", "text": "You are a coding agent.", "cache_control": MARK},
        {"type": "text", "text": "Working directory: /home/u", "cache_control": MARK},
    ],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "<system-reminder>today</system-reminder>"},
                {"type": "text", "text": "list the files", "cache_control": MARK},
            ],
        }
    ],
    "tools": [
        {
            "name": "Bash",
            "description": "Runs a command.",
            "input_schema": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "properties": {"command": {"type": "string"}},
                "required": ["command"],
                "additionalProperties": False,
            },
            "eager_input_streaming": True,
        }
    ],
    "metadata": {"user_id": "user_" + "0" * 64 + "_account__session_1"},
    "thinking": {"type": "adaptive"},
    "output_config": {"effort": "high"},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "a_field_of_next_year": {"a": 1.50},
    "stream": True,
}


def parsed(**sent):
    return parse(json.dumps({**HI, **sent}).encode())


def test_the_body_is_kept_byte_for_byte():
    body = b'{ "model": "m", "max_tokens": 9.0e0, "x": "\\u00e9", "max_tokens": 9, "messages": [{"role":"user","content":"Hi"}]}'
    request = parse(body, (("anthropic-beta", "a"),))

    assert request.raw is body
    assert request.forward == (("anthropic-beta", "a"),)
    assert request.dialect == Messages().name == "messages"


def test_usage_and_signed_reasoning_are_always_wanted():
    request = parsed()

    assert (request.include_usage, request.wants_thinking_blocks) == (True, True)
    assert (request.model, request.stream) == ("m", False)


def test_a_request_may_leave_the_model_to_the_proxy():
    assert parsed(model=None).model == ""


def test_a_request_of_claude_code_is_carried():
    request = parse(json.dumps(CLAUDE_CODE).encode())
    body = request.body

    assert request.stream
    assert request.only_native == ""
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][0]["content"][1]["cache_control"] == MARK
    assert body["tools"][0]["function"]["name"] == "Bash"
    assert body["reasoning_effort"] == "high"
    assert len(body["user"]) == 64
    assert not {"context_management", "a_field_of_next_year"} & body.keys()
    assert json.loads(request.raw) == CLAUDE_CODE


def test_a_tool_that_only_anthropic_has_is_said_to_need_it():
    tool = {"type": "code_execution_20260521", "name": "code_execution"}
    request = parsed(tools=[tool])

    assert request.only_native.startswith("tools.0 is of type 'code_execution_20260521'")
    assert request.must_search == ""


def test_a_search_is_said_to_need_who_can():
    request = parsed(tools=[{"type": "web_search_20260318", "name": "web_search"}])

    assert request.only_native == ""
    assert "'web_search_20260318'" in request.must_search


def test_servers_of_tools_that_anthropic_calls_are_for_its_models_alone():
    server = {"type": "url", "url": "https://mcp.test", "name": "maps"}

    assert parsed(mcp_servers=[server]).only_native.startswith(
        "mcp_servers are called by Anthropic"
    )
    assert parsed(mcp_servers=[]).only_native == ""


def test_a_call_may_bring_its_own_cascade_and_options():
    request = parsed(models=["a", "b/c"], firstbyte={"report": True})

    assert (request.models, request.options) == (("a", "b/c"), CallOptions(report=True))
    assert not {"models", "firstbyte"} & request.body.keys()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"messages": None}, "messages: Field required"),
        ({"system": 5}, "system: Input should be a valid list"),
        ({"stream": 1}, "stream: Input should be a valid boolean"),
        ({"models": "a"}, "Invalid type for 'models'"),
    ],
)
def test_what_is_wrong_is_told_in_anthropics_words(sent, said):
    with pytest.raises(ProxyError) as caught:
        parsed(**sent)

    assert caught.value.kind is Kind.INVALID_REQUEST
    assert caught.value.message.startswith(said)


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_a_body_that_is_no_object_is_refused(body):
    with pytest.raises(ProxyError, match="The request body is"):
        parse(body)


# What comes out of the codec again.

words = st.text("abc é", min_size=1, max_size=8).filter(str.strip)
marks = st.sampled_from([{}, {"cache_control": MARK}])
inputs = st.dictionaries(
    words, st.one_of(words, st.integers(-9, 9), st.lists(words, max_size=2)), max_size=2
)
images = st.sampled_from(
    [
        {"type": "url", "url": "https://x.test/a.png"},
        {"type": "base64", "media_type": "image/png", "data": "AAAA"},
    ]
)
user_blocks = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, words),
    st.builds(lambda source: {"type": "image", "source": source}, images),
    st.builds(
        lambda title: {
            "type": "document",
            "title": title,
            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"},
        },
        words,
    ),
)
results = st.one_of(words, st.lists(user_blocks, min_size=1, max_size=2))
thoughts = st.one_of(
    st.builds(lambda t: {"type": "thinking", "thinking": t, "signature": "sig-" + t}, words),
    st.builds(lambda t: {"type": "redacted_thinking", "data": t}, words),
)


@st.composite
def requests(draw):
    ids = map("toolu_{}".format, itertools.count())
    turns = [{"role": "user", "content": draw(st.lists(user_blocks, min_size=1, max_size=3))}]
    for _ in range(draw(st.integers(0, 3))):
        blocks = draw(st.lists(thoughts, max_size=2, unique_by=json.dumps))
        blocks += [{"type": "text", "text": text} for text in draw(st.lists(words, max_size=2))]
        known = [next(ids) for _ in range(draw(st.integers(0, 2)))]
        blocks += [
            {"type": "tool_use", "id": one, "name": "tide", "input": draw(inputs)} for one in known
        ]
        if blocks and blocks[-1]["type"].endswith("thinking"):
            # A turn that ends so is refused.
            blocks.append({"type": "text", "text": draw(words)})
        turns.append({"role": "assistant", "content": blocks or draw(words)})
        answers = [
            {
                "type": "tool_result",
                "tool_use_id": one,
                "content": draw(results),
                **draw(st.sampled_from([{}, {"is_error": True}])),
            }
            for one in known
        ]
        after = draw(st.lists(user_blocks, min_size=0 if answers else 1, max_size=2))
        turns.append({"role": "user", "content": answers + after})
    turns[-1]["content"][-1] |= draw(marks)
    system = draw(st.one_of(st.none(), words, st.lists(words, min_size=1, max_size=2)))
    sent = {"model": "claude-sonnet-4-5", "max_tokens": draw(st.integers(1, 99)), "messages": turns}
    if isinstance(system, list):
        system = [{"type": "text", "text": text, **draw(marks)} for text in system]
    tools = [{"name": "tide", "description": "d", "input_schema": {"type": "object", "a": 1}}]
    knobs = {
        "system": system,
        "temperature": draw(st.sampled_from([None, 0, 0.5, 1])),
        "stop_sequences": draw(st.sampled_from([None, ["a", "b"]])),
        "tools": [{**tools[0], **draw(marks)}],
        "tool_choice": draw(
            st.sampled_from(
                [
                    None,
                    {"type": "auto", "disable_parallel_tool_use": True},
                    {"type": "any"},
                    {"type": "none"},
                    {"type": "tool", "name": "tide"},
                ]
            )
        ),
        "metadata": draw(st.sampled_from([None, {"user_id": "u"}])),
        "service_tier": draw(st.sampled_from([None, "auto", "standard_only"])),
        "thinking": draw(st.sampled_from([None, {"type": "disabled"}])),
        "stream": draw(st.sampled_from([None, True])),
    }
    return {**sent, **{name: value for name, value in knobs.items() if value is not None}}


def meaning(sent):
    """A request without the choices that mean nothing: strings or blocks, one text or two, the order in an answer."""
    turns = []
    for turn in sent["messages"]:
        content = as_blocks(turn["content"])
        if turn["role"] == "assistant":
            said = "".join(block["text"] for block in content if block["type"] == "text")
            content = [
                *(block for block in content if block["type"].endswith("thinking")),
                {"type": "text", "text": said},
                *(block for block in content if block["type"] == "tool_use"),
            ]
        turns.append((turn["role"], [block_meaning(block) for block in content]))
    return {**sent, "messages": turns, "system": as_blocks(sent.get("system") or [])}


def block_meaning(block):
    return {**block, "content": as_blocks(block["content"])} if "content" in block else block


def as_blocks(content):
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


@given(sent=requests())
def test_a_request_means_the_same_when_it_is_written_for_anthropic_again(sent):
    request = parse(json.dumps(sent).encode())
    target = Target("anthropic", sent["model"], "anthropic", "http://provider.test")
    call = to_anthropic.encode(request, target)

    assert meaning(json.loads(call.body)) == meaning(sent)
    assert call.dropped == ()


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("claude-opus-4-6", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
        ("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}}),
        ("claude-opus-5", {"thinking": {"type": "adaptive", "display": "summarized"}}),
        ("claude-3-5-haiku", {"top_k": 5, "temperature": 0.5, "top_p": 0.9}),
        (
            "claude-sonnet-4-5",
            {"tools": [{"type": "bash_20250124", "name": "bash"}], "tool_choice": {"type": "auto"}},
        ),
        (
            "claude-sonnet-4-5",
            {
                "output_config": {
                    "format": {
                        "type": "json_schema",
                        "schema": {
                            "type": "object",
                            "properties": {"a": {"type": "string"}},
                            "required": ["a"],
                            "additionalProperties": False,
                        },
                    }
                }
            },
        ),
        (
            "claude-opus-5",
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
                    {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
                ]
            },
        ),
    ],
)
def test_what_only_some_models_take_means_the_same_to_them(model, sent):
    sent = {**HI, "messages": as_turns("Hi"), "model": model, **sent}
    target = Target("anthropic", model, "anthropic", "http://provider.test")

    assert json.loads(to_anthropic.encode(parse(json.dumps(sent).encode()), target).body) == sent


def as_turns(text):
    return [{"role": "user", "content": [{"type": "text", "text": text}]}]

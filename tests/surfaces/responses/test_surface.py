import json

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.responses.codec import Responses as Codec
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest, Target
from proxy.surfaces.responses import Responses
from proxy.surfaces.surface import Surface
from tests.support.replies import reasoning, response, target, tool

CLAUDE = Target("anthropic", "claude-sonnet-4-5", "anthropic", "https://claude.test")
TOOLS = [{"type": "function", "name": "tide", "parameters": {"type": "object"}, "strict": False}]


def encoded(body):
    return json.dumps(body).encode()


def test_the_surface_keeps_the_contract():
    surface: Surface = Responses()
    request = surface.parse(b'{"input":"hi"}')
    build = Builder(1, "chatcmpl-1", "m")

    assert surface.name == "responses"
    assert b"output_text.delta" in surface.encoder(request, model="mine").feed(build.text("hi"))
    assert json.loads(surface.whole(request, fold([build.text("hi")])))["object"] == "response"


def test_an_error_before_the_first_byte_is_openais():
    answer = Responses().error(ProxyError(Kind.INVALID_REQUEST, "no", param="input"), "req_1")

    assert answer.status == 400
    assert json.loads(answer.body)["error"]["param"] == "input"


def test_signed_reasoning_comes_back_to_its_maker_from_a_client_that_replays_items():
    """One turn at Claude, told as items; their replay, written for Claude again, holds the signature."""
    first = Responses().parse(encoded({"input": "Tide at Cork?", "tools": TOOLS}))
    said = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "Eo8B"},
            {"type": "tool_use", "id": "toolu_1", "name": "tide", "input": {}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 1, "output_tokens": 2},
    }
    completion = Anthropic().decode(200, {}, encoded(said), created=1)
    output = json.loads(Responses().whole(first, completion))["output"]
    result = {"type": "function_call_output", "call_id": output[1]["call_id"], "output": "14:20"}
    again = encoded(
        {
            "input": [{"role": "user", "content": "Tide at Cork?"}, *output, result],
            "tools": TOOLS,
            "reasoning": {"effort": "low"},
        }
    )
    sent = json.loads(Anthropic().encode(Responses().parse(again), CLAUDE).body)

    assert sent["messages"][1]["content"] == said["content"]
    assert sent["messages"][2]["content"][0]["tool_use_id"] == "toolu_1"

    relayed = json.loads(Codec().encode(Responses().parse(again), target("gpt-5")).body)["input"]
    assert [item.get("type") for item in relayed] == [None, "function_call", "function_call_output"]
    assert relayed[1]["call_id"] == relayed[2]["call_id"] == "toolu_1"


def test_what_the_codec_writes_is_read_back_as_it_was():
    """The codec's request and the surface's parse are each other's inverse, as far as chat says it all."""
    chat = {
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {
                        "type": "image_url",
                        "image_url": {"url": "https://x.test/a.png", "detail": "low"},
                    },
                ],
            },
            {
                "role": "assistant",
                "content": "A tide table.",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "tide", "arguments": '{"port":"Cork"}'},
                    },
                    {"id": "call_2", "type": "custom", "custom": {"name": "note", "input": "x"}},
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "14:20"},
            {"role": "tool", "tool_call_id": "call_2", "content": "ok"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {"name": "tide", "parameters": {"type": "object"}, "strict": False},
            },
            {"type": "custom", "custom": {"name": "note", "format": {"type": "text"}}},
        ],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "max_completion_tokens": 50,
        "temperature": 0.5,
        "verbosity": "low",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True},
        },
        "metadata": {"a": "b"},
        "service_tier": "flex",
    }
    written = Codec().encode(ChatRequest(chat), target()).body

    assert Responses().parse(written).body == {"model": "gpt-4.1", **chat}


def test_a_native_answer_and_its_translation_say_the_same():
    native = response(
        reasoning("Hm."),
        tool(arguments='{"port":"Cork"}'),
        usage={"input_tokens": 1, "output_tokens": 2},
    )
    completion = Codec().decode(200, {}, encoded(native), created=1, target=target())
    request = Responses().parse(b'{"input":"hi"}')
    translated = {name: value for name, value in completion.items() if name != "native"}
    told = json.loads(Responses().whole(request, translated))

    assert Responses().whole(request, completion) == encoded(native)
    assert told["output"][0]["summary"] == native["output"][0]["summary"]
    assert told["output"][1]["arguments"] == native["output"][1]["arguments"]
    assert told["usage"]["input_tokens"] == 1

"""Coding agents in the middle of their work, over real sockets: pictures and failures as results, thinking, marks, tools of
several kinds, fields that nobody knows; to targets of both protocols, streamed."""

import anthropic
import pytest

from proxy.core import jsons
from tests.support import agents, messages_grammar, responses_grammar
from tests.support.house import house as house
from tests.support.sdks import http as http


def claude_code(http, model, **more):
    headers = {**dict(agents.HEADERS), "authorization": "Bearer any"}
    body = agents.claude_code(model=model, **more)
    answer = http.post("/v1/messages?beta=true", headers=headers, json=body)

    assert answer.status_code == 200, answer.text
    return messages_grammar.check(answer.content)


def codex(http, model, **more):
    answer = http.post("/v1/responses", json=agents.codex(model=model, **more))

    assert answer.status_code == 200, answer.text
    return responses_grammar.checked(answer.content)


@pytest.mark.parametrize("model", ["chat", "mock/echo"])
def test_claude_code_works_on_a_model_that_speaks_openais_chat(house, http, model):
    with house.recording() as calls:
        events = claude_code(http, model)

    (call,) = calls
    told = jsons.encode(call.body)
    assert events[-1]["type"] == "message_stop"
    for stranger in (b"cache_control", b"signature", b"is_error", b"something_new", b"budget"):
        assert stranger not in told
    pictures = [
        message["role"]
        for message in call.body["messages"]
        for part in message["content"] or ()
        if isinstance(part, dict) and part["type"] == "image_url"
    ]
    assert pictures == ["user", "user"]


@pytest.mark.parametrize("model", ["chat", "native"])
def test_claude_code_goes_on_after_its_own_search_of_tools(house, http, model):
    deferred = {"name": "tide", "input_schema": {"type": "object"}, "defer_loading": True}
    search = {"name": "ToolSearch", "input_schema": {"type": "object"}}
    asked = {"type": "tool_use", "id": "toolu_1", "name": "ToolSearch", "input": {"q": "tide"}}
    found = {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "content": [{"type": "tool_reference", "tool_name": "tide"}],
    }
    messages = [
        {"role": "user", "content": "Tide?"},
        {"role": "assistant", "content": [asked]},
        {"role": "user", "content": [found]},
    ]
    with house.recording() as calls:
        body = {
            "model": model,
            "max_tokens": 100,
            "messages": messages,
            "tools": [deferred, search],
        }
        answer = http.post("/v1/messages", headers=dict(agents.HEADERS), json=body)

    told = str(calls[0].body["messages"][-1])

    assert answer.status_code == 200, answer.text
    assert ("tool_reference" if model == "native" else "can be called now") in told


@pytest.mark.parametrize("model", ["chat", "native", "cascade"])
def test_codex_works_on_models_that_do_not_speak_responses(http, model):
    events = codex(http, model)

    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["output"][-1]["type"] in {"message", "function_call"}


@pytest.mark.parametrize("model", ["chat", "native"])
def test_codex_is_called_back_with_free_text_whoever_answers(http, model):
    said = {"role": "user", "content": [{"type": "input_text", "text": "Patch it"}]}
    patch = {"type": "custom", "name": "apply_patch", "description": "Edits files."}
    events = codex(http, model, input=[said], tools=[patch])
    kinds = {event["type"] for event in events}
    call = events[-1]["response"]["output"][-1]

    assert call["type"] == "custom_tool_call"
    assert (call["name"], call["input"]) == ("apply_patch", "text")
    assert "response.custom_tool_call_input.done" in kinds


@pytest.mark.parametrize("model", ["chat", "native"])
def test_it_is_free_text_in_a_whole_answer_too(http, model):
    patch = {"type": "custom", "name": "apply_patch", "description": "Edits files."}
    body = agents.codex(model=model, input="Patch it", tools=[patch], stream=False)
    call = http.post("/v1/responses", json=body).json()["output"][-1]

    assert (call["type"], call["input"]) == ("custom_tool_call", "text")


@pytest.mark.parametrize("model", ["chat", "native"])
def test_codex_is_called_back_in_the_namespace_of_an_mcp_server(house, http, model):
    look = {"type": "function", "name": "look", "parameters": {"type": "object", "properties": {}}}
    maps = {"type": "namespace", "name": "mcp__maps", "description": "Maps.", "tools": [look]}
    said = {"role": "user", "content": [{"type": "input_text", "text": "Look"}]}
    call = codex(http, model, input=[said], tools=[maps])[-1]["response"]["output"][-1]
    answer = {"type": "function_call_output", "call_id": call["call_id"], "output": "Cork"}
    with house.recording() as calls:
        events = codex(http, model, input=[said, call, answer], tools=[maps])

    assert (call["name"], call["namespace"]) == ("look", "mcp__maps")
    assert str(calls[0].body).count("mcp__maps__look") == 2
    assert events[-1]["type"] == "response.completed"


def test_a_tool_runner_that_wants_its_conversation_held_goes_on_without(house):
    # Anthropic's own runner asks for it, and sends the whole conversation once it is refused.
    @anthropic.beta_tool
    def tide(port: str) -> str:
        """When the tide is high."""
        del port
        return "high at 14:20"

    address = house.root
    with anthropic.Anthropic(base_url=address, api_key="k", max_retries=0) as client:
        runner = client.beta.messages.tool_runner(
            model="cascade",
            max_tokens=100,
            tools=[tide],
            messages=[{"role": "user", "content": "Tide at Cork?"}],
        )
        last = runner.until_done()

    assert "14:20" in last.content[0].text

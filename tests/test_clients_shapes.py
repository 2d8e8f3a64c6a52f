"""Requests in the shape in which tools send them that are no SDKs, over real sockets: Claude Code, Codex, Cursor, and
what chat front ends ask for when they are set up."""

import pytest

from proxy.core import jsons
from tests.support.house import house as house
from tests.support.sdks import http as http

MESSAGES = {"anthropic-version": "2023-06-01", "anthropic-beta": "claude-code-20250219,oauth-x"}


def events(response):
    """Name and data of each event of a stream."""
    assert response.headers["content-type"].startswith("text/event-stream")
    frames = [frame for frame in response.text.split("\n\n") if frame and frame[0] != ":"]
    return [
        (
            frame.partition("\n")[0].removeprefix("event: ") if frame.startswith("event:") else "",
            frame.rpartition("data: ")[2],
        )
        for frame in frames
    ]


# Claude Code.


def claude_code(model, **more):
    return {
        "model": model,
        "max_tokens": 32000,
        "stream": True,
        "system": [
            {"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "Work in /home/me."},
        ],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "<system-reminder>Today is Monday.</system-reminder>"},
                    {
                        "type": "text",
                        "text": "List the files",
                        "cache_control": {"type": "ephemeral"},
                    },
                ],
            }
        ],
        "tools": [
            {
                "name": "Bash",
                "description": "Runs a command.",
                "input_schema": {
                    "$schema": "http://json-schema.org/draft-07/schema#",
                    "type": "object",
                    "properties": {"command": {"type": "string"}},
                    "required": ["command"],
                    "additionalProperties": False,
                },
            }
        ],
        "metadata": {"user_id": "user_0_account__session_0"},
        "context_management": {"edits": []},
        **more,
    }


def test_claude_code_looks_whether_anybody_is_there(http):
    answer = http.head("/")

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("model", ["native", "chat"])
def test_claude_code_calls_a_tool_and_goes_on(house, http, model):
    url, headers = "/v1/messages?beta=true", {**MESSAGES, "authorization": "Bearer any"}
    first = events(http.post(url, headers=headers, json=claude_code(model)))
    kinds = [name for name, _ in first]
    (start,) = [
        jsons.decode(data.encode())["content_block"]
        for name, data in first
        if name == "content_block_start" and '"tool_use"' in data
    ]
    body = claude_code(model)
    body["messages"] += [
        {"role": "assistant", "content": [{**start, "input": {"command": "ls"}}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": start["id"], "content": "a.txt"},
                {"type": "text", "text": "<system-reminder>One file.</system-reminder>"},
            ],
        },
    ]
    with house.recording() as calls:
        second = events(http.post(url, headers=headers, json=body))

    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert start["name"] == "Bash"
    assert second[-1][0] == "message_stop"
    (call,) = calls
    assert "a.txt" in str(call.body["messages"][2 if model == "native" else 3])


def test_claude_code_reads_the_models_and_counts(house, http):
    with house.recording() as calls:
        models = http.get("/v1/models?limit=1000", headers=MESSAGES)
    counted = http.post(
        "/v1/messages/count_tokens?beta=true", headers=MESSAGES, json=claude_code("chat")
    )

    assert models.json()["has_more"] is False
    assert {model["type"] for model in models.json()["data"]} == {"model"}
    # It waits for them before it begins, and so for no provider.
    assert not calls
    assert counted.json()["input_tokens"] > 20


def test_claude_code_may_have_been_given_v1_too(http):
    body = claude_code("chat", stream=False)

    assert http.post("/v1/v1/messages", headers=MESSAGES, json=body).json()["type"] == "message"


# Codex.

CODEX = {
    "instructions": "You are a coding agent.",
    "input": [
        {
            "type": "message",
            "role": "developer",
            "content": [{"type": "input_text", "text": "<permissions>all</permissions>"}],
        },
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "List the files"}],
        },
    ],
    "tools": [
        {
            "type": "function",
            "name": "exec_command",
            "description": "Runs a command.",
            "strict": False,
            "parameters": {
                "type": "object",
                "properties": {"cmd": {"type": "string"}},
                "required": ["cmd"],
                "additionalProperties": False,
            },
        },
        {
            "type": "custom",
            "name": "apply_patch",
            "description": "Edits files.",
            "format": {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"},
        },
        {"type": "web_search", "external_web_access": False},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"effort": "medium", "summary": "auto"},
    "store": False,
    "stream": True,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "0199-session",
    "text": {"verbosity": "medium"},
}
CODEX_HEADERS = {
    "authorization": "Bearer any",
    "accept": "text/event-stream",
    "originator": "codex_cli_rs",
    "session_id": "0199-session",
    "openai-beta": "responses=experimental",
}


def test_codex_is_told_at_once_that_there_is_no_socket(http):
    handshake = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }

    answer = http.get("/v1/responses", headers={**CODEX_HEADERS, **handshake})

    assert answer.status_code == 426
    assert answer.json()["error"]["code"] == "websocket_not_supported"


@pytest.mark.parametrize("model", ["native", "chat"])
def test_codex_calls_a_tool_and_goes_on(http, model):
    first = events(
        http.post("/v1/responses", headers=CODEX_HEADERS, json={**CODEX, "model": model})
    )
    last = jsons.decode(first[-1][1].encode())["response"]
    (call,) = [item for item in last["output"] if item["type"] == "function_call"]
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "a.txt"}
    body = {**CODEX, "model": model, "input": [*CODEX["input"], *last["output"], result]}
    second = http.post("/v1/responses", headers=CODEX_HEADERS, json=body)

    assert first[0][0] == "response.created"
    assert first[-1][0] == "response.completed"
    assert call["name"] == "exec_command"
    assert "a.txt" in second.text


# Cursor.

CURSOR = {
    "user": "u-1",
    "stream": True,
    "stream_options": {"include_usage": True},
    "input": [
        {"role": "system", "content": "You are an editor."},
        {"role": "user", "content": [{"type": "input_text", "text": "Hello from an editor"}]},
    ],
    "include": ["reasoning.encrypted_content"],
    "store": False,
    "text": {"verbosity": "low"},
    "tools": [
        {
            "type": "function",
            "name": "read_file",
            "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
        }
    ],
}


def test_cursor_checks_the_address_by_its_models(http):
    listed = http.get("/cursor/v1/models", headers={"authorization": "Bearer any"})

    assert listed.status_code == 200
    assert "chat" in [model["id"] for model in listed.json()["data"]]


@pytest.mark.parametrize("model", ["native", "chat"])
def test_cursor_posts_a_response_to_chat_and_reads_chat(http, model):
    answer = http.post("/cursor/v1/chat/completions", json={**CURSOR, "model": model})
    chunks = [jsons.decode(data.encode()) for _, data in events(answer)[:-1]]

    assert events(answer)[-1][1] == "[DONE]"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    called = [
        call
        for chunk in chunks
        for choice in chunk["choices"]
        for call in choice["delta"].get("tool_calls", ())
    ]
    assert called[0]["function"]["name"] == "read_file"
    assert chunks[-1]["usage"]["total_tokens"] > 0


# What front ends send besides.


@pytest.mark.parametrize(
    "more",
    [
        {"max_tokens": -1},
        {"n": 1, "user": "u", "logprobs": None, "stop": None},
        {"stream_options": {"include_usage": True}},
        {"tools": [], "tool_choice": "auto"},
    ],
)
def test_what_says_nothing_is_no_mistake(http, more):
    body = {"model": "native", "messages": [{"role": "user", "content": "Hello"}], **more}

    assert http.post("/v1/chat/completions", json=body).status_code == 200


@pytest.mark.parametrize("path", ["/models", "/v1/models/", "/v1/v1/models"])
def test_front_ends_find_the_models_however_the_address_was_written(http, path):
    assert http.get(path).json()["object"] == "list"


def test_whoever_asks_for_something_else_is_told_what_there_is(http):
    answer = http.post("/v1/audio/speech", json={"model": "x", "input": "y"})

    assert answer.status_code == 404
    for path in ("/v1/responses", "/v1/messages", "/v1/completions", "/v1/embeddings"):
        assert f"POST {path}" in answer.json()["error"]["message"]

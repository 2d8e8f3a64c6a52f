"""Requests in the shape in which coding agents send them in the middle of their work, written by us.

Both hold what such requests have and chat has not: marks and signed thinking, results that are pictures or failures,
tools of several kinds, state that only one provider can read, and fields that nobody knows yet.
"""

import copy
import json

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
MARK = {"type": "ephemeral"}
HEADERS = (
    ("anthropic-version", "2023-06-01"),
    ("anthropic-beta", "claude-code-20250219,interleaved-thinking-2025-05-14"),
)
TOOLS = [
    "Task",
    "Bash",
    "Glob",
    "Grep",
    "LS",
    "ExitPlanMode",
    "Read",
    "Edit",
    "MultiEdit",
    "Write",
    "NotebookEdit",
    "WebFetch",
    "TodoWrite",
    "KillShell",
    "mcp__forge__create-issue",
]
_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "path": {"type": "string", "description": "Where."},
        "timeout": {"type": "number", "exclusiveMinimum": 0},
        "mode": {"type": "string", "enum": ["read", "write"], "default": "read"},
        "todos": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"note": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
                "additionalProperties": False,
            },
        },
    },
    "required": ["path"],
    "additionalProperties": False,
}


def _said(text, **more):
    return {"type": "text", "text": text, **more}


def _picture():
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    return {"type": "image", "source": source}


def _thought(text):
    return {"type": "thinking", "thinking": text, "signature": f"EuYBCkQYBCJA{text[0]}=="}


def _use(mark, name, **given):
    return {"type": "tool_use", "id": mark, "name": name, "input": given}


def _result(mark, content, **more):
    return {"type": "tool_result", "tool_use_id": mark, "content": content, **more}


_CLAUDE_CODE = {
    "model": "any",
    "max_tokens": 32_000,
    "temperature": 1,
    "stream": True,
    "system": [
        _said("You are an agent.", cache_control=MARK),
        _said("Work in /home/me.", cache_control={**MARK, "ttl": "1h"}),
    ],
    "thinking": {"type": "enabled", "budget_tokens": 31_999},
    "metadata": {"user_id": f"user_{'0' * 64}_account__session_{'1' * 36}"},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "something_new": {"a": 1},
    "tools": [
        {"name": name, "description": f"The tool {name}.", "input_schema": _SCHEMA}
        for name in TOOLS
    ],
    "messages": [
        {
            "role": "user",
            "content": [
                _said("<system-reminder>Monday.</system-reminder>"),
                _said("Look at it.", cache_control=MARK),
            ],
        },
        {
            "role": "assistant",
            "content": [
                _thought("I should look."),
                _said("I will."),
                _use("toolu_01A", "Read", path="a.png"),
                _use("toolu_01B", "Bash", path="false"),
            ],
        },
        {
            "role": "user",
            "content": [
                _result("toolu_01A", [_said("A picture:"), _picture()]),
                _result("toolu_01B", "exit 1", is_error=True),
                _said("<system-reminder>Go on.</system-reminder>", cache_control=MARK),
            ],
        },
        {
            "role": "assistant",
            "content": [_thought("Report it."), _use("toolu_01C", "mcp__forge__create-issue")],
        },
        {"role": "user", "content": [_result("toolu_01C", [_picture()], cache_control=MARK)]},
    ],
}
_CLAUDE_CODE["tools"][-1]["cache_control"] = MARK


def _function(name, argument, schema):
    return {
        "type": "function",
        "name": name,
        "description": f"The tool {name}.",
        "strict": False,
        "parameters": {
            "type": "object",
            "properties": {argument: schema, "timeout_ms": {"type": "number"}},
            "required": [argument],
            "additionalProperties": False,
        },
    }


_SHOWN = {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}"}
_CODEX = {
    "model": "any",
    "instructions": "You are a coding agent.",
    "stream": True,
    "store": False,
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "reasoning": {"effort": "medium", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "0199-session",
    "text": {"verbosity": "low"},
    "client_metadata": {"x": "y"},
    "something_new": {"a": 1},
    "input": [
        {
            "type": "message",
            "role": "developer",
            "content": [{"type": "input_text", "text": "<permissions>all</permissions>"}],
        },
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "<environment>shell</environment>"}],
        },
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Mend it"}, _SHOWN],
        },
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "**Planning**"}],
            "content": None,
            "encrypted_content": "gAAAAABsomebodyelses",
        },
        {
            "type": "message",
            "role": "assistant",
            "id": "msg_1",
            "content": [{"type": "output_text", "text": "I look."}],
        },
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "shell",
            "arguments": '{"command":["ls"]}',
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "a.txt"},
        {
            "type": "custom_tool_call",
            "call_id": "call_2",
            "status": "completed",
            "name": "apply_patch",
            "input": "*** Begin Patch\n*** End Patch",
        },
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": "Done"},
        {
            "type": "function_call",
            "call_id": "call_3",
            "name": "view_image",
            "arguments": '{"path":"a.png"}',
        },
        {
            "type": "function_call_output",
            "call_id": "call_3",
            "output": [{"type": "input_text", "text": "Seen:"}, _SHOWN],
        },
    ],
    "tools": [
        _function("shell", "command", {"type": "array", "items": {"type": "string"}}),
        _function("view_image", "path", {"type": "string"}),
        {
            "type": "custom",
            "name": "apply_patch",
            "description": "Edits files.",
            "format": {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"},
        },
        {"type": "web_search", "external_web_access": False},
    ],
}


def claude_code(**more):
    """A Messages request of Claude Code, in its third turn."""
    return {**copy.deepcopy(_CLAUDE_CODE), **more}


def codex(**more):
    """A Responses request of Codex, in its fourth turn."""
    return {**copy.deepcopy(_CODEX), **more}


def written(body):
    """A request as the bytes that travel."""
    return json.dumps(body).encode()

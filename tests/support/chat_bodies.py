"""Chat bodies of any form: for hypothesis, some near to real ones, most far from it; and right ones with one wrong place."""

import copy

from hypothesis import strategies as st

NAMES = (
    "allowed_tools", "arguments", "content", "data", "description", "detail", "documents", "effort", "file", "file_data",
    "filename", "function", "id", "image_url", "input_audio", "json_schema", "mode", "n", "name", "options",
    "parameters", "reasoning_effort", "response_format", "schema", "stop", "strict", "temperature", "text", "thinking",
    "tool_choice", "tool_calls", "tools", "top_p", "type", "url", "user",
)  # fmt: skip
WORDS = (
    "text", "image_url", "file", "function", "none", "required", "json_schema", "allowed_tools", "{}", "a.txt",
    "https://x.test", "data:text/plain;base64,aGk=", "data:image/png;base64,QQ==",
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 9)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=30,
)
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(("system", "user", "assistant", "tool"))},
    optional=dict.fromkeys(
        ("content", "name", "reasoning_content", "refusal", "tool_call_id", "tool_calls"), JSON
    ),
)
BODY = st.fixed_dictionaries(
    {"messages": st.lists(MESSAGE, max_size=4) | JSON}, optional=dict.fromkeys(NAMES, JSON)
)

SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"type": "string", "enum": ["x"], "format": "date"},
        "b": {"$ref": "#/$defs/B"},
        "c": {"anyOf": [{"type": "integer"}, {"type": ["null", "string"]}]},
    },
    "required": ["a"],
    "additionalProperties": False,
    "$defs": {"B": {"type": "array", "items": {"type": "number", "minimum": 1}}},
}
USER = [
    {"type": "text", "text": "t", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ==", "detail": "low"}},
    {"type": "file", "file": {"file_data": "data:application/pdf;base64,QQ==", "filename": "a"}},
    {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "wav"}},
]
CALLS = [
    {
        "id": "c1",
        "type": "function",
        "function": {"name": "f", "arguments": "{}"},
        "extra_content": {"google": {"thought_signature": "s"}},
    },
    {"id": "c2", "type": "custom", "custom": {"name": "g", "input": "i"}},
]
THINKING = {"type": "thinking", "thinking": "x", "signature": "s"}
DETAIL = {"type": "reasoning.text", "text": "x", "signature": "s", "format": "anthropic-claude-v1"}
TOOLS = [
    {
        "type": "function",
        "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True},
    },
    {
        "type": "custom",
        "custom": {
            "name": "g",
            "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}},
        },
    },
]
NAMED = {"type": "function", "function": {"name": "f"}}
RIGHT = [
    *(("messages", [{"role": "user", "content": [part]}]) for part in USER),
    (
        "messages",
        [{"role": "system", "content": "s"}, {"role": "user", "content": "t", "name": "n"}],
    ),
    (
        "messages",
        [
            {"role": "user", "content": "t"},
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "no"}],
                "reasoning_content": "r",
                "thinking_blocks": [THINKING],
                "reasoning_details": [DETAIL],
                "tool_calls": CALLS,
            },
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "r"}]},
            {"role": "tool", "tool_call_id": "c2", "content": "r"},
        ],
    ),
    ("tools", TOOLS),
    ("tool_choice", "required"),
    ("tool_choice", NAMED),
    (
        "tool_choice",
        {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [NAMED]}},
    ),
    ("response_format", {"type": "json_object"}),
    ("response_format", {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}),
    ("thinking", {"type": "enabled", "budget_tokens": 2000, "display": "summarized"}),
    ("reasoning_effort", "high"),
    ("stop", ["a"]),
    ("max_tokens", 9),
    ("temperature", 0.5),
    ("top_k", 4),
    ("n", 1),
    ("metadata", {"a": "b"}),
    ("service_tier", "auto"),
    ("logit_bias", {"1": 2}),
    ("modalities", ["text"]),
    ("prediction", {"type": "content", "content": "x"}),
    ("verbosity", "low"),
    (
        "web_search_options",
        {"user_location": {"type": "approximate", "approximate": {"city": "c"}}},
    ),
    ("betas", ["b"]),
    ("guardrailConfig", {"guardrailIdentifier": "g"}),
    ("additionalModelRequestFields", {"a": {}}),
    ("safety_settings", [{"category": "c", "threshold": "t"}]),
    ("options", {"num_ctx": 1}),
    ("think", True),
]
"""Members that one provider or another takes, each as it may be."""
WRONG = (None, [], {}, [[]], {"type": []}, True, -1.5, "", "x", 10**30)


def wrong_bodies():
    """Calls of which one member has, in one of its places, something that does not belong there."""
    for name, value in RIGHT:
        body = {"messages": [{"role": "user", "content": "x"}], "tools": TOOLS}
        for place in _places(value):
            for wrong in WRONG:
                yield {**body, name: _put(value, place, wrong)}


def _places(value):
    yield ()
    if isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from ((name, *place) for place in _places(each))


def _put(value, place, new):
    if not place:
        return new
    other = copy.copy(value)
    other[place[0]] = _put(value[place[0]], place[1:], new)
    return other

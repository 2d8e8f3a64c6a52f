"""Chat bodies of any form, for hypothesis: some near to real ones, most far from it."""

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

import pytest

from tests.support.written import written

ON = {"thinking": {"type": "enabled"}}
OFF = {"thinking": {"type": "disabled"}}
FORCED = {"type": "function", "function": {"name": "f"}}
TOOLS = [{"type": "function", "function": {"name": "f"}}]
OBJECT = {"type": "json_object"}

ROWS = [
    # DeepSeek
    ("deepseek_thinking", "deepseek-v4-pro", {}, {}, ()),
    ("deepseek_thinking", "deepseek-v4-pro", {"reasoning_effort": "minimal"}, {**ON, "reasoning_effort": "low"}, ()),
    ("deepseek_thinking", "deepseek-v4-pro", {"reasoning_effort": "xhigh"}, {**ON, "reasoning_effort": "max"}, ()),
    ("deepseek_thinking", "deepseek-v4-pro", {"reasoning_effort": "medium"}, {**ON, "reasoning_effort": "medium"}, ()),
    ("deepseek_thinking", "deepseek-v4-pro", {"reasoning_effort": "none"}, OFF, ()),
    ("deepseek_thinking", "deepseek-v4-pro", {"thinking": {"type": "adaptive", "budget_tokens": 9}}, ON, ()),
    (
        "deepseek_thinking",
        "deepseek-v4-pro",
        {"tools": TOOLS, "tool_choice": "required", "reasoning_effort": "high"},
        {"tools": TOOLS, **ON, "reasoning_effort": "high"},
        ("tool_choice",),
    ),
    (
        "deepseek_thinking",
        "deepseek-v4-pro",
        {"tools": TOOLS, "tool_choice": FORCED},
        {"tools": TOOLS, "tool_choice": FORCED, **OFF},
        (),
    ),
    # OpenRouter
    ("openrouter_reasoning", "x/y", {}, {}, ()),
    ("openrouter_reasoning", "x/y", {"reasoning_effort": "xhigh"}, {"reasoning": {"effort": "xhigh"}}, ()),
    ("openrouter_reasoning", "x/y", {"reasoning_effort": "none"}, {"reasoning": {"effort": "none"}}, ()),
    ("openrouter_reasoning", "x/y", OFF, {"reasoning": {"enabled": False}}, ()),
    ("openrouter_reasoning", "x/y", ON, {"reasoning": {"enabled": True}}, ()),
    (
        "openrouter_reasoning",
        "x/y",
        {"thinking": {"type": "enabled", "budget_tokens": 2000}},
        {"reasoning": {"max_tokens": 2000}},
        (),
    ),
    (
        "openrouter_reasoning",
        "x/y",
        {"reasoning": {"exclude": True}, "reasoning_effort": "low"},
        {"reasoning": {"exclude": True}},
        (),
    ),
    # Moonshot
    ("moonshot_thinking", "kimi-k2.6", {"reasoning_effort": "none"}, OFF, ()),
    ("moonshot_thinking", "kimi-k2.6", {"reasoning_effort": "minimal"}, {"reasoning_effort": "minimal"}, ()),
    ("moonshot_thinking", "kimi-k2.6", {"reasoning_effort": "max"}, {"reasoning_effort": "high"}, ()),
    ("moonshot_thinking", "kimi-k3", {"temperature": 0.3, "top_p": 1}, {}, ("temperature", "top_p")),
    ("moonshot_thinking", "kimi-k2-turbo", {"temperature": 0.3}, {"temperature": 0.3}, ()),
    # Z.ai
    ("zai_thinking", "glm-5", {}, {}, ()),
    ("zai_thinking", "glm-5", {"reasoning_effort": "low"}, ON, ()),
    ("zai_thinking", "glm-5", {"reasoning_effort": "none"}, OFF, ()),
    (
        "zai_thinking",
        "glm-5",
        {"thinking": {"type": "enabled", "clear_thinking": False, "budget_tokens": 5}},
        {"thinking": {"type": "enabled", "clear_thinking": False}},
        (),
    ),
    # DashScope
    ("dashscope_thinking", "qwen-plus", {}, {}, ()),
    ("dashscope_thinking", "qwen-plus", {"reasoning_effort": "high"}, {"enable_thinking": True}, ()),
    ("dashscope_thinking", "qwen-plus", {"reasoning_effort": "none"}, {"enable_thinking": False}, ()),
    (
        "dashscope_thinking",
        "qwen-plus",
        {"thinking": {"type": "enabled", "budget_tokens": 50}},
        {"enable_thinking": True, "thinking_budget": 50},
        (),
    ),
    (
        "dashscope_thinking",
        "qwen-plus",
        {"enable_thinking": False, "reasoning_effort": "high"},
        {"enable_thinking": False},
        (),
    ),
    (
        "dashscope_thinking",
        "qwen-plus",
        {"response_format": OBJECT, "reasoning_effort": "high"},
        {"response_format": OBJECT, "enable_thinking": False},
        ("reasoning_effort",),
    ),
    (
        "dashscope_thinking",
        "qwen-plus",
        {"tools": TOOLS, "tool_choice": FORCED, **ON},
        {"tools": TOOLS, "tool_choice": FORCED, "enable_thinking": False},
        ("thinking",),
    ),
    ("dashscope_thinking", "qwen-plus", {"response_format": OBJECT}, {"response_format": OBJECT}, ()),
    ("dashscope_thinking", "qwen3-32b", {}, {"enable_thinking": False}, ()),
    # Volcengine Ark
    ("ark_thinking", "doubao", {"reasoning_effort": "none"}, OFF, ()),
    ("ark_thinking", "doubao", {"reasoning_effort": "minimal"}, {"reasoning_effort": "minimal"}, ()),
    ("ark_thinking", "doubao", {"reasoning_effort": "xhigh"}, {"reasoning_effort": "high"}, ()),
    # MiniMax
    ("minimax_split", "MiniMax-M2.7", {}, {"reasoning_split": True}, ()),
    ("minimax_split", "MiniMax-M2.7", {"reasoning_split": False}, {"reasoning_split": False}, ()),
    ("minimax_split", "abab6.5s-chat", {}, {}, ()),
    ("separate_reasoning", "any", {}, {"separate_reasoning": True}, ()),
    # vLLM and its relatives
    ("template_thinking", "Qwen/Qwen3-8B", {}, {}, ()),
    (
        "template_thinking",
        "Qwen/Qwen3-8B",
        {"reasoning_effort": "none"},
        {"chat_template_kwargs": {"enable_thinking": False}},
        (),
    ),
    (
        "template_thinking",
        "deepseek-ai/DeepSeek-V3.1",
        {"reasoning_effort": "high", "chat_template_kwargs": {"a": 1}},
        {"chat_template_kwargs": {"thinking": True, "a": 1}},
        (),
    ),
    (
        "template_thinking",
        "ibm-granite/granite-4",
        {**ON, "chat_template_kwargs": {"thinking": False}},
        {"chat_template_kwargs": {"thinking": False}},
        (),
    ),
    ("template_thinking", "openai/gpt-oss-20b", {"reasoning_effort": "xhigh", **ON}, {"reasoning_effort": "high"}, ()),
    ("template_thinking", "openai/gpt-oss-20b", {"reasoning_effort": "none"}, {}, ("reasoning_effort",)),
    ("template_thinking", "llama", {"reasoning_effort": "low"}, {}, ("reasoning_effort",)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "model", "body", "native", "dropped"), ROWS)
def test_each_vendor_is_asked_in_its_own_words(name, model, body, native, dropped):
    assert written(body, model, request=(name,)) == (native, dropped)


def test_an_open_qwen_thinks_in_a_stream():
    body = {"reasoning_effort": "high"}

    assert written(body, "qwen3-32b", stream=True, request=("dashscope_thinking",)) == (
        {"enable_thinking": True},
        (),
    )
    assert written(body, "qwen3-32b", request=("dashscope_thinking",)) == (
        {"enable_thinking": False},
        ("reasoning_effort",),
    )


def test_what_the_targets_parameters_say_in_the_vendors_words_stays():
    params = {"enable_thinking": True, "thinking_budget": 7}
    body = {"thinking": {"type": "enabled", "budget_tokens": 50}}

    assert written(body, "qwen-plus", params=params, request=("dashscope_thinking",)) == (
        params,
        (),
    )

import pytest

from tests.support.written import written

EFFORT = ("reasoning_effort",)
PARSED = {"reasoning_format": "parsed"}
ROWS = [
    ("effort_levels", "m", {"reasoning_effort": "xhigh"}, {"reasoning_effort": "high"}, ()),
    ("effort_levels", "m", {"reasoning_effort": "none"}, {"reasoning_effort": "none"}, ()),
    ("effort_levels", "m", {}, {}, ()),
    ("groq_reasoning", "openai/gpt-oss-20b", {"reasoning_effort": "minimal"}, {"reasoning_effort": "low"}, ()),
    ("groq_reasoning", "openai/gpt-oss-20b", {"reasoning_effort": "none"}, {}, EFFORT),
    ("groq_reasoning", "qwen/qwen3-32b", {"reasoning_effort": "high"}, {"reasoning_effort": "default", **PARSED}, ()),
    ("groq_reasoning", "qwen/qwen3-32b", {"reasoning_effort": "none"}, {"reasoning_effort": "none", **PARSED}, ()),
    ("groq_reasoning", "qwen/qwen3-32b", {"reasoning_format": "hidden"}, {"reasoning_format": "hidden"}, ()),
    ("groq_reasoning", "qwen/qwen3-32b", {"include_reasoning": False}, {"include_reasoning": False}, ()),
    ("groq_reasoning", "qwen3.8-27b", {"reasoning_effort": "max"}, {"reasoning_effort": "high", **PARSED}, ()),
    ("groq_reasoning", "llama-3.3-70b-versatile", {"reasoning_effort": "low"}, {}, EFFORT),
    ("together_reasoning", "openai/gpt-oss-120b", {"reasoning_effort": "max"}, {"reasoning_effort": "high"}, ()),
    ("together_reasoning", "zai-org/GLM-5", {"reasoning_effort": "none"}, {"reasoning": {"enabled": False}}, ()),
    ("together_reasoning", "Qwen/Qwen3-235B", {"reasoning_effort": "low"}, {"reasoning": {"enabled": True}}, ()),
    ("together_reasoning", "Qwen/Qwen3-235B", {}, {}, ()),
    ("together_reasoning", "meta-llama/Llama-4", {"reasoning_effort": "low"}, {}, EFFORT),
    (
        "xai_reasoning",
        "grok-4.3",
        {"reasoning_effort": "xhigh", "stop": "x", "presence_penalty": 1, "frequency_penalty": 1, "top_p": 1},
        {"reasoning_effort": "high", "top_p": 1},
        ("presence_penalty", "frequency_penalty", "stop"),
    ),
    ("xai_reasoning", "grok-4.20-reasoning", {"reasoning_effort": "low"}, {}, EFFORT),
    ("xai_reasoning", "grok-4-1-fast-non-reasoning", {"reasoning_effort": "low", "stop": "x"}, {"stop": "x"}, EFFORT),
    ("xai_reasoning", "grok-4-0709", {"reasoning_effort": "low"}, {}, EFFORT),
    ("xai_reasoning", "grok-latest", {"reasoning_effort": "none"}, {"reasoning_effort": "none"}, ()),
    ("xai_reasoning", "grok-3", {"stop": "x"}, {"stop": "x"}, ()),
    ("cerebras_reasoning", "gpt-oss-120b", {"reasoning_effort": "xhigh"}, {"reasoning_effort": "high"}, ()),
    ("cerebras_reasoning", "gpt-oss-120b", {"reasoning_effort": "none"}, {}, EFFORT),
    ("cerebras_reasoning", "zai-glm-4.7", {"reasoning_effort": "none"}, {"disable_reasoning": True}, ()),
    ("cerebras_reasoning", "zai-glm-4.7", {"reasoning_effort": "high"}, {}, ()),
    ("cerebras_reasoning", "llama3.1-8b", {"reasoning_effort": "high"}, {}, EFFORT),
]  # fmt: skip


@pytest.mark.parametrize(("name", "model", "body", "native", "dropped"), ROWS)
def test_each_model_is_told_as_much_as_it_understands(name, model, body, native, dropped):
    assert written(body, model, request=(name,)) == (native, dropped)

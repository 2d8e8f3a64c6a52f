import pytest

from proxy.codecs.ollama.thinking import effort, think, thinking
from proxy.codecs.plain.draft import Draft
from proxy.core.errors import Kind, ProxyError


def written(take, value, model):
    draft = Draft(model)
    take(draft, value)
    return draft.body["think"]


@pytest.mark.parametrize(
    ("take", "value", "usual", "levels"),
    [
        (effort, "none", False, "low"),
        (effort, "minimal", "low", "low"),
        (effort, "low", "low", "low"),
        (effort, "medium", "medium", "medium"),
        (effort, "high", "high", "high"),
        (effort, "xhigh", "max", "high"),
        (effort, "max", "max", "high"),
        (thinking, {"type": "enabled"}, True, "medium"),
        (thinking, {"type": "adaptive"}, True, "medium"),
        (thinking, {"type": "disabled"}, False, "low"),
        (thinking, {"type": "between_tools"}, False, "low"),
        (think, True, True, "medium"),
        (think, "high", "high", "high"),
        (think, 7, 7, 7),
    ],
)
def test_each_wish_has_a_form_for_every_model(take, value, usual, levels):
    assert written(take, value, "qwen3:8b") == usual
    assert written(take, value, "library/gpt-oss:120b") == levels


@pytest.mark.parametrize("value", ["loud", 3])
def test_an_effort_that_is_none_is_refused(value):
    with pytest.raises(ProxyError) as caught:
        effort(Draft("m"), value)

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "reasoning_effort")


def test_thinking_that_is_no_object_is_refused():
    with pytest.raises(ProxyError) as caught:
        thinking(Draft("m"), True)

    assert caught.value.param == "thinking"

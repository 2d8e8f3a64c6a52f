import pytest

from proxy.codecs.cohere.thinking import effort, thinking
from proxy.codecs.plain.draft import Draft
from proxy.core.errors import Kind, ProxyError

THINKER, PLAIN = "command-a-reasoning-08-2025", "command-r-plus"


def written(take, value, model=THINKER):
    draft = Draft(model)
    take(draft, value)
    return draft.body.get("thinking"), draft.dropped


@pytest.mark.parametrize(
    ("take", "value", "native"),
    [
        (effort, "none", {"type": "disabled"}),
        (effort, "minimal", {"type": "enabled", "token_budget": 1024}),
        (effort, "low", {"type": "enabled", "token_budget": 1024}),
        (effort, "medium", {"type": "enabled", "token_budget": 4096}),
        (effort, "high", {"type": "enabled"}),
        (effort, "max", {"type": "enabled"}),
        (thinking, {"type": "disabled"}, {"type": "disabled"}),
        (thinking, {"type": "between_tools"}, {"type": "disabled"}),
        (thinking, {"type": "adaptive"}, {"type": "enabled"}),
        (thinking, {"type": "enabled", "token_budget": 5}, {"type": "enabled", "token_budget": 5}),
        (thinking, {"type": "enabled", "budget_tokens": 5}, {"type": "enabled", "token_budget": 5}),
    ],
)
def test_each_wish_has_a_form(take, value, native):
    assert written(take, value) == (native, [])


def test_a_model_that_does_not_reason_is_not_asked_to():
    assert written(effort, "low", PLAIN) == (None, ["reasoning_effort"])
    assert written(thinking, {"type": "enabled"}, PLAIN) == (None, ["thinking"])
    assert written(effort, "none", PLAIN) == (None, [])


@pytest.mark.parametrize("value", ["loud", 3])
def test_an_effort_that_is_none_is_refused(value):
    with pytest.raises(ProxyError) as caught:
        written(effort, value)

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "reasoning_effort")

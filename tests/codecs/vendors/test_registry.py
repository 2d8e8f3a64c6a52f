import pytest

from proxy.codecs.vendors import REPLAY, REQUEST, RESPONSE
from proxy.core.shape import ChatRequest, Quirks, Target
from tests.support.written import target, written

USER = {"role": "user", "content": []}
ODD = [
    {},
    {"messages": [3, {"role": 5}, {"role": "assistant", "tool_calls": 3, "content": 4}, USER]},
    {"messages": [{"role": "user", "content": None}], "tools": 3, "tool_choice": 4, "stop": 5},
    {"messages": 3, "reasoning_effort": 3, "thinking": 4, "response_format": 5, "temperature": "a"},
    {"messages": [], "response_format": {"type": "json_schema", "json_schema": 4}, "logprobs": "x"},
    {"messages": [], "reasoning": 4, "chat_template_kwargs": 3, "provider": 3, "n": 2},
]


def test_names_are_words_that_a_row_can_hold():
    names = [*REQUEST, *RESPONSE, *REPLAY]

    assert all(name.replace("_", "").isalpha() and name.islower() for name in names)
    assert all(edit.__doc__ for edit in REQUEST.values())


@pytest.mark.parametrize("name", sorted(REQUEST))
@pytest.mark.parametrize("body", ODD)
def test_no_request_is_too_odd_for_an_edit(name, body):
    for model in ("qwen3-8b", "gpt-oss", "glm-5", "grok-4.3"):
        native, _ = written({"messages": [], **body}, model, request=(name,))

        assert isinstance(native, dict)


@pytest.mark.parametrize("name", sorted(REPLAY))
@pytest.mark.parametrize("body", ODD)
def test_no_message_is_too_odd_to_go_back(name, body):
    native, _ = written({"messages": [], **body}, reasoning_replay=name)

    assert native.get("messages", []) == body.get("messages", [])


@pytest.mark.parametrize("name", sorted(RESPONSE))
def test_each_correction_corrects_usage_or_frames(name):
    row = RESPONSE[name]
    corrected = row.usage or row.reader

    assert (row.usage is None) is not (row.reader is None)
    assert corrected is not None


def test_targets_name_what_they_need():
    to: Target = target(quirks=Quirks(request=("no_names",), response=("citations",)))

    assert to.quirks.request[0] in REQUEST
    assert to.quirks.response[0] in RESPONSE
    assert ChatRequest(body={}).body == {}

import pytest

from proxy.core.build import Builder
from proxy.core.output import is_output, speaks
from proxy.core.usage import Usage

BUILD = Builder(1, "id", "m")


@pytest.mark.parametrize(
    "chunk",
    [
        BUILD.text("a"),
        BUILD.text(" "),
        BUILD.reasoning("a"),
        BUILD.refusal("no"),
        BUILD.tool_open(0, "call_1", "f"),
        BUILD.tool_arguments(0, "{"),
        BUILD.finish("stop"),
        BUILD.delta({"audio": {"data": "AA=="}}),
        BUILD.delta({"images": [{"type": "image_url"}]}),
        BUILD.delta({"function_call": {"name": "f"}}),
        BUILD.delta({"function_call": {"arguments": "{"}}),
        BUILD.delta({"tool_calls": [{"index": 0, "custom": {"input": "x"}}]}),
        BUILD.delta({"content": "second choice speaks"}, 1),
    ],
)
def test_what_a_reader_would_notice_is_output(chunk):
    assert is_output(chunk)


@pytest.mark.parametrize(
    "chunk",
    [
        {},
        BUILD.role(),
        BUILD.text(""),
        BUILD.reasoning(""),
        BUILD.tool_arguments(0, ""),
        BUILD.usage(Usage(1, 2)),
        BUILD.delta({"thinking_blocks": [{"type": "thinking"}]}),
        BUILD.delta({}),
        BUILD.delta({"function_call": {}}),
        BUILD.delta({"tool_calls": [{"index": 0}]}),
        {"choices": [{"index": 0, "finish_reason": None}]},
        {"choices": None},
    ],
)
def test_what_nobody_would_notice_is_not(chunk):
    assert not is_output(chunk)


def test_a_delta_speaks_for_itself():
    assert speaks({"content": "a"})
    assert not speaks({"role": "assistant"})


def test_an_event_of_the_provider_s_own_may_be_noticed_without_any_words():
    native = {"dialect": "responses", "payload": b"{}"}

    assert is_output({"choices": [], "native": {**native, "speaks": True}})
    assert not is_output({"choices": [], "native": native})

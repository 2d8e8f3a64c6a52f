import pytest

from proxy.surfaces.chat.choice import ChoiceForm


def form(*, legacy=False, thinking=False):
    made = ChoiceForm(0, legacy=legacy, thinking=thinking)
    made.open()
    return made


def piece(delta, reason=None, **more):
    return {"index": 0, "delta": delta, "finish_reason": reason, **more}


def said(made, *choices):
    return [out for choice in choices for out in made.take(choice)]


def opening(slot=0, **function):
    return {
        "index": slot,
        "id": f"call_{slot}",
        "type": "function",
        "function": {"name": "f", **function},
    }


def arguments(slot, text):
    return {"index": slot, "function": {"arguments": text}}


def test_what_needs_no_edit_is_the_very_object():
    choice = piece({"content": "a"}, logprobs=None)

    assert form().take(choice)[0] is choice


@pytest.mark.parametrize("delta", [None, "x"])
def test_a_choice_without_a_delta_gets_one(delta):
    assert said(form(), {"index": 0, "delta": delta, "content_filter_results": {}}) == [
        {"index": 0, "delta": {}, "content_filter_results": {}}
    ]


@pytest.mark.parametrize("role", [None, "", "model"])
def test_whatever_role_comes_first_is_the_assistants(role):
    made = ChoiceForm(0, legacy=False, thinking=False)

    assert said(made, piece({"role": role, "content": "a"})) == [
        piece({"role": "assistant", "content": "a"})
    ]


def test_a_piece_that_repeats_the_role_and_says_nothing_else_is_left_out():
    made = form()

    assert said(made, piece({"role": "assistant"})) == []
    assert said(made, piece({"role": "assistant"}, logprobs={"content": []})) != []
    assert said(made, piece({"role": "assistant"}, "stop")) == [piece({}, "stop")]


def test_thinking_blocks_are_for_who_wants_them():
    block = piece({"thinking_blocks": [{"type": "thinking", "thinking": "a", "signature": "s"}]})

    assert said(form(), block) == []
    assert said(form(thinking=True), block) == [block]


def test_searches_are_told_by_their_annotations_alone():
    made, searches = form(), [{"queries": ["tide"], "results": []}]

    assert said(made, piece({"web_searches": searches})) == []
    assert said(made, piece({"content": "a", "web_searches": searches})) == [
        piece({"content": "a"})
    ]


def test_reasoning_text_is_for_everybody():
    choice = piece({"reasoning_content": "hm", "thinking_blocks": [{"type": "thinking"}]})

    assert said(form(), choice) == [piece({"reasoning_content": "hm"})]


def test_lists_that_go_on_get_an_index():
    made = form()
    first, second, third = (
        piece({"annotations": entries})
        for entries in ([{"a": 1}, {"a": 2}], [{"a": 3}], [{"a": 4}])
    )

    assert said(made, first, second, third) == [
        first,
        piece({"annotations": [{"index": 2, "a": 3}]}),
        piece({"annotations": [{"index": 3, "a": 4}]}),
    ]


@pytest.mark.parametrize("entries", [[], ["u"], [{"index": 0, "text": "a"}]])
def test_lists_that_an_sdk_can_add_up_stay(entries):
    made, choice = form(), piece({"details": entries})

    assert all(a is choice for a in said(made, choice, choice))


def test_calls_without_arguments_get_them_before_the_finish():
    made = form()
    out = said(
        made,
        piece({"tool_calls": [opening(0)]}),
        piece({"tool_calls": [opening(1, arguments="")]}),
        piece({"tool_calls": [arguments(1, "{}")]}),
        piece({}, "tool_calls"),
    )

    assert out[3:] == [piece({"tool_calls": [arguments(0, "{}")]}), piece({}, "tool_calls")]


def test_a_call_that_opens_in_the_finishing_piece_gets_its_arguments_too():
    out = said(form(), piece({"tool_calls": [opening(0)]}, "tool_calls"))

    assert out == [
        piece({"tool_calls": [opening(0)]}),
        piece({"tool_calls": [arguments(0, "{}")]}),
        piece({}, "tool_calls"),
    ]


def test_a_call_that_was_cut_short_gets_nothing():
    out = said(form(), piece({"tool_calls": [opening(0)]}), piece({}, "length"))

    assert out[1:] == [piece({}, "length")]


@pytest.mark.parametrize(
    "call",
    [
        {"index": 0, "id": "c", "type": "custom", "custom": {"name": "sh"}},
        {"index": 0, "id": "c", "type": "custom", "function": {"name": "sh"}},
        {"index": 0, "function": {"arguments": ""}},
    ],
)
def test_what_is_no_opening_of_a_function_gets_no_arguments(call):
    assert len(said(form(), piece({"tool_calls": [call]}), piece({}, "tool_calls"))) == 2


def test_an_old_caller_gets_a_function_call():
    out = said(
        form(legacy=True),
        piece({"tool_calls": [opening(0)]}),
        piece({"tool_calls": [arguments(0, '{"x":1}')]}),
        piece({}, "tool_calls"),
    )

    assert out == [
        piece({"function_call": {"name": "f", "arguments": ""}}),
        piece({"function_call": {"arguments": '{"x":1}'}}),
        piece({}, "function_call"),
    ]


def test_an_old_caller_gets_empty_arguments_too():
    out = said(form(legacy=True), piece({"tool_calls": [opening(0)]}, "tool_calls"))

    assert [choice["delta"] for choice in out] == [
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": "{}"}},
        {},
    ]
    assert out[-1]["finish_reason"] == "function_call"


def test_an_old_callers_native_answer_is_left_alone():
    made = form(legacy=True)
    call, end = (
        piece({"function_call": {"name": "f", "arguments": "{}"}}),
        piece({}, "function_call"),
    )

    assert all(a is b for a, b in zip(said(made, call, end), (call, end), strict=True))


def test_an_open_choice_is_closed_with_the_reason_that_fits():
    spoke, called = form(), form()
    called.take(piece({"tool_calls": [opening(0, arguments="{}")]}))

    assert [choice["finish_reason"] for choice in spoke.close()] == ["stop"]
    assert [choice["finish_reason"] for choice in called.close()] == ["tool_calls"]
    assert spoke.close() == ()


@pytest.mark.parametrize("calls", [None, []])
def test_members_that_say_nothing_break_nothing(calls):
    choice = piece({"content": "a", "tool_calls": calls, "reasoning_content": None})

    assert said(form(legacy=True), choice) == [choice]

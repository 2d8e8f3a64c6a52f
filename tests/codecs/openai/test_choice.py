import pytest

from proxy.codecs.openai.choice import StreamedChoice
from proxy.core.errors import Kind, ProxyError


def choice(delta, finish=None, **more):
    return {"index": 0, "delta": delta, "finish_reason": finish, **more}


def begun(**more):
    state = StreamedChoice("seed", **{"think_tags": False, **more})
    state.take(choice({"role": "assistant", "content": ""}))
    return state


def test_clean_choices_are_the_same_object():
    state = StreamedChoice("seed", think_tags=False)
    for came in (
        choice({"role": "assistant", "content": ""}),
        choice({"content": "a"}),
        {"index": 0, "delta": {"content": "b"}},
        choice({}, "stop"),
    ):
        assert state.take(came) is came
    assert state.finish == "stop"


def test_a_role_is_said_once_and_first():
    state = StreamedChoice("seed", think_tags=False)

    assert state.take(choice({"content": "a"}))["delta"]["role"] == "assistant"
    assert state.take(choice({"role": "assistant", "content": "b"}))["delta"] == {"content": "b"}


@pytest.mark.parametrize("finish", [None, "error", "stop"])
def test_a_choice_that_failed_by_itself_is_that_failure(finish):
    with pytest.raises(ProxyError) as caught:
        begun().take(choice({"content": ""}, finish, error={"code": 429, "message": "full"}))

    assert (caught.value.kind, caught.value.message) == (Kind.RATE_LIMIT, "full")
    assert begun().take(came := choice({"content": "a"}, error=None)) is came


def test_a_missing_delta_is_an_empty_one():
    assert begun().take({"index": 0}) == {"index": 0, "delta": {}}


def test_a_message_beside_the_delta_is_dropped():
    assert begun().take(choice({"content": "b"}, message={"content": "ab"})) == choice(
        {"content": "b"}
    )


@pytest.mark.parametrize("delta", [{}, {"delta": None}, {"delta": {}}])
def test_a_message_in_place_of_a_delta_is_what_is_said(delta):
    state = StreamedChoice("seed", think_tags=False)
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    message = {"role": "assistant", "content": "ab", "tool_calls": [call]}
    told = state.take({"index": 0, "message": message, "finish_reason": "stop", **delta})

    assert told == choice({**message, "tool_calls": [{**call, "index": 0}]})
    assert state.close()[1] == "tool_calls"


def test_a_message_behind_what_was_said_repeats_it():
    state = begun()
    state.take(choice({"content": "ab"}))
    told = state.take({"index": 0, "message": {"content": "ab"}, "finish_reason": "stop"})

    assert told == choice({}, "stop")


CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"content": "a"}, {"content": "b"}),
        ({"content": "a"}, {"content": "ab"}),
        ({"content": None, "tool_calls": [CALL]}, {"tool_calls": [{**CALL, "id": "b"}]}),
    ],
)
def test_messages_that_each_say_something_else_are_no_whole_answer(first, second):
    """Which of them go on from the others nothing tells; the first alone would look like the answer."""
    state = StreamedChoice("seed", think_tags=False)
    state.take({"index": 0, "message": {"role": "assistant", "content": ""}})
    state.take({"index": 0, "message": first})

    assert state.take({"index": 0, "message": {**first, "refusal": None}})["delta"] == {}
    assert state.take({"index": 0, "message": {"content": ""}})["delta"] == {}
    with pytest.raises(ProxyError) as caught:
        state.take({"index": 0, "message": second, "finish_reason": "stop"})
    assert caught.value.kind is Kind.MALFORMED


def test_a_message_that_is_none_says_nothing():
    assert begun().take({"index": 0, "message": "ab"}) == {"index": 0, "delta": {}}


def test_what_repeats_the_finish_is_dropped_and_what_still_speaks_is_kept():
    state = begun()
    state.take(choice({}, "stop"))

    assert state.take(choice({}, "stop")) is None
    assert state.take(choice({"content": ""})) is None
    assert state.take(choice({"content": "late"}, "stop")) == choice({"content": "late"})


def test_an_empty_finish_is_none():
    state = begun()

    assert state.take(choice({"content": "a"}, "")) == choice({"content": "a"})
    assert state.finish is None


def test_an_empty_list_of_calls_is_dropped_and_null_is_left():
    state = begun()
    null = choice({"content": "a", "tool_calls": None})

    assert state.take(choice({"content": "a", "tool_calls": []})) == choice({"content": "a"})
    assert state.take(null) is null


def test_a_finish_of_stop_after_a_call_is_tool_calls():
    state = begun()
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    state.take(choice({"tool_calls": [call]}))

    assert state.take(choice({}, "stop")) == choice({}, "tool_calls")


def test_a_choice_that_the_server_left_open_is_closed():
    state = begun(think_tags=True)
    state.take(choice({"content": "<think>a</th"}))
    state.take(choice({"function_call": {"name": "f", "arguments": ""}}))

    assert state.close() == ({"content": "", "reasoning_content": "</th"}, "function_call")


def test_a_deprecated_call_without_a_name_or_arguments_is_none():
    state = begun()
    state.take(choice({"function_call": {"name": "", "arguments": ""}}))

    assert state.close() == ({}, "stop")


def test_tags_are_split_and_reasoning_is_added_to_what_there_is():
    state = begun(think_tags=True)

    assert state.take(choice({"content": "<think>b", "reasoning": "a"}))["delta"] == {
        "content": "",
        "reasoning_content": "ab",
    }
    assert state.take(choice({"content": "c</think>d"}, "stop"))["delta"] == {
        "content": "d",
        "reasoning_content": "c",
    }


def test_text_held_back_goes_out_with_the_finish():
    state = begun(think_tags=True)
    state.take(choice({"content": "<thi"}))

    assert state.take(choice({}, "stop"))["delta"] == {"content": "<thi"}


def test_plain_text_is_clean_even_where_tags_may_come():
    state = begun(think_tags=True)
    state.take(choice({"content": "so "}))
    came = choice({"content": "plain"}, "stop")

    assert state.take(came) is came


def test_a_reason_beside_the_first_words_waits_for_what_comes_next():
    state = begun()

    assert state.take(choice({"content": "a"}, "stop")) == choice({"content": "a"})
    assert state.take(choice({}, "length")) is None
    assert (state.finish, state.early) == ("stop", "length")
    assert state.close() == ({}, "length")
    assert (state.finish, state.early) == ("length", None)


def test_a_reason_with_a_word_behind_it_was_no_end():
    state = StreamedChoice("seed", think_tags=False)
    assert state.take(choice({"role": "assistant", "content": ""}, "stop")) == choice(
        {"role": "assistant", "content": ""}
    )

    assert state.take(choice({"content": "a"}, "stop")) == choice({"content": "a"})
    assert state.finish is None
    assert state.take(choice({"content": "b"})) == choice({"content": "b"})
    assert not state.ends_plainly
    assert state.close() == ({}, "stop")


def test_a_delta_that_is_no_object_is_malformed():
    with pytest.raises(ProxyError) as caught:
        begun().take(choice("text"))

    assert caught.value.kind is Kind.MALFORMED

import pytest

from proxy.codecs.responses.answer import MAX_ITEMS, Answer
from proxy.core.errors import Kind, ProxyError
from tests.support.replies import message, reasoning, response, target, tool


def answer(to=None):
    return Answer(7, 1000, to)


def test_the_first_word_is_the_role_with_the_answers_identity():
    made = answer()
    [chunk] = made.begin(response())

    assert (chunk["id"], chunk["created"], chunk["model"]) == (
        "resp_1",
        1795180000,
        "gpt-5.4-2026-03-05",
    )
    assert chunk["choices"][0]["delta"] == {"role": "assistant", "content": ""}


def test_a_second_beginning_changes_nothing():
    made = answer()
    made.begin(response())

    assert made.begin(response(id="resp_2")) == []
    assert {chunk["id"] for chunk in made.end(response(message("Hi"), id="resp_2"))} == {"resp_1"}


def test_what_the_provider_does_not_say_of_itself_we_know():
    [chunk] = answer(target("gpt-4.1")).begin("nothing")

    assert (chunk["created"], chunk["model"]) == (7, "gpt-4.1")


def test_a_time_may_have_a_fraction():
    assert answer().begin(response(created_at=9.75))[0]["created"] == 9


def test_an_item_that_has_ended_is_not_told_again():
    made = answer()
    made.stop(0, message("Hi", mark="msg_1"))
    last = made.end(response({"type": "web_search_call"}, message("Hi", mark="msg_1")))

    assert [chunk["choices"][0]["delta"] for chunk in last] == [{}]


def test_pieces_of_an_item_that_has_ended_are_left_out():
    made = answer()
    made.stop(0, message("Hi"))

    assert made.add(0, "response.output_text.delta", {"delta": "!"}) == []


def test_a_place_may_be_used_again():
    made = answer()
    made.stop(0, reasoning("Hm.", mark="rs_1"))
    made.start(0, message(mark="msg_1"))
    said = made.add(0, "response.output_text.delta", {"delta": "Hi"})

    assert [chunk["choices"][0]["delta"].get("content") for chunk in said][-1] == "Hi"


def test_what_is_still_open_at_the_end_is_closed():
    made = answer()
    made.start(0, tool(arguments=""))
    last = made.end(response())

    assert [c["choices"][0]["finish_reason"] for c in last] == [None, "tool_calls"]
    assert last[0]["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_what_is_still_open_where_it_was_cut_stays_cut():
    made = answer()
    made.start(0, tool(arguments=""))
    last = made.end(response(status="incomplete"))

    assert [c["choices"][0]["finish_reason"] for c in last] == ["length"]


def test_usage_and_what_stands_beside_the_output_come_last():
    usage = {"input_tokens": 3, "output_tokens": 1, "total_tokens": 4}
    besides = {"service_tier": "default", "moderation": {"input": {}}, "metadata": {"a": "b"}}
    *_, finish, last = answer().end(response(message("Hi"), usage=usage, **besides))

    assert finish["choices"][0]["finish_reason"] == "stop"
    assert {name: finish[name] for name in besides} == besides
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}


def test_empty_things_beside_the_output_are_left_out():
    *_, finish = answer().end(response(message("Hi"), metadata={}, service_tier=None))

    assert not {"metadata", "service_tier"} & finish.keys()


def test_reasoning_that_led_to_nothing_goes_out_before_the_finish():
    *_, blocks, finish = answer().end(response(reasoning()))

    assert blocks["choices"][0]["delta"].keys() == {"thinking_blocks"}
    assert finish["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"error": {"code": "server_error", "message": "Broken."}}, Kind.SERVER_ERROR),
        ({"error": {"code": "rate_limit_exceeded", "message": "Slow."}}, Kind.RATE_LIMIT),
        ({"status": "failed"}, Kind.SERVER_ERROR),
        ({"status": "cancelled"}, Kind.SERVER_ERROR),
        ({"status": "queued"}, Kind.TRUNCATED),
        ({"status": "in_progress"}, Kind.TRUNCATED),
        ({}, Kind.EMPTY),
        ({"output": None}, Kind.EMPTY),
    ],
)
def test_a_response_that_is_no_answer_is_a_failure(members, kind):
    with pytest.raises(ProxyError) as caught:
        answer().end(response(**members))

    assert caught.value.kind is kind


def test_a_response_that_is_none_is_empty():
    with pytest.raises(ProxyError) as caught:
        answer().end(None)

    assert caught.value.kind is Kind.EMPTY


def test_an_answer_that_was_cut_before_it_said_anything_is_one():
    finish = answer().end(response(status="incomplete"))[-1]

    assert finish["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("index", [-1, MAX_ITEMS])
def test_a_place_that_no_answer_has_is_malformed(index):
    made = answer()

    for tell in (
        lambda: made.start(index, message()),
        lambda: made.stop(index, message()),
        lambda: made.add(index, "response.output_text.delta", {}),
    ):
        with pytest.raises(ProxyError) as caught:
            tell()
        assert caught.value.kind is Kind.MALFORMED


def test_items_that_are_none_say_nothing():
    made = answer()
    said = [*made.start(0, None), *made.stop(0, "x"), *made.stop(1, {"id": 7})]

    assert [chunk["choices"][0]["delta"] for chunk in said] == [
        {"role": "assistant", "content": ""}
    ]
    assert made.end(response(None, {"id": 7}, 7))

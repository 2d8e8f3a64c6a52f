import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.sim.answer import MAX_TEXT, compose, count, fragments, pieces
from proxy.sim.dialect import Ask, Call, Finish, Tool
from proxy.sim.script import Behaviour, Source

TIDE = Tool(
    "tide", {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}
)
WIND = Tool("wind", {"type": "array"})


def asking(said="one two three", **fields):
    return Ask("m", stream=True, said=said, prompt_tokens=3, **fields)


def answer(behaviour=None, **fields):
    return compose(asking(**fields), behaviour or Behaviour(), serial=7, created=5)


@given(st.text())
def test_pieces_joined_are_the_text(text):
    assert "".join(pieces(text)) == text


@given(st.text())
def test_fragments_joined_are_the_text(text):
    assert "".join(fragments(text)) == text


def test_tokens_are_words():
    assert count(" one  two\nthree ") == 3


def test_a_text_of_megabytes_is_not_counted_word_by_word():
    assert count("a " * MAX_TEXT) == 2 * MAX_TEXT // 5


def test_an_echo_says_what_it_heard():
    heard = answer()

    assert "".join(heard.text) == "one two three"
    assert (heard.finish, heard.output_tokens) == (Finish.STOP, 3)
    assert (heard.serial, heard.created) == (7, 5)


def test_the_same_request_gives_the_same_answer():
    assert answer(reasons=True) == answer(reasons=True)


def test_an_echo_is_no_longer_than_a_model_may_speak():
    assert len("".join(answer(said="word " * MAX_TEXT).text)) == MAX_TEXT


def test_lorem_has_as_many_words_as_asked_for():
    text = "".join(answer(Behaviour(Source.LOREM, words=50)).text)

    assert text.startswith("Lorem ipsum")
    assert text.endswith(".")
    assert count(text) == 50


def test_a_fixed_text_is_said():
    assert (
        "".join(answer(Behaviour(Source.FIXED, text="As you like it.")).text) == "As you like it."
    )


def test_an_empty_answer_still_cost_a_token():
    silent = answer(said="")

    assert (silent.text, silent.output_tokens) == ((), 1)


def test_a_limit_cuts_the_text():
    cut = answer(limit=2)

    assert (cut.text, cut.finish) == (("one", " two"), Finish.LENGTH)


def test_a_limit_counts_reasoning_first():
    cut = answer(limit=4, reasons=True)

    assert (len(cut.reasoning), cut.text, cut.finish) == (4, (), Finish.LENGTH)


def test_a_limit_that_is_met_exactly_cuts_nothing():
    assert answer(limit=3).finish is Finish.STOP


def test_the_first_stop_sequence_ends_the_text():
    stopped = answer(stops=("three", "", "two", "four"))

    assert ("".join(stopped.text), stopped.stop_sequence) == ("one ", "two")
    assert stopped.finish is Finish.STOP_SEQUENCE


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("one two", " three four"),
        ("two", "one two three four"),
        ("one two three four", "one two three four"),
        ("", "one two three four"),
    ],
)
def test_a_fixed_text_that_broke_off_is_continued(said, expected):
    fixed = Behaviour(Source.FIXED, text="one two three four")

    assert "".join(answer(fixed, broken_off=said).text) == expected


def test_a_prefill_is_continued():
    assert "".join(answer(prefill="one two").text) == " three"


def test_it_reasons_where_asked_and_able():
    assert answer(reasons=True).reasoning
    assert not answer().reasoning
    assert not answer(Behaviour(reasons=False), reasons=True).reasoning


def test_a_refusal_says_nothing_else():
    refused = answer(Behaviour(refuses=True), tools=(TIDE,))

    assert refused.refusal
    assert (refused.text, refused.calls, refused.finish) == ((), (), Finish.REFUSAL)


def test_the_first_tool_is_called_with_arguments_that_fit():
    calling = answer(tools=(TIDE, WIND))

    assert calling.calls == (Call("tide", {"port": "text"}),)
    assert (calling.text, calling.finish) == ((), Finish.TOOLS)


def test_arguments_are_an_object_whatever_the_schema():
    assert answer(tools=(WIND,)).calls == (Call("wind", {}),)


@pytest.mark.parametrize(
    ("behaviour", "fields", "calls"),
    [
        (Behaviour(tool_calls=2), {}, ["tide", "wind"]),
        (Behaviour(tool_calls=2), {"one_call": True}, ["tide"]),
        (Behaviour(tool_calls=0), {}, []),
        (Behaviour(tool_calls=0), {"must_call": True}, ["tide"]),
        (Behaviour(), {"answers_tool": True}, []),
        (Behaviour(), {"answers_tool": True, "must_call": True}, ["tide"]),
    ],
)
def test_tools_are_called_as_the_request_allows(behaviour, fields, calls):
    calling = answer(behaviour, tools=(TIDE, WIND), **fields)

    assert [call.name for call in calling.calls] == calls


def test_a_fixed_text_is_said_before_a_call():
    calling = answer(Behaviour(Source.FIXED, text="Let me look."), tools=(TIDE,))

    assert ("".join(calling.text), len(calling.calls)) == ("Let me look.", 1)


def test_a_schema_is_answered_with_json_that_fits():
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}

    assert json.loads("".join(answer(schema=schema).text)) == {"n": 1}


def test_any_object_will_do_where_only_json_is_asked_for():
    assert json.loads("".join(answer(schema={}).text)) == {"text": "one two three"}


def test_no_more_is_cached_than_was_sent():
    assert answer(Behaviour(cached_tokens=100)).cached_tokens == 3

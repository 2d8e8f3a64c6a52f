"""Open blocks: pieces of text go to the one that takes them, and calls follow each other."""

import pytest

from proxy.codecs.anthropic.answer import Answer
from proxy.core.errors import ProxyError

TEXT = {"type": "text", "text": ""}
CALL = {"type": "tool_use", "id": "t", "name": "f"}


def answer(*blocks):
    made = Answer(7, "m", 100)
    for index, block in enumerate(blocks):
        made.open(index, block)
    return made


def test_a_piece_goes_to_its_block():
    [chunk] = answer(TEXT).say(0, "text_delta", "a")

    assert chunk["choices"][0]["delta"] == {"content": "a"}


def test_a_piece_of_nothing_is_taken_and_says_nothing():
    assert answer(TEXT).say(0, "text_delta", "") == []


@pytest.mark.parametrize(
    ("block", "index", "kind"),
    [
        (TEXT, 1, "text_delta"),
        (TEXT, 0, "thinking_delta"),
        (CALL, 0, "text_delta"),
        ({"type": "server_tool_use"}, 0, "input_json_delta"),
    ],
)
def test_a_piece_that_no_open_block_takes_is_left(block, index, kind):
    assert answer(block).say(index, kind, "a") is None


def test_a_piece_counts_for_what_may_be_held_back():
    with pytest.raises(ProxyError):
        answer(CALL).say(0, "input_json_delta", "a" * 101)


def test_a_call_ends_where_the_next_one_begins_and_a_text_does_not():
    made = answer(TEXT, CALL)
    chunks = made.open(2, CALL)

    assert [chunk["choices"][0]["delta"]["tool_calls"][0]["index"] for chunk in chunks] == [0, 1]
    assert made.close(1) == []
    assert made.say(0, "text_delta", "a")


def test_texts_that_came_together_are_one_chunk_of_their_block():
    [chunk] = answer(TEXT).write(0, ["a", "b"])

    assert chunk["choices"][0]["delta"] == {"content": "ab"}
    assert chunk["pieces"] == ["a", "b"]


def test_only_a_block_of_text_takes_texts():
    made = answer(TEXT, CALL)

    assert [made.takes_text(index) for index in range(3)] == [True, False, False]


def test_texts_for_what_is_no_text_are_left():
    assert answer(CALL).write(0, ["a", "b"]) is None
    assert answer().write(0, ["a", "b"]) is None

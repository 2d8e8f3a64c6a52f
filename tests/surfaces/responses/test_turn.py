from proxy.surfaces.responses.turn import Turn

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
BLOCK = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
TEXT = {"type": "text", "text": "hi"}


def test_all_that_was_done_in_one_go_is_one_message():
    turn = Turn()
    turn.think("Hm.", (BLOCK,))
    turn.say([TEXT, {"type": "refusal", "refusal": "No"}])
    turn.think("So.", None)
    turn.say([{"type": "refusal", "refusal": "."}])
    turn.call(CALL)

    assert turn.message() == {
        "role": "assistant",
        "content": "hi",
        "reasoning_content": "Hm.\n\nSo.",
        "thinking_blocks": [BLOCK],
        "refusal": "No.",
        "tool_calls": [CALL],
    }


def test_texts_of_several_items_stay_apart():
    turn = Turn()
    turn.say("a")
    turn.say("b")

    assert turn.message()["content"] == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
    ]


def test_a_text_with_a_mark_keeps_it():
    marked = {**TEXT, "cache_control": {"type": "ephemeral"}}
    turn = Turn()
    turn.say([marked])

    assert turn.message()["content"] == [marked]


def test_nothing_said_is_no_message():
    turn = Turn()
    turn.think("", None)

    assert turn.message() is None


def test_a_call_alone_has_no_text():
    turn = Turn()
    turn.call(CALL)

    assert turn.message() == {"role": "assistant", "content": None, "tool_calls": [CALL]}

from proxy.surfaces.thread import Thread

USER = {"role": "user", "content": "hi"}
NOTE = {"role": "developer", "content": "note"}


def calling(*ids):
    calls = [{"id": each, "type": "function", "function": {"name": "f"}} for each in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def result(call, said="ok"):
    return {"role": "tool", "tool_call_id": call, "content": said}


def thread_of(*messages):
    thread = Thread()
    for message in messages:
        (thread.answer if message["role"] == "tool" else thread.say)(message)
    return thread.messages()


def test_what_is_in_order_stays_in_it():
    messages = [USER, calling("a", "b"), result("b"), result("a"), NOTE]

    assert thread_of(*messages) == messages
    assert thread_of() == []


def test_results_stand_behind_their_own_message_in_the_order_in_which_they_came():
    first, second = calling("a", "b"), calling("c")

    assert thread_of(USER, first, NOTE, result("b"), second, result("c"), USER, result("a")) == [
        USER, first, result("b"), result("a"), NOTE, second, result("c"), USER,
    ]  # fmt: skip


def test_an_id_that_is_used_again_is_that_of_the_later_call():
    once, again = result("a", "1"), result("a", "2")

    assert thread_of(calling("a"), once, calling("a"), USER, again) == [
        calling("a"), once, calling("a"), again, USER,
    ]  # fmt: skip


def test_a_call_is_known_once_it_was_made():
    thread = Thread()
    before = thread.knows("a")
    thread.say(calling("a"))

    assert (before, thread.knows("a")) == (False, True)

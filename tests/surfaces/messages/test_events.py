from proxy.surfaces.messages.events import Events, message
from tests.support import messages_grammar

USAGE = {"input_tokens": 1, "output_tokens": 0}
END = {"stop_reason": "end_turn", "stop_sequence": None}
TEXT = {"type": "text", "text": ""}


def written(events):
    return messages_grammar.events(events.take())


def test_a_message_is_written_from_start_to_stop():
    events = Events()
    events.start("msg_1", "m", USAGE)
    for piece in ("Li", "ma"):
        events.open(TEXT)
        events.add({"type": "text_delta", "text": piece})
        events.close()
    events.end(END, USAGE)
    events.stop(None)
    read = messages_grammar.check(events.take())

    assert read[0]["message"] == message("msg_1", "m", USAGE)
    assert [event.get("index") for event in read] == [None, 0, 0, 0, 1, 1, 1, None, None]
    assert read[-1] == {"type": "message_stop"}
    assert events.take() == b""


def test_the_rest_of_a_message_counts_on():
    events = Events(3)
    events.open(TEXT)

    assert written(events)[0]["index"] == 3


def test_a_report_stands_in_the_last_event():
    events = Events()
    events.stop({"target": "a/b"})

    assert written(events) == [{"type": "message_stop", "firstbyte": {"target": "a/b"}}]


def test_a_mark_stands_in_the_next_block_once():
    events = Events()
    events.mark = {"restarted": True}
    events.open(TEXT)
    events.close()
    events.open(TEXT)
    first, _, second = written(events)

    assert first["firstbyte"] == {"restarted": True}
    assert "firstbyte" not in second


def test_a_mark_stands_in_the_end_where_no_block_comes():
    events = Events()
    events.mark = {"restarted": True}
    events.end(END, USAGE)

    assert written(events)[0]["firstbyte"] == {"restarted": True}

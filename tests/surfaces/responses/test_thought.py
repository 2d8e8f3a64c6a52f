from proxy.surfaces.responses.thought import Thought


def kinds(events):
    return [event["type"].removeprefix("response.") for event in events]


def test_what_is_open_is_closed_where_the_answer_broke_off():
    item = Thought("rs_1", 0)
    item.grow("lost: no part is open")
    item.follow("summary_text")
    item.grow("a")
    item.leave()
    item.follow("summary_text")
    item.grow("b")
    [done, closed, last] = item.end("incomplete")

    assert kinds([done, closed, last]) == [
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
    ]
    assert (done["summary_index"], done["text"], closed["part"]["text"]) == (1, "b", "b")
    assert last["item"] == {
        "id": "rs_1",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}],
    }


def test_the_very_text_is_closed_in_its_own_words():
    item = Thought("rs_1", 0)
    item.follow("reasoning_text")
    item.grow("a")
    [done, closed, last] = item.end("incomplete")

    assert kinds([done, closed]) == ["reasoning_text.done", "content_part.done"]
    assert done["content_index"] == 0
    assert last["item"]["content"] == [{"type": "reasoning_text", "text": "a"}]


def test_what_is_closed_stays_so():
    item = Thought("rs_1", 0)

    assert kinds(item.end("incomplete")) == ["output_item.done"]

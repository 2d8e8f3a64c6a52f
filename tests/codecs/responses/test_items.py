import json

import pytest

from tests.support.replies import (
    added,
    chunks,
    completed,
    created,
    custom,
    delta,
    done,
    event,
    message,
    reasoning,
    text,
    told,
    tool,
    whole,
)

CITED = {
    "type": "url_citation",
    "url": "https://a.test",
    "title": "A",
    "start_index": 0,
    "end_index": 4,
}
TOKEN = {"token": "Cork", "logprob": -0.1, "bytes": None, "top_logprobs": []}


def noted(at, **members):
    inner = {"url": "https://a.test", "title": "A", "start_index": at, "end_index": at + 4}
    return {"type": "url_citation", "url_citation": {**inner, **members}}


def stream(item, *frames, index=0):
    """The message that an item makes when it is streamed and told whole at its end."""
    begun = {**item, "content": [], "summary": [], "arguments": "", "input": ""}
    return told(created(), added(index, begun), *frames, done(index, item), completed(item))[
        "message"
    ]


def annotation(note, content_index=0, index=0):
    return event(
        "response.output_text.annotation.added",
        output_index=index,
        content_index=content_index,
        annotation_index=0,
        annotation=note,
    )


def test_text_comes_in_pieces_and_is_not_said_twice():
    frames = [delta("output_text", "Co", content_index=0), delta("output_text", "rk")]

    assert stream(message("Cork"), *frames)["content"] == "Cork"


def test_text_that_came_without_pieces_comes_at_the_end():
    assert stream(message("Cork"))["content"] == "Cork"
    assert stream(message("Cork"), delta("output_text", "Co"))["content"] == "Cork"


def test_a_whole_that_is_another_text_than_its_pieces_is_not_added():
    assert stream(message("Cork harbour"), delta("output_text", "Cobh"))["content"] == "Cobh"


def test_parts_of_a_message_are_one_text():
    assert whole(message("Co", "rk"))["message"]["content"] == "Cork"


def test_messages_are_one_text_in_which_they_stand_apart():
    said = [message("I look.", mark="msg_1"), tool(), message("14:20.", mark="msg_2")]
    frames = [
        created(),
        delta("output_text", "I look.", 0),
        delta("output_text", "14:", 2),
        delta("output_text", "20.", 2),
        completed(*said),
    ]

    assert whole(*said)["message"]["content"] == "I look.\n\n14:20."
    assert told(*frames)["message"]["content"] == "I look.\n\n14:20."
    assert told(created(), completed(*said))["message"]["content"] == "I look.\n\n14:20."


def test_a_message_without_text_adds_nothing():
    assert whole(message("", mark="msg_1"), message("Hi", mark="msg_2"))["message"] == {
        "role": "assistant",
        "content": "Hi",
    }


def test_a_refusal_is_a_refusal():
    part = {"type": "refusal", "refusal": "I will not."}
    frames = [delta("refusal", "I will"), delta("refusal", "")]

    assert whole(message(part))["message"]["refusal"] == "I will not."
    assert stream(message(part), *frames)["refusal"] == "I will not."


def test_annotations_point_into_the_whole_text():
    notes = [CITED, {"type": "file_citation", "file_id": "f", "filename": "a", "index": 4}]
    said = [message("Cork.", mark="msg_1"), message(text("Cobh", annotations=notes), mark="msg_2")]

    file = {"file_id": "f", "filename": "a", "index": 11}
    expected = [noted(7), {"type": "file_citation", "file_citation": file}]
    frames = [
        created(),
        delta("output_text", "Cork.", 0),
        delta("output_text", "Cobh", 1, content_index=0),
        *(annotation(note, index=1) for note in notes),
    ]

    assert whole(*said)["message"]["annotations"] == expected
    assert told(*frames, completed(*said))["message"]["annotations"] == expected


def test_annotations_come_as_they_are_told_and_once():
    item = message(text("Cork", annotations=[CITED]), text("Cobh", annotations=[CITED]))
    frames = [
        delta("output_text", "Cork", content_index=0),
        annotation(CITED),
        delta("output_text", "Cobh", content_index=1),
    ]

    assert stream(item, *frames)["annotations"] == [noted(0), noted(4)]
    assert stream(item, *frames, annotation(CITED, 1))["annotations"] == [noted(0), noted(4)]


def test_a_place_that_is_not_in_the_text_is_left_alone():
    path = {"type": "file_path", "file_id": "f", "index": 0, "start_index": None}
    said = [message("Cork.", mark="msg_1"), message(text("x", annotations=[path]), mark="msg_2")]

    assert whole(*said)["message"]["annotations"] == [
        {"type": "file_path", "file_path": {"file_id": "f", "index": 0, "start_index": None}}
    ]


@pytest.mark.parametrize("note", [None, {}, {"type": 7}])
def test_an_annotation_of_no_kind_is_left_out(note):
    assert "annotations" not in whole(message(text("Cork", annotations=[note])))["message"]


def test_log_probabilities_come_once():
    item = message(text("Cork", logprobs=[TOKEN]))
    frames = [created(), delta("output_text", "Cork", logprobs=[TOKEN]), completed(item)]

    assert told(*frames)["logprobs"] == {"content": [TOKEN]}
    assert whole(item)["logprobs"] == {"content": [TOKEN]}


def test_reasoning_is_told_by_its_summary_whose_parts_stand_apart():
    item = reasoning("Hm.", "So.", "", "Go.")
    frames = [
        delta("reasoning_summary_text", "", summary_index=0),
        delta("reasoning_summary_text", "Hm", summary_index=0),
        delta("reasoning_summary_text", ".", summary_index=0),
        delta("reasoning_summary_text", "", summary_index=1),
        delta("reasoning_summary_text", "So", summary_index=1),
        delta("reasoning_summary_text", ".", summary_index=1),
        delta("reasoning_summary_text", "", summary_index=2),
    ]

    assert stream(item, *frames)["reasoning_content"] == "Hm.\n\nSo.\n\nGo."
    assert stream(item)["reasoning_content"] == "Hm.\n\nSo.\n\nGo."
    assert whole(item)["message"]["reasoning_content"] == "Hm.\n\nSo.\n\nGo."


def test_parts_that_nobody_told_apart_stay_as_they_were_told():
    frames = [delta("reasoning_summary_text", "Hm."), delta("reasoning_summary_text", "So.")]

    assert stream(reasoning("Hm.", "So."), *frames)["reasoning_content"] == "Hm.So."


def test_reasoning_is_told_by_its_text_where_a_server_gives_it():
    item = reasoning("A summary.", content=[{"type": "reasoning_text", "text": "Hm."}])
    frames = [
        delta("reasoning_text", "Hm.", content_index=0),
        delta("reasoning_summary_text", "A summary.", summary_index=0),
    ]

    assert stream(item, *frames)["reasoning_content"] == "Hm."
    assert whole(item)["message"]["reasoning_content"] == "Hm."


def test_the_rest_of_the_reasoning_comes_at_its_end():
    frame = delta("reasoning_summary_text", "Hm.", summary_index=0)

    assert stream(reasoning("Hm.", "So."), frame)["reasoning_content"] == "Hm.\n\nSo."


def test_items_of_reasoning_are_one_text_in_which_they_stand_apart():
    said = [reasoning("Hm.", mark="rs_1"), reasoning("So.", mark="rs_2"), message("Cork")]
    frames = [
        created(),
        delta("reasoning_summary_text", "Hm.", 0, summary_index=0),
        delta("reasoning_summary_text", "S", 1, summary_index=0),
        delta("reasoning_summary_text", "o.", 1, summary_index=0),
        completed(*said),
    ]

    assert whole(*said)["message"]["reasoning_content"] == "Hm.\n\nSo."
    assert told(*frames)["message"]["reasoning_content"] == "Hm.\n\nSo."


def test_reasoning_that_nobody_may_read_says_nothing():
    assert whole(reasoning(summary=None), message("Cork"))["message"].keys() == {
        "role",
        "content",
        "thinking_blocks",
    }


def test_a_call_comes_in_pieces():
    frames = [
        delta("function_call_arguments", '{"a"'),
        delta("function_call_arguments", ":1}"),
        event("function_call_arguments.done", output_index=0, arguments='{"a":1}'),
    ]
    [call] = stream(tool(arguments='{"a":1}'), *frames)["tool_calls"]

    assert call == {
        "id": "call_1",
        "type": "function",
        "function": {"name": "tide", "arguments": '{"a":1}'},
    }


def test_arguments_that_came_without_pieces_come_when_they_are_whole():
    frame = event("function_call_arguments.done", output_index=0, arguments='{"a":1}')
    frames = [created(), added(0, tool(arguments="")), frame]
    last = chunks(*frames, completed(tool(arguments='{"a":1}')))[2]

    assert last["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] == '{"a":1}'


@pytest.mark.parametrize("arguments", ["", None, {}])
def test_a_call_without_arguments_has_an_empty_object(arguments):
    [call] = whole(tool(arguments=arguments))["message"]["tool_calls"]

    assert call["function"]["arguments"] == "{}"


def test_arguments_that_are_an_object_become_a_text():
    [call] = whole(tool(arguments={"a": 1}))["message"]["tool_calls"]

    assert json.loads(call["function"]["arguments"]) == {"a": 1}


def test_a_call_that_was_cut_short_is_left_as_it_is():
    item = tool(arguments="", status="incomplete")
    frames = [created(), added(0, item), done(0, item)]
    said = chunks(*frames, event("incomplete", response={"output": [item]}))

    assert [len(c["choices"][0]["delta"].get("tool_calls", ())) for c in said] == [0, 1, 0]


def test_a_call_that_was_not_announced_comes_whole_at_its_end():
    frames = [created(), delta("function_call_arguments", '{"a"')]

    [call] = told(*frames, completed(tool(arguments='{"a":1}')))["message"]["tool_calls"]

    assert call["function"] == {"name": "tide", "arguments": '{"a":1}'}


def test_a_call_that_never_says_its_name_is_none():
    item = tool(name=None)

    assert whole(item, message("Hi"))["message"] == {"role": "assistant", "content": "Hi"}


def test_a_call_without_an_id_of_its_own_is_known_by_its_items():
    [call] = whole(tool(call_id=None))["message"]["tool_calls"]

    assert call["id"] == "fc_1"


def test_a_custom_call_comes_in_pieces_too():
    frames = [
        delta("custom_tool_call_input", "free "),
        delta("custom_tool_call_input", "text"),
        event("custom_tool_call_input.done", output_index=0, input="free text"),
    ]
    call = {"id": "call_c", "type": "custom", "custom": {"name": "note", "input": "free text"}}

    assert stream(custom(), *frames)["tool_calls"] == [call]
    assert whole(custom())["message"]["tool_calls"] == [call]


def test_a_custom_call_may_say_nothing():
    [call] = whole(custom(said=""))["message"]["tool_calls"]

    assert call["custom"] == {"name": "note", "input": ""}


def test_slots_count_calls_and_not_items():
    said = chunks(
        created(),
        added(0, reasoning()),
        added(3, tool()),
        added(5, tool(mark="fc_2", call_id="call_2")),
        completed(),
    )
    calls = [c for each in said for x in each["choices"] for c in x["delta"].get("tool_calls", ())]

    assert [call["index"] for call in calls if "id" in call] == [0, 1]


@pytest.mark.parametrize(("form", "media"), [(None, "image/png"), ("webp", "image/webp")])
def test_a_picture_is_an_image(form, media):
    item = {"id": "ig_1", "type": "image_generation_call", "result": "UklG", "output_format": form}

    assert stream(item)["images"] == [
        {"type": "image_url", "image_url": {"url": f"data:{media};base64,UklG"}}
    ]


def test_a_picture_that_failed_is_none():
    item = {"id": "ig_1", "type": "image_generation_call", "result": None}

    assert whole(item, message("Sorry."))["message"] == {"role": "assistant", "content": "Sorry."}


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ({"type": "search", "query": "tide"}, [{"queries": ["tide"], "results": []}]),
        (
            {
                "type": "search",
                "query": "tide",
                "queries": ["tide", 5, "port"],
                "sources": [{"type": "url", "url": "https://a.test"}, {"type": "api"}, "odd"],
            },
            [{"queries": ["tide", "port"], "results": [{"url": "https://a.test", "title": ""}]}],
        ),
        ({"type": "open_page", "url": "https://a.test"}, None),
        (None, None),
    ],
)
def test_a_search_is_told_with_its_sources(action, told):
    search = {"id": "ws_1", "type": "web_search_call", "action": action}

    assert whole(search, message("Hi"))["message"].get("web_searches") == told


def test_what_the_provider_ran_itself_is_hidden():
    search = {"id": "ci_1", "type": "code_interpreter_call", "code": "1"}
    frames = [
        event("code_interpreter_call.interpreting", output_index=0),
        delta("output_text", "astray"),
    ]

    assert stream(search, *frames) == {"role": "assistant", "content": ""}

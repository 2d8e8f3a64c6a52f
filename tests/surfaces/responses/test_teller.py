"""What chat's deltas become; the form of the stream that they make is for the grammar, in the encoder's tests."""

import pytest

from proxy.core.build import Builder
from proxy.core.shape import ChatRequest
from proxy.core.state import unseal
from proxy.surfaces.media import SOUND
from proxy.surfaces.responses.teller import Teller

BUILD = Builder(1_700_000_000, "chatcmpl-1", "gpt-x")
REQUEST = ChatRequest({"messages": []}, b'{"input":"hi"}', "responses", model="asked")
SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "s", "maker": "m"}


def told(*chunks, finish="stop", model=None):
    """The response that chunks come to."""
    teller = Teller(REQUEST, model)
    for chunk in (*chunks, BUILD.finish(finish)):
        teller.feed(chunk)
    teller.end()
    return teller.response


def kinds(response):
    return [item["type"] for item in response["output"]]


def test_a_response_is_named_by_its_own_ids_and_the_providers_model():
    response = told(BUILD.role(), BUILD.text("hi"))

    assert response["id"].startswith("resp_")
    assert (response["model"], response["created_at"]) == ("gpt-x", 1_700_000_000)
    assert response["status"] == "completed"
    assert response["output"][0]["id"] == response["id"].replace("resp_", "msg_") + "_0"


def test_the_ids_are_of_what_was_asked_also_where_that_is_forgotten_meanwhile():
    ids = []
    for said, is_forgotten in ((b"one", False), (b"one", True), (b"two", True)):
        request = ChatRequest({"messages": [said]}, said, "responses", model="asked")
        teller = Teller(request)
        if is_forgotten:
            request.forget()
        teller.feed(BUILD.text("hi"))
        ids.append(teller.base["id"])

    assert ids[0] == ids[1] != ids[2]


def test_another_name_for_the_model_may_be_given():
    assert told(BUILD.text("hi"), model="mine")["model"] == "mine"
    assert told({"choices": [{"delta": {"content": "hi"}}]})["model"] == "asked"


def test_a_chunk_that_says_nothing_and_names_nothing_begins_nothing():
    teller = Teller(REQUEST)

    assert teller.feed({"id": "", "choices": [], "model": ""}) == []
    assert teller.base == {}
    assert [event["type"] for event in teller.feed(BUILD.role())] == [
        "response.created",
        "response.in_progress",
    ]


def test_items_follow_each_other_as_they_are_said():
    response = told(
        BUILD.reasoning("Hm."),
        BUILD.delta({"thinking_blocks": [SIGNED]}),
        BUILD.text("a"),
        BUILD.refusal("No"),
        BUILD.reasoning("So."),
        BUILD.tool_open(0, "call_a", "tide"),
        BUILD.tool_arguments(0, '{"a":'),
        BUILD.custom_open(1, "call_b", "note"),
        BUILD.custom_input(1, "free"),
        BUILD.tool_arguments(0, "1}"),
        BUILD.text("b"),
        finish="tool_calls",
    )

    assert kinds(response) == [
        "reasoning",
        "message",
        "reasoning",
        "function_call",
        "custom_tool_call",
        "message",
    ]
    reasoning, message, _, call, custom, _ = response["output"]
    assert unseal(reasoning["encrypted_content"]) == (SIGNED,)
    assert [part["type"] for part in message["content"]] == ["output_text", "refusal"]
    assert (call["call_id"], call["arguments"]) == ("call_a", '{"a":1}')
    assert (custom["call_id"], custom["input"]) == ("call_b", "free")


@pytest.mark.parametrize(
    ("finish", "status"),
    [("length", "incomplete"), ("content_filter", "incomplete"), ("stop", "completed")],
)
def test_what_is_open_at_the_end_is_as_whole_as_the_answer(finish, status):
    response = told(BUILD.text("a"), BUILD.tool_open(0, "c", "f"), finish=finish)

    assert response["status"] == status
    assert [item["status"] for item in response["output"]] == ["completed", status]


def test_nothing_is_said_after_the_finish_but_usage():
    teller = Teller(REQUEST)
    teller.feed(BUILD.text("a"))
    assert not teller.finished
    teller.feed(BUILD.finish("stop"))

    assert teller.finished
    assert teller.feed(BUILD.text("b")) == []
    teller.feed({"choices": [], "usage": {"prompt_tokens": 1}, "service_tier": "flex"})
    teller.end()
    assert teller.response["usage"]["input_tokens"] == 1
    assert teller.response["service_tier"] == "flex"
    assert teller.response["output"][0]["content"][0]["text"] == "a"


def test_other_choices_have_no_place_here():
    assert told(BUILD.text("a"), BUILD.text("b", 1))["output"][0]["content"][0]["text"] == "a"


def test_a_name_may_come_in_pieces_and_an_id_not_at_all():
    opening = {"index": 0, "function": {"name": "ti"}}
    more = {"index": 0, "function": {"name": "de", "arguments": "{}"}}
    response = told(BUILD.delta({"tool_calls": [opening]}), BUILD.delta({"tool_calls": [more]}))
    [call] = response["output"]

    assert call["name"] == "tide"
    assert call["call_id"].startswith("call_fc_")


def test_a_call_without_a_kind_is_known_by_what_it_holds():
    custom = {"index": 0, "id": "c", "custom": {"name": "note", "input": "x"}}
    both = {
        "index": 1,
        "id": "d",
        "type": "function",
        "function": {"name": "f", "arguments": "{}"},
        "custom": {"name": "", "input": ""},
    }
    bare = {"index": 2, "id": "e"}

    assert kinds(told(BUILD.delta({"tool_calls": [custom, both, bare]}))) == [
        "custom_tool_call",
        "function_call",
        "function_call",
    ]


def test_a_deprecated_call_is_a_call_and_an_empty_one_is_none():
    pieces = [{"name": "tide"}, {"arguments": "{}"}, {"name": "", "arguments": ""}]
    response = told(*(BUILD.delta({"function_call": piece}) for piece in pieces))
    [call] = response["output"]

    assert (call["name"], call["arguments"]) == ("tide", "{}")


def test_notes_are_counted_from_the_part_that_they_are_on():
    def note(at):
        return {"type": "url_citation", "url_citation": {"start_index": at, "end_index": at + 1}}

    response = told(
        BUILD.text("abc"),
        BUILD.reasoning("Hm."),
        BUILD.text("def"),
        BUILD.refusal("No"),
        BUILD.text("ghi"),
        BUILD.delta({"annotations": [note(9), {"type": "odd"}]}),
    )
    part = response["output"][2]["content"][2]

    assert part["text"] == "ghi"
    assert part["annotations"] == [{"type": "url_citation", "start_index": 1, "end_index": 2}]


@pytest.mark.parametrize("name", ["annotations", "images", "web_searches", "audio"])
@pytest.mark.parametrize("odd", [5, "x", [5], {"a": 1}])
def test_what_servers_say_in_no_form_of_chats_is_nothing(name, odd):
    response = told(BUILD.text("abc"), BUILD.delta({name: odd}))

    assert kinds(response) == ["message"]
    assert response["output"][0]["content"][0]["annotations"] == []


def test_a_picture_is_an_item_and_one_elsewhere_a_link():
    def image(url):
        return {"type": "image_url", "image_url": url}

    images = [
        image({"url": "data:image/png;base64,AA"}),
        image({"url": "https://example.test/a.png"}),
        image("data:image/png;base64,BB"),
        image(None),
        "?",
    ]
    response = told(BUILD.text("a"), BUILD.delta({"images": images}))

    assert kinds(response) == [
        "message",
        "image_generation_call",
        "message",
        "image_generation_call",
    ]
    assert [i.get("result") for i in response["output"]] == [None, "AA", None, "BB"]
    assert response["output"][2]["content"][0]["text"] == "![image](https://example.test/a.png)"


@pytest.mark.parametrize(
    ("logprobs", "kept"),
    [
        ({"content": [{"token": "a"}]}, [{"token": "a"}]),
        ({"content": None}, []),
        (["a"], []),
        (None, []),
    ],
)
def test_what_is_known_of_tokens_is_told(logprobs, kept):
    choice = {"index": 0, "delta": {"content": "a"}, "logprobs": logprobs}

    assert told(BUILD.choice(choice))["output"][0]["content"][0]["logprobs"] == kept


def test_tokens_that_come_after_their_text_are_told_with_it():
    def late(delta, token):
        logprobs = {"content": [{"token": token}]}
        return BUILD.choice({"index": 0, "delta": delta, "logprobs": logprobs})

    thought = late({"reasoning_content": "hm"}, "hm")
    response = told(late({}, "-"), thought, late({}, "-"), BUILD.text("a"), late({}, "end"))

    assert response["output"][1]["content"][0]["logprobs"] == [{"token": "end"}]


def test_an_answer_of_which_nothing_came_is_empty():
    teller = Teller(REQUEST)
    events = teller.end()

    assert [event["type"] for event in events] == ["response.created", "response.in_progress"]
    assert teller.response["output"] == []


def test_a_call_of_a_tool_in_a_namespace_is_told_with_both_its_names():
    look, note = {"type": "function", "name": "look"}, {"type": "custom", "name": "note"}
    tools = [{"type": "namespace", "name": "maps", "tools": [look, note]}]
    teller = Teller(ChatRequest({"messages": []}, model="asked", echo={"tools": tools}))
    chunks = [
        BUILD.tool_open(0, "call_1", "maps__look"),
        BUILD.custom_open(1, "call_2", "maps__note"),
        BUILD.tool_open(2, "call_3", "look"),
        BUILD.finish("tool_calls"),
    ]
    events = [event for chunk in chunks for event in teller.feed(chunk)] + teller.end()
    names = [(item["name"], item.get("namespace")) for item in teller.response["output"]]

    assert names == [("look", "maps"), ("note", "maps"), ("look", None)]
    assert [
        event["name"]
        for event in events
        if event["type"].endswith(("arguments.done", "input.done"))
    ] == [
        "look",
        "note",
        "look",
    ]
    assert [event["item"].get("namespace") for event in events if "added" in event["type"]] == [
        "maps",
        "maps",
        None,
    ]


def searched(search, options=None):
    request = ChatRequest({"web_search_options": options}, b"{}", "responses", model="asked")
    teller = Teller(request)
    chunks = [BUILD.text("Hm."), BUILD.delta({"web_searches": search}), BUILD.text("Ten.")]
    events = [event for chunk in (*chunks, BUILD.finish("stop")) for event in teller.feed(chunk)]
    teller.end()
    return teller.response["output"], [event["type"] for event in events]


PAGES = [{"url": "https://a.test", "title": "A"}, "odd"]


@pytest.mark.parametrize(
    ("options", "sources"),
    [(None, {}), ({"sources": True}, {"sources": [{"type": "url", "url": "https://a.test"}]})],
)
def test_a_search_is_an_item_of_its_own(options, sources):
    search = {"queries": ["tide", "cork"], "results": PAGES}
    output, events = searched([search, "odd"], options)
    [item] = [each for each in output if each["type"] == "web_search_call"]

    assert [each["type"] for each in output] == ["message", "web_search_call", "message"]
    assert item["status"] == "completed"
    assert item["action"] == {
        "type": "search",
        "query": "tide; cork",
        "queries": ["tide", "cork"],
        **sources,
    }
    assert [each for each in events if "search" in each] == [
        "response.web_search_call.in_progress",
        "response.web_search_call.searching",
        "response.web_search_call.completed",
    ]


def test_a_search_that_failed_has_failed():
    output, _ = searched([{"error": "unavailable", "results": None}], {"sources": True})

    assert (output[1]["status"], output[1]["action"]["sources"]) == ("failed", [])


@pytest.mark.parametrize("odd", ["odd", ["odd"]])
def test_what_is_no_search_is_none(odd):
    assert [each["type"] for each in searched(odd)[0]] == ["message"]


def test_a_sound_is_its_words():
    deltas = [{"id": "a", "data": "AA"}, {"transcript": "Be"}, {"transcript": "ep"}]
    [item] = told(*(BUILD.delta({"audio": sound}) for sound in deltas))["output"]

    assert item["content"][0]["text"] == "Beep"


def test_a_sound_without_words_is_not_an_empty_answer():
    [item] = told(BUILD.delta({"audio": {"data": "AA"}}))["output"]

    assert item["content"][0]["text"] == SOUND

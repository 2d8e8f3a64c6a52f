import pytest

from proxy.codecs.anthropic.answer import Answer
from proxy.codecs.anthropic.opened import MAX_OPEN
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold

TEXT = {"type": "text", "text": "Hi"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "tide", "input": {}}
USAGE = {"input_tokens": 3, "output_tokens": 2}


def answer():
    return Answer(1, "asked", 1_000)


def complaint(action):
    with pytest.raises(ProxyError) as caught:
        action()
    return caught.value


def test_an_answer_from_its_parts():
    it = answer()
    chunks = it.begin({"id": "msg_1", "model": "claude-x", "usage": USAGE})
    chunks += it.open(0, TEXT) + it.close(0)
    it.update({"stop_reason": "end_turn"}, {"output_tokens": 9})
    chunks += it.end()

    assert [chunk["choices"] and chunk["choices"][0]["delta"] for chunk in chunks] == [
        {"role": "assistant", "content": ""},
        {"content": "Hi"},
        {},
        [],
    ]
    assert fold(chunks) == {
        "id": "msg_1",
        "object": "chat.completion",
        "created": 1,
        "model": "claude-x",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi"},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 9, "total_tokens": 12},
    }


@pytest.mark.parametrize(("speed", "tier"), [("fast", "fast"), ("standard", None), (None, None)])
def test_an_answer_that_came_faster_at_another_price_says_so(speed, tier):
    it = answer()
    it.begin({"id": "msg_1", "usage": {**USAGE, "speed": speed}})
    it.open(0, TEXT)
    it.update({"stop_reason": "end_turn"}, {"output_tokens": 9})

    assert fold(it.end()).get("service_tier") == tier


def test_a_second_beginning_says_nothing_new():
    it = answer()
    first = it.begin({"id": "msg_1"})
    second = it.begin({"id": "msg_2", "content": [TEXT], "usage": USAGE})
    it.update({"stop_reason": "end_turn"}, None)
    [finish, usage] = it.end()

    assert (len(first), second) == (1, [])
    assert finish["id"] == "msg_1"
    assert usage["usage"]["prompt_tokens"] == 3


def test_an_answer_that_never_began_has_its_role_all_the_same():
    it = answer()
    chunks = it.open(0, TEXT)
    it.update(None, None)
    chunks += it.end()

    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert [chunk["model"] for chunk in chunks] == ["asked"] * 3
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_one_call_is_finished_before_the_next_is_opened():
    it = answer()
    chunks = it.begin({})
    chunks += it.open(0, CALL)
    chunks += it.open(1, {**CALL, "id": "toolu_2"})
    it.update({"stop_reason": "tool_use"}, None)
    chunks += it.end()
    calls = [c for chunk in chunks for c in chunk["choices"][0]["delta"].get("tool_calls", [])]

    assert [(call["index"], call["function"].get("arguments")) for call in calls] == [
        (0, ""),
        (0, "{}"),
        (1, ""),
        (1, "{}"),
    ]


def test_a_block_that_is_opened_again_was_finished():
    it = answer()
    it.open(0, CALL)
    chunks = it.open(0, TEXT)

    assert [list(chunk["choices"][0]["delta"]) for chunk in chunks] == [["tool_calls"], ["content"]]


def test_what_is_not_known_is_counted():
    it = answer()
    it.open(0, {"type": "hologram"})
    it.open(1, TEXT)
    it.add(1, {"type": "sparkle_delta"})

    assert it.unknown == 2
    assert it.close(7) == []


@pytest.mark.parametrize(
    "action",
    [
        lambda it: it.open(0, "odd"),
        lambda it: it.add(0, {"type": "text_delta"}),
        lambda it: (it.open(0, TEXT), it.add(0, "odd")),
        lambda it: [it.open(index, TEXT) for index in range(MAX_OPEN + 1)],
    ],
)
def test_what_makes_no_sense_is_malformed(action):
    assert complaint(lambda: action(answer())).kind is Kind.MALFORMED


def test_an_end_that_nothing_came_before_is_empty():
    it = answer()
    it.begin({"id": "msg_1"})
    it.open(0, {"type": "text", "text": ""})

    assert complaint(it.end).kind is Kind.EMPTY


@pytest.mark.parametrize("reason", ["end_turn", "refusal"])
def test_a_proper_end_may_stand_alone(reason):
    it = answer()
    it.begin({"stop_reason": reason})

    assert it.end()


@pytest.mark.parametrize(
    ("reason", "finish"), [("max_tokens", "length"), ("refusal", "content_filter")]
)
def test_arguments_that_are_cut_short_pass_where_the_finish_says_so(reason, finish):
    it = answer()
    it.open(0, CALL)
    it.add(0, {"type": "input_json_delta", "partial_json": '{"a'})
    it.update({"stop_reason": reason}, None)

    assert it.end()[-1]["choices"][0]["finish_reason"] == finish


@pytest.mark.parametrize("reason", ["tool_use", "end_turn", None])
def test_arguments_that_are_not_json_are_never_to_be_run(reason):
    it = answer()
    it.open(0, CALL)
    it.add(0, {"type": "input_json_delta", "partial_json": '{"a'})
    it.update({"stop_reason": reason}, None)

    assert complaint(it.end).kind is Kind.MALFORMED


def test_a_refusal_is_explained_before_the_finish():
    it = answer()
    it.begin({})
    it.update({"stop_reason": "refusal", "stop_details": {"explanation": "Not that."}}, None)
    [refusal, finish] = it.end()

    assert refusal["choices"][0]["delta"] == {"refusal": "Not that."}
    assert finish["choices"][0]["finish_reason"] == "content_filter"

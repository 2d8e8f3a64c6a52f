import copy

import pytest

from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError, Tried
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.surfaces.chat import Chat
from proxy.surfaces.chat.encoder import DONE, ChatEncoder
from proxy.surfaces.invariants import refuse
from tests.support.frames import read_frames

BUILD = Builder(1700000000, "chatcmpl-1", "gpt-x")
HEAD = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1700000000,
    "model": "gpt-x",
}
REPORT = {"target": "a/b"}


def printed(chunks, *, model=None, report=None, **request):
    """Everything that an encoder says to these chunks, to its end."""
    before = copy.deepcopy(chunks)
    encoder = Chat(refuse).encoder(ChatRequest({}, **request), model=model)
    data = b"".join([encoder.feed(chunk) for chunk in chunks]) + encoder.finish(report)
    assert chunks == before
    return data


def frames(chunks, **options):
    *values, last = read_frames(printed(chunks, **options))
    assert last == "[DONE]"
    return values


def deltas(chunks, **options):
    return [
        (choice["index"], choice["delta"])
        for frame in frames(chunks, **options)
        for choice in frame["choices"]
    ]


def native(payload):
    return {**jsons.decode(payload), "native": {"dialect": "openai", "payload": payload}}


def frame(**members):
    return jsons.encode({**HEAD, **members})


ROLE = frame(
    choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]
)
STOP = frame(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])


def test_a_plain_answer_is_printed_chunk_by_chunk():
    chunks = [BUILD.role(), BUILD.text("Lima"), BUILD.finish("stop")]

    assert (
        printed(chunks)
        == b"".join(b"data: " + jsons.encode(chunk) + b"\n\n" for chunk in chunks)
        + b"data: [DONE]\n\n"
    )


def test_a_native_frame_goes_out_byte_for_byte():
    odd = (
        b'{"id": "chatcmpl-1", "object":"chat.completion.chunk","created":1700000000,"model":"gpt-x",'
        b'"choices":[{"index":0,"delta":{"content":"\\u00e9"},"finish_reason":null}],"n":1.50}'
    )
    data = printed([native(ROLE), native(odd), native(STOP)])

    assert data == b"data: " + ROLE + b"\n\ndata: " + odd + b"\n\ndata: " + STOP + b"\n\n" + DONE


def run(*texts, **identity):
    """Frames that came together, as the chunk that has them all."""
    choice = {"index": 0, "finish_reason": None}
    each = [
        {**HEAD, **identity, "choices": [{**choice, "delta": {"content": text}}]} for text in texts
    ]
    payload = b"".join(b"data: " + jsons.encode(one) + b"\n\n" for one in each)
    whole = {**choice, "delta": {"content": "".join(texts)}}
    return {
        **HEAD,
        **identity,
        "choices": [whole],
        "native": {"dialect": "openai/run", "payload": payload},
    }


def settled(payload):
    chunk = native(payload)
    chunk["native"]["is_settled"] = True
    return chunk


CALL = frame(
    choices=[
        {
            "index": 0,
            "delta": {"tool_calls": [{"index": 0, "id": "t", "function": {"name": "f"}}]},
            "finish_reason": None,
        }
    ]
)
TOLD = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


@pytest.mark.parametrize("model", [None, "gpt-x", "asked"])
@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(
    "said",
    [
        [ROLE, STOP],
        [ROLE, CALL, STOP],
        [ROLE, STOP.replace(b"gpt-x", b"gpt-y")],
        [ROLE.replace(b"chatcmpl-1", b"chatcmpl-2"), STOP],
        [STOP, ROLE],
        [ROLE, ROLE, STOP, STOP],
        [frame(choices=[], usage=TOLD), ROLE, STOP, frame(choices=[], usage=TOLD)],
        [frame(choices=[]), ROLE, STOP],
    ],
)
def test_a_frame_that_is_known_goes_out_as_one_that_is_looked_into(said, asked, model):
    known = [settled(one) if one in (ROLE, STOP) else native(one) for one in said]
    heard = []
    for chunks in (known, [native(one) for one in said]):
        told = []
        encoder = Chat(told.append).encoder(ChatRequest({}, include_usage=asked), model=model)
        heard.append((b"".join(map(encoder.feed, chunks)), encoder.finish(None), told))

    assert heard[0] == heard[1]


def test_an_answer_that_nobody_checks_goes_out_as_one_that_is_checked():
    chunks = [settled(ROLE), run("a"), settled(STOP)]
    encoder = ChatEncoder(ChatRequest({}))

    assert b"".join(map(encoder.feed, chunks)) + encoder.finish() == printed(chunks)


def test_frames_that_came_together_go_out_byte_for_byte():
    chunks = [native(ROLE), run("a", "b"), native(STOP)]

    assert run("a", "b")["native"]["payload"] in printed(chunks)
    assert [delta.get("content") for _, delta in deltas(chunks)] == ["", "a", "b", None]


@pytest.mark.parametrize("model", ["asked", None])
def test_frames_that_came_together_and_need_an_edit_go_out_as_one(model):
    identity = {} if model else {"id": "another"}
    chunks = [native(ROLE), run("a", "b", **identity), native(STOP)]

    assert [d.get("content") for _, d in deltas(chunks, model=model)] == ["", "ab", None]


def test_frames_that_open_an_answer_get_their_role():
    assert deltas([run("a", "b"), native(STOP)])[0] == (0, {"role": "assistant", "content": "ab"})


def test_text_that_goes_on_is_printed_from_the_frame_before():
    chunks = [BUILD.role(), *map(BUILD.text, ["a", "b\u2028", "c"]), BUILD.finish("stop")]

    assert [delta.get("content") for _, delta in deltas(chunks)] == ["", "a", "b\u2028", "c", None]


def test_texts_that_came_together_are_printed_each_by_itself_and_nothing_else_is():
    opening, more = BUILD.texts(["a", "b"]), BUILD.texts(["c", "d"])
    chunks = [BUILD.role(), *opening, *more, BUILD.finish("stop")]

    assert [delta.get("content") for _, delta in deltas(chunks)] == ["", "a", "b", "c", "d", None]
    assert b"pieces" not in printed(chunks)
    assert b"pieces" not in printed(chunks, model="another")


def test_a_native_frame_whose_top_needs_an_edit_keeps_the_rest():
    odd = (
        b'{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-x",'
        b'"choices":[{"index":0,"delta":{"role":"assistant","content":"\\u00e9"} }],"n":1.50}'
    )
    data = printed([native(odd), native(STOP)], model="mine")

    assert (
        b'"choices":[{"index":0,"delta":{"role":"assistant","content":"\\u00e9"} }],"n":1.50'
        in data
    )
    assert b'"model":"mine"' in data
    assert b"gpt-x" not in data


@pytest.mark.parametrize("bad", [b'{"id":\n"x"}', b'{"id":\r"x"}', b"{}\n\ndata: [DONE]"])
def test_native_bytes_cannot_break_out_of_their_frame(bad):
    chunk = {**BUILD.role(), "native": {"dialect": "openai", "payload": bad}}

    assert frames([chunk, BUILD.finish("stop")])[0] == BUILD.role()


def test_bytes_of_another_dialect_are_not_relayed():
    chunk = {**BUILD.role(), "native": {"dialect": "anthropic", "payload": b'{"type":"ping"}'}}

    assert frames([chunk, BUILD.finish("stop")])[0] == BUILD.role()


def test_a_native_frame_with_a_lone_surrogate_can_be_edited():
    odd = ROLE.replace(b'"content":""', b'"content":"\\ud83d"')

    assert (
        frames([native(odd), native(STOP)], model="mine")[0]["choices"][0]["delta"]["content"]
        == "\ud83d"
    )


def test_id_created_and_model_are_those_of_the_first_chunk():
    other = Builder(5, "other", "snapshot").text("a")
    heads = [
        {name: value[name] for name in HEAD}
        for value in frames(
            [BUILD.role(), other, native(jsons.encode(other)), BUILD.finish("stop")]
        )
    ]

    assert heads == [HEAD] * 4


def test_the_name_that_was_asked_for_may_replace_the_providers():
    values = frames([BUILD.role(), native(STOP)], model="chat", include_usage=True, report=REPORT)

    assert {value["model"] for value in values} == {"chat"}


def test_a_preface_without_an_id_waits_for_the_first_chunk_that_has_one():
    preface = {
        "id": "",
        "object": "",
        "created": 0,
        "model": "",
        "choices": [],
        "prompt_filter_results": [1],
    }
    encoder = Chat(refuse).encoder(ChatRequest({}))

    assert encoder.feed(preface) == b""
    assert read_frames(encoder.feed(BUILD.role())) == [
        {**HEAD, "choices": [], "prompt_filter_results": [1]},
        BUILD.role(),
    ]


def test_a_preface_is_all_there_is_of_an_answer_that_says_nothing():
    assert frames([{"choices": [], "note": 1}]) == [
        {
            "id": "",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "",
            "choices": [],
            "note": 1,
        }
    ]
    assert printed([]) == DONE


def test_the_role_is_said_once():
    again = BUILD.delta({"role": "assistant", "content": "b"})

    assert deltas([BUILD.role(), again, BUILD.finish("stop")]) == [
        (0, {"role": "assistant", "content": ""}),
        (0, {"content": "b"}),
        (0, {}),
    ]


def test_a_missing_role_is_made_up():
    assert deltas([BUILD.text("a"), BUILD.finish("stop")])[0] == (
        0,
        {"role": "assistant", "content": "a"},
    )


def test_nothing_follows_a_finish():
    late = BUILD.delta({"role": "assistant", "content": "more"})

    assert len(frames([BUILD.text("a"), BUILD.finish("stop"), late, BUILD.finish("stop")])) == 2


def test_a_lower_choice_is_opened_first():
    said = deltas(
        [BUILD.text("b", 1), BUILD.finish("stop", 1), BUILD.text("a", 0), BUILD.finish("stop", 0)]
    )

    assert said[0] == (0, {"role": "assistant", "content": ""})
    assert said[1] == (1, {"role": "assistant", "content": "b"})


def test_a_choice_that_was_left_open_is_closed_before_done():
    values = frames([BUILD.text("b", 1), BUILD.finish("stop", 1)])

    assert values[-1]["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]


def test_two_choices_in_one_chunk_stay_together():
    both = BUILD.text("a")
    both["choices"] += BUILD.delta({"role": "assistant", "content": "b"}, 1)["choices"]
    values = frames([both, BUILD.finish("stop", 0), BUILD.finish("stop", 1)])

    assert [choice["delta"] for choice in values[0]["choices"]] == [
        {"role": "assistant", "content": "a"},
        {"role": "assistant", "content": "b"},
    ]


@pytest.mark.parametrize("index", [-1, 128, None, "0"])
def test_a_choice_that_cannot_be_one_is_refused(index):
    encoder = Chat(refuse).encoder(ChatRequest({}))
    with pytest.raises(ProxyError) as caught:
        encoder.feed({**HEAD, "choices": [{"index": index, "delta": {"content": "a"}}]})

    assert caught.value.kind is Kind.MALFORMED


ANSWER = [BUILD.role(), BUILD.text("a"), BUILD.finish("stop")]


def test_usage_comes_last_where_it_was_asked_for():
    values = frames([*ANSWER, BUILD.usage(Usage(3, 1))], include_usage=True)

    assert values[-1] == BUILD.usage(Usage(3, 1))
    assert not any(value.get("usage") for value in values[:-1])


def test_a_usage_chunk_goes_out_byte_for_byte():
    last = frame(choices=[], usage=TOLD).replace(b'"usage":', b'"more": [1],  "usage" : ')
    chunks = [native(ROLE), native(STOP), native(last)]

    assert printed(chunks, include_usage=True).endswith(b"data: %b\n\n%b" % (last, DONE))


def test_usage_is_not_told_unless_asked_for():
    assert frames([*ANSWER, BUILD.usage(Usage(3, 1))]) == ANSWER


def test_usage_that_comes_early_and_often_is_told_once_and_last():
    early = {**BUILD.text("b"), "usage": Usage(3, 1).wire()}
    ending = {**BUILD.finish("stop"), "usage": Usage(3, 2).wire()}
    trailer = {**BUILD.delta({"role": "assistant", "content": ""}), "usage": Usage(3, 9).wire()}
    values = frames(
        [BUILD.role(), early, native(jsons.encode(ending)), trailer], include_usage=True
    )

    assert [value["usage"] for value in values[1:]] == [None, None, Usage(3, 9).wire()]
    assert values[-1]["choices"] == []


def test_usage_beside_a_choice_is_taken_away_unless_asked_for():
    early = {**BUILD.text("b"), "usage": Usage(3, 1).wire()}
    values = frames([BUILD.role(), early, native(jsons.encode(early)), BUILD.finish("stop")])

    assert not any("usage" in value for value in values)


def test_a_usage_chunk_keeps_what_else_it_says():
    last = frame(choices=[], usage=Usage(3, 1).wire(), service_tier="default")
    values = frames([*ANSWER, native(last)], include_usage=True)

    assert values[-1] == jsons.decode(last)


def test_no_usage_is_made_up():
    assert frames(ANSWER, include_usage=True) == ANSWER


def test_null_usage_in_a_relayed_frame_stays():
    role = frame(choices=jsons.decode(ROLE)["choices"], usage=None)

    assert printed([native(role), native(STOP)]).startswith(b"data: " + role)


def test_a_report_rides_on_the_usage_chunk():
    values = frames([*ANSWER, BUILD.usage(Usage(3, 1))], include_usage=True, report=REPORT)

    assert values[-1] == {**BUILD.usage(Usage(3, 1)), "firstbyte": REPORT}


def test_a_report_comes_alone_where_no_usage_was_asked_for():
    values = frames([*ANSWER, BUILD.usage(Usage(3, 1))], report=REPORT)

    assert values[-1] == {**HEAD, "choices": [], "firstbyte": REPORT}


MARK = {"fallback_attempts": ["a/b"], "resumed_from_partial": True}


@pytest.mark.parametrize("delta", [{"role": "assistant"}, {"thinking_blocks": []}])
def test_the_mark_of_a_further_run_goes_out_though_nothing_else_of_its_chunk_does(delta):
    marked = {**BUILD.delta(delta), "firstbyte": MARK}
    values = frames([BUILD.role(), BUILD.text("a"), marked, BUILD.text("b"), BUILD.finish("stop")])

    assert values[2] == {**HEAD, "choices": [], "firstbyte": MARK}
    assert [value for value in values if "firstbyte" in value] == [values[2]]


def test_a_mark_after_the_finish_goes_out():
    marked = {**BUILD.text("late"), "firstbyte": MARK}

    assert frames([BUILD.role(), BUILD.finish("stop"), marked])[-1] == {
        **HEAD,
        "choices": [],
        "firstbyte": MARK,
    }


@pytest.mark.parametrize("asked", [True, False])
def test_a_mark_beside_usage_goes_out_at_once_and_the_usage_last(asked):
    usage = Usage(prompt=3, completion=1).wire()
    marked = {**HEAD, "choices": [], "usage": usage, "firstbyte": MARK}
    values = frames(
        [BUILD.role(), marked, BUILD.text("b"), BUILD.finish("stop")], include_usage=asked
    )
    told = [value for value in values if "firstbyte" in value]

    assert [value["firstbyte"] for value in told] == [MARK]
    assert told == values[1:2]
    assert not told[0].get("usage")
    assert values[-1].get("usage") == (usage if asked else None)


def test_a_call_without_arguments_gets_an_empty_object_at_its_end():
    said = deltas([BUILD.role(), BUILD.tool_open(0, "c", "f"), BUILD.finish("tool_calls")])

    assert said[2:] == [
        (0, {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}),
        (0, {}),
    ]


def test_a_cut_stream_never_says_done():
    encoder = Chat(refuse).encoder(ChatRequest({}))
    data = encoder.feed(BUILD.text("a")) + encoder.late(
        ProxyError(Kind.RESET, "the connection broke", type="x", code="y"), "req_1"
    )

    assert b"[DONE]" not in data
    assert read_frames(data)[-1] == {
        "error": {
            "message": "the connection broke",
            "type": "server_error",
            "param": None,
            "code": "upstream_reset",
            "request_id": "req_1",
        }
    }


def test_an_error_event_is_the_body_of_an_error_answer():
    tried = (Tried("a/m", Kind.RESET, None, None, 12.345), Tried("b/m", None, 200, None, 1.0))
    error = ProxyError(Kind.RESET, "the connection broke")
    error.attempts = tried
    event = Chat(refuse).encoder(ChatRequest({})).late(error, "req_1")

    assert event == b"data: " + Chat().error(error, "req_1").body + b"\n\n"
    assert [each["target"] for each in read_frames(event)[0]["error"]["attempts"]] == ["a/m", "b/m"]


def test_without_a_watcher_the_bytes_are_the_same():
    encoder = Chat().encoder(ChatRequest({}))
    data = b"".join(map(encoder.feed, ANSWER)) + encoder.finish()
    cut = Chat().encoder(ChatRequest({})).late(ProxyError(Kind.RESET, "cut"), "req_1")

    assert data == printed(ANSWER)
    assert cut.startswith(b'data: {"error":')


def test_a_comment_is_heartbeat_enough():
    assert Chat().encoder(ChatRequest({})).heartbeat() is None

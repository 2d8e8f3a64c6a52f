import json

import pytest

from proxy.codecs.openai.stream import MAX_CHOICES, OpenAIStream
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Target

TARGET = Target("provider", "named-by-us", "openai", "http://provider.test/v1", max_event=4096)


def frame(choices, **more):
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 7,
        "model": "m",
        "choices": choices,
        **more,
    }


def choice(delta, finish=None, index=0):
    return {"index": index, "delta": delta, "finish_reason": finish}


def text(said, finish=None, **more):
    return frame([choice({"content": said}, finish)], **more)


ROLE = frame([choice({"role": "assistant", "content": ""})])
END = frame([choice({}, "stop")])


def sse(*frames):
    return b"".join(
        b"data: " + (item if isinstance(item, bytes) else json.dumps(item).encode()) + b"\n\n"
        for item in frames
    )


def stream(asked=1):
    return OpenAIStream(TARGET, 1, asked)


def refused(decoder, *frames):
    with pytest.raises(ProxyError) as caught:
        decoder.feed(sse(*frames))
    return caught.value


def test_a_clean_frame_carries_its_own_bytes():
    payload = b'{"id": "x", "object":"chat.completion.chunk","created":7,"model":"m", "n": 1.50,"choices":[]}'
    chunks = stream().feed(b"data: " + payload + b"\r\n\r\n")

    assert chunks[0]["native"] == {"dialect": "openai", "payload": payload}


def test_a_payload_over_lines_or_behind_a_mark_is_not_relayed():
    payload = json.dumps(ROLE, indent=1).encode().replace(b"\n", b"\ndata: ")
    marked = b"\xef\xbb\xbf" + json.dumps(ROLE).encode()

    assert "native" not in stream().feed(sse(payload))[0]
    assert "native" not in stream().feed(sse(marked))[0]


def test_a_native_member_of_the_providers_own_never_gets_through():
    chunk = stream().feed(sse({**ROLE, "native": {"dialect": "openai", "payload": "evil"}}))[0]

    assert "native" not in chunk


@pytest.mark.parametrize("pieces", [["Li", "ma"], [5], 5])
def test_pieces_of_the_providers_own_are_never_taken_for_ours(pieces):
    chunks = stream().feed(sse(ROLE, text("Lima", pieces=pieces)))

    assert not any("pieces" in chunk for chunk in chunks)


def test_a_changed_frame_keeps_what_we_do_not_know():
    decoder = stream()
    decoder.feed(sse(ROLE))
    chunk = decoder.feed(sse(text("a", id="other", model="n", created=9, odd={"x": 1})))[0]

    assert chunk == text("a", odd={"x": 1})


def test_identity_comes_from_the_first_frame_that_has_one():
    decoder = stream()
    bare = frame([choice({"role": "assistant"})], id="", created=0, model="")

    assert decoder.feed(sse(bare)) == []
    chunks = decoder.feed(sse(text("a")))
    assert [(c["id"], c["created"], c["model"]) for c in chunks] == [("chatcmpl-1", 7, "m")] * 2


def test_identity_is_made_up_where_there_is_none_and_is_the_same_each_time():
    bare = {"choices": [choice({"content": "a"})]}
    chunk = stream().feed(sse(bare))[0]

    assert chunk["id"].startswith("chatcmpl-")
    assert (chunk["created"], chunk["model"]) == (1, "named-by-us")
    assert stream().feed(sse(bare)) == [chunk]


def test_only_so_many_frames_wait_for_an_identity():
    decoder = stream()
    bare = frame([choice({})], id="")
    counts = [len(decoder.feed(sse(bare))) for _ in range(20)]

    assert counts == [0] * 16 + [17, 1, 1, 1]


def test_the_end_is_a_finish_on_every_choice():
    decoder = stream()
    decoder.feed(sse(ROLE))
    assert not decoder.ended

    decoder.feed(sse(END))
    assert decoder.ended
    assert not decoder.over
    assert decoder.finish() == []


def test_choices_that_were_asked_for_and_have_not_begun_keep_the_answer_open():
    decoder = stream(asked=2)
    decoder.feed(sse(ROLE, END))

    assert not decoder.ended
    with pytest.raises(ProxyError) as caught:
        decoder.finish()
    assert caught.value.kind is Kind.TRUNCATED


def test_done_closes_what_the_server_left_open():
    decoder = stream(asked=3)
    decoder.feed(sse(text("a"), frame([choice({"content": "b"}, None, 1)])))
    decoder.feed(sse(frame([choice({"content": "c"}, "length", 1)])))
    chunks = decoder.feed(sse(b"[DONE]", text("never seen")))

    assert [c["choices"] for c in chunks] == [[choice({}, "stop")]]
    assert decoder.ended
    assert decoder.over
    assert decoder.finish() == []


def test_nothing_is_read_after_done():
    decoder = stream()
    decoder.feed(sse(text("a", "stop"), b"[DONE]"))

    assert decoder.feed(sse(text("b"))) == []


def test_done_without_output_is_empty():
    assert refused(stream(), ROLE, b"[DONE]").kind is Kind.EMPTY


def test_an_end_without_a_terminal_event_is_truncated():
    decoder = stream()
    decoder.feed(sse(ROLE, text("a")))
    with pytest.raises(ProxyError) as caught:
        decoder.finish()

    assert caught.value.kind is Kind.TRUNCATED
    assert "after 2 events" in caught.value.message


def test_the_last_frame_counts_without_its_blank_line_if_it_is_whole():
    decoder = stream()
    decoder.feed(sse(ROLE) + b"data: " + json.dumps(END).encode())
    assert [c["choices"] for c in decoder.finish()] == [[choice({}, "stop")]]

    decoder = stream()
    decoder.feed(sse(ROLE, text("a")) + b"data: [DONE]")
    assert len(decoder.finish()) == 1

    decoder = stream()
    decoder.feed(sse(ROLE, text("a")) + b'data: {"choices":[{"fin')
    with pytest.raises(ProxyError) as caught:
        decoder.finish()
    assert caught.value.kind is Kind.TRUNCATED


def test_an_error_in_the_same_read_as_output_comes_after_it_once_the_answer_has_begun():
    decoder = stream()
    decoder.feed(sse(ROLE, text("a")))
    chunks = decoder.feed(sse(text("b"), {"error": "no"}))

    assert [c["choices"][0]["delta"] for c in chunks] == [{"content": "b"}]
    assert decoder.ended
    assert decoder.over
    with pytest.raises(ProxyError, match="no"):
        decoder.feed(b"")
    with pytest.raises(ProxyError, match="no"):
        decoder.finish()


def test_an_error_in_the_first_read_hides_what_came_before_it():
    assert refused(stream(), ROLE, text("a"), {"error": "no"}).message == "no"


def test_an_event_that_is_not_json_is_malformed_and_counted():
    error = refused(stream(), ROLE, b"{half")

    assert error.kind is Kind.MALFORMED
    assert error.message.startswith("event 2 of the stream is not JSON")


@pytest.mark.parametrize(
    "hostile",
    [
        b"7",
        b"[]",
        frame({"index": 0}),
        frame(["choice"]),
        frame([choice({}, index=-1)]),
        frame([choice({}, index=MAX_CHOICES)]),
        frame([choice({}, index="0")]),
    ],
)
def test_what_is_no_chunk_is_malformed(hostile):
    assert refused(stream(), hostile).kind is Kind.MALFORMED


def test_an_error_inside_an_array_is_one():
    assert refused(stream(), [{"error": {"message": "no", "code": 429}}]).kind is Kind.RATE_LIMIT


def test_an_error_in_plain_words_is_told_in_them():
    with pytest.raises(ProxyError) as caught:
        stream().feed(b"event: error\ndata: upstream is overloaded\n\n")

    assert caught.value.message == "upstream is overloaded"
    assert caught.value.kind is not Kind.MALFORMED


def test_an_event_over_the_limit_is_oversized():
    assert refused(stream(), text("x" * 5000)).kind is Kind.OVERSIZED


def test_frames_that_say_nothing_are_counted_and_not_passed_on():
    decoder = stream()
    decoder.feed(sse(text("a", "stop")))

    assert decoder.feed(b": comment\n\n" + sse({}, {"choices": None}, b"", END)) == []
    assert decoder.events == 4


def test_usage_without_choices_or_beside_a_repeated_finish_is_passed_on():
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    decoder = stream()
    decoder.feed(sse(text("a"), END))
    bare = {key: value for key, value in frame([], usage=usage).items() if key != "choices"}

    assert decoder.feed(sse(bare))[0]["usage"] == usage
    assert decoder.feed(sse({**END, "usage": usage})) == [frame([], usage=usage)]


def ends(chunks):
    """The reasons in some chunks."""
    return [each["finish_reason"] for c in chunks for each in c["choices"] if each["finish_reason"]]


def words(chunks):
    """What they say."""
    return "".join(each["delta"].get("content", "") for c in chunks for each in c["choices"])


@pytest.mark.parametrize("first", ["", "He"])
@pytest.mark.parametrize("end", [b"[DONE]", None])
def test_a_reason_in_every_frame_ends_nothing_before_the_last(first, end):
    decoder = stream()
    chunks = decoder.feed(sse(text(first, "stop")))
    assert decoder.ended
    for said in ("l", "lo"):
        chunks += decoder.feed(sse(text(said, "stop")))
        assert not decoder.ended
    chunks += decoder.feed(sse(end)) if end else []
    chunks += decoder.finish()

    assert words(chunks) == first + "llo"
    assert ends(chunks) == ends(chunks[-1:]) == ["stop"]


def test_a_reason_in_the_first_frame_alone_makes_no_whole_answer_of_a_cut_one():
    decoder = stream()
    decoder.feed(sse(text("", "stop"), text("He"), text("l")))
    with pytest.raises(ProxyError) as caught:
        decoder.finish()

    assert caught.value.kind is Kind.TRUNCATED


def test_calls_with_a_reason_in_every_frame_are_kept():
    decoder = stream()
    for at in (0, 1):
        call = {"index": at, "id": f"c{at}", "type": "function", "function": {"name": "f"}}
        assert decoder.feed(sse(frame([choice({"tool_calls": [call]}, "stop")])))
    chunks = decoder.feed(sse(b"[DONE]"))

    assert [c["index"] for c in chunks[0]["choices"][0]["delta"]["tool_calls"]] == [0, 1]
    assert ends(chunks) == ["tool_calls"]


def test_the_reason_of_an_answer_in_one_frame_comes_before_its_usage():
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    decoder = stream()
    decoder.feed(sse(text("a", "length")))
    chunks = decoder.feed(sse(frame([], usage=usage)))

    assert [(ends([c]), c.get("usage")) for c in chunks] == [(["length"], None), ([], usage)]
    assert decoder.feed(sse(b"[DONE]")) == decoder.finish() == []


@pytest.mark.parametrize("tail", [sse(b"[DONE]"), b""])
def test_an_answer_of_a_role_and_a_reason_in_one_frame_is_an_empty_one(tail):
    decoder = stream()
    assert decoder.feed(sse(frame([choice({}, "stop")]))) == [
        frame([choice({"role": "assistant"})])
    ]
    chunks = decoder.feed(tail) + decoder.finish()

    assert ends(chunks) == ["stop"]


def test_a_reason_that_was_held_back_goes_behind_frames_that_were():
    decoder = stream()
    assert decoder.feed(sse({**frame([choice({}, "stop")]), "id": ""})) == []
    chunks = decoder.feed(sse(b"[DONE]"))

    assert [len(c["choices"]) for c in chunks] == [1, 1]
    assert ends(chunks) == ends(chunks[-1:]) == ["stop"]


def test_a_choice_without_an_index_is_the_first():
    bare = {"delta": {"role": "assistant", "content": "a"}, "finish_reason": None}

    assert stream().feed(sse(frame([bare])))[0]["choices"] == [{**bare, "index": 0}]


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"", Kind.EMPTY, "the stream ended without any event"),
        (b": only a comment\n\n", Kind.EMPTY, "the stream ended without any event"),
        (b"hello\n", Kind.MALFORMED, "what came is no event stream"),
        (b'{"id":1}\n', Kind.MALFORMED, "what came is no event stream"),
        (b"<html>\n", Kind.MALFORMED, "an HTML page, not JSON"),
        (b'{"error":{"message":"no","code":429}}', Kind.RATE_LIMIT, "no"),
    ],
)
def test_what_is_no_event_stream_is_told(body, kind, message):
    decoder = stream()
    decoder.feed(body)
    with pytest.raises(ProxyError) as caught:
        decoder.finish()

    assert (caught.value.kind, caught.value.message) == (kind, message)


def test_an_event_that_is_named_error_is_one():
    decoder = stream()
    with pytest.raises(ProxyError) as caught:
        decoder.feed(b"event: error\ndata: " + json.dumps(ROLE).encode() + b"\n\n")

    assert caught.value.kind is Kind.SERVER_ERROR


def test_what_a_choice_held_back_goes_out_before_its_made_up_finish():
    decoder = stream()
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}
    decoder.feed(sse(frame([choice({"role": "assistant", "tool_calls": [call]})])))
    chunks = decoder.feed(sse(b"[DONE]"))

    filled = {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}
    assert [c["choices"] for c in chunks] == [[choice(filled)], [choice({}, "tool_calls")]]

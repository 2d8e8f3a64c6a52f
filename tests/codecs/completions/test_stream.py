import pytest

from proxy.codecs.completions.stream import CompletionsStream
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Target

LOCAL = Target("local", "qwen", "completions", "http://local.test/v1")


def frame(text="", finish=None, index=0, **more):
    choice = {"text": text, "index": index, "logprobs": None, "finish_reason": finish}
    return {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 7,
        "model": "m-1",
        "choices": [choice],
        **more,
    }


def event(value):
    data = value if isinstance(value, bytes) else jsons.encode(value)
    return b"data: " + data + b"\n\n"


def read(*frames, asked=1, done=True):
    decoder = CompletionsStream(LOCAL, 1, asked)
    chunks = decoder.feed(b"".join(map(event, frames)) + (event(b"[DONE]") if done else b""))
    return [*chunks, *decoder.finish()], decoder


def said(chunks):
    return [choice["delta"].get("content") for chunk in chunks for choice in chunk["choices"]]


def natives(chunks):
    return [chunk.get("native", {}).get("payload") for chunk in chunks]


def test_text_is_told_as_content_beside_the_frames_own_bytes():
    sent = [frame("once"), frame(" upon"), frame("", "stop")]
    chunks, decoder = read(*sent)

    assert said(chunks) == ["once", " upon", ""]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert natives(chunks) == [jsons.encode(each) for each in sent]
    assert {chunk["native"]["dialect"] for chunk in chunks} == {"completions"}
    assert decoder.over


def test_usage_is_told_with_its_frame():
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    last = {**frame(), "choices": [], "usage": usage}
    chunks, _ = read(frame("a", "length"), last)

    assert chunks[-1]["usage"] == usage
    assert natives(chunks)[-1] == jsons.encode(last)


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"created": 9},
        {"model": "other"},
        {"object": "text_completion.chunk"},
        {"choices": [{"text": "b", "index": 0, "finish_reason": ""}]},
        {"choices": [{"text": "b", "index": 0, "finish_reason": "eos"}]},
        {"choices": [{"text": "b"}]},
    ],
)
def test_a_frame_that_must_be_corrected_is_not_relayed(change):
    chunks, _ = read(frame("a"), {**frame("b"), **change}, frame("", "stop"))

    assert natives(chunks)[1] is None
    assert said(chunks)[:2] == ["a", "b"]


def test_a_frame_of_several_lines_is_not_relayed():
    payload = jsons.encode(frame("a")).replace(b',"choices"', b',\ndata: "choices"')
    chunks, _ = read(payload, frame("", "stop"))

    assert (natives(chunks)[0], said(chunks)[0]) == (None, "a")


def test_all_choices_of_all_prompts_must_end():
    chunks, _ = read(frame("a", "stop"), frame("b", "stop", 1), asked=2, done=False)
    _, decoder = read(frame("a", "stop"), asked=2)

    assert [text for text in said(chunks) if text] == ["a", "b"]
    assert decoder.ended


def test_a_cut_stream_is_no_answer():
    with pytest.raises(ProxyError) as caught:
        read(frame("a"), done=False)

    assert caught.value.kind is Kind.TRUNCATED


def test_an_error_in_the_stream_is_a_failure():
    with pytest.raises(ProxyError) as caught:
        read({"error": {"message": "busy", "type": "overloaded_error"}})

    assert (caught.value.kind, caught.value.message) == (Kind.OVERLOADED, "busy")

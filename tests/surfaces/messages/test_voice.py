import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CALLS
from proxy.core.state import MADE_UP
from proxy.surfaces.media import SOUND
from proxy.surfaces.messages import voice as module
from proxy.surfaces.messages.voice import Voice
from tests.support import blocks
from tests.support.blocks import Noted

SIGNED = {"type": "thinking", "thinking": "Hm", "signature": "sig"}


def choice(finish=None, **delta):
    return {"index": 0, "delta": delta, "finish_reason": finish}


def tool(slot, piece="", known="", name="", kind="function"):
    said = {"name": name} if name else {}
    said |= {("input" if kind == "custom" else "arguments"): piece} if piece else {}
    return {"tool_calls": [{"index": slot, **({"id": known} if known else {}), kind: said}]}


def heard(*choices, stops=()):
    out = Noted()
    voice = Voice(out, "msg_1", stops)
    for each in choices:
        voice.take(each)
    voice.close()
    return out.told, voice.ending


def told(*choices):
    return heard(*choices)[0]


STOP = choice("stop")
CALLED = choice("tool_calls")


def test_one_block_follows_the_other():
    assert told(
        choice(role="assistant", content=""),
        choice(reasoning_content="H"),
        choice(reasoning_content="m"),
        choice(content="Li"),
        choice(content="ma"),
        choice(reasoning_content="So"),
        STOP,
    ) == [
        *blocks.thinking("H", "m", signature=MADE_UP),
        *blocks.text("Li", "ma"),
        *blocks.thinking("So", signature=MADE_UP),
    ]


def test_an_answer_that_says_nothing_has_no_blocks():
    assert told(choice(content=""), STOP) == told() == []


def test_a_signature_closes_what_it_covers():
    assert told(
        choice(reasoning_content="Hm"),
        choice(thinking_blocks=[SIGNED]),
        choice(reasoning_content="So"),
        STOP,
    ) == [
        *blocks.thinking("Hm", signature="sig"),
        *blocks.thinking("So", signature=MADE_UP),
    ]


def test_signed_blocks_whose_text_was_not_told_are_told_whole():
    empty = {"type": "thinking", "thinking": "", "signature": "sig-2"}
    redacted = {"type": "redacted_thinking", "data": "secret"}
    nobodys = {"type": "thinking", "thinking": "x", "signature": ""}

    assert told(choice(thinking_blocks=[empty, redacted, nobodys, SIGNED]), STOP) == [
        *blocks.thinking(signature="sig-2"),
        ("open", redacted),
        ("close",),
        *blocks.thinking("Hm", signature="sig"),
    ]


def test_a_signature_for_another_text_gets_a_block_of_its_own():
    assert told(choice(reasoning_content="Hm, so"), choice(thinking_blocks=[SIGNED]), STOP) == [
        *blocks.thinking("Hm, so", signature=MADE_UP),
        *blocks.thinking("Hm", signature="sig"),
    ]


def test_a_refusal_is_text_and_ends_the_answer():
    said, ending = heard(choice(refusal="I can"), choice(refusal="not."), STOP)

    assert said == blocks.text("I can", "not.")
    assert ending.wire()["stop_reason"] == "refusal"
    assert ending.wire()["stop_details"]["explanation"] == "I cannot."


def test_sources_stand_in_the_text_that_they_are_of():
    note = {"type": "url_citation", "url_citation": {"url": "https://x.test", "title": "X"}}
    bare = {"type": "url_citation", "url_citation": {"url": "https://y.test", "title": 5}}
    others = [{"type": "file_citation"}, {"url_citation": {"url": 5}}]
    said = told(choice(content="Rain."), choice(annotations=[note, *others, bare]), STOP)

    assert [each[0] for each in said] == [
        "open",
        "text_delta",
        "citations_delta",
        "citations_delta",
        "close",
    ]
    assert [each[1]["title"] for each in said[2:4]] == ["X", None]


def test_a_source_without_text_gets_a_block():
    note = {"type": "url_citation", "url_citation": {"url": "https://x.test"}}

    assert [each[0] for each in told(choice(annotations=[note]), STOP)] == [
        "open",
        "citations_delta",
        "close",
    ]


def test_calls_follow_each_other():
    said, ending = heard(
        choice(content="Let me see."),
        choice(**tool(0, known="toolu_a", name="tide")),
        choice(**tool(0, '{"port":')),
        choice(**tool(0, '"Cork"}')),
        choice(**tool(1, known="toolu_b", name="wind")),
        CALLED,
    )

    assert said == [
        *blocks.text("Let me see."),
        *blocks.call("toolu_a", "tide", '{"port":', '"Cork"}'),
        *blocks.call("toolu_b", "wind", "{}"),
    ]
    assert ending.wire()["stop_reason"] == "tool_use"


def test_calls_that_grow_side_by_side_are_told_one_after_the_other():
    assert told(
        choice(**tool(0, known="a", name="tide")),
        choice(**tool(1, known="b", name="wind")),
        choice(content="Wait."),
        choice(**tool(1, '{"at":')),
        choice(**tool(0, '{"port"')),
        choice(**tool(1, '"sea"}')),
        choice(**tool(0, ':"Cork"}')),
        choice(content=" Now."),
        CALLED,
    ) == [
        *blocks.call("a", "tide", '{"port"', ':"Cork"}'),
        *blocks.call("b", "wind", '{"at":', '"sea"}'),
        *blocks.text("Wait.", " Now."),
    ]


def test_a_call_that_was_whole_takes_only_blanks():
    chunks = [
        choice(**tool(0, "{}", known="a", name="tide")),
        choice(content="So."),
        choice(**tool(0, " \n")),
    ]

    assert told(*chunks, CALLED) == [*blocks.call("a", "tide", "{}"), *blocks.text("So.")]
    with pytest.raises(ProxyError, match="went on with a call that was whole") as caught:
        told(*chunks, choice(**tool(0, "x")))
    assert caught.value.kind is Kind.MALFORMED


def test_calls_without_ids_get_some():
    assert told(choice(**tool(0, "{}", name="tide")), CALLED) == blocks.call(
        "toolu_1_0", "tide", "{}"
    )


def test_a_call_of_free_text_is_a_call():
    said = told(choice(**tool(0, "a b", known="a", name="run", kind="custom")), CALLED)

    assert said == blocks.call("a", "run", '{"input":"a b"}')


def test_a_deprecated_call_is_a_call_unless_it_is_empty():
    said, ending = heard(
        choice(function_call={"name": "", "arguments": ""}),
        choice(function_call={"name": "tide", "arguments": ""}),
        choice(function_call={"arguments": "{}"}),
        choice("function_call"),
    )

    assert said == blocks.call("toolu_1_0", "tide", "{}")
    assert ending.wire()["stop_reason"] == "tool_use"


def test_nothing_follows_a_finish():
    assert told(choice(content="a"), STOP, choice(content="b"), STOP) == blocks.text("a")


def test_a_limit_may_cut_a_call_and_nothing_else_may():
    chunks = [choice(**tool(0, '{"port"', known="a", name="tide"))]

    assert told(*chunks, choice("length")) == blocks.call("a", "tide", '{"port"')
    with pytest.raises(ProxyError, match="not JSON"):
        told(*chunks, CALLED)
    with pytest.raises(ProxyError, match="not JSON"):
        told(*chunks)


def test_the_stop_sequence_that_a_server_tells_is_told():
    _, ending = heard({**STOP, "stop_reason": "END"}, stops=["END"])

    assert ending.wire()["stop_sequence"] == "END"


def test_there_is_an_end_to_calls():
    many = [tool(slot, "{}", known=f"c{slot}", name="f") for slot in range(MAX_CALLS + 1)]

    with pytest.raises(ProxyError, match="more than 1024 tool calls") as caught:
        told(*(choice(**each) for each in many))
    assert caught.value.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    "chunks",
    [
        [choice(reasoning_content="x" * 6)] * 2,
        [choice(thinking_blocks=[{**SIGNED, "thinking": "x" * 11}])],
        [choice(**tool(0, "{" + " " * 10, known="a", name="f"))],
        [choice(**tool(0, known="a", name="f")), *[choice(content="x" * 6)] * 3],
        [choice(refusal="x" * 11)],
    ],
)
def test_what_is_held_has_a_bound(chunks, monkeypatch):
    monkeypatch.setattr(module, "MAX_HELD", 10)

    with pytest.raises(ProxyError) as caught:
        told(*chunks)
    assert caught.value.kind is Kind.OVERSIZED


def test_text_that_goes_out_as_it_comes_has_none(monkeypatch):
    monkeypatch.setattr(module, "MAX_HELD", 10)

    assert len(told(*[choice(content="x" * 6)] * 9, STOP)) == 11


PICTURE = {"image_url": {"url": "https://a.test/1.png"}}
SEARCH = {"queries": ["tide"], "results": [{"url": "https://a.test", "title": "A"}]}


def kinds(*choices, **named):
    out = Noted()
    voice = Voice(out, "msg_1", **named)
    for each in choices:
        voice.take(each)
    voice.close()
    return [each[1]["type"] for each in out.told if each[0] == "open"], voice.searched


def test_a_search_stands_where_it_was_made():
    said = (choice(content="Well."), choice(web_searches=[SEARCH]), choice(content="Ten."), STOP)

    assert kinds(*said) == (["text", "server_tool_use", "web_search_tool_result", "text"], 1)


def test_cited_pages_are_what_a_search_found_where_nobody_says_more():
    note = {"type": "url_citation", "url_citation": {"url": "https://a.test"}}
    said = (choice(content="Ten."), choice(annotations=[note]), STOP)

    assert kinds(*said, searches=True) == (
        ["text", "server_tool_use", "web_search_tool_result"],
        1,
    )
    assert kinds(*said) == (["text"], 0)


def test_a_picture_is_a_text_of_its_own():
    said = choice(content="Look:", images=[PICTURE, "odd", {}]), choice(content="Nice."), STOP

    assert told(*said) == [
        *blocks.text("Look:"),
        *blocks.text("![image](https://a.test/1.png)"),
        *blocks.text("Nice."),
    ]
    assert told(choice(images="odd"), STOP) == []


@pytest.mark.parametrize("name", ["annotations", "images", "web_searches", "audio"])
@pytest.mark.parametrize("odd", [5, "x", [5], {"a": 1}])
def test_what_servers_say_in_no_form_of_chats_is_nothing(name, odd):
    assert told(choice(content="Ten."), choice(**{name: odd}), STOP) == blocks.text("Ten.")


def test_a_sound_is_its_words():
    said = choice(audio={"data": "AA"}), choice(audio={"transcript": "Be"}), STOP

    assert told(*said) == blocks.text("Be")


def test_a_sound_without_words_is_not_an_empty_answer():
    assert told(choice(audio={"data": "AA"}), STOP) == blocks.text(SOUND)

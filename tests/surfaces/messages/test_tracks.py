import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.core.state import MADE_UP
from proxy.surfaces.messages.tracks import Call, Redacted, Text, Thinking
from tests.support import blocks
from tests.support.blocks import Noted


def told(track, **end):
    """What a track tells that is live only at its end."""
    out = Noted()
    track.begin(out)
    track.end(**end)
    return out.told


def call_with(*pieces, freeform=False):
    track = Call("toolu_1", freeform=freeform)
    track.name("tide")
    for piece in pieces:
        track.arguments(piece)
    return track


def test_text_goes_out_as_it_comes_once_it_is_its_turn():
    out, track = Noted(), Text()
    track.text("Li")
    held = list(out.told)
    track.begin(out)
    track.text("ma")
    live = list(out.told)
    track.end()

    assert held == []
    assert live == blocks.text("Li", "ma")[:-1]
    assert out.told == blocks.text("Li", "ma")


def test_a_source_is_cited_with_an_index_that_is_known_for_ours():
    track = Text()
    track.cite("https://x.test", None)

    assert told(track)[1] == (
        "citations_delta",
        {
            "type": "web_search_result_location",
            "url": "https://x.test",
            "title": None,
            "cited_text": "",
            "encrypted_index": MADE_UP,
        },
    )


def test_thinking_is_signed_by_its_maker_or_by_us():
    signed, unsigned = Thinking(), Thinking()
    for track in (signed, unsigned):
        track.think("H")
        track.think("m")
    signed.sign("sig")

    assert (signed.signed, unsigned.signed) == (True, False)
    assert signed.told == "Hm"
    assert told(signed) == blocks.thinking("H", "m", signature="sig")
    assert told(unsigned) == blocks.thinking("H", "m", signature=MADE_UP)


def test_redacted_thinking_is_whole_from_the_start():
    assert told(Redacted("data")) == [
        ("open", {"type": "redacted_thinking", "data": "data"}),
        ("close",),
    ]


def test_a_block_whose_turn_never_came_says_nothing():
    Text().end()
    Thinking().end()


@pytest.mark.parametrize(
    ("pieces", "inputs"),
    [
        ((), ["{}"]),
        ((" ",), ["{}"]),
        (("null",), ["{}"]),
        (('""',), ["{}"]),
        (('{"a"', ":1}"), ['{"a"', ":1}"]),
        (("", "\n", '{"a"', ":1}"), ['\n{"a"', ":1}"]),
        (("[1,", "2]"), ['{"value":[1,2]}']),
        (("0",), ['{"value":0}']),
    ],
)
def test_an_input_is_an_object_whatever_the_arguments_are(pieces, inputs):
    assert told(call_with(*pieces)) == blocks.call("toolu_1", "tide", *inputs)


@pytest.mark.parametrize("pieces", [('{"a":',), ("nonsense",), ('{"a":1}}',)])
def test_arguments_that_are_not_json_are_a_failure(pieces):
    with pytest.raises(ProxyError, match="arguments of a call of tide that are not JSON") as caught:
        told(call_with(*pieces))

    assert caught.value.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("pieces", "inputs"), [(('{"a":',), ['{"a":']), (("[1,",), ["{}"]), ((), ["{}"])]
)
def test_an_answer_that_was_cut_short_may_lack_arguments(pieces, inputs):
    assert told(call_with(*pieces), cut_short=True) == blocks.call("toolu_1", "tide", *inputs)


@pytest.mark.parametrize(
    ("text", "given"), [("a b", '{"input":"a b"}'), ('{"a":1}', '{"a":1}'), ("", '{"input":""}')]
)
def test_free_text_becomes_an_input(text, given):
    pieces = [text[:1], text[1:]]

    assert told(call_with(*pieces, freeform=True)) == blocks.call("toolu_1", "tide", given)


def test_a_name_may_come_in_pieces_or_again_and_again():
    pieces, again = Call("a"), Call("b")
    for piece in ("ti", "de"):
        pieces.name(piece)
    for piece in ("tide", "tide"):
        again.name(piece)

    assert told(pieces) == blocks.call("a", "tide", "{}")
    assert told(again) == blocks.call("b", "tide", "{}")


def test_a_name_after_the_first_argument_adds_nothing():
    out, track = Noted(), call_with()
    track.begin(out)
    track.arguments("{")
    track.name("more")
    track.arguments("}")
    track.end()

    assert out.told == blocks.call("toolu_1", "tide", "{", "}")


@pytest.mark.parametrize(
    ("track", "whole"),
    [
        (Text(), True),
        (Thinking(), True),
        (call_with(), False),
        (call_with('{"a":'), False),
        (call_with('{"a":{}'), False),
        (call_with('{"a":1} '), True),
        (call_with("1"), False),
        (call_with('{"a":1}', freeform=True), False),
    ],
)
def test_another_may_follow_what_is_whole(track, whole):
    assert track.whole is whole

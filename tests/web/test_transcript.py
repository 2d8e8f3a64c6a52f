"""What is said in a call, taken down within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import jsons
from proxy.core.fold import unfold
from proxy.core.shape import ChatRequest
from proxy.gate.cache import Kept
from proxy.web.transcript import HIDDEN, MOST, MOST_TEXT, Transcript

BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
ANSWER = {"index": 0, "message": {"role": "assistant", "content": "ab"}, "finish_reason": "stop"}


ROLE = {"choices": [{"index": 0, "delta": {"role": "assistant"}, "finish_reason": None}]}
STOP = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
USAGE = {"choices": [], "usage": {"prompt_tokens": 1}}


def chunk(text):
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


def asked(body=BODY):
    return Transcript(ChatRequest(body=body, raw=jsons.encode(body)))


def content(transcript):
    return transcript.content("req_1", "chat", 5.0)


def test_a_request_stands_there_in_its_own_words():
    told = content(asked({"model": "m", "input": "hi"}))

    assert (told.call, told.surface, told.at) == ("req_1", "chat", 5.0)
    assert (told.request, told.answer, told.is_cut) == ({"model": "m", "input": "hi"}, None, False)


def test_a_request_that_was_said_again_stands_there_as_it_was_understood():
    assert content(Transcript(ChatRequest(body=BODY))).request == BODY


def test_chunks_are_one_answer():
    transcript = asked()
    transcript.take([ROLE, chunk("a")])
    transcript.take([chunk("b"), STOP, USAGE])
    (choice,) = content(transcript).answer

    assert choice["message"]["content"] == "ab"
    assert choice["finish_reason"] == "stop"


@pytest.mark.parametrize("void", ["half", "a" * MOST])
def test_of_an_answer_that_was_begun_anew_stands_there_what_counts(void):
    transcript = asked()
    transcript.take([ROLE, chunk(void)])
    mark = {"fallback_attempts": ["a/m"], "resumed_from_partial": False, "restarted": True}
    transcript.take([{**chunk("a"), "firstbyte": mark}])
    transcript.take([chunk("b"), STOP])
    told = content(transcript)
    (choice,) = told.answer

    assert (choice["message"]["content"], choice["finish_reason"]) == ("ab", "stop")
    assert not told.is_cut


def test_of_an_answer_that_was_gone_on_with_stands_there_all():
    transcript = asked()
    transcript.take([ROLE, chunk("a")])
    mark = {"fallback_attempts": ["a/m"], "resumed_from_partial": True}
    transcript.take([{**chunk("b"), "firstbyte": mark}, STOP])

    assert content(transcript).answer[0]["message"]["content"] == "ab"


def test_what_a_provider_says_under_the_name_of_a_mark_makes_nothing_void():
    transcript = asked()
    transcript.take([ROLE, chunk("a"), {**chunk("b"), "firstbyte": "restarted"}, STOP])

    assert content(transcript).answer[0]["message"]["content"] == "ab"


def test_of_an_answer_that_was_cut_stands_there_what_went_out():
    transcript = asked()
    transcript.take([ROLE, chunk("a")])
    (choice,) = content(transcript).answer

    assert (choice["message"]["content"], choice["finish_reason"]) == ("a", None)


def test_a_whole_answer_stands_there_as_it_is():
    transcript = asked()
    transcript.whole({"choices": [ANSWER]})

    assert content(transcript).answer == [ANSWER]


def test_an_answer_without_words_is_none():
    transcript = asked()
    transcript.whole({"vectors": ()})

    assert content(transcript).answer is None


@pytest.mark.parametrize(
    "kept",
    [
        Kept("a/m", completion={"choices": [ANSWER]}),
        Kept("a/m", chunks=tuple(unfold({"choices": [ANSWER]}))),
    ],
)
def test_an_answer_that_was_kept_is_one_too(kept):
    transcript = asked()
    transcript.again(kept)
    (choice,) = content(transcript).answer

    assert choice["message"]["content"] == "ab"


def test_chunks_that_are_no_answer_harm_nobody():
    transcript = asked()
    transcript.take([{"choices": [{"index": -1, "delta": {"content": "a"}}]}])

    assert content(transcript).answer is None


def test_a_picture_is_cut_and_the_words_beside_it_are_not():
    words = {"role": "user", "content": "what is it?"}
    told = content(asked({"messages": [{"role": "user", "content": "A" * MOST}, words]}))

    assert told.is_cut
    assert told.request["messages"] == [
        {"role": "user", "content": "A" * MOST_TEXT + "…"},
        words,
    ]


def test_of_a_request_of_many_words_the_beginning_stands_there():
    told = content(asked({"messages": ["a" * 1000] * (MOST // 1000)}))

    assert told.is_cut
    assert told.request.startswith('{"messages":["aaa')
    assert len(told.request) == MOST


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            {"mcp_servers": [{"url": "https://m", "authorization_token": "s3cret"}]},
            {"mcp_servers": [{"url": "https://m", "authorization_token": HIDDEN}]},
        ),
        (
            {"tools": [{"type": "mcp", "authorization": "s3cret", "headers": {"x-key": "s3cret"}}]},
            {"tools": [{"type": "mcp", "authorization": HIDDEN, "headers": HIDDEN}]},
        ),
        (
            {"data_sources": [{"parameters": {"authentication": {"key": "s3cret"}}}]},
            {"data_sources": [{"parameters": {"authentication": HIDDEN}}]},
        ),
        ({"api_key": "s3cret"}, {"api_key": HIDDEN}),
        ({"tools": [{"authorization": None}]}, {"tools": [{"authorization": None}]}),
    ],
)
def test_credentials_of_a_body_are_hidden(body, shown):
    long = {"model": "m", "messages": [{"content": "A" * MOST}]}

    assert content(asked(body)).request == shown
    cut = content(asked({**long, **body})).request
    assert {name: cut[name] for name in shown} == shown


def test_names_of_a_tools_own_parameters_and_what_is_said_are_not_hidden():
    form = {"type": "object", "properties": {"headers": {"type": "object"}}}
    body = {
        "messages": [{"role": "user", "content": [{"text": "hi", "headers": "mine"}]}],
        "tools": [{"type": "function", "function": {"name": "get", "parameters": form}}],
    }

    assert content(asked(body)).request == body


def test_of_many_choices_and_their_log_probabilities_stands_there_what_fits():
    transcript = asked()
    likely = {"content": [{"token": "a", "logprob": -0.1}] * (MOST // 20)}
    transcript.whole({"choices": [{**ANSWER, "logprobs": likely}]})
    bare = content(transcript)
    many = [{"index": n, "message": {"content": "a" * MOST_TEXT}} for n in range(100)]
    transcript.whole({"choices": many})
    fitting = content(transcript)

    assert (bare.answer, bare.is_cut) == ([ANSWER], True)
    assert fitting.answer == many[: len(fitting.answer)]
    assert 60 < len(fitting.answer) < 64


def test_a_long_answer_is_cut():
    transcript = asked()
    transcript.whole({"choices": [{"message": {"content": "a" * MOST}}]})
    told = content(transcript)

    assert told.is_cut
    assert told.answer == [{"message": {"content": "a" * MOST_TEXT + "…"}}]


@given(sizes=st.lists(st.integers(0, MOST // 2), max_size=8))
def test_what_is_held_of_a_stream_is_bounded(sizes):
    transcript = asked()
    for size in sizes:
        transcript.take([chunk("a" * size)])
    told = content(transcript)
    held = len(told.answer[0]["message"]["content"] or "") if told.answer else 0

    assert held <= MOST
    assert held == sum(sizes) or told.is_cut

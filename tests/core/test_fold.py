import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold, unfold
from proxy.core.output import is_output
from proxy.core.usage import Usage

BUILD = Builder(1700000000, "chatcmpl-1", "m")


def message(*chunks):
    return fold(chunks)["choices"][0]["message"]


def test_text_comes_together_in_order():
    whole = fold(
        [
            BUILD.role(),
            BUILD.text("Li"),
            BUILD.text("ma"),
            BUILD.finish("stop"),
            BUILD.usage(Usage(3, 2)),
        ]
    )

    assert whole == BUILD.completion({"role": "assistant", "content": "Lima"}, "stop", Usage(3, 2))


def test_of_texts_that_came_together_a_whole_answer_has_the_text_alone():
    chunks = [BUILD.role(), *BUILD.texts(["Li", "ma"]), BUILD.finish("stop")]

    assert fold(chunks) == BUILD.completion({"role": "assistant", "content": "Lima"}, "stop", None)


def test_reasoning_and_refusal_are_kept_apart_from_text():
    assert message(
        BUILD.role(),
        BUILD.reasoning("hm"),
        BUILD.reasoning("m"),
        BUILD.refusal("n"),
        BUILD.refusal("o"),
    ) == {"role": "assistant", "content": None, "reasoning_content": "hmm", "refusal": "no"}


def test_tool_calls_are_put_in_order_of_their_index():
    said = message(
        BUILD.role(),
        BUILD.tool_open(1, "call_b", "g"),
        BUILD.tool_open(0, "call_a", "f"),
        BUILD.tool_arguments(0, '{"x"'),
        BUILD.tool_arguments(0, ":1}"),
        BUILD.finish("tool_calls"),
    )

    assert said["content"] is None
    assert said["tool_calls"] == [
        {"id": "call_a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
        {"id": "call_b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]


def test_a_call_that_was_cut_short_keeps_its_empty_arguments():
    said = message(BUILD.tool_open(0, "call_a", "f"), BUILD.finish("length"))

    assert said["tool_calls"][0]["function"]["arguments"] == ""


def test_a_custom_call_gets_no_arguments():
    opening = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "sh", "input": "l"}}
    more = {"index": 0, "custom": {"input": "s"}}
    said = message(BUILD.delta({"tool_calls": [opening]}), BUILD.delta({"tool_calls": [more]}))

    assert said["tool_calls"] == [
        {"id": "c", "type": "custom", "custom": {"name": "sh", "input": "ls"}}
    ]


def test_text_beside_a_call_is_kept():
    said = message(BUILD.text("Let me see."), BUILD.tool_open(0, "c", "f"))

    assert said["content"] == "Let me see."


def test_choices_come_together_by_index():
    whole = fold(
        [
            BUILD.role(1),
            BUILD.role(0),
            BUILD.text("b", 1),
            BUILD.text("a", 0),
            BUILD.finish("stop", 1),
        ]
    )

    assert [
        (c["index"], c["message"]["content"], c["finish_reason"]) for c in whole["choices"]
    ] == [
        (0, "a", None),
        (1, "b", "stop"),
    ]


@pytest.mark.parametrize("logprobs", ["no", [], 1, True])
def test_logprobs_that_are_no_object_are_malformed(logprobs):
    chunk = BUILD.text("a")
    chunk["choices"][0]["logprobs"] = logprobs

    with pytest.raises(ProxyError, match="logprobs") as caught:
        fold([chunk])
    assert caught.value.kind is Kind.MALFORMED


def test_logprobs_go_on():
    def with_logprobs(text, tokens):
        chunk = BUILD.text(text)
        chunk["choices"][0]["logprobs"] = {"content": tokens, "refusal": None}
        return chunk

    whole = fold(
        [
            with_logprobs("a", [{"token": "a", "index": 0}]),
            with_logprobs("b", [{"token": "b", "index": 0}]),
        ]
    )

    assert whole["choices"][0]["logprobs"] == {
        "content": [{"token": "a", "index": 0}, {"token": "b", "index": 0}],
        "refusal": None,
    }


def test_a_deprecated_function_call_comes_together():
    said = message(
        BUILD.delta(
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": ""}}
        ),
        BUILD.delta({"function_call": {"arguments": '{"x":'}}),
        BUILD.delta({"function_call": {"arguments": "1}"}}),
    )

    assert said == {
        "role": "assistant",
        "content": None,
        "function_call": {"name": "f", "arguments": '{"x":1}'},
    }


def test_audio_comes_together():
    said = message(
        BUILD.delta({"audio": {"id": "a", "transcript": "Li"}}),
        BUILD.delta({"audio": {"data": "AA", "transcript": "ma"}}),
        BUILD.delta({"audio": {"data": "BB", "expires_at": 5}}),
    )

    assert said["audio"] == {"id": "a", "transcript": "Lima", "data": "AABB", "expires_at": 5}


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (["QQ==", "Qg==", "Q0Q="], "QUJDRA=="),
        (["QQ==", "Qg"], "QQ==Qg"),
        (["QQ==", "ü"], "QQ==ü"),
        (["Q", "UJ", "D"], "QUJD"),
        (["QQ=="], "QQ=="),
    ],
)
def test_sound_in_pieces_that_are_padded_is_one_sound(pieces, whole):
    said = message(*[BUILD.delta({"audio": {"data": piece}}) for piece in pieces])

    assert said["audio"] == {"data": whole}


def test_lists_go_on_and_entries_with_an_index_grow():
    said = message(
        BUILD.delta(
            {
                "annotations": [{"type": "url_citation"}],
                "reasoning_details": [{"index": 0, "type": "t", "text": "a"}],
            }
        ),
        BUILD.delta(
            {
                "annotations": [{"type": "file"}],
                "reasoning_details": [{"index": 0, "type": "t", "text": "b"}],
            }
        ),
    )

    assert said["annotations"] == [{"type": "url_citation"}, {"type": "file"}]
    assert said["reasoning_details"] == [{"index": 0, "type": "t", "text": "ab"}]


def test_unknown_members_survive():
    first, second = BUILD.text("a"), BUILD.text("b")
    first.update(citations=["u"], system_fingerprint="fp", provider="P", obfuscation="xx")
    second.update(citations=["u", "v"], system_fingerprint=None, obfuscation="yy")
    first["choices"][0]["delta"].update(vendor_note="x", score=1, flag=None)
    second["choices"][0]["delta"].update(vendor_note="y", score=2)
    second["choices"][0].update(content_filter_results={"hate": 0}, stop_reason=None)
    whole = fold([first, second])

    assert {k: whole[k] for k in ("citations", "system_fingerprint", "provider")} == {
        "citations": ["u", "v"],
        "system_fingerprint": "fp",
        "provider": "P",
    }
    assert "obfuscation" not in whole
    assert whole["choices"][0]["content_filter_results"] == {"hate": 0}
    assert whole["choices"][0]["message"] == {
        "role": "assistant",
        "content": "ab",
        "vendor_note": "xy",
        "score": 2,
    }


def test_a_member_that_changes_its_type_takes_the_last():
    said = message(BUILD.delta({"x": "a"}), BUILD.delta({"x": {"y": 1}}), BUILD.delta({"x": "b"}))

    assert said["x"] == "b"


def test_the_last_usage_counts_and_is_never_added_up():
    whole = fold(
        [BUILD.usage(Usage(3, 1)), BUILD.usage(Usage(3, 9)), {"choices": [], "usage": None}]
    )

    assert whole["usage"]["completion_tokens"] == 9


def test_no_chunks_are_an_empty_answer():
    assert fold([]) == {
        "id": "",
        "object": "chat.completion",
        "created": 0,
        "model": "",
        "choices": [],
        "usage": None,
    }


def test_folding_touches_no_chunk():
    chunks = [
        BUILD.role(),
        BUILD.delta({"thinking_blocks": [{"type": "thinking", "thinking": "a", "index": 0}]}),
        BUILD.delta({"thinking_blocks": [{"type": "thinking", "thinking": "b", "index": 0}]}),
        BUILD.tool_open(0, "c", "f"),
        BUILD.finish("tool_calls"),
    ]
    before = copy.deepcopy(chunks)
    fold(chunks)

    assert chunks == before


@pytest.mark.parametrize("index", [-1, 128, 10**12, None, "0", 1.0, True])
def test_a_hostile_choice_is_refused(index):
    with pytest.raises(ProxyError) as caught:
        fold([{"choices": [{"index": index, "delta": {"content": "a"}}]}])

    assert caught.value.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    "delta",
    [
        {"tool_calls": [{"index": 1024, "id": "c"}]},
        {"tool_calls": [{"id": "c"}]},
        {"reasoning_details": [{"index": 10**9}]},
    ],
)
def test_a_hostile_index_is_refused(delta):
    with pytest.raises(ProxyError) as caught:
        fold([BUILD.delta(delta)])

    assert caught.value.kind is Kind.MALFORMED


text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
extension = (
    text
    | st.integers()
    | st.booleans()
    | st.lists(text, min_size=1, max_size=3)
    | st.dictionaries(text, text | st.integers(), min_size=1, max_size=3)
)
calls = st.lists(
    st.fixed_dictionaries(
        {
            "id": text,
            "type": st.just("function"),
            "function": st.fixed_dictionaries({"name": text, "arguments": st.just("{}") | text}),
        }
    ),
    min_size=1,
    max_size=3,
)
spoken = st.fixed_dictionaries(
    {"role": st.just("assistant"), "content": text | st.just("")},
    optional={"reasoning_content": text, "vendor_note": extension},
)
silent = st.fixed_dictionaries(
    {"role": st.just("assistant"), "content": text | st.none(), "tool_calls": calls},
    optional={
        "reasoning_content": text,
        "thinking_blocks": st.just([{"type": "thinking", "thinking": "a", "signature": "s"}]),
    },
)
refused = st.fixed_dictionaries(
    {"role": st.just("assistant"), "content": st.none(), "refusal": text}
)
choices = st.lists(
    st.tuples(
        spoken | silent | refused,
        st.none() | st.just({"content": [{"token": "a"}], "refusal": None}),
        st.sampled_from(["stop", "tool_calls", None]),
    ),
    max_size=3,
)


@given(
    choices,
    st.none() | st.just(Usage(1, 2).wire()),
    st.dictionaries(st.sampled_from(["service_tier", "citations"]), extension),
)
def test_a_whole_answer_survives_being_told_in_chunks(parts, usage, extras):
    whole = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 7,
        "model": "m",
        "choices": [
            {"index": at, "message": said, "logprobs": logprobs, "finish_reason": reason}
            for at, (said, logprobs, reason) in enumerate(parts)
        ],
        "usage": usage,
        **extras,
    }
    before = copy.deepcopy(whole)

    assert fold(unfold(whole)) == whole
    assert whole == before


def test_an_answer_told_in_chunks_opens_with_its_role_and_ends_with_usage():
    whole = BUILD.completion(
        {"role": "assistant", "content": "Lima", "refusal": None}, "stop", Usage(3, 1)
    )
    chunks = unfold(whole)

    assert [c["choices"][0]["delta"] if c["choices"] else None for c in chunks] == [
        {"role": "assistant", "content": ""},
        {"content": "Lima"},
        {},
        None,
    ]
    assert [is_output(c) for c in chunks] == [False, True, True, False]
    assert chunks[-1]["usage"] == Usage(3, 1).wire()
    assert {c["object"] for c in chunks} == {"chat.completion.chunk"}


def test_reasoning_is_told_before_the_text():
    whole = BUILD.completion(
        {"role": "assistant", "content": "b", "reasoning_content": "a"}, "stop", None
    )
    deltas = [c["choices"][0]["delta"] for c in unfold(whole)]

    assert deltas[1:3] == [{"reasoning_content": "a"}, {"content": "b"}]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"content": "b", "reasoning_content": "a"}, {"content": "b"}),
        ({"content": None, "refusal": "no"}, {"refusal": "no"}),
        ({"content": None, "reasoning_content": "a"}, {}),
    ],
)
def test_tokens_are_told_with_the_words_that_they_are_of(said, told):
    whole = BUILD.completion({"role": "assistant", **said}, "stop", None)
    whole["choices"][0]["logprobs"] = {"content": [{"token": "b"}], "refusal": None}
    probable = [choice for c in unfold(whole) for choice in c["choices"] if "logprobs" in choice]

    assert [choice["delta"] for choice in probable] == [told]
    assert fold(unfold(whole))["choices"][0]["logprobs"]["content"] == [{"token": "b"}]


def test_native_bytes_are_not_told_in_chunks():
    whole = BUILD.completion({"role": "assistant", "content": "a"}, "stop", None)
    whole["native"] = {"dialect": "openai", "payload": b"{}"}

    assert not any("native" in chunk for chunk in unfold(whole))


@pytest.mark.parametrize("index", [None, 5, 0])
def test_calls_are_numbered_whatever_number_they_came_with(index):
    call = {
        "index": index,
        "id": "c",
        "type": "function",
        "function": {"name": "f", "arguments": "{}"},
    }
    whole = BUILD.completion(
        {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls", None
    )
    [first] = [
        c["choices"][0]["delta"]["tool_calls"]
        for c in unfold(whole)
        if "tool_calls" in c["choices"][0]["delta"]
    ]

    assert first == [{**call, "index": 0}]


def test_a_search_is_told_before_the_text_that_rests_on_it():
    searches = [{"queries": ["tide"], "results": []}]
    message = {"role": "assistant", "content": "At ten.", "web_searches": searches}
    deltas = [
        chunk["choices"][0]["delta"] for chunk in unfold(BUILD.completion(message, "stop", None))
    ]

    assert [*map(tuple, deltas)] == [("role", "content"), ("web_searches",), ("content",), ()]

import pytest

from proxy.codecs.anthropic.blocks import KINDS, Hidden, block_for
from proxy.codecs.anthropic.held import Held
from proxy.codecs.anthropic.structure import JSON_TOOL
from proxy.codecs.plain.arguments import FREEFORM
from proxy.core.build import Builder
from proxy.core.state import unpack

WEB = {"type": "web_search_result_location", "url": "https://x.test/t", "title": "Tides"}


def deltas(chunks):
    return [chunk["choices"][0]["delta"] for chunk in chunks]


def told(block, *given, custom=(), held=None):
    """What a block says from its start to its end, delta by delta; None for a delta that it does not know."""
    held = held or Held(Builder(1, "m", "claude-sonnet-4-5"), 10_000)
    made, _ = block_for(held, block, frozenset(custom))
    chunks = made.start(block)
    for delta in given:
        added = made.add(delta)
        if added is None:
            return None
        chunks += added
    return deltas(chunks + made.stop())


def arguments(*pieces):
    return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


def call(name="tide", **more):
    return {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}, **more}


def opened(name="tide"):
    function = {"name": name, "arguments": ""}
    return {"tool_calls": [{"index": 0, "id": "toolu_1", "type": "function", "function": function}]}


def grown(piece):
    return {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


@pytest.mark.parametrize(
    ("block", "given", "expected"),
    [
        ({"type": "text", "text": ""}, [{"type": "text_delta", "text": "Hi"}], [{"content": "Hi"}]),
        ({"type": "text", "text": "Hi"}, [], [{"content": "Hi"}]),
        ({"type": "text"}, [{"type": "text_delta"}, {"type": "text_delta", "text": 7}], []),
        (
            {"type": "thinking", "thinking": "", "signature": ""},
            [
                {"type": "thinking_delta", "thinking": "a"},
                {"type": "thinking_delta", "thinking": "b"},
                {"type": "signature_delta", "signature": "old"},
                {"type": "signature_delta", "signature": "new"},
            ],
            [
                {"reasoning_content": "a"},
                {"reasoning_content": "b"},
                {"thinking_blocks": [{"type": "thinking", "thinking": "ab", "signature": "new"}]},
            ],
        ),
        (
            {"type": "thinking", "thinking": "", "signature": "s"},
            [],
            [{"thinking_blocks": [{"type": "thinking", "thinking": "", "signature": "s"}]}],
        ),
        ({"type": "thinking", "thinking": "unsigned"}, [], [{"reasoning_content": "unsigned"}]),
        (
            {"type": "redacted_thinking", "data": "x"},
            [{"type": "of_tomorrow"}],
            [{"thinking_blocks": [{"type": "redacted_thinking", "data": "x"}]}],
        ),
        ({"type": "redacted_thinking"}, [], []),
        (call(), arguments("", '{"a"', ": 1}"), [opened(), grown('{"a"'), grown(": 1}")]),
        (call(), arguments(), [opened(), grown("{}")]),
        (call(), arguments(""), [opened(), grown("{}")]),
        (call(input={"a": [1]}), [], [opened(), grown('{"a":[1]}')]),
        (call(input={"a": [1]}), arguments('{"a":[2]}'), [opened(), grown('{"a":[2]}')]),
        (call(input=None), [], [opened(), grown("{}")]),
        (call(JSON_TOOL), arguments('{"a"', ": 1}"), [{"content": '{"a"'}, {"content": ": 1}"}]),
        (call(JSON_TOOL, input={"a": 1}), [], [{"content": '{"a":1}'}]),
        (call(JSON_TOOL), [], [{"content": "{}"}]),
        ({"type": "server_tool_use", "input": {}}, arguments("{}"), []),
        ({"type": "hologram"}, [{"type": "hologram_delta"}], []),
        ({}, [], []),
    ],
)
def test_every_kind_of_block_says_its_part(block, given, expected):
    assert told(block, *given) == expected


@pytest.mark.parametrize(
    "block", [{"type": "text"}, {"type": "thinking"}, call(), call(JSON_TOOL), call("sql")]
)
def test_a_delta_of_another_kind_is_not_known(block):
    assert told(block, {"type": "of_tomorrow"}, custom={"sql"}) is None
    assert told(block, {}, custom={"sql"}) is None


def test_citations_point_at_their_text():
    held = Held(Builder(1), 1_000)
    told({"type": "text", "text": "See: "}, held=held)
    said = told(
        {"type": "text", "text": "", "citations": [WEB]},
        {"type": "text_delta", "text": "14:20"},
        {
            "type": "citations_delta",
            "citation": {"type": "search_result_location", "source": "http://y.test"},
        },
        {
            "type": "citations_delta",
            "citation": {"type": "page_location", "document_title": "almanac"},
        },
        {
            "type": "citations_delta",
            "citation": {"type": "search_result_location", "source": "shelf 3"},
        },
        {"type": "citations_delta", "citation": None},
        held=held,
    )
    span = {"start_index": 5, "end_index": 10}

    assert said[-1] == {
        "annotations": [
            {
                "type": "url_citation",
                "url_citation": {**span, "url": "https://x.test/t", "title": "Tides"},
            },
            {
                "type": "url_citation",
                "url_citation": {**span, "url": "http://y.test", "title": ""},
            },
        ]
    }


def test_a_custom_call_is_one_free_text():
    custom = {"index": 0, "id": "toolu_1", "type": "custom", "custom": {"name": "sql", "input": ""}}
    given = arguments(f'{{"{FREEFORM}": "sel', 'ect 1"}')
    expected = [
        {"tool_calls": [custom]},
        {"tool_calls": [{"index": 0, "custom": {"input": "select 1"}}]},
    ]

    assert told(call("sql"), *given, custom={"sql"}) == expected
    assert told(call("sql", input={FREEFORM: "select 1"})) == expected
    assert told(call("sql"), *arguments(""), custom={"sql"}) == expected[:1]


@pytest.mark.parametrize("given", ["[]", '{"x": 1}', f'{{"{FREEFORM}": 3}}'])
def test_arguments_of_the_models_own_making_are_the_free_text(given):
    _, delta = told(call("sql"), *arguments(given), custom={"sql"})

    assert delta == {"tool_calls": [{"index": 0, "custom": {"input": given}}]}


@pytest.mark.parametrize("custom", [(), ("tide",)])
def test_arguments_that_are_not_json_are_noted(custom):
    held = Held(Builder(1), 1_000)
    told(call(), *arguments('{"a": '), custom=custom, held=held)

    assert held.broken == "tide"


def test_half_a_surrogate_pair_in_each_piece_is_json_all_the_same():
    held = Held(Builder(1), 1_000)
    told(call(), *arguments('{"a": "\ud83d', '\ude00"}'), held=held)

    assert held.broken == ""


def test_a_call_carries_the_reasoning_before_it():
    held = Held(Builder(1, "m", "claude-sonnet-4-5"), 1_000)
    told({"type": "thinking", "thinking": "", "signature": "s"}, held=held)
    [first, _] = told(call(), held=held)
    [second, _] = told(call(id="toolu_2"), held=held)

    assert unpack(first["tool_calls"][0]["id"]).blocks[0]["signature"] == "s"
    assert second["tool_calls"][0]["id"] == "toolu_2"


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        *((kind, True) for kind in KINDS),
        ("server_tool_use", True),
        ("mcp_tool_use", True),
        ("web_search_tool_result", True),
        ("mcp_tool_result", True),
        ("container_upload", True),
        ("compaction", True),
        ("fallback", True),
        ("hologram", False),
        (None, False),
    ],
)
def test_what_the_provider_ran_itself_is_known_and_hidden(kind, known):
    made, told = block_for(Held(Builder(1), 1), {"type": kind}, frozenset())

    assert told is known
    assert (type(made) is Hidden) == (kind not in KINDS)


SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1"}


@pytest.mark.parametrize(
    ("call", "pieces", "queries"),
    [
        (SEARCH, ['{"query":', '"tide"}'], ["tide"]),
        ({**SEARCH, "input": {"query": "tide"}}, [], ["tide"]),
        (SEARCH, ['{"query": 5}'], []),
        (SEARCH, ["[]"], []),
        (SEARCH, ["{"], []),
        ({**SEARCH, "id": "srvtoolu_2", "input": {"query": "wind"}}, [], []),
    ],
)
def test_a_search_is_told_with_what_it_found(call, pieces, queries):
    held = Held(Builder(1, "m"), 1000)
    pages = [{"type": "web_search_result", "url": "https://x.test", "title": "X"}, {"url": ""}, 5]

    assert told(call, *arguments(*pieces), held=held) == []
    assert told({**FOUND, "content": pages}, held=held) == [
        {
            "web_searches": [
                {"queries": queries, "results": [{"url": "https://x.test", "title": "X"}]}
            ]
        }
    ]


def test_a_search_that_failed_says_why():
    error = {"type": "web_search_tool_result_error", "error_code": "unavailable"}

    assert told({**FOUND, "content": error}) == [
        {"web_searches": [{"queries": [], "error": "unavailable", "results": []}]}
    ]

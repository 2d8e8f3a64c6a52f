import pytest

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.anthropic.draft import maker_of
from proxy.codecs.anthropic.replay import Ids, cleaned, packed_id, reasoning_of
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest
from proxy.core.state import Packed, pack
from tests.support import corpus
from tests.support.claude import HI, OPUS_5_5, SONNET_4_5, SONNET_5_5, assistant, target, turns

MAKER = maker_of(SONNET_4_5)
ONE = {"type": "thinking", "thinking": "One.", "signature": "b25l"}
TWO = {"type": "redacted_thinking", "data": "dHdv"}
THREE = {"type": "thinking", "thinking": "", "signature": "dGhyZWU="}


def found(message, *packed):
    reasoning = reasoning_of(message, list(packed), MAKER)
    return list(reasoning.leading), [list(blocks) for blocks in reasoning.before]


def test_blocks_out_of_ids_go_back_to_where_they_stood():
    packed = Packed("a", MAKER, (ONE, TWO)), Packed("b"), Packed("c", MAKER, (THREE,))

    assert found({}, *packed) == ([ONE, TWO], [[], [], [THREE]])


def test_blocks_that_the_caller_kept_lead():
    assert found({"thinking_blocks": [ONE, TWO]}) == ([ONE, TWO], [])
    assert found({"thinking_blocks": [ONE]}, Packed("a")) == ([ONE], [[]])


def test_blocks_that_came_both_ways_go_back_once():
    packed = Packed("a", MAKER, (ONE,)), Packed("b", MAKER, (THREE,))

    assert found({"thinking_blocks": [TWO, ONE, THREE]}, *packed) == ([TWO, ONE], [[], [THREE]])


def test_blocks_of_another_maker_stay_out():
    foreign = Packed("a", "gemini/gemini-4", ({"thought": "x"},))

    assert found({"thinking_blocks": [ONE]}, Packed("b", MAKER, (TWO,)), foreign) == ([], [[], []])


@pytest.mark.parametrize(
    "block",
    [
        "odd",
        {"type": "thinking", "thinking": "unsigned"},
        {"type": "thinking", "thinking": "x", "signature": ""},
        {"type": "thinking", "signature": "x"},
        {"type": "redacted_thinking"},
        {"type": "text", "text": "x", "signature": "x"},
    ],
)
def test_a_block_that_no_signature_vouches_for_stays_out(block):
    assert found({"thinking_blocks": [block]}) == ([], [])
    assert found({}, Packed("a", MAKER, (block,) if isinstance(block, dict) else ())) == ([], [[]])


def test_a_block_goes_back_in_its_own_form():
    assert found({"thinking_blocks": [{**ONE, "index": 0}]}) == ([ONE], [])


def test_details_as_openrouters_clients_keep_them_are_blocks():
    details = [
        {
            "type": "reasoning.text",
            "text": "One.",
            "signature": "b25l",
            "format": "anthropic-claude-v1",
            "index": 0,
        },
        {"type": "reasoning.encrypted", "data": "dHdv"},
        {"type": "reasoning.text", "text": None, "signature": "dGhyZWU="},
        {"type": "reasoning.text", "text": "x", "signature": "y", "format": "google-gemini-v1"},
        {"type": "reasoning.summary", "summary": "x"},
        "odd",
    ]

    assert found({"reasoning_details": details}) == ([ONE, TWO, THREE], [])
    assert found({"reasoning_details": "odd", "thinking_blocks": []}) == ([], [])


def test_ids_are_clean_the_same_every_time_and_never_twice():
    def natives():
        ids = Ids()
        return [ids.native(each) for each in ("toolu_1", "a.b", "a:b", "", "toolu_1", "x" * 200)]

    first = natives()

    assert natives() == first
    assert first[0] == "toolu_1"
    assert first[4] == "toolu_1-2"
    assert len(set(first)) == 6
    assert all(cleaned(each, 128) == each for each in first)


def test_an_id_that_is_none_is_empty():
    assert packed_id("odd") == packed_id({}) == packed_id({"id": 7}) == Packed("")
    assert packed_id({"id": pack("a", MAKER, [ONE])}) == Packed("a", MAKER, (ONE,))


def echoed(name, model):
    """A recorded answer as a client brings it back that knows only standard fields and echoes ids."""
    [case] = [case for case in corpus.own() if case.name == f"anthropic/{name}"]
    decoder = Anthropic().stream(ChatRequest(body={}), target(model), created=1)
    message = fold(decoder.feed(case.raw) + decoder.finish())["choices"][0]["message"]
    kept = {name: message.get(name) for name in ("role", "content", "tool_calls")}
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": "ok"} for call in kept["tool_calls"]
    ]
    return [*HI, kept, *results]


def test_a_client_that_only_echoes_ids_keeps_its_reasoning():
    messages = echoed("stream-thinking-omitted-then-tool", OPUS_5_5)

    assert turns(messages, OPUS_5_5)[1:] == [
        assistant(
            {"type": "thinking", "thinking": "", "signature": "bmV3"},
            {
                "type": "tool_use",
                "id": "toolu_fxk2",
                "name": "tide",
                "input": {"port": "Cork"},
            },
        ),
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "toolu_fxk2", "content": "ok"}],
        },
    ]


def test_reasoning_between_calls_keeps_its_place():
    messages = echoed("stream-thinking-between-calls", SONNET_5_5)
    kinds = [
        block.get("signature") or block["id"] for block in turns(messages, SONNET_5_5)[1]["content"]
    ]

    assert kinds == ["Zmlyc3Q=", "toolu_fxa", "c2Vjb25k", "toolu_fxb"]


def test_another_model_gets_none_of_it():
    messages = echoed("stream-thinking-between-calls", SONNET_5_5)
    kinds = [block["type"] for block in turns(messages, OPUS_5_5)[1]["content"]]

    assert kinds == ["tool_use", "tool_use"]
    assert messages[2]["tool_call_id"].startswith("toolu_fxa--fb1-")

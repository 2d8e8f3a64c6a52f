import pytest

from proxy.codecs.bedrock.draft import draft_for
from proxy.codecs.bedrock.replay import UNNAMED, Ids, reasoning_of
from proxy.core.state import Packed
from tests.support.converse import LLAMA, NOVA_2, SONNET_4_5, target

SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
NATIVE = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}}
SEALED = {"type": "redacted_content", "data": "c2VhbGVk"}
OPENED = {"reasoningContent": {"redactedContent": "c2VhbGVk"}}
CLAUDE = "anthropic/claude-sonnet-4-5"


def replayed(message, *packed, model=SONNET_4_5):
    return reasoning_of(message, list(packed), draft_for(target(model)))


def test_blocks_stand_first_and_between_calls():
    packed = [Packed("a", CLAUDE, (SIGNED,)), Packed("b", CLAUDE, (SEALED,))]

    assert replayed({}, *packed) == ([NATIVE], [[], [OPENED]])


def test_blocks_that_a_client_kept_are_not_said_twice():
    message = {"thinking_blocks": [SIGNED, SEALED]}

    assert replayed(message) == ([NATIVE, OPENED], [])
    assert replayed(message, Packed("a", CLAUDE, (SIGNED,))) == ([OPENED, NATIVE], [[]])


@pytest.mark.parametrize("maker", ["gemini/gemini-3", "anthropic/claude-opus-5"])
def test_blocks_of_another_maker_stay_out(maker):
    message = {"thinking_blocks": [SIGNED]}

    assert replayed(message, Packed("a", maker, (SIGNED,))) == ([], [[]])


def test_blocks_of_an_answer_without_a_model_are_claudes():
    packed = Packed("a", UNNAMED, (SIGNED,))

    assert replayed({}, packed) == ([NATIVE], [[]])
    assert replayed({}, packed, model=LLAMA) == ([], [[]])


def test_blocks_go_back_to_a_maker_of_another_family_only_by_name():
    message = {"thinking_blocks": [SIGNED]}
    maker = "bedrock/amazon.nova-2-lite-v1:0"

    assert replayed(message, Packed("a", maker, (SEALED,)), model=NOVA_2) == ([OPENED], [[]])
    assert replayed(message, model=NOVA_2) == ([], [])


@pytest.mark.parametrize(
    "block",
    [
        7,
        {"type": "thinking", "thinking": "Hm."},
        {"type": "thinking", "signature": "c2ln"},
        {"type": "redacted_content"},
        {"type": "redacted_thinking", "data": "x"},
    ],
)
def test_what_no_signature_vouches_for_stays_out(block):
    assert replayed({"thinking_blocks": [block]}) == ([], [])
    assert replayed({"thinking_blocks": block}) == ([], [])


def test_ids_are_clean_short_and_never_the_same():
    ids = Ids()

    assert ids.native("tooluse_a.b:c-d") == "tooluse_a.b:c-d"
    again = ids.native("tooluse_a.b:c-d")
    assert again.startswith("tooluse_a.b:c-d_2_")
    assert ids.native("tooluse_a.b:c-d") not in {again, "tooluse_a.b:c-d"}
    assert len(ids.native("x" * 99)) == 64
    assert len(ids.native("")) == 9

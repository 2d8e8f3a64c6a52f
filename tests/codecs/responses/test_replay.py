import pytest

from proxy.codecs.responses.replay import (
    block_of,
    call_id,
    maker_of,
    makers,
    packed_id,
    reasoning_of,
)
from proxy.core.state import Packed, pack, unpack
from tests.support.replies import target

MAKER = maker_of("openai", "gpt-5.4")
ALLOWED = frozenset({MAKER})


def block(mark, **members):
    return {"type": "reasoning", "id": mark, "encrypted_content": f"secret of {mark}", **members}


def item(mark):
    return {**block(mark), "summary": []}


def packed(*marks, maker=MAKER, **members):
    return Packed("call_1", maker, tuple(block(mark, **members) for mark in marks))


def test_a_maker_is_a_provider_and_a_family():
    assert maker_of("openai", "gpt-5.4-2026-03-05") == "responses/openai/gpt-5.4"


def test_a_target_takes_back_its_own_and_what_names_no_provider():
    deployment = target("prod", options={"base_model": "gpt-5.4"})

    assert makers(deployment) == {"responses/openai/prod", "responses//gpt-5.4"}


def test_a_block_is_what_the_provider_reads_of_an_item():
    whole = {**item("rs_1"), "summary": [{"type": "summary_text", "text": "Hm."}], "status": None}

    assert block_of(whole, late=False) == block("rs_1")
    assert block_of(whole, late=True) == block("rs_1", late=True)


@pytest.mark.parametrize(
    "members", [{"id": ""}, {"id": 7}, {"encrypted_content": None}, {"encrypted_content": ""}]
)
def test_an_item_that_nobody_could_take_back_is_no_block(members):
    assert block_of({**block("rs_1"), **members}, late=False) is None


def test_reasoning_in_ids_goes_before_what_it_led_to():
    found = reasoning_of({}, [packed("rs_1"), Packed("call_2"), packed("rs_3")], ALLOWED)

    assert found.leading == (item("rs_1"),)
    assert found.before == ((), (), (item("rs_3"),))


def test_reasoning_after_text_goes_right_before_the_call():
    found = reasoning_of({}, [packed("rs_1", late=True)], ALLOWED)

    assert found.leading == ()
    assert found.before == ((item("rs_1"),),)


def test_kept_blocks_count_and_stand_once():
    kept = [block("rs_0", maker=MAKER), block("rs_1", maker=MAKER), 7, {"type": "thinking"}]
    found = reasoning_of({"thinking_blocks": kept}, [packed("rs_1")], ALLOWED)

    assert found.leading == (item("rs_0"), item("rs_1"))


def test_kept_blocks_of_a_message_without_calls_lead_it():
    kept = [block("rs_0", maker=MAKER, late=True, index=0)]

    assert reasoning_of({"thinking_blocks": kept}, [], ALLOWED).leading == (item("rs_0"),)


@pytest.mark.parametrize(
    "kept", ["no list", [block("rs_0")], [block("rs_0", maker="responses/other/gpt-5.4")]]
)
def test_what_another_made_or_nobody_vouches_for_stays_out(kept):
    assert reasoning_of({"thinking_blocks": kept}, [], ALLOWED).leading == ()


def test_ids_of_another_maker_keep_all_of_it_out():
    kept = [block("rs_0", maker=MAKER)]
    calls = [packed("rs_1"), packed("rs_2", maker="anthropic/claude-opus-5")]
    found = reasoning_of({"thinking_blocks": kept}, calls, ALLOWED)

    assert (found.leading, found.before) == ((), ((), ()))


def test_blocks_of_another_kind_in_an_id_stay_out():
    calls = [Packed("call_1", MAKER, ({"type": "thinking", "thinking": "Hm."},))]

    assert reasoning_of({}, calls, ALLOWED).leading == ()


def test_an_id_that_the_provider_takes_stays():
    assert call_id("call_1") == "call_1"
    assert call_id("x" * 64) == "x" * 64


def test_a_longer_id_gets_a_name_of_its_own():
    long = call_id("x" * 65)

    assert long != call_id("x" * 66)
    assert long == call_id("x" * 65)
    assert len(long) <= 64


def test_no_id_gets_one_too():
    assert call_id("").startswith("call_")


def test_the_id_of_a_call_is_read_where_there_is_one():
    state = pack("call_1", MAKER, [block("rs_1")])

    assert packed_id({"id": state}) == unpack(state)
    assert packed_id({"id": 7}) == Packed("")
    assert packed_id("no call") == Packed("")

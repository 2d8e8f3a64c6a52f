from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.usage import Usage


def test_unknown_parts_are_left_out_on_the_wire():
    assert Usage(3, 4).wire() == {
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "total_tokens": 7,
    }


def test_known_parts_are_told_even_when_they_are_zero():
    wire = Usage(3, 4, cached=0, cache_write=2, reasoning=0).wire()

    assert wire["prompt_tokens_details"] == {"cached_tokens": 0, "cache_write_tokens": 2}
    assert wire["completion_tokens_details"] == {"reasoning_tokens": 0}


def test_what_is_written_reads_back_the_same():
    usage = Usage(
        9,
        8,
        cached=1,
        cache_write=2,
        reasoning=3,
        cache_write_1h=1,
        audio_input=4,
        audio_output=2,
        image_output=0,
        unbilled_input=5,
        unbilled_output=6,
    )

    assert Usage.read(usage.wire()) == usage
    # One count that is no whole number, and each is looked at by itself.
    assert Usage.read({**usage.wire(), "prompt_tokens": 9.0}) == usage
    assert Usage.read(Usage(1, 2).wire()) == Usage(1, 2)


@pytest.mark.parametrize("value", [None, [], "3", 3])
def test_what_is_no_usage_object_is_none(value):
    assert Usage.read(value) is None


@pytest.mark.parametrize("count", [None, "3", True, -1, 2**53, float("nan"), float("inf"), []])
def test_a_count_that_is_none_is_not_known(count):
    usage = Usage.read({"prompt_tokens": count, "prompt_tokens_details": {"cached_tokens": count}})

    assert usage == Usage(0, 0, cached=None)


def test_a_count_with_a_fraction_is_cut():
    assert Usage.read({"prompt_tokens": 3.0, "completion_tokens_details": None}) == Usage(3)


def test_audio_and_images_are_told_among_the_details():
    wire = Usage(3, 4, cache_write_1h=1, audio_input=2, audio_output=0, image_output=5).wire()

    assert wire["prompt_tokens_details"] == {"cache_write_1h_tokens": 1, "audio_tokens": 2}
    assert wire["completion_tokens_details"] == {"audio_tokens": 0, "image_tokens": 5}


@pytest.mark.parametrize(
    ("told", "cost"),
    [
        ({"cost": 0.00014}, "0.00014"),
        ({"cost": 0}, "0"),
        ({"cost": 0.1, "is_byok": False, "cost_details": {"upstream_inference_cost": 5}}, "0.1"),
        # With a key of the caller's own the router takes its fee, and the provider bills the rest.
        ({"cost": 0.1, "is_byok": True, "cost_details": {"upstream_inference_cost": 2}}, "2.1"),
        ({"cost": 0.1, "is_byok": True, "cost_details": {}}, None),
        ({"cost": 0.1, "is_byok": True}, None),
        ({"cost": {"input_tokens_cost": 1, "total_cost": 0.006}}, "0.006"),
        ({"cost": {"input_tokens_cost": 1}}, None),
        ({"cost": None}, None),
        ({"cost": "0.1"}, None),
        ({"cost": True}, None),
        ({"cost": -1}, None),
        ({"cost": float("nan")}, None),
        ({"cost": float("inf")}, None),
        ({}, None),
    ],
)
def test_what_a_provider_says_that_it_cost_is_read_exactly(told, cost):
    assert Usage.read(told).cost == (None if cost is None else Decimal(cost))


COUNTS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 3), st.sampled_from([2**53 - 1, 2**53, 2.0, 0.5, "7"])
)
PARTS = ["cached_tokens", "cache_write_tokens", "cache_write_1h_tokens", "audio_tokens", "reasoning_tokens", "image_tokens", "x"]  # fmt: skip
DETAILS = st.one_of(
    st.none(), COUNTS, st.dictionaries(st.sampled_from(PARTS), st.integers(0, 3) | COUNTS)
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "prompt_tokens": st.integers(0, 9) | COUNTS,
            "completion_tokens": st.integers(0, 9) | COUNTS,
            "prompt_tokens_details": DETAILS,
            "completion_tokens_details": DETAILS,
            "cost": COUNTS,
            "x": DETAILS,
        },
    )
)
def test_what_is_read_at_one_look_is_what_is_read_one_by_one(usage):
    assert Usage.read(usage) == Usage._counted(usage)


def test_a_name_that_is_no_text_costs_none_of_the_counts():
    assert Usage.read({"prompt_tokens": 3, "completion_tokens": 2, "\ud83d": 1}) == Usage(3, 2)


def test_searches_are_counted_beside_the_tokens():
    usage = Usage(3, 4, searches=2)

    assert usage.wire()["server_tool_use"] == {"web_search_requests": 2}
    assert Usage.read(usage.wire()) == usage
    assert Usage.read({**usage.wire(), "server_tool_use": "odd"}) == Usage(3, 4)
    assert (usage + usage).searches == 4

import pytest

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
    usage = Usage(3, 4, cached=1, cache_write=2, reasoning=3)

    assert Usage.read(usage.wire()) == usage
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

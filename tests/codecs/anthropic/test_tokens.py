from proxy.codecs.anthropic.tokens import Tokens
from proxy.core.usage import Usage


def counted(*usages):
    tokens = Tokens()
    for usage in usages:
        tokens.take(usage)
    return tokens.usage()


def test_all_input_is_counted_as_input():
    usage = {
        "input_tokens": 40,
        "cache_read_input_tokens": 600,
        "cache_creation_input_tokens": 7,
        "output_tokens": 57,
        "output_tokens_details": {"thinking_tokens": 30},
    }

    assert counted(usage) == Usage(647, 57, cached=600, cache_write=7, reasoning=30)


def test_what_the_provider_does_not_say_is_not_zero():
    assert counted({"input_tokens": 5, "output_tokens": 2}) == Usage(5, 2)
    assert counted({"output_tokens": 2}) == Usage(0, 2)


def test_later_counts_replace_earlier_ones():
    start = {"input_tokens": 40, "cache_read_input_tokens": 600, "output_tokens": 1}

    assert counted(start, {"output_tokens": 57}) == Usage(640, 57, cached=600)
    assert counted(start, {"input_tokens": 90, "output_tokens": 3}) == Usage(690, 3, cached=600)
    assert counted(
        start, {"output_tokens_details": {"thinking_tokens": 5}}, {"output_tokens_details": {}}
    ) == Usage(640, 1, cached=600, reasoning=5)


def test_what_stays_in_the_cache_for_an_hour_is_told_apart():
    written = {"cache_creation_input_tokens": 9, "output_tokens": 1}
    hour = {**written, "cache_creation": {"ephemeral_1h_input_tokens": 4}}
    short = {**written, "cache_creation": {"ephemeral_1h_input_tokens": 0}}

    assert counted(hour, {"output_tokens": 2}) == Usage(9, 2, cache_write=9, cache_write_1h=4)
    assert counted(short) == Usage(9, 1, cache_write=9)


def test_nothing_counted_is_no_usage():
    assert counted() is None
    assert counted(None, "odd", {"input_tokens": "5", "output_tokens": -1}) is None


def test_what_stays_for_an_hour_is_counted_of_all_that_a_model_was_asked():
    def asked(written, hour):
        return {
            "input_tokens": 1,
            "cache_creation_input_tokens": written,
            "cache_creation": {"ephemeral_1h_input_tokens": hour},
        }

    last = {**asked(10, 10), "output_tokens": 2}
    both = {**last, "iterations": [asked(90, 90), last]}
    none = {**last, "iterations": [asked(90, 0), {**last, "cache_creation": None}]}

    assert counted(both) == Usage(102, 2, cache_write=100, cache_write_1h=100)
    assert counted(none).cache_write_1h == 10


def test_all_that_a_model_was_asked_for_one_answer_is_counted():
    summed_up = {"type": "compaction", "input_tokens": 180, "output_tokens": 35}
    said = {"type": "message", "input_tokens": 23, "output_tokens": 10}
    last = {"input_tokens": 23, "output_tokens": 10, "iterations": [summed_up, said, "odd"]}

    assert counted(last) == Usage(203, 45)
    assert counted({"input_tokens": 23, "cache_read_input_tokens": 4}, last) == Usage(
        207, 45, cached=4
    )
    assert counted(last, {"output_tokens": 10}) == Usage(203, 45)
    assert (
        counted({**last, "iterations": []})
        == counted({**last, "iterations": None})
        == Usage(23, 10)
    )


def test_searches_are_counted():
    tokens = Tokens()
    tokens.take({"input_tokens": 3, "server_tool_use": {"web_search_requests": 2}})
    tokens.take({"output_tokens": 4})

    assert tokens.usage().searches == 2

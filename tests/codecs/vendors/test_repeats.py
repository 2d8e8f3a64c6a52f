from proxy.codecs.vendors.repeats import RepeatedReasoning

LONG = "so the tide turns at noon"


def told(*deltas):
    reader = RepeatedReasoning()
    frames = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    return [reader(frame)["choices"][0]["delta"] for frame in frames]


def test_a_long_piece_that_comes_twice_in_a_row_is_told_once():
    assert told({"reasoning_content": LONG}, {"reasoning_content": LONG, "role": "a"}) == [
        {"reasoning_content": LONG},
        {"role": "a"},
    ]
    assert told({"reasoning": LONG}, {"reasoning": LONG}, {"reasoning": LONG})[1:] == [{}, {}]


def test_short_pieces_and_pieces_apart_are_kept():
    short = [{"reasoning_content": "\n"}, {"reasoning_content": "\n"}]
    apart = [{"reasoning_content": LONG}, {"content": "a"}, {"reasoning_content": LONG}]

    assert told(*short) == short
    assert told(*apart) == apart
    assert told({}, {"content": ""}, {"reasoning_content": 5}) == [
        {},
        {"content": ""},
        {"reasoning_content": 5},
    ]


def test_an_empty_delta_does_not_make_a_repetition_honest():
    assert told({"reasoning_content": LONG}, {}, {"reasoning_content": LONG})[2] == {}

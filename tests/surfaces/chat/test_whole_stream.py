"""A stream that came whole goes on as it came, and that is what the encoder would have written of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.codecs.openai.whole_stream import whole_stream
from proxy.core import jsons
from proxy.core.state import MARK
from proxy.core.usage import Usage
from proxy.surfaces.chat.whole_stream import as_it_came
from proxy.surfaces.invariants import Checked, refuse
from tests.support.whole_streams import (
    COUNTS,
    DONE,
    SERVERS,
    STYLES,
    TIERS,
    WORDS,
    Kind,
    after,
    answer,
    asking,
    at_once,
    events,
    in_chunks,
    written,
)

KINDS = st.builds(
    Kind,
    id=st.sampled_from(["c1", "é", f"c{MARK}x"]),
    tier=st.sampled_from(TIERS),
    style=st.sampled_from(STYLES),
    text=st.sampled_from(["content", "reasoning_content"]),
    is_padded=st.booleans(),
    tells_usage=st.booleans(),
    nulls=st.booleans(),
    first=st.sampled_from(["", "", "a", "\n", f"{MARK}"]),
    last=st.sampled_from([None, "", "a"]),
    ends=st.sampled_from(["", "", "usage", "x_groq"]),
    server=st.sampled_from(SERVERS),
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6)
CHANGES = st.lists(
    st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 10**6)), max_size=3
)


@given(KINDS, TEXTS, CHANGES)
@example(Kind(), ["a", "b"], [])
@example(Kind(text="reasoning_content", is_padded=True), ["é", "中"], [])
@example(Kind(tier="flex", tells_usage=False), ["a"], [])
@example(Kind(id=f"c{MARK}x"), ["a"], [])
@example(Kind(ends="usage", tells_usage=False, server="deepseek"), ["a"], [])
@example(Kind(ends="x_groq", server="groq", last="", style="spaced"), ["a"], [])
def test_what_goes_on_as_it_came_is_what_the_encoder_would_have_written(kind, words, changes):
    pieces = after(kind, events(kind, words), changes)
    for request in (asking(usage=False), asking(usage=True)):
        told = at_once(pieces, request)

        assert told is None or told == in_chunks(pieces, request)


@given(KINDS, TEXTS, CHANGES)
def test_what_goes_on_as_it_came_has_the_form_that_an_encoder_is_held_to(kind, words, changes):
    pieces = after(kind, events(kind, words), changes)
    for usage in (False, True):
        told = at_once(pieces, asking(usage=usage))
        if told is None:
            continue
        *frames, last, end = told.said.split(b"\n\n")
        checked = Checked(refuse)
        for each in frames:
            checked.chunk(jsons.decode(each.removeprefix(b"data: ")))
        checked.done()

        assert (last, end) == (b"data: [DONE]", b"")


@given(KINDS, st.lists(st.sampled_from(["a", " b", "é", "中", "\x7f"]), min_size=1, max_size=6))
def test_a_good_stream_goes_on_as_it_came(kind, words):
    kind = kind._replace(id="c1", style="compact", first="", ends="")
    pieces = events(kind, words)

    assert at_once(pieces, asking(usage=True)).said == b"".join(pieces)


WORDED = Kind(first="a", last="b")
SERVED = [WORDED, *(Kind(server=server) for server in SERVERS if not server.startswith("old-"))]
TOLD_WITH_END = [
    Kind(ends=ends, tells_usage=tells, server=server)
    for ends, server in [
        ("usage", ""),
        ("usage", "deepseek"),
        ("usage", "mistral"),
        ("x_groq", "groq"),
    ]
    for tells in (False, True)
]


@pytest.mark.parametrize("usage", [False, True])
@pytest.mark.parametrize("kind", [*SERVED, *TOLD_WITH_END], ids=str)
def test_other_servers_say_more_around_the_text(kind, usage):
    pieces = events(kind)
    told = at_once(pieces, asking(usage=usage))

    assert told == in_chunks(pieces, asking(usage=usage))
    assert told.usage.prompt == 3
    assert told.said.count(b'"usage":{"') == usage + (kind.ends == "x_groq")


@pytest.mark.parametrize("server", ["old-deepseek", "old-mistral"])
@pytest.mark.parametrize("ends", ["usage", "x_groq"])
def test_a_cache_that_is_told_elsewhere_is_for_the_general_reader(ends, server):
    assert at_once(events(Kind(ends=ends, server=server)), asking(usage=True)) is None


@pytest.mark.parametrize("name", ["prompt_cache_hit_tokens", "num_cached_tokens"])
def test_nor_where_a_frame_of_its_own_tells_it_so(name):
    pieces = answer()
    pieces[-2] = {**pieces[-2], "usage": {**COUNTS, name: 1}}

    assert at_once([written(Kind(), each) for each in pieces], asking(usage=True)) is None


def test_usage_goes_to_who_asked_for_it():
    pieces = events()
    told, silent = (at_once(pieces, asking(usage=usage)) for usage in (True, False))

    assert told.said == b"".join(pieces)
    assert silent.said == b"".join([*pieces[:-2], DONE])
    assert told.usage == silent.usage == Usage(3, 2, 1)


def test_where_no_usage_came_none_is_told():
    pieces = events(Kind(tells_usage=False))

    assert at_once(pieces, asking(usage=True)).said == b"".join(pieces)


@pytest.mark.parametrize("place", [0, -3, -2])
def test_frames_that_may_need_a_shorter_id_do_not_go_on_as_they_came(place):
    frames = answer()
    frames[place] = {**frames[place], "system_fingerprint": MARK}
    pieces = [written(Kind(), each) for each in frames]
    whole = whole_stream(pieces)

    assert whole is not None
    assert as_it_came(asking(usage=True), whole) is None


def test_texts_may_hold_what_ids_may_not():
    pieces = events(words=["a", MARK])

    assert at_once(pieces, asking(usage=False)) == in_chunks(pieces, asking(usage=False))
    assert at_once(pieces, asking(usage=False)) is not None


def test_the_tier_of_the_last_frame_is_noted():
    frames = answer(Kind(tier="flex"))
    frames[-2] = {**frames[-2], "service_tier": "default", "usage": COUNTS}
    pieces = [written(Kind(), each) for each in frames]

    assert at_once(pieces, asking(usage=False)).tier == "default"
    assert at_once(pieces, asking(usage=False)) == in_chunks(pieces, asking(usage=False))

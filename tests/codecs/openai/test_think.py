from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai.think import Split, ThinkTags, split_whole


def stream(*pieces):
    tags = ThinkTags()
    splits = [*(tags.feed(piece) for piece in pieces), tags.flush()]
    return Split("".join(s.reasoning for s in splits), "".join(s.text for s in splits))


TEXTS = [
    ("<think>a</think>b", Split("a", "b")),
    (" \n<think>\na\n</think>\n\nb", Split("a\n", "b")),
    ("<think></think>b", Split("", "b")),
    ("<think>a", Split("a", "")),
    ("<think>a</thin", Split("a</thin", "")),
    ("<think>a</think>b <think>c</think>", Split("a", "b <think>c</think>")),
    ("b <think>c", Split("", "b <think>c")),
    ("<thin", Split("", "<thin")),
    ("<thing>", Split("", "<thing>")),
    ("plain", Split("", "plain")),
    ("", Split("", "")),
    ("  ", Split("", "  ")),
]


@pytest.mark.parametrize(("text", "split"), TEXTS)
def test_a_whole_text_is_split_at_its_tags(text, split):
    assert split_whole(text) == split


@pytest.mark.parametrize(("text", "split"), TEXTS)
@given(data=st.data())
def test_a_stream_is_split_the_same_wherever_it_is_cut(text, split, data):
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    edges = [0, *sorted(cuts), len(text)]

    assert stream(*(text[a:b] for a, b in pairwise(edges))) == split


def test_without_its_opening_tag_a_whole_text_is_split_at_the_closing_one():
    assert split_whole("a</think>\nb") == Split("a", "b")


def test_without_its_opening_tag_a_stream_loses_only_the_closing_one():
    assert stream("a</th", "ink>\nb</think>") == Split("", "ab</think>")
    assert stream("a", " < b") == Split("", "a < b")


def test_text_goes_out_at_once():
    tags = ThinkTags()

    assert tags.feed("<think>a") == Split("a", "")
    assert tags.feed("b</think>c") == Split("b", "c")
    assert tags.feed("d") == Split("", "d")

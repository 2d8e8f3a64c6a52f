"""A frame from the template is the frame that encoding gives; whatever is more than a piece of text has none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import jsons
from proxy.core.build import Builder
from proxy.surfaces.chat.template import Template

BUILD = Builder(7, "c1", "m")


def encoded(chunk):
    return b"data: " + jsons.encode(chunk) + b"\n\n"


@given(st.lists(st.tuples(st.booleans(), st.text(min_size=1)), min_size=1))
def test_every_frame_is_what_encoding_gives(pieces):
    template = Template()
    chunks = [BUILD.reasoning(text) if thought else BUILD.text(text) for thought, text in pieces]

    assert [template.fill(chunk, BUILD) for chunk in chunks] == [encoded(c) for c in chunks]


def test_the_mark_itself_may_be_said():
    template = Template()
    chunks = [BUILD.text("\0text\0"), BUILD.text("a"), BUILD.text("\0text\0")]

    assert [template.fill(chunk, BUILD) for chunk in chunks] == [encoded(c) for c in chunks]


def test_members_in_another_order_keep_it():
    template = Template()
    chunk = BUILD.text("a")
    turned = dict(reversed(chunk.items()))
    bare = {**chunk, "choices": [{"delta": {"content": "b"}, "index": 0}]}

    assert [template.fill(each, BUILD) for each in (chunk, turned, bare)] == [
        encoded(chunk),
        encoded(turned),
        encoded(bare),
    ]


def changed(delta=None, choice=None, **members):
    whole = {"index": 0, "delta": delta or {"content": "a"}, "finish_reason": None}
    return {**BUILD.text("a"), "choices": [{**whole, **(choice or {})}], **members}


@pytest.mark.parametrize(
    "chunk",
    [
        changed(choices=[]),
        changed(choices=None),
        changed(choices=[*changed()["choices"], *changed()["choices"]]),
        changed({"content": "a", "role": "assistant"}),
        changed({"content": ["a"]}),
        changed({"content": None}),
        changed({"refusal": "a"}),
        changed(choice={"delta": {}}),
        changed(choice={"delta": None}),
        changed(choice={"finish_reason": "stop"}),
        changed(choice={"index": 1}),
        changed(choice={"logprobs": None}),
        changed(id="c2"),
        changed(created=8),
        changed(model="n"),
        changed(object="other"),
        changed(usage={"total_tokens": 1}),
        changed(firstbyte={"restarted": True}),
    ],
)
def test_whatever_is_more_has_no_frame_here(chunk):
    assert Template().fill(chunk, BUILD) is None


@given(st.lists(st.text(max_size=3) | st.sampled_from(["\ud800", "\n", '"', "\u2028"])))
def test_texts_that_came_together_are_told_each_by_itself(texts):
    chunks = BUILD.texts(texts)

    told = b"".join(Template().fill(chunk, BUILD) for chunk in chunks)
    assert told == b"".join(encoded(BUILD.text(text)) for text in texts if text)


def test_a_text_that_was_changed_on_its_way_is_told_as_it_is():
    (chunk,) = BUILD.texts(["a", "b"])
    changed = {**chunk, "choices": [{**chunk["choices"][0], "delta": {"content": "c"}}]}

    assert Template().fill(changed, BUILD) == encoded(BUILD.text("c"))

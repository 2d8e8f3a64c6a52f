import base64

import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.messages.parts import marked, part_of, parts_of, shortest

MARK = {"type": "ephemeral", "ttl": "1h"}
PDF = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"}


def document(source=PDF, **more):
    return {"type": "document", "source": source, **more}


def file(name, data):
    return {"type": "file", "file": {"filename": name, "file_data": data}}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": ""}, {"type": "text", "text": ""}),
        ({"type": "text", "text": "a", "citations": []}, {"type": "text", "text": "a"}),
        (
            {"type": "text", "text": "a", "cache_control": MARK},
            {"type": "text", "text": "a", "cache_control": MARK},
        ),
        (
            {"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}},
            {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}},
        ),
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"},
                "cache_control": MARK,
            },
            {
                "type": "image_url",
                "image_url": {"url": "data:image/png;base64,AAAA"},
                "cache_control": MARK,
            },
        ),
        (
            document(title="tides.pdf"),
            file("tides.pdf", "data:application/pdf;base64,JVBERi0x"),
        ),
        (
            {"type": "tool_reference", "tool_name": "tide"},
            {"type": "text", "text": "The tool tide can be called now."},
        ),
        (document(), file("document.pdf", "data:application/pdf;base64,JVBERi0x")),
        (
            document({"type": "text", "data": "High tide: é"}),
            file(
                "document.txt",
                "data:text/plain;base64," + base64.b64encode("High tide: é".encode()).decode(),
            ),
        ),
        (
            document({"type": "text", "media_type": "text/plain", "data": "a"}, title=""),
            file("document.txt", "data:text/plain;base64,YQ=="),
        ),
        (
            document({"type": "url", "url": "https://x.test/a.pdf"}, citations={"enabled": False}),
            file("document.pdf", "https://x.test/a.pdf"),
        ),
        (
            document({"type": "file", "file_id": "file_1"}),
            {"type": "file", "file": {"file_id": "file_1"}},
        ),
    ],
)
def test_a_block_becomes_the_part_that_says_the_same(block, part):
    assert part_of(block, "at") == part


@pytest.mark.parametrize(
    "block",
    [
        document(citations={"enabled": True}),
        document(context="of last year"),
        document({"type": "content", "content": "a"}),
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "search_result", "source": "s", "title": "t", "content": []},
        {"type": "something_new", "a": 1, "cache_control": MARK},
    ],
)
def test_what_no_part_can_say_goes_on_as_it_came(block):
    assert part_of(block, "at") is block


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (5, "at: Input should be a valid dictionary"),
        ({}, "at.type: Field required"),
        ({"type": 5}, "at.type: Input should be a valid string"),
        ({"type": "text"}, "at.text: Field required"),
        ({"type": "image"}, "at.source: Input should be a valid dictionary"),
        ({"type": "image", "source": {}}, "at.source.type: Field required"),
        (
            {"type": "image", "source": {"type": "base64", "data": "A"}},
            "at.source.media_type: Field required",
        ),
        ({"type": "image", "source": {"type": "url"}}, "at.source.url: Field required"),
        (document({"type": "file"}), "at.source.file_id: Field required"),
    ],
)
def test_a_block_out_of_form_is_refused_with_its_place(block, said):
    with pytest.raises(ProxyError) as caught:
        part_of(block, "at")

    assert caught.value.message == said


def test_parts_are_numbered():
    with pytest.raises(ProxyError, match=r"^at\.1: Input"):
        parts_of([{"type": "text", "text": "a"}, 5], "at")


def test_one_plain_text_is_a_string():
    one, other = {"type": "text", "text": "a"}, {"type": "text", "text": "b"}

    assert shortest([one]) == "a"
    assert shortest([one, other]) == [one, other]
    assert shortest([marked(one, {"cache_control": MARK})]) == [{**one, "cache_control": MARK}]
    assert shortest([]) == []


def test_a_mark_that_is_none_is_left_out():
    assert marked({"a": 1}, {"cache_control": None}) == {"a": 1}

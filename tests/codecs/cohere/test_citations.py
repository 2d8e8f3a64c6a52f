import pytest

from proxy.codecs.cohere.citations import annotations_of

DOCUMENT = {"type": "document", "id": "doc:0", "document": {"title": "tides.txt", "text": "HW"}}
PAGE = {"type": "tool", "id": "x", "tool_output": {"url": "https://t.test", "title": "Tides"}}


def citation(*sources, **more):
    return {"start": 2, "end": 5, "text": "HW", "sources": list(sources), **more}


@pytest.mark.parametrize(
    ("source", "note"),
    [
        (
            PAGE,
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": 2,
                    "end_index": 5,
                    "url": "https://t.test",
                    "title": "Tides",
                },
            },
        ),
        (
            {"id": "http://t.test"},
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": 2,
                    "end_index": 5,
                    "url": "http://t.test",
                    "title": "",
                },
            },
        ),
        (
            DOCUMENT,
            {
                "type": "file_citation",
                "start_index": 2,
                "end_index": 5,
                "text": "HW",
                "file_citation": {"file_id": "doc:0", "filename": "tides.txt"},
            },
        ),
        (
            {"type": "tool", "id": None, "tool_output": "HW"},
            {
                "type": "file_citation",
                "start_index": 2,
                "end_index": 5,
                "text": "HW",
                "file_citation": {"file_id": ""},
            },
        ),
    ],
)
def test_each_source_is_an_annotation(source, note):
    assert annotations_of(citation(source), {0: 0}) == [note]


@pytest.mark.parametrize(
    ("index", "starts", "begin"),
    [
        (1, {1: 0}, 0),
        (3, {1: 0, 3: 40}, 40),
        (None, {1: 0}, 0),
        (None, {}, 0),
        (9, {2: 10, 3: 40}, 10),
        ("1", {1: 5}, 5),
    ],
)
def test_a_place_counts_from_where_its_block_begins(index, starts, begin):
    [note] = annotations_of(citation(DOCUMENT, content_index=index), starts)

    assert (note["start_index"], note["end_index"]) == (begin + 2, begin + 5)


def test_places_and_texts_that_are_not_said_are_left_out():
    given = {"sources": [DOCUMENT, 5], "start": None, "text": None}

    assert annotations_of(given, {}) == [
        {
            "type": "file_citation",
            "file_citation": {"file_id": "doc:0", "filename": "tides.txt"},
        }
    ]


@pytest.mark.parametrize(
    "given",
    [
        None,
        {},
        {"sources": "x"},
        citation(DOCUMENT, type="THINKING_CONTENT"),
        citation(DOCUMENT, type="PLAN"),
    ],
)
def test_what_cites_nothing_in_the_content_is_left_out(given):
    assert annotations_of(given, {}) == []

import pytest

from proxy.surfaces.responses.annotations import native_note

URL = {"url": "https://example.test", "title": "t"}


@pytest.mark.parametrize(
    ("note", "before", "native"),
    [
        (
            {"type": "url_citation", "url_citation": {**URL, "start_index": 12, "end_index": 15}},
            10,
            {"type": "url_citation", **URL, "start_index": 2, "end_index": 5},
        ),
        (
            {"type": "url_citation", "url_citation": {**URL, "start_index": 2, "end_index": None}},
            10,
            {"type": "url_citation", **URL, "start_index": 0, "end_index": None},
        ),
        (
            {"type": "file_citation", "file_citation": {"index": 12, "start_index": 12}},
            10,
            {"type": "file_citation", "index": 2, "start_index": 12},
        ),
        ({"type": "url_citation"}, 0, None),
        ({"type": 1}, 0, None),
        ({}, 0, None),
        ("a", 0, None),
    ],
)
def test_a_note_is_flat_and_counted_from_its_part(note, before, native):
    assert native_note(note, before) == native

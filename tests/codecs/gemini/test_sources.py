import pytest

from proxy.codecs.gemini.sources import MAX_SOURCES, Sources

TEXT = "Grüße: it rains. It pours."
WEB = {"web": {"uri": "https://a.test", "title": "A"}}


def notes(*candidates, text=TEXT):
    sources = Sources()
    for candidate in candidates:
        sources.take(candidate)
    return sources.annotations(text)


def cited(start, end, url="https://a.test", title="A"):
    return {
        "type": "url_citation",
        "url_citation": {"start_index": start, "end_index": end, "url": url, "title": title},
    }


def grounded(*supports, chunks=(WEB,)):
    return {
        "groundingMetadata": {"groundingChunks": list(chunks), "groundingSupports": list(supports)}
    }


def support(segment, *places):
    return {"segment": segment, "groundingChunkIndices": list(places)}


def test_bytes_are_counted_as_characters():
    segment = {"startIndex": 9, "endIndex": 18}

    assert notes(grounded(support(segment, 0))) == [cited(7, 16)]


def test_a_segment_stands_where_its_text_stands():
    segment = {"startIndex": 1, "endIndex": 3, "text": "It pours."}

    assert notes(grounded(support(segment, 0))) == [cited(17, 26)]


def test_a_text_that_is_not_there_is_placed_by_its_numbers():
    assert notes(grounded(support({"endIndex": 3, "text": "gone"}, 0))) == [cited(0, 2)]


@pytest.mark.parametrize("segment", [None, {"endIndex": "9"}, {"startIndex": -1}])
def test_a_segment_without_an_end_goes_to_the_end_of_the_text(segment):
    assert notes(grounded(support(segment, 0))) == [cited(0, len(TEXT))]


def test_a_recited_page_that_names_no_place_is_for_the_whole_text():
    recited = {"citationMetadata": {"citations": [{"uri": "https://c.test"}]}}

    assert notes(recited) == [cited(0, len(TEXT), "https://c.test", "")]


def test_of_words_that_stand_twice_the_numbers_name_the_place():
    text = "Nö. It rains. Nö. It rains."
    segment = {"startIndex": 20, "endIndex": 29, "text": "It rains."}

    assert notes(grounded(support(segment, 0)), text=text) == [cited(18, 27)]


def test_a_segment_is_never_negative():
    assert notes(grounded(support({"startIndex": 20, "endIndex": 3}, 0))) == [cited(2, 2)]


def test_pages_without_segments_are_for_the_whole_text():
    assert notes(grounded()) == [cited(0, len(TEXT))]


def test_a_place_among_the_pages_that_is_none_is_left_out():
    file = {"retrievedContext": {"title": "mine", "text": "…"}}
    odd = [{"web": 7}, {"web": {"uri": ""}}, "nonsense", {}, file]
    segment = {"endIndex": 3}
    found = notes(grounded(support(segment, 0, 1, 2, 3, 4, 9, -1, "x"), {}, "y", chunks=odd))

    assert found == []


def test_maps_and_files_with_an_address_are_sources_too():
    chunks = [
        {"maps": {"uri": "https://m.test"}},
        {"retrievedContext": {"uri": "https://f.test", "title": "F"}},
    ]
    found = notes(grounded(chunks=chunks))

    assert found == [
        cited(0, len(TEXT), "https://m.test", ""),
        cited(0, len(TEXT), "https://f.test", "F"),
    ]


def test_grounding_is_told_anew_and_citations_are_added():
    first = {"citationMetadata": {"citations": [{"endIndex": 3, "uri": "https://c.test"}]}}
    second = {
        "citationMetadata": {
            "citations": [{"endIndex": 3, "uri": "https://c.test"}, {"uri": ""}, 7]
        }
    }
    found = notes(
        grounded(chunks=[{"web": {"uri": "https://old.test"}}]),
        first,
        grounded(),
        second,
        {"groundingMetadata": {}},
    )

    assert found == [cited(0, len(TEXT)), cited(0, 2, "https://c.test", "")]


def test_the_same_note_is_made_once():
    segment = {"endIndex": 3}

    assert notes(grounded(support(segment, 0), support(segment, 0))) == [cited(0, 2)]


@pytest.mark.parametrize(
    "candidate",
    [
        {},
        {"citationMetadata": 7},
        {"citationMetadata": {"citations": 7}},
        {"groundingMetadata": 7},
        {"groundingMetadata": {"groundingChunks": True}},
    ],
)
def test_no_sources_are_no_notes(candidate):
    assert notes(candidate) == []


def test_places_are_bounded():
    chunks = [{"web": {"uri": f"https://{at}.test"}} for at in range(2 * MAX_SOURCES)]
    every = list(range(2 * MAX_SOURCES))
    found = notes(grounded(support({"endIndex": 3}, *every), support({}, *every), chunks=chunks))

    assert len(found) == MAX_SOURCES


def test_sources_are_bounded():
    citations = [{"uri": f"https://{at}.test"} for at in range(2 * MAX_SOURCES)]
    found = notes(*({"citationMetadata": {"citations": [each]}} for each in citations))

    assert len(found) == MAX_SOURCES


def searched(*candidates):
    sources = Sources()
    for candidate in candidates:
        sources.take(candidate)
    return sources.searches()


def test_a_search_has_its_queries_and_its_pages():
    grounding = {
        "webSearchQueries": ["rain", 5],
        "groundingChunks": [WEB, {"maps": {"uri": "https://m.test"}}],
    }

    assert searched({"groundingMetadata": grounding}) == [
        {"queries": ["rain"], "results": [{"url": "https://a.test", "title": "A"}]}
    ]


@pytest.mark.parametrize(
    "grounding",
    [{}, {"webSearchQueries": []}, {"webSearchQueries": "rain"}, {"groundingChunks": "odd"}],
)
def test_where_nothing_is_told_of_a_search_there_was_none(grounding):
    assert searched({"groundingMetadata": grounding}) == []
    assert notes({"groundingMetadata": grounding}) == []


def test_a_search_that_found_nothing_is_one():
    assert searched({"groundingMetadata": {"webSearchQueries": ["rain"]}}) == [
        {"queries": ["rain"], "results": []}
    ]

import pytest

from proxy.core.state import MADE_UP
from proxy.surfaces.messages import searches as module
from proxy.surfaces.messages.searches import Searches
from tests.support.blocks import Noted

PAGE = {"url": "https://a.test", "title": "A"}


def result(url="https://a.test", title="A"):
    return {
        "type": "web_search_result",
        "url": url,
        "title": title,
        "encrypted_content": MADE_UP,
        "page_age": None,
    }


def told(*tracks):
    out = Noted()
    for track in tracks:
        track.begin(out)
        track.end()
    return out.told


def called(slot=0, query=None):
    block = {"type": "server_tool_use", "id": f"srvtoolu_1_{slot}--fb1-", "name": "web_search"}
    pieces = [f'{{"query":"{query}"}}'] if query else []
    return [{**block, "input": {}}, *pieces]


def found(*content, slot=0):
    block = {"type": "web_search_tool_result", "tool_use_id": f"srvtoolu_1_{slot}--fb1-"}
    return [{**block, "content": list(content)}]


def said(*blocks):
    """Blocks as `Noted` has them: opened, filled, closed."""
    return [
        each
        for first, *rest in blocks
        for each in (
            ("open", first),
            *(("input_json_delta", piece) for piece in rest),
            ("close",),
        )
    ]


def test_a_search_has_its_query_and_the_pages_that_it_found():
    searches = Searches("msg_1", asked=True)
    tracks = [*searches.take([{"queries": ["tide", "cork"], "results": [PAGE, "odd", {}]}])]

    assert told(*tracks, *searches.rest()) == said(called(query="tide; cork"), found(result()))
    assert searches.count == 2


def test_pages_that_only_citations_name_come_with_the_end_in_the_last_result():
    searches = Searches("msg_1", asked=True)
    tracks = [*searches.take([{"queries": ["a"], "results": []}, {"queries": [], "results": None}])]
    searches.cite("https://a.test", "")
    searches.cite("https://a.test", "twice")
    rest = [*searches.rest()]

    assert told(*tracks) == said(called(0, "a"), called(1))
    assert told(*rest) == said(found(), found(result(title="https://a.test"), slot=1))
    assert [*searches.rest()] == []
    assert searches.count == 2


def test_a_page_that_was_told_is_not_told_again():
    searches = Searches("msg_1", asked=True)
    given = [{"queries": ["a"], "results": [PAGE]}, {"queries": ["b"]}]
    tracks = [*searches.take(given)]
    searches.cite(PAGE["url"], "A")

    assert told(*tracks, *searches.rest())[-2:] == said(found(slot=1))


@pytest.mark.parametrize(("asked", "count"), [(True, 1), (False, 0)])
def test_citations_say_that_a_search_was_made_where_one_was_asked_for(asked, count):
    searches = Searches("msg_1", asked=asked)
    searches.cite("https://a.test", "A")
    rest = told(*searches.rest())

    assert rest == (said(called(), found(result())) if asked else [])
    assert searches.count == count


def test_nothing_cited_is_no_search():
    assert [*Searches("msg_1", asked=True).rest()] == []


@pytest.mark.parametrize(
    ("error", "code"),
    [("too_many_requests", "too_many_requests"), ("odd", "unavailable"), ({}, "unavailable")],
)
def test_a_search_that_failed_says_why(error, code):
    searches = Searches("msg_1", asked=True)
    tracks = [*searches.take([{"queries": ["a"], "error": error}])]
    failed = {"type": "web_search_tool_result_error", "error_code": code}

    assert told(*tracks)[-2] == ("open", {**found()[0], "content": failed})
    assert [*searches.rest()] == []


@pytest.mark.parametrize("odd", [None, "x", [5]])
def test_what_is_no_search_says_nothing(odd):
    assert [*Searches("msg_1", asked=True).take(odd)] == []


def test_searches_and_pages_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "MOST", 1)
    searches = Searches("msg_1", asked=True)
    tracks = [*searches.take([{"queries": ["a"]}] * 3)]
    for at in range(3):
        searches.cite(f"https://{at}.test", "")

    assert len(tracks) == 1
    assert told(*searches.rest()) == said(found(result("https://0.test", "https://0.test")))

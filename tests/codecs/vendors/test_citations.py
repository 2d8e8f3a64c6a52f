from proxy.codecs.vendors.citations import MAX_SOURCES, Citations

URL = "https://x.test/a"


def annotation(url, title=""):
    inner = {"url": url, "title": title, "start_index": 0, "end_index": 0}
    return {"type": "url_citation", "url_citation": inner}


def frame(finish=None, said=None, name="delta", **more):
    choice = {"index": 0, name: said if said is not None else {}, "finish_reason": finish}
    return {"choices": [choice], **more}


def test_a_stream_tells_its_sources_once_with_the_end():
    reader = Citations()
    named = {"search_results": [{"url": URL, "title": "A"}], "citations": [URL, "https://x.test/b"]}
    first = frame(**named)

    assert reader(first) is first
    last = reader(frame("stop", **named))["choices"][0]["delta"]
    assert last["annotations"] == [annotation(URL, "A"), annotation("https://x.test/b")]


def test_a_whole_answer_has_its_sources_on_the_message():
    came = frame("stop", {"content": "a"}, "message", citations=[URL, 3, {"title": "no"}, ""])
    message = Citations()(came)["choices"][0]["message"]

    assert message == {"content": "a", "annotations": [annotation(URL)]}
    assert "annotations" not in came["choices"][0]["message"]


def test_what_has_no_sources_or_has_annotations_is_the_same_object():
    plain = frame("stop")
    annotated = frame("stop", {"annotations": [1]}, citations=[URL])
    odd = {"choices": [3, {"finish_reason": "stop", "delta": 4}], "citations": [URL]}
    none = {"choices": 3, "citations": [URL]}

    assert Citations()(plain) is plain
    assert Citations()(annotated) is annotated
    assert Citations()(odd) is odd
    assert Citations()(none) is none


def test_sources_are_bounded():
    many = [f"https://x.test/{at}" for at in range(MAX_SOURCES + 5)]
    last = Citations()(frame("stop", citations=many, search_results=[{"url": URL, "title": 4}]))

    assert len(last["choices"][0]["delta"]["annotations"]) == MAX_SOURCES

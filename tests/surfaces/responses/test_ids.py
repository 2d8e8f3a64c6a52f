from proxy.core.shape import ChatRequest
from proxy.core.state import MARK
from proxy.surfaces.responses.ids import Ids, digest_of, response_of

REQUEST = ChatRequest({"messages": []}, b'{"input":"hi"}', "responses")


def test_the_same_request_and_answer_have_the_same_ids():
    assert Ids(digest_of(REQUEST), "a/1").response == Ids(digest_of(REQUEST), "a/1").response
    assert Ids(digest_of(REQUEST), "a/1").response.startswith("resp_")


def test_other_requests_and_other_answers_have_others():
    other = ChatRequest({"messages": [{"role": "user", "content": "hi"}]}, b"", "responses")
    stems = {
        Ids(digest_of(REQUEST), "a/1").response,
        Ids(digest_of(REQUEST), "a/2").response,
        Ids(digest_of(other), "a/1").response,
    }

    assert len(stems) == 3


def test_an_item_tells_whose_it_is():
    ids = Ids(digest_of(REQUEST), "\udc80")
    item = ids.item("msg", 12)

    assert len(item) <= 64
    assert response_of(item) == ids.response


def test_a_search_that_others_made_has_our_mark():
    ids = Ids(digest_of(REQUEST), "a/1")
    search = ids.search("ws", 12)

    assert len(search) <= 64
    assert search.endswith(MARK)
    assert response_of(search) == ids.response


def test_other_ids_tell_nothing():
    assert response_of("msg_0123456789") is None
    assert response_of("resp_1") is None

from proxy.codecs.embeddings.head import headers
from tests.support.embedding import JSON_HEAD, KEY, ask, target


def test_the_targets_headers_count_for_more_than_ours_and_ours_than_the_callers():
    request = ask(forward=(("accept", "theirs"), ("x-id", "theirs"), ("api-key", "theirs")))
    who = target("openai", headers=(("x-id", "targets"), ("accept", "targets")))

    assert dict(headers(request, who)) == {
        **JSON_HEAD,
        "accept": "targets",
        "x-id": "targets",
        "authorization": f"Bearer {KEY}",
    }


def test_a_credential_goes_as_it_is_told():
    assert dict(headers(ask(), target("gemini"), {"k": "v"})) == {**JSON_HEAD, "k": "v"}
    assert dict(headers(ask(), target("vertex"), {})) == JSON_HEAD
    assert dict(headers(ask(), target("ollama", key=""))) == JSON_HEAD

import pytest

from proxy.web.dialect import is_anthropic

VERSION = [(b"anthropic-version", b"2023-06-01")]


@pytest.mark.parametrize(
    ("path", "plain", "versioned"),
    [
        ("/v1/messages", True, True),
        ("/messages/count_tokens/", True, True),
        ("/v1/v1/messages", True, True),
        ("/cursor/v1/messages", True, True),
        ("//v1/messages", True, True),
        ("/v1//messages", True, True),
        ("/v1//chat/completions", False, False),
        ("/v1/models", False, True),
        ("/models/claude-x", False, True),
        ("/v1/nothing", False, True),
        ("/", False, True),
        ("/v1/chat/completions", False, False),
        ("/v1/responses/resp_1", False, False),
        ("/embeddings", False, False),
        ("/completions", False, False),
        ("/v1/messagesx", False, True),
    ],
)
def test_the_path_decides_and_where_it_does_not_the_version_does(path, plain, versioned):
    assert is_anthropic({"path": path, "headers": []}) is plain
    assert is_anthropic({"path": path, "headers": VERSION}) is versioned

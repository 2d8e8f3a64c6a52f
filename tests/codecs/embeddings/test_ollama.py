import json

import pytest

from proxy.core.errors import Kind
from tests.support.embedding import JSON_HEAD, answer, call, complaint, native, rows, target

OLLAMA = target("ollama", "nomic-embed-text", "http://127.0.0.1:11434", key="")


def test_a_call_is_exactly_this():
    made = call(
        OLLAMA,
        "a",
        dimensions=256,
        input_type="query",
        user="u",
        keep_alive="5m",
        options={"num_ctx": 9},
    )

    assert made.url == "http://127.0.0.1:11434/api/embed"
    assert dict(made.headers) == JSON_HEAD
    assert json.loads(made.body) == {
        "model": "nomic-embed-text",
        "input": ["a"],
        "truncate": False,
        "dimensions": 256,
        "keep_alive": "5m",
        "options": {"num_ctx": 9},
    }
    assert made.dropped == ("user", "input_type")


def test_a_text_is_cut_only_where_that_is_asked_for():
    assert native(OLLAMA, "a", truncate=True)["truncate"] is True


@pytest.mark.parametrize("base", ["http://o.test", "http://o.test/v1", "http://o.test/api"])
def test_the_address_is_the_hosts_whatever_path_was_pasted(base):
    assert call(target("ollama", base=base)).url == "http://o.test/api/embed"


def test_an_answer_is_read():
    value = {"model": "nomic", "embeddings": [[1, 0.5], [2, 3]], "prompt_eval_count": 9}
    read = answer("ollama", value)

    assert rows(read.vectors) == ((1.0, 0.5), (2.0, 3.0))
    assert (read.model, read.prompt_tokens) == ("nomic", 9)


def test_an_error_inside_a_200_is_one():
    error = complaint("ollama", {"error": "the input length exceeds the context length"})

    assert error.kind is Kind.CONTEXT_LENGTH

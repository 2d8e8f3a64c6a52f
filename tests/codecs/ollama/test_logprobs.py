import pytest

from proxy.codecs.ollama.logprobs import logprobs_of


def test_tokens_have_bytes_and_their_rivals():
    given = [
        {"token": "é", "logprob": -0.5, "top_logprobs": [{"token": "e", "logprob": -1}, 5]},
        {"token": "x", "logprob": -0.1, "bytes": [120]},
    ]

    assert logprobs_of(given) == {
        "content": [
            {
                "token": "é",
                "logprob": -0.5,
                "bytes": [195, 169],
                "top_logprobs": [{"token": "e", "logprob": -1, "bytes": [101]}],
            },
            {"token": "x", "logprob": -0.1, "bytes": [120], "top_logprobs": []},
        ]
    }


@pytest.mark.parametrize("given", [None, [], {}, "x"])
def test_nothing_is_none(given):
    assert logprobs_of(given) is None


def test_what_is_no_token_is_left_out():
    assert logprobs_of([5, {"token": None, "logprob": -1}]) == {
        "content": [{"token": "", "logprob": -1, "bytes": [], "top_logprobs": []}]
    }

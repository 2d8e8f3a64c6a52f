import pytest

from proxy.codecs.cohere.logprobs import logprobs_of


def test_a_piece_is_as_probable_as_all_its_tokens_together():
    pieces = (
        {"text": "é", "token_ids": [1, 2], "logprobs": [-0.25, -0.5]},
        {"token_ids": [], "logprobs": []},
    )

    assert logprobs_of(*pieces) == {
        "content": [
            {"token": "é", "logprob": -0.75, "bytes": [195, 169], "top_logprobs": []},
            {"token": "", "logprob": 0.0, "bytes": [], "top_logprobs": []},
        ]
    }


@pytest.mark.parametrize("piece", [None, 5, {}, {"logprobs": ["x"]}, {"logprobs": None}])
def test_what_has_none_gives_none(piece):
    assert logprobs_of(piece) is None
    assert logprobs_of() is None

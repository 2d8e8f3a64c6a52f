import pytest

from proxy.codecs.gemini.logprobs import logprobs_of


def test_log_probabilities_in_chats_form():
    result = {
        "chosenCandidates": [
            {"token": "Hé", "tokenId": 1, "logProbability": -0.5},
            {"token": None, "logProbability": None},
        ],
        "topCandidates": [{"candidates": [{"token": "Hé", "logProbability": -0.5}, "nonsense"]}],
    }

    assert logprobs_of(result) == {
        "content": [
            {
                "token": "Hé",
                "logprob": -0.5,
                "bytes": [72, 195, 169],
                "top_logprobs": [{"token": "Hé", "logprob": -0.5, "bytes": [72, 195, 169]}],
            },
            {"token": "", "logprob": 0.0, "bytes": [], "top_logprobs": []},
        ],
        "refusal": None,
    }


@pytest.mark.parametrize(
    "result", [None, {}, [], {"chosenCandidates": 7}, {"chosenCandidates": [7]}]
)
def test_no_log_probabilities_are_none(result):
    assert logprobs_of(result) is None

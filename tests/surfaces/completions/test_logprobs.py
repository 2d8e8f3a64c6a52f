from proxy.surfaces.completions.logprobs import legacy

TOPS = [{"token": "ti", "logprob": -0.5}, {"token": "wi", "logprob": -1.5}]
CHAT = {
    "content": [
        {"token": "ti", "logprob": -0.5, "top_logprobs": TOPS},
        {"token": "de", "logprob": -0.1, "top_logprobs": []},
    ],
    "refusal": None,
}


def test_one_list_of_tokens_becomes_four():
    assert legacy(CHAT, 4) == {
        "tokens": ["ti", "de"],
        "token_logprobs": [-0.5, -0.1],
        "top_logprobs": [{"ti": -0.5, "wi": -1.5}, {}],
        "text_offset": [4, 6],
    }


def test_the_legacy_form_stays_as_it_is():
    own = {"tokens": ["a"], "token_logprobs": [-1.0], "top_logprobs": None, "text_offset": [0]}

    assert legacy(own, 4) is own


def test_none_stays_none():
    assert legacy(None, 0) is None
    assert legacy({"content": None}, 0) is None

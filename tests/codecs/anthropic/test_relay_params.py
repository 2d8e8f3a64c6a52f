import json

import pytest

from proxy.codecs.anthropic.relay_params import lay_over
from proxy.core import jsons
from tests.support.claude import OPUS_4_6, OPUS_5_5, SONNET_4_5


def laid(params, model=SONNET_4_5, **caller):
    """The body after the parameters were laid over the caller's, and what was dropped."""
    members = jsons.split(json.dumps(caller).encode())
    said = lay_over(members, params, model)
    return json.loads(jsons.join(members)), said.dropped


def test_chats_names_become_the_providers():
    params = {"max_completion_tokens": 7, "stop": "END", "user": "u", "service_tier": "default"}

    assert laid(params, max_tokens=9) == (
        {
            "max_tokens": 7,
            "stop_sequences": ["END"],
            "metadata": {"user_id": "u"},
            "service_tier": "standard_only",
        },
        [],
    )


def test_what_has_no_form_is_dropped_and_what_chat_does_not_know_goes_as_it_is():
    params = {"seed": 1, "n": 1, "tools": [], "stream": True, "model": "m", "temperature": None}

    assert laid({**params, "new": None}) == ({"new": None}, ["seed", "n", "tools"])


def test_what_this_model_refuses_is_dropped():
    assert laid({"temperature": 0.5}, OPUS_5_5) == ({}, ["temperature"])


@pytest.mark.parametrize("caller", [{}, {"max_tokens": 100}, {"max_tokens": "odd"}])
def test_a_parameter_that_is_no_limit_leaves_the_limit_alone(caller):
    assert laid({"top_k": 4}, **caller) == ({**caller, "top_k": 4}, [])


def test_a_budget_of_reasoning_makes_room_in_the_callers_limit():
    assert laid({"reasoning_effort": "low"}, max_tokens=1000)[0] == {
        "max_tokens": 3048,
        "thinking": {"type": "enabled", "budget_tokens": 2048},
    }


def test_an_effort_needs_no_other_limit_and_keeps_the_format_beside_it():
    config = {"format": {"type": "json_schema"}, "effort": "low"}

    assert laid({"reasoning_effort": "high"}, OPUS_4_6, max_tokens=9, output_config=config)[0] == {
        "max_tokens": 9,
        "output_config": {"format": {"type": "json_schema"}, "effort": "high"},
        "thinking": {"type": "adaptive"},
    }


def test_a_configuration_of_the_output_replaces_the_callers():
    laid_over, _ = laid(
        {"output_config": {"effort": "max"}},
        OPUS_4_6,
        output_config={"format": {}, "effort": "low"},
    )

    assert laid_over == {"output_config": {"effort": "max"}}


def test_an_effort_replaces_what_is_no_configuration():
    assert laid({"reasoning_effort": "high"}, OPUS_4_6, max_tokens=9, output_config=[1])[0][
        "output_config"
    ] == {"effort": "high"}

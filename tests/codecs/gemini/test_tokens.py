import pytest

from proxy.codecs.gemini.tokens import Tokens, Told
from proxy.core import jsons
from proxy.core.usage import Usage


def counted(*metadata):
    tokens = Tokens()
    for each in metadata:
        tokens.take(each)
    return tokens.usage()


def test_thoughts_and_tool_prompts_are_part_of_the_totals():
    usage = counted(
        {
            "promptTokenCount": 10,
            "toolUsePromptTokenCount": 5,
            "cachedContentTokenCount": 4,
            "candidatesTokenCount": 7,
            "thoughtsTokenCount": 3,
            "totalTokenCount": 25,
        }
    )

    assert usage == Usage(prompt=15, completion=10, cached=4, reasoning=3)
    assert usage.total == 25


def test_a_later_count_replaces_an_earlier_one_where_it_is_there():
    usage = counted(
        {"promptTokenCount": 9, "candidatesTokenCount": 4},
        {"promptTokenCount": 9, "candidatesTokenCount": 6},
        {"promptTokenCount": 9, "thoughtsTokenCount": 2},
    )

    assert usage == Usage(prompt=9, completion=8, reasoning=2)


def test_audio_and_images_are_counted_by_themselves():
    usage = counted(
        {
            "promptTokenCount": 9,
            "candidatesTokenCount": 1300,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 2},
                {"modality": "AUDIO", "tokenCount": 7},
                {"modality": "AUDIO", "tokenCount": None},
                "nonsense",
            ],
            "candidatesTokensDetails": [
                {"modality": "IMAGE", "tokenCount": 1290},
                {"modality": "AUDIO", "tokenCount": 10},
            ],
        }
    )

    assert (usage.audio_input, usage.audio_output, usage.image_output) == (7, 10, 1290)


@pytest.mark.parametrize(
    "metadata", [None, [], "9", {"trafficType": "ON_DEMAND"}, {"promptTokenCount": "9"}]
)
def test_what_counts_nothing_is_no_usage(metadata):
    assert counted(metadata) is None


TOLD = {
    "promptTokenCount": 9,
    "candidatesTokenCount": 7,
    "thoughtsTokenCount": 3,
    "cachedContentTokenCount": 4,
    "toolUsePromptTokenCount": 5,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 2}, {"modality": "AUDIO"}],
    "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 0}, {"tokenCount": 7}],
}


@pytest.mark.parametrize("name", TOLD)
def test_counts_in_their_documented_form_are_taken_like_any(name):
    metadata = {name: TOLD[name]}
    tokens = Tokens()
    tokens.add(jsons.Form(Told).read(jsons.encode(metadata)))

    assert tokens.usage() == counted(metadata)


@pytest.mark.parametrize(
    ("metadata", "tier"),
    [
        ({"serviceTier": "standard"}, "default"),
        ({"serviceTier": "flex"}, "flex"),
        ({"serviceTier": "unheard-of"}, None),
        ({"trafficType": "ON_DEMAND_PRIORITY"}, "priority"),
        ({"trafficType": "PROVISIONED_THROUGHPUT"}, None),
        ({"trafficType": "ON_DEMAND", "serviceTier": "flex"}, "flex"),
        ({}, None),
    ],
)
def test_who_served_is_told_in_chats_words(metadata, tier):
    generally, typed = Tokens(), Tokens()
    generally.take({"serviceTier": None, **metadata})
    typed.add(jsons.Form(Told).read(jsons.encode(metadata)))

    assert generally.tier == typed.tier == tier

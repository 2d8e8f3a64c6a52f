import pytest

from proxy.codecs.anthropic.models import capability, family


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("Claude-Sonnet-4.5", "claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("claude-3-7-sonnet@20250219", "claude-3-7-sonnet"),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("claude-opus-5-5@default", "claude-opus-5-5"),
        ("claude-sonnet-4-0", "claude-sonnet-4"),
        ("kimi-k2.5", "kimi-k2.5"),
    ],
)
def test_a_family_is_what_all_names_of_a_model_share(model, name):
    assert family(model) == name


@pytest.mark.parametrize(
    ("model", "row"),
    [
        ("claude-3-opus-20240229", (4_096, "", "", "sampling forced prefill")),
        ("claude-3-5-haiku-latest", (8_192, "", "", "sampling forced prefill")),
        ("claude-3-7-sonnet-20250219", (64_000, "disabled enabled", "", "sampling forced prefill")),
        ("claude-opus-4-1-20250805", (32_000, "disabled enabled", "", "sampling forced prefill")),
        ("claude-sonnet-4-5", (64_000, "disabled enabled", "", "sampling forced prefill schemas")),
        (
            "claude-opus-4-5",
            (64_000, "disabled enabled", "low medium high", "sampling forced prefill schemas"),
        ),
        (
            "claude-sonnet-4-6",
            (64_000, "adaptive disabled enabled", "low medium high max", "sampling forced schemas"),
        ),
        (
            "claude-opus-4-7",
            (128_000, "adaptive disabled", "low medium high xhigh max", "forced schemas"),
        ),
        (
            "claude-opus-4-8",
            (128_000, "adaptive disabled", "low medium high xhigh max", "forced schemas system"),
        ),
        (
            "claude-sonnet-5",
            (128_000, "adaptive disabled", "low medium high xhigh max", "forced schemas system"),
        ),
        (
            "claude-opus-5",
            (128_000, "adaptive disabled", "low medium high xhigh max", "forced schemas system"),
        ),
        ("claude-fable-5", (128_000, "adaptive", "low medium high xhigh max", "forced schemas system")),
        ("claude-fable-5-2", (128_000, "adaptive", "low medium high xhigh max", "schemas system")),
        ("claude-mythos-preview", (128_000, "adaptive", "low medium high xhigh max", "forced schemas system")),
        ("claude-opus-5-5", (128_000, "adaptive", "low medium high xhigh max", "schemas system")),
        (
            "claude-sonnet-5-5",
            (128_000, "adaptive between_tools", "low medium high xhigh max", "schemas system"),
        ),
        (
            "claude-haiku-5-5",
            (128_000, "adaptive disabled", "low medium high xhigh max", "schemas system"),
        ),
    ],
)  # fmt: skip
def test_every_generation_has_its_row(model, row):
    able = capability(model)
    flags = {
        "sampling": able.sampling,
        "forced": able.forced_choice,
        "prefill": able.prefill,
        "schemas": able.schemas,
        "system": able.system_turns,
    }
    told = " ".join(name for name, on in flags.items() if on)

    assert (able.max_tokens, " ".join(sorted(able.thinking)), " ".join(able.efforts), told) == row


def test_a_claude_that_no_row_knows_is_taken_for_the_newest():
    newest = capability("claude-fable-5-1")

    assert capability("claude-opus-6") == newest
    assert capability("claude-opus-5-7") == newest
    assert capability("claude-opus-4-10") == newest
    assert capability("claude-2.1") == newest


def test_a_variant_of_a_known_model_has_its_row():
    assert capability("claude-sonnet-5-5-fast") == capability("claude-sonnet-5-5")


def test_a_model_of_another_house_is_taken_for_a_classic_one():
    able = capability("kimi-k2")

    assert (able.sampling, able.forced_choice, able.prefill) == (True, True, True)
    assert (able.schemas, able.efforts, able.max_tokens) == (False, (), 8_192)

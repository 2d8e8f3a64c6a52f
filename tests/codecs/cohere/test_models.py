import pytest

from proxy.codecs.cohere.models import reasons


@pytest.mark.parametrize(
    "model",
    ["command-a-plus-05-2026", "command-a-reasoning-08-2025", "my-tuned-model", "command-z"],
)
def test_newer_models_reason_and_unknown_ones_may(model):
    assert reasons(model)


@pytest.mark.parametrize(
    "model",
    [
        "command", "command-light", "command-r", "command-r-08-2024", "command-r-plus", "command-r7b-12-2024",
        "command-r+", "command-a-03-2025", "command-a-vision-07-2025", "command-a-translate-08-2025",
        "c4ai-aya-expanse-32b", "aya-vision",
    ],
)  # fmt: skip
def test_older_and_special_models_do_not(model):
    assert not reasons(model)

import pytest

from proxy.codecs.gemini.models import capability, family

ALL = ("MINIMAL", "LOW", "MEDIUM", "HIGH")


@pytest.mark.parametrize(
    ("model", "levels"),
    [
        ("gemini-4-argon", ALL[1:]),
        ("gemini-4-neon", ALL[1:]),
        ("gemini-4.5-xenon", ALL[1:]),
        ("gemini-3.8-flash", ALL[1:]),
        ("gemini-3.5-flash", ALL),
        ("gemini-3-flash-preview", ALL),
        ("gemini-3-pro-preview", ("LOW", "HIGH")),
        ("gemini-3.1-pro-preview", ALL[1:]),
        ("gemini-flash-latest", ALL[1:]),
        ("gemini-pro-latest", ALL[1:]),
        ("models/gemini-3-flash", ALL),
        ("publishers/google/models/gemini-3-flash", ALL),
        ("gemini-robotics", ALL[1:]),
        ("gemini-2.5-flash", ()),
    ],
)
def test_levels_by_generation_and_tier(model, levels):
    assert capability(model).levels == levels
    assert capability(model).thinks is (levels != () or "2.5" in model)


@pytest.mark.parametrize(
    ("model", "least", "most", "may_be_off"),
    [
        ("gemini-2.5-pro", 128, 32_768, False),
        ("gemini-2.5-flash", 1, 24_576, True),
        ("gemini-2.5-flash-lite", 512, 24_576, True),
        ("gemini-2.5-pro-preview-06-05", 128, 32_768, False),
    ],
)
def test_budgets_of_the_generation_before_levels(model, least, most, may_be_off):
    budget = capability(model).budget

    assert (budget.least, budget.most, budget.may_be_off) == (least, most, may_be_off)


@pytest.mark.parametrize("model", ["gemini-2.0-flash", "gemini-1.5-pro-002", "endpoints/123456"])
def test_older_and_unknown_models_do_not_think_and_need_no_signature(model):
    able = capability(model)

    assert not able.thinks
    assert not able.signatures
    assert not able.json_schema
    assert able.penalties


def test_the_newest_generation_refuses_most():
    able = capability("gemini-4-argon")

    assert not able.sampling
    assert not able.prefill
    assert not able.caching
    assert able.candidates == 1


def test_an_open_model_takes_text_and_images_only():
    able = capability("gemma-3-27b-it")

    assert not able.tools
    assert not able.media
    assert not able.system


def test_only_some_models_think_unasked():
    assert capability("gemini-2.5-flash").thinks_unasked
    assert not capability("gemini-2.5-flash-lite").thinks_unasked
    assert not capability("gemini-2.5-flash-image").thinks


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("models/gemini-3-pro-preview", "gemini-3-pro"),
        ("gemini-2.5-flash-preview-05-20", "gemini-2.5-flash"),
        ("gemini-2.0-flash-001", "gemini-2.0-flash"),
        ("publishers/google/models/gemini-3.8-flash", "gemini-3.8-flash"),
        ("Gemini-3-Pro@20261101", "gemini-3-pro"),
        ("gemini-flash-latest", "gemini-flash"),
    ],
)
def test_a_family_has_neither_path_nor_stage_nor_revision(model, name):
    assert family(model) == name

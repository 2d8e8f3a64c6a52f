import pytest

from proxy.codecs.mistral.models import is_prompted, is_switched, reasons


@pytest.mark.parametrize(
    ("model", "prompted", "switched"),
    [
        ("magistral-medium-latest", True, False),
        ("Magistral-Small-2509", True, False),
        ("mistral-small-latest", False, True),
        ("mistral-small-2603", False, True),
        ("mistral-small-2409", False, False),
        ("mistral-medium-3-5", False, True),
        ("mistral-medium-3.5", False, True),
        ("mistral-medium-2312", False, False),
        ("mistral-large-latest", False, False),
        ("codestral-latest", False, False),
    ],
)
def test_models_reason_by_prompt_or_by_switch_or_not(model, prompted, switched):
    assert (is_prompted(model), is_switched(model)) == (prompted, switched)
    assert reasons(model) is (prompted or switched)

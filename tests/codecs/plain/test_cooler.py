import pytest

from proxy.codecs.plain.cooler import cooler
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Target


def warmth(said, *, code="tool_use_failed", status=400, **params):
    failure = ProxyError(Kind.INVALID_REQUEST, "it failed", status=status, code=code)
    request = ChatRequest({} if said is None else {"temperature": said})
    cool = cooler(failure, request, Target("p", "m", "openai", "http://x", params=params))
    return None if cool is None else cool.params["temperature"]


@pytest.mark.parametrize("code", ["tool_use_failed", "json_validate_failed"])
@pytest.mark.parametrize(("said", "cool"), [(None, 0.5), (0.6, 0.3), (1, 0.5), (2, 0.5)])
def test_a_spoilt_answer_is_asked_for_with_half_the_temperature(said, cool, code):
    assert warmth(said, code=code) == cool


def test_the_operators_temperature_is_the_one_that_is_lowered():
    assert warmth(2, temperature=0.4) == 0.2


@pytest.mark.parametrize(
    "details", [{"said": 0}, {"said": 1, "code": None}, {"said": 1, "status": 429}]
)
def test_nothing_is_cooler_than_nothing_and_other_failures_are_not_of_the_temperature(details):
    assert warmth(**details) is None

import pytest

from proxy.core.errors import ProxyError
from proxy.core.shape import CallOptions
from proxy.surfaces.options import call_options, cascade


def test_a_cascade_of_the_callers_own_is_read_in_order():
    assert cascade(["a", "b/c"]) == ("a", "b/c")
    assert cascade([]) == cascade(None) == ()


@pytest.mark.parametrize(
    ("models", "param", "code"),
    [
        ("a", "models", "invalid_type"),
        (["a", 5], "models[1]", "invalid_type"),
        (["a", ""], "models[1]", "invalid_value"),
        (["a"] * 17, "models", "invalid_value"),
    ],
)
def test_a_wrong_cascade_is_refused(models, param, code):
    with pytest.raises(ProxyError) as caught:
        cascade(models)

    assert (caught.value.param, caught.value.code) == (param, code)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (None, CallOptions()),
        ({}, CallOptions()),
        ({"report": True}, CallOptions(report=True)),
        ({"report": None, "first_byte_timeout": None}, CallOptions()),
        ({"first_byte_timeout": 3}, CallOptions(first_byte_timeout=3.0)),
        ({"first_byte_timeout": "8s"}, CallOptions(first_byte_timeout=8.0)),
        ({"first_byte_timeout": "250ms"}, CallOptions(first_byte_timeout=0.25)),
    ],
)
def test_options_are_read(sent, read):
    assert call_options(sent) == read


@pytest.mark.parametrize(
    ("sent", "param", "code"),
    [
        ([], "firstbyte", "invalid_type"),
        ({"report": "yes"}, "firstbyte.report", "invalid_type"),
        ({"first_byte_timeout": True}, "firstbyte.first_byte_timeout", "invalid_type"),
        ({"first_byte_timeout": []}, "firstbyte.first_byte_timeout", "invalid_type"),
        ({"first_byte_timeout": "soon"}, "firstbyte.first_byte_timeout", "invalid_value"),
        ({"first_byte_timeout": 0}, "firstbyte.first_byte_timeout", "invalid_value"),
        ({"first_byte_timeout": "25h"}, "firstbyte.first_byte_timeout", "invalid_value"),
        ({"colour": 1}, "firstbyte.colour", "unknown_parameter"),
    ],
)
def test_wrong_options_are_refused(sent, param, code):
    with pytest.raises(ProxyError) as caught:
        call_options(sent)

    assert (caught.value.param, caught.value.code) == (param, code)


def test_a_misspelt_option_gets_a_hint():
    with pytest.raises(ProxyError, match="did you mean 'report'"):
        call_options({"reprot": True})
    with pytest.raises(ProxyError, match="known are: first_byte_timeout, hedge_after"):
        call_options({"colour": 1})


def test_a_call_may_want_nothing_of_a_cache():
    assert call_options({}).cache == ""
    assert call_options({"cache": "refresh"}).cache == "refresh"
    with pytest.raises(ProxyError, match="'off', 'refresh'"):
        call_options({"cache": "on"})


def test_a_call_may_set_its_own_hedge_and_recovery():
    options = call_options({"hedge_after": "1500ms", "recover": "prefill"})

    assert (options.hedge_after, options.recover) == (1.5, "prefill")


def test_a_call_may_want_no_hedge():
    assert call_options({"hedge_after": "off"}).hedge_after == 0.0


@pytest.mark.parametrize("value", ["sometimes", 7, ["restart"]])
def test_a_recovery_that_is_none_is_refused_with_its_path(value):
    with pytest.raises(ProxyError) as caught:
        call_options({"recover": value})

    assert caught.value.param == "firstbyte.recover"

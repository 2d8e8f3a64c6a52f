import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.codecs.cohere.names import escaped, restored


@pytest.mark.parametrize(
    ("name", "native"),
    [
        ("get_weather", "get_weather"),
        ("get-weather", "get_x2d_weather"),
        ("2fa", "_x32_fa"),
        ("a1", "a1"),
        ("a.b", "a_x2e_b"),
        ("a_x2d_b", "a_x5f_x2d_b"),
        ("a_x00.", "a_x5f_x00_x2e_"),
        ("get_xero", "get_xero"),
        ("_x_", "_x_"),
        ("", ""),
    ],
)
def test_a_name_is_written_so_that_the_provider_takes_it(name, native):
    assert escaped(name) == native
    assert restored(native) == name


@settings(max_examples=500)
@given(st.text(st.sampled_from("abx_-0129fé.\U0001f30a")) | st.text())
def test_every_name_comes_back(name):
    assert re.fullmatch("(?![0-9])[A-Za-z0-9_]*", escaped(name))
    assert restored(escaped(name)) == name


def test_what_is_no_character_stays():
    assert restored("_xffffff_") == "_xffffff_"

"""What may be a name, and what may not."""

import re

import pytest

from proxy.config.fields.names import NAME, PROVIDER, TARGET


@pytest.mark.parametrize("name", ["chat", "a model: with/all sörts", "x" * 256])
def test_a_name_is_anything_on_one_line(name):
    assert re.fullmatch(NAME, name)


@pytest.mark.parametrize("name", ["", "two\nlines", "a\tb", "x" * 257])
def test_a_name_is_neither_empty_nor_long_nor_on_two_lines(name):
    assert not re.fullmatch(NAME, name)


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "x" * 65])
def test_a_provider_is_a_word_without_a_slash(name):
    assert re.fullmatch(PROVIDER, "eu.west_1-a")
    assert not re.fullmatch(PROVIDER, name)


@pytest.mark.parametrize("target", ["a", "/m", "a/", "-a/m", "a/b\nc"])
def test_the_first_slash_of_a_target_divides(target):
    assert re.fullmatch(TARGET.pattern, "groq/a/b/c")
    assert not re.fullmatch(TARGET.pattern, target)

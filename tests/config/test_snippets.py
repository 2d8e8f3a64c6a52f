"""The lines for clients are data: every slot is known, every tool has a title, and no key is among them."""

import re

import pytest

from proxy.config.schema import Alias, Config
from proxy.config.snippets import KEY, MODEL, model_for, snippets


@pytest.mark.parametrize("snippet", snippets().values(), ids=lambda snippet: snippet.tool)
def test_each_has_a_title_and_slots_that_can_be_filled(snippet):
    assert snippet.title
    assert set(re.findall(r"\{\{(\w+)\}\}", snippet.text)) <= {"host", "v1", "key", "model"}
    filled = snippet.filled("https://llm.example", "acme/large")
    assert "{{" not in filled
    assert "https://llm.example" in filled
    assert KEY in filled


@pytest.mark.parametrize(
    ("config", "model"),
    [
        (Config(), MODEL),
        (Config(default_model="chat"), "chat"),
        (Config(models={"*": Alias("*", ()), "two words": Alias("two words", ())}), MODEL),
        (Config(models={"*": Alias("*", ()), "fast": Alias("fast", ())}), "fast"),
    ],
)
def test_the_model_is_the_first_that_can_be_named_in_lines(config, model):
    assert model_for(config) == model

from itertools import combinations

import pytest

from proxy.commands.beginning import LONGEST, SUGGESTED, beginning
from proxy.config.catalog import catalog
from proxy.config.load import load
from proxy.config.schema import Provider
from proxy.core.clock import SystemClock
from proxy.core.secret import Secret
from proxy.core.usage import Usage
from proxy.watch.prices import Prices

KEYS = {name: catalog().find(name).env[0] for name in SUGGESTED}


def found(*names, off=()):
    return {
        name: Provider(
            name,
            name,
            catalog().find(name).protocol,
            "https://x",
            () if name in off else (Secret("k"),),
            key_variable=KEYS[name],
            off=f"{KEYS[name]} is empty" if name in off else "",
        )
        for name in names
    }


def config(text, environ):
    return load("c.yaml", environ=environ, read=lambda _: text.encode())


@pytest.mark.parametrize("names", [(), *combinations(SUGGESTED, 1), *combinations(SUGGESTED, 2)])
def test_it_is_a_configuration_whatever_was_found(names):
    made = config(beginning(found(*names), ()), {KEYS[name]: "sk-0123456789" for name in names})

    assert [ref.provider for ref in made.models["chat"].refs] == [
        name for name in SUGGESTED if name in names
    ] or ["mock"]
    assert made.default_model == "chat"
    assert made.warnings == ()


def test_every_setting_that_is_shown_is_what_holds_or_can_be_said():
    text = beginning(found("openai"), ())
    settings = text.split("# What holds")[1].split("#\n", 1)[1]
    said = "".join(line.removeprefix("# ") + "\n" for line in settings.splitlines())
    environ = {"OPENAI_API_KEY": "sk-0123456789", "FIRSTBYTE_KEY": "fb-0123456789"}

    plain, told = config(text, environ), config(text + said, environ)

    assert told.server == plain.server
    assert told.limits.retries == plain.limits.retries
    assert told.limits.commit == plain.limits.commit
    assert told.limits.hedge_after is None
    assert told.limits.first_byte_timeout == plain.limits.first_byte_timeout


def test_the_first_cascade_is_short_and_the_rest_is_shown():
    text = beginning(found(*SUGGESTED), ())

    assert text.count("\n    - ") == LONGEST
    assert text.count("\n    # - ") == len(SUGGESTED) - LONGEST


def test_a_provider_that_is_off_is_shown_with_the_reason():
    text = beginning(found("groq", off=("groq",)), ())

    assert "  # groq: {}                    # GROQ_API_KEY is empty" in text
    assert "groq/" not in text


def test_whence_a_login_comes_is_said():
    azure = Provider("azure", "azure", "azure", "https://x", auth=None)

    assert "# at https://x" in beginning({"azure": azure}, ())


@pytest.mark.parametrize("name", SUGGESTED)
def test_a_suggested_model_is_one_that_exists(name):
    provider = Provider(name, name, "openai", "https://x")
    prices = Prices({}, {name: provider}, SystemClock())
    usage = Usage(prompt=1, completion=1)

    assert prices.cost(f"{name}/{SUGGESTED[name]}", "", usage, "") is not None

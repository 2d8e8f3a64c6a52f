"""An entry and its vendor's row become one provider."""

import pytest

from proxy.core.shape import Quirks
from tests.support.configs import CANARY, loaded, problems


def provider(text, name="p", environ=None):
    config = loaded(f"providers:\n  {name}: {text}\n", environ=environ or {})
    return config.providers[name], config.warnings


def test_a_vendors_name_is_enough():
    found, warnings = provider("{}", "groq", {"GROQ_API_KEY": CANARY})

    assert (found.vendor, found.protocol) == ("groq", "openai")
    assert found.base_url == "https://api.groq.com/openai/v1"
    assert found.api_keys[0].matches(CANARY)
    assert found.key_variable == "GROQ_API_KEY"
    assert not found.quirks.developer_role
    assert warnings == ()


def test_a_row_serves_under_another_name_and_address():
    found, _ = provider("{vendor: groq, base_url: 'https://g.example/v1/', api_key: k}")

    assert (found.vendor, found.base_url) == ("groq", "https://g.example/v1")
    assert not found.quirks.developer_role


def test_an_own_entry_has_no_key_and_the_quirks_of_an_unknown_server():
    found, warnings = provider("{base_url: 'http://h/v1'}")

    assert (found.vendor, found.protocol, found.api_keys, found.off) == ("", "openai", (), "")
    assert found.quirks.rename == {"max_completion_tokens": "max_tokens"}
    assert warnings == ()


@pytest.mark.parametrize(
    ("entry", "is_told"),
    [
        ("{base_url: 'http://api.vendor.example/v1', api_key: k}", True),
        ("{base_url: 'http://api.vendor.example/v1', api_key: passthrough}", True),
        ("{base_url: 'http://api.vendor.example/v1', headers: {Authorization: Bearer k}}", True),
        ("{base_url: 'http://api.vendor.example/v1', headers: {x-team: blue}}", False),
        ("{base_url: 'http://api.vendor.example/v1'}", False),
        ("{base_url: 'https://api.vendor.example/v1', api_key: k}", False),
        ("{base_url: 'http://gpu.internal/v1', api_key: k}", False),
    ],
)
def test_that_keys_go_unencrypted_beyond_the_house_is_told(entry, is_told):
    _, warnings = provider(entry)

    sentence = "Keys for the provider p travel unencrypted: its address begins with http://."
    assert warnings == ((sentence,) if is_told else ())


def test_an_own_anthropic_entry_has_no_quirks():
    found, _ = provider("{protocol: anthropic, base_url: 'http://h', api_key: k}")

    assert found.quirks == Quirks()


def test_a_vendor_at_another_protocol_needs_its_address_and_loses_its_quirks():
    found, _ = provider(
        "{protocol: anthropic, base_url: 'https://api.deepseek.com/anthropic', api_key: k}",
        "deepseek",
    )

    assert (found.vendor, found.protocol, found.quirks) == ("deepseek", "anthropic", Quirks())
    assert any(
        "Groq's own address" in line
        for line in problems("providers: {groq: {protocol: anthropic}}")
    )


@pytest.mark.parametrize(
    ("text", "environ", "off"),
    [
        ("{}", {}, "OPENAI_API_KEY is not set"),
        ("{}", {"OPENAI_API_KEY": ""}, "OPENAI_API_KEY is empty"),
        ("{api_key: '${MY_KEY}'}", {}, "MY_KEY is not set"),
        ("{api_key: '${MY_KEY}'}", {"MY_KEY": ""}, "MY_KEY is empty"),
        ("{api_key: '${MY_KEY:-}'}", {}, "MY_KEY is empty"),
        ("{api_key: ['${A}', '${B}']}", {}, "A is not set"),
    ],
)
def test_a_missing_key_switches_off_with_a_warning(text, environ, off):
    found, warnings = provider(text, "openai", environ)

    assert found.off == off
    assert warnings == (f"The provider openai is off: {found.off}.",)


def test_one_missing_key_of_several_is_left_out_with_a_warning():
    found, warnings = provider("{api_key: ['${A}', b]}", "openai")

    assert [key.reveal() for key in found.api_keys] == ["b"]
    assert found.off == ""
    assert warnings == ("The provider openai goes without one of its keys: A is not set.",)


@pytest.mark.parametrize("text", ["{api_key: ''}", "{api_key: '${X:-}', base_url: 'http://h/v1'}"])
def test_an_empty_key_by_will_is_no_key(text):
    name = "p" if "base_url" in text else "openai"
    found, warnings = provider(text, name)

    assert (found.api_keys, found.off, warnings) == ((), "", ())


def test_a_server_without_keys_is_on_without_one():
    found, warnings = provider("{}", "vllm")

    assert (found.off, found.api_keys, warnings) == ("", (), ())


def test_passthrough_sends_the_callers_key_and_none_of_ours():
    found, _ = provider("{api_key: passthrough}", "openai", {"OPENAI_API_KEY": CANARY})

    assert found.passthrough
    assert found.api_keys == ()


def test_headers_and_limits_are_kept():
    found, _ = provider(
        "{base_url: 'http://h/v1', headers: {X-A: '${K}'}, retries: 2}", environ={"K": "v"}
    )

    assert found.headers == (("x-a", "v"),)
    assert found.limits == {"retries": 2}


def test_a_base_url_variable_serves_an_entry_that_names_no_address():
    environ = {"OPENAI_API_KEY": CANARY, "OPENAI_BASE_URL": "https://eu.example/v1"}

    assert provider("{}", "openai", environ)[0].base_url == "https://eu.example/v1"
    environ["OPENAI_BASE_URL"] = "http://localhost:8080/v1"
    found, warnings = provider("{}", "openai", environ)
    assert found.base_url == "https://api.openai.com/v1"
    assert "points at this very server" in warnings[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{vendor: nope}", ["providers.p.vendor: the vendor 'nope' is not in the catalogue"]),
        ("{vendor: '${V}'}", ["providers.p.vendor: the vendor what '${V}' holds is not in"]),
        ("{base_url: nope}", ["providers.p.base_url: expected an http:// or https:// address"]),
        ("{}", ["providers.p: expected a `base_url` or a `vendor`"]),
        ("{api_key: 3, base_url: 'http://h'}", ["providers.p.api_key: expected a key"]),
    ],
)
def test_each_slip_is_told_once(text, said):
    found = problems(f"providers:\n  p: {text}\n", environ={"V": CANARY})

    assert len(found) == len(said)
    assert said[0] in found[0]
    assert CANARY not in found[0]


@pytest.mark.parametrize(
    ("text", "name", "surfaces"),
    [
        ("{base_url: 'http://h/v1'}", "p", ()),
        ("{base_url: 'http://h/v1', surfaces: [completions]}", "p", ("completions",)),
        ("{}", "vllm", ("completions",)),
        ("{surfaces: []}", "vllm", ()),
        ("{api_key: k}", "openai", ("responses",)),
        ("{api_key: k, base_url: 'http://h/v1'}", "openai", ()),
        (
            "{api_key: k, base_url: 'http://h/v1', surfaces: [responses]}",
            "openai",
            ("responses",),
        ),
        ("{protocol: ollama, base_url: 'http://h'}", "vllm", ()),
    ],
)
def test_what_a_provider_relays_is_written_or_its_vendors(text, name, surfaces):
    assert provider(text, name)[0].surfaces == surfaces


def test_a_provider_of_another_protocol_relays_nothing_of_openais():
    text = "providers: {p: {protocol: ollama, base_url: 'http://h', surfaces: [completions]}}"

    assert any("surfaces: expected at the protocols openai and azure" in p for p in problems(text))

"""Zero configuration: what the usual variables make, and which of them are not obeyed."""

import pytest

from proxy.config.catalog import Vendor, catalog
from proxy.config.environment import (
    completed,
    is_loopback,
    is_wildcard,
    points_at,
    provider,
    providers,
)
from proxy.config.problems import Findings
from proxy.config.schema import Server
from proxy.core.credential import AwsAuth, GoogleAuth

KEY = "sk-canary-0123456789abcdef"

PLACES = {
    "AWS_REGION": "eu-west-1",
    "AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com",
    "CLOUDFLARE_ACCOUNT_ID": "a1",
    "DATABRICKS_HOST": "https://d.example",
    "SNOWFLAKE_ACCOUNT": "org-acct",
}
"""Where those vendors are that have no address of their own."""


def made(environ, server=None):
    findings = Findings()
    found = providers(catalog(), environ, server or Server(), findings)
    assert KEY not in repr((found, findings))
    return found, findings.warnings


def test_every_key_variable_makes_its_vendor():
    environ = {variable: KEY for vendor in catalog().vendors for variable in vendor.env}
    found, warnings = made({**environ, **PLACES})

    assert list(found) == [vendor.id for vendor in catalog().vendors if vendor.env]
    assert warnings == []
    assert all(provider.base_url and not provider.off for provider in found.values())
    assert found["openai"].api_keys[0].reveal() == KEY
    assert found["openai"].key_variable == "OPENAI_API_KEY"
    assert found["anthropic"].base_url == "https://api.anthropic.com"
    assert found["anthropic"].families == ("claude-",)


@pytest.mark.parametrize("vendor", catalog().vendors, ids=lambda vendor: vendor.id)
def test_every_single_key_variable_is_enough_beside_the_address(vendor):
    for variable in vendor.env:
        found, warnings = made({variable: KEY, **PLACES})

        assert (list(found), warnings) == ([vendor.id], [])
        assert found[vendor.id].api_keys[0].reveal() == KEY
        assert found[vendor.id].auth is None


@pytest.mark.parametrize(
    ("name", "key", "lacks"),
    [
        ("azure", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"),
        ("bedrock", "AWS_BEARER_TOKEN_BEDROCK", "AWS_REGION"),
        ("cloudflare", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID"),
        ("databricks", "DATABRICKS_TOKEN", "DATABRICKS_HOST"),
        ("snowflake", "SNOWFLAKE_PAT", "SNOWFLAKE_ACCOUNT"),
    ],
)
def test_a_key_without_its_address_is_off_with_a_warning(name, key, lacks):
    found, warnings = made({key: KEY})

    assert (found[name].base_url, found[name].off) == ("", f"{lacks} is not set")
    assert warnings == [f"The provider {name} is off: {lacks} is not set."]
    assert made({key: KEY, lacks: "?"})[0][name].off == f"{lacks} holds characters that no name has"


AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": KEY}


@pytest.mark.parametrize(
    "login",
    [
        AWS,
        {"AWS_PROFILE": "dev"},
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"},
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/x", "AWS_ROLE_ARN": "arn"},
    ],
)
def test_aws_credentials_make_bedrock_where_a_region_is_set(login):
    found, warnings = made({**login, "AWS_DEFAULT_REGION": "eu-west-1"})

    assert (list(found), warnings) == (["bedrock"], [])
    assert found["bedrock"].base_url == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert found["bedrock"].auth == AwsAuth("eu-west-1")
    assert found["bedrock"].options == {"region": "eu-west-1"}
    assert found["bedrock"].off == ""
    assert made(login) == ({}, [])


def test_half_of_a_login_is_none():
    assert made({"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_REGION": "eu-west-1"}) == ({}, [])
    assert made({"GOOGLE_CLOUD_PROJECT": "p"}) == ({}, [])


def test_a_bearer_key_for_bedrock_needs_no_signature():
    found, _ = made({**AWS, "AWS_BEARER_TOKEN_BEDROCK": KEY, "AWS_REGION": "us-east-1"})

    assert found["bedrock"].auth is None
    assert found["bedrock"].api_keys[0].reveal() == KEY


def test_a_google_project_with_a_key_file_makes_vertex():
    environ = {"GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_APPLICATION_CREDENTIALS": "/k.json"}
    found, warnings = made(environ)

    assert (list(found), warnings) == (["vertex"], [])
    assert found["vertex"].auth == GoogleAuth(service_account_file="/k.json")
    assert found["vertex"].options == {"project": "p", "location": "global"}
    assert found["vertex"].base_url == "https://aiplatform.googleapis.com"
    other = made({**environ, "GOOGLE_CLOUD_LOCATION": "europe-west4"})[0]["vertex"]
    assert other.base_url == "https://europe-west4-aiplatform.googleapis.com"


def test_azure_is_made_of_three_variables():
    found, _ = made(
        {
            "AZURE_OPENAI_API_KEY": KEY,
            "AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com/",
            "OPENAI_API_VERSION": "2024-10-21",
        }
    )

    assert found["azure"].base_url == "https://r.openai.azure.com"
    assert found["azure"].options == {"api_version": "2024-10-21"}


def test_a_host_of_ones_own_may_be_a_url_or_a_name():
    for host in ("https://adb-1.2.azuredatabricks.net/", "adb-1.2.azuredatabricks.net"):
        found, _ = made({"DATABRICKS_TOKEN": KEY, "DATABRICKS_HOST": host})

        assert (
            found["databricks"].base_url == "https://adb-1.2.azuredatabricks.net/serving-endpoints"
        )


def test_an_address_that_is_none_leaves_a_vendor_without_another_one_off():
    found, warnings = made({"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_ENDPOINT": "nope"})

    assert found["azure"].off
    assert "it has no other address" in warnings[0]


def test_a_vendor_whose_address_nothing_can_tell_says_so():
    row = Vendor("x", "X", "openai", "https://{host}.example", env=("X_KEY",))

    found = provider(row, "x", {"X_KEY": KEY}, Server(), Findings())

    assert found.off == "its address is not known"


def test_nothing_set_makes_nothing():
    assert made({"OPENAI_API_KEY": "", "GROQ_API_KEY": " ", "PATH": "/"}) == ({}, [])


def test_a_second_variable_serves_where_the_first_is_unset():
    found, _ = made({"TOGETHER_AI_API_KEY": f" {KEY}\n"})

    assert found["together"].key_variable == "TOGETHER_AI_API_KEY"
    assert found["together"].api_keys[0].reveal() == KEY


def test_a_base_url_variable_changes_the_address():
    found, _ = made({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://eu.example/v1/"})

    assert found["openai"].base_url == "https://eu.example/v1"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080/v1",
        "http://127.0.0.1:8080",
        "http://[::1]:8080/v1",
        "http://127.9.9.9:8080/v1",
        "http://0.0.0.0:8080/v1",
        "http://LOCALHOST.:8080/v1",
    ],
)
def test_a_base_url_that_points_at_ourselves_is_ignored_with_a_warning(url):
    found, warnings = made({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url})

    assert found["openai"].base_url == "https://api.openai.com/v1"
    assert warnings == [
        (
            "OPENAI_BASE_URL is ignored: it points at this very server; "
            "https://api.openai.com/v1 is used."
        )
    ]


def test_a_base_url_that_is_none_is_ignored_and_not_shown():
    found, warnings = made({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"http://u:{KEY}@h/v1"})

    assert found["openai"].base_url == "https://api.openai.com/v1"
    assert len(warnings) == 1


def test_a_key_that_no_header_can_carry_switches_its_provider_off():
    found, warnings = made({"OPENAI_API_KEY": f"{KEY} x"})

    assert found["openai"].off == "OPENAI_API_KEY holds characters that no key has"
    assert found["openai"].api_keys == ()
    assert warnings == [
        "The provider openai is off: OPENAI_API_KEY holds characters that no key has."
    ]


def test_ollama_is_there_only_where_its_host_is_set():
    found, _ = made({"OLLAMA_HOST": "gpu.internal"})

    assert found["ollama"].base_url == "http://gpu.internal:11434"
    assert found["ollama"].off == ""
    assert "ollama" not in made({})[0]


def test_a_local_server_whose_address_is_ours_is_left_out():
    found, warnings = made({"OLLAMA_HOST": "localhost"}, Server(port=11434))

    assert found == {}
    assert warnings[-1] == "Ollama is left out: its usual address is this very server."


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("h", "http://h:11434/v1"),
        ("h:1", "http://h:1/v1"),
        (":1", "http://localhost:1/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("https://h", "https://h/v1"),
        ("http://h:1/x/", "http://h:1/x"),
        ("[::1]:1", "http://[::1]:1/v1"),
        ("http://h:bad", ""),
        ("?", ""),
    ],
)
def test_what_a_host_leaves_out_comes_from_the_row(host, url):
    assert completed(host, "http://localhost:11434/v1") == url


def test_pointing_at_us_is_a_matter_of_host_and_port():
    server = Server(host="10.0.0.5", port=443, hosts=("llm.internal",))

    assert points_at("https://llm.internal/v1", server)
    assert points_at("https://10.0.0.5/v1", server)
    assert not points_at("http://10.0.0.5/v1", server)
    assert not points_at("https://localhost/v1", server)
    assert points_at("https://localhost/v1", Server(host="0.0.0.0", port=443))
    assert not points_at("ftp://h", server)
    assert not points_at("http://h:bad", server)


def test_loopback_and_wildcard_are_told_by_address():
    assert is_loopback("localhost")
    assert is_loopback("127.8.8.8")
    assert is_loopback("::1")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("example.org")
    assert is_wildcard("::")
    assert not is_wildcard("localhost")

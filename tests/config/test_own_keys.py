"""Keys that only some protocols know: what they make, and what is said where they are wrong."""

import pytest

from proxy.config.own_keys import either
from proxy.core.credential import AwsAuth, GoogleAuth
from proxy.core.secret import Secret
from tests.support.configs import CANARY, loaded, problems


def provider(text, name="p", environ=None):
    config = loaded(f"providers:\n  {name}: {text}\n", environ=environ or {})
    return config.providers[name]


def test_a_protocol_whose_address_is_made_of_its_keys_needs_no_vendor():
    found = provider("{protocol: bedrock, region: eu-west-1}")

    assert (found.vendor, found.protocol) == ("bedrock", "bedrock")
    assert found.base_url == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert found.auth == AwsAuth("eu-west-1")
    assert found.off == ""


def test_signing_keys_are_secrets_but_for_their_id():
    found = provider(
        "{protocol: bedrock, region: r, access_key_id: AKID, secret_access_key: '${S}',"
        " session_token: '${S}'}",
        environ={"S": CANARY},
    )

    assert found.auth == AwsAuth("r", "bedrock", "AKID", Secret(CANARY), Secret(CANARY))
    assert CANARY not in repr(found)


@pytest.mark.parametrize("key", ["k", "passthrough", "[a, b]"])
def test_an_api_key_takes_the_place_of_a_signature(key):
    found = provider(f"{{region: r, api_key: {key}}}", "bedrock")

    assert found.auth is None
    assert found.options == {"region": "r"}


def test_a_bearer_variable_serves_an_entry_that_names_no_credential():
    environ = {"AWS_BEARER_TOKEN_BEDROCK": CANARY, "AWS_REGION": "us-east-1"}
    found = provider("{}", "bedrock", environ)

    assert found.api_keys[0].matches(CANARY)
    assert found.auth is None


def test_an_own_address_keeps_the_variables_of_its_protocol_but_not_its_keys():
    environ = {"AWS_BEARER_TOKEN_BEDROCK": CANARY, "AWS_REGION": "us-east-1"}
    found = provider("{protocol: bedrock, base_url: 'http://vpce.internal'}", environ=environ)

    assert (found.vendor, found.base_url, found.api_keys) == ("", "http://vpce.internal", ())
    assert found.auth == AwsAuth("us-east-1")


def test_vertex_by_token_by_file_and_by_nothing():
    token = provider("{project: p, access_token: '${T}'}", "vertex", {"T": CANARY})
    file = provider("{project: p, service_account_file: k.json, location: eu}", "vertex")
    bare = provider("{}", "vertex", {"GOOGLE_CLOUD_PROJECT": "p"})

    assert token.auth == GoogleAuth(Secret(CANARY))
    assert file.auth == GoogleAuth(service_account_file="k.json")
    assert (file.base_url, file.options["location"]) == (
        "https://aiplatform.eu.rep.googleapis.com",
        "eu",
    )
    assert bare.auth == GoogleAuth()
    assert CANARY not in repr(token)


def test_a_callers_own_google_token_may_pass():
    found = provider("{project: p, api_key: passthrough}", "vertex")

    assert (found.passthrough, found.auth) == (True, None)


def test_a_key_may_say_what_else_would_be_missing():
    express = provider("{protocol: vertex, api_key: AIza0123456789}")
    bearer = provider("{protocol: bedrock, base_url: 'http://b.internal', api_key: k}")

    assert (express.options, express.auth) == ({"location": "global"}, None)
    assert express.api_keys[0].reveal() == "AIza0123456789"
    assert (bearer.options, bearer.auth) == ({}, None)


def test_azure_and_accounts():
    azure = provider("{base_url: 'https://r.openai.azure.com/', api_key: k}", "azure")
    named = provider("{vendor: azure, base_url: 'https://r.x', api_version: '2024-10-21'}")
    account = provider("{account: a1, api_key: k}", "cloudflare")

    assert (azure.base_url, azure.options) == ("https://r.openai.azure.com", {})
    assert named.options == {"api_version": "2024-10-21"}
    assert account.base_url == "https://api.cloudflare.com/client/v4/accounts/a1/ai/v1"


def test_an_entry_is_of_the_protocol_that_it_says_whatever_its_name():
    found = provider("{protocol: vertex, project: p}", "google")

    assert (found.vendor, found.base_url) == ("vertex", "https://aiplatform.googleapis.com")


def test_an_address_may_speak_more_than_one_protocol():
    found = provider("{protocol: responses}", "openai", {"OPENAI_API_KEY": CANARY})

    assert (found.vendor, found.protocol) == ("openai", "responses")
    assert found.base_url == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{base_url: 'http://h', region: r}", ["p.region: is for the protocol bedrock; this"]),
        (
            "{protocol: vertex, project: p, api_version: v}",
            ["p.api_version: is for the protocol az"],
        ),
        ("{vendor: groq, account: a}", ["names an account: cloudflare, snowflake"]),
        ("{protocol: bedrock}", ["p: expected a `region`, AWS_REGION or AWS_DEFAULT_REGION"]),
        ("{protocol: bedrock, region: '${X}'}", ["p.region: the variable X is not set"]),
        ("{protocol: vertex}", ["p: expected a `project` or GOOGLE_CLOUD_PROJECT"]),
        (
            "{protocol: vertex, api_key: passthrough}",
            ["p: expected a `project` or GOOGLE_CLOUD_PR"],
        ),
        (
            "{protocol: bedrock, api_key: k}",
            ["p: expected a `base_url`, AWS_ENDPOINT_URL_BEDROCK_RUN"],
        ),
        ("{protocol: bedrock, region: 'a b'}", ["p.region: expected a name of letters"]),
        ("{vendor: snowflake, account: 'a b'}", ["p.account: expected a name of letters"]),
        ("{protocol: bedrock, region: r, secret_access_key: s}", ["`access_key_id` beside it"]),
        ("{protocol: bedrock, region: r, session_token: s}", ["`access_key_id` beside it"]),
        ("{vendor: bedrock, region: r, api_key: k, profile: x}", ["either `api_key` or `profile`"]),
        (
            "{protocol: vertex, project: p, access_token: t, service_account_file: f}",
            ["p.service_account_file: expected either `access_token` or `service_account_file`"],
        ),
        (
            "{protocol: azure}",
            ["expected a `base_url`, AZURE_OPENAI_ENDPOINT, AZURE_API_BASE or"],
        ),
        (
            "{vendor: databricks}",
            ["expected a `base_url` or DATABRICKS_HOST: Databricks's address"],
        ),
        ("{vendor: snowflake}", ["expected a `base_url`, an `account`, SNOWFLAKE_ACCOUNT or SNOW"]),
        ("{protocol: anthropic}", ["p: expected a `base_url` or a `vendor`"]),
    ],
)
def test_each_slip_is_told_once(text, said):
    found = problems(f"providers:\n  p: {text}\n", environ={})

    assert len(found) == len(said), found
    assert said[0] in found[0]


def test_ways_are_told_as_a_sentence():
    assert either(["a"]) == "a"
    assert either(["a", "b"]) == "a or b"
    assert either(["a", "b", "c"]) == "a, b or c"

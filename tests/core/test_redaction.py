import pytest

from proxy.config.catalog import catalog
from proxy.core.redaction import described, looks_like_key, masked

KEYS = [
    "sk-proj-SECRETSECRET",
    "sk-ant-api03-abc",
    "sk_live_abcd",
    "rk-abcd",
    "fb-Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFy",
    "fb-mine",
    "AIzaSyA1234567890",
    "gsk_abcdefghijklmnopqrst",
    "xai-abcdefghijklmnopqrst",
    "hf_abcdefghijklmnopqrst",
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ghp_abcdefghijklmnopqrst",
    "Bearer abcdef",
    "bearer sk-abc",
    "Basic dXNlcjpwYXNz",
    "eyJhbGciOiJI.eyJzdWIiOiIx",
    "0123456789abcdef0123456789abcdef",
    "abcdefghijklmnopqrst1",
    "123e4567-e89b-12d3-a456-426614174000",
    "redis://:PW@h:6379/0",
    "https://user:pw@host/v1",
    "https://host/v1?api_key=x",
    "the key is sk-proj-SECRET, and more",
    "x" * 100 + " sk-proj-SECRET",
]
NAMES = [
    "",
    "chat",
    "just text",
    "gpt-4o-2024-08-06",
    "claude-sonnet-4-5-20250929",
    "meta-llama/Llama-3.3-70B-Instruct",
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-haiku",
    "accounts/fireworks/models/llama-v3p1-405b-instruct",
    "projects/my-project/locations/us-central1/endpoints/12345678901234567890",
    "xai-grok-4",
    "hf-router",
    "gsk-cloud-eu",
    "task-force",
    "risk-averse",
    "internationalization",
    "11111111112222222222",
    "aaaaaaaaaaaaaaaaaaaaaa1",
    "0.0.0.0:8080",
    "https://resource.openai.azure.com/openai/v1",
    "one/two, three",
]


@pytest.mark.parametrize("text", KEYS)
def test_a_key_is_known_by_how_it_begins_or_is_made(text):
    assert looks_like_key(text)


@pytest.mark.parametrize("text", NAMES)
def test_a_plain_name_is_no_key(text):
    assert not looks_like_key(text)


def test_nothing_in_the_catalogue_looks_like_a_key():
    names = [name for vendor in catalog().vendors for name in (vendor.id, *vendor.models)]

    assert [name for name in names if looks_like_key(name)] == []


def test_a_key_is_described_by_its_length_alone():
    assert described("sk-proj-SECRET") == "a text of 14 characters that looks like a key"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("bad key sk-proj-abc123DEF.", "bad key sk-…"),
        ("no Bearer token given", "no Bearer token given"),
        ("GET /v1?key=abc&x=1", "GET /v1?key=…&x=1"),
    ],
)
def test_a_sentence_stays_readable_around_what_is_left_out(said, shown):
    assert masked(said) == shown

import pytest

from proxy.config.catalog import catalog
from proxy.core.redaction import described, looks_like_key, masked

KEYS = [
    "sk-proj-SECRETSECRET",
    "sk-ant-api03-abc",
    "sk_live_abcd",
    "sk-or-v1-abc",
    "sk-svcacct-abc",
    "sk-0123456789abcdef",
    "sk-canary-0123456789abcdef",
    "rk_test_abcd",
    "pk-lf-12345678-1234",
    "pk-3f9aK2mQ7xLr0TzW",
    "fb-Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFy",
    "fb-" + "word-" * 8 + "too",
    "fb-A1-qZ8_rT5vB3nM7kL2",
    "AQ.Ab8RN6KxV9-mZ2qL_t5Yw-3hGd_pR8sJfK4uNcE-7bXoTvQi",
    "nvapi-AbC_dEf-gHiJkLmNoP",
    "nvapi-3fK-9Jd_2sLw8Qe-7RtYuI0pAsDf-GhJkLzXcVbNm1234567890",
    "hf_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh",
    "AIzaSyA1234567890",
    "gsk_abcdefghijklmnopqrst",
    "xai-abcdefghijklmnopqrst",
    "hf_abcdefghijklmnopqrst",
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ghp_abcdefghijklmnopqrst",
    "Bearer abcdef",
    "bearer sk-abc",
    "Basic dXNlcjpwYXNzd29yZA==",
    "basic dXNlcjphLXBhc3N3b3Jk",
    "eyJhbGciOiJI.eyJzdWIiOiIx",
    "0123456789abcdef0123456789abcdef",
    "k3Jd93jSLd02kdLs93jdLsk20sLd93kS",
    "a1b2c3d4e5f60718293a4b5c6d7e8f90.AbCdEfGhIjKlMnOp",
    "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgHiJkLmN",
    "word1word2word3word4word5",
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
    "hf_Meta_Llama_3_8B_Instruct",
    "gsk_llama_3_1_8b_instant",
    "fb-fast",
    "fb-mine",
    "fb-router",
    "fb_default",
    "fb-gpt-4o-mini-20240718",
    "fb-account-123456789012",
    "fb-mixtral8x22binstructpreview",
    "my-fb-test",
    "sk-fast",
    "my-sk-router",
    "rk-model-1",
    "accounts/fireworks/models/mixtral8x22binstructpreview",
    "accounts/acme/deployedModels/llama4maverickinstruct-abc123",
    "DeepSeekR1DistillQwen32B",
    "gpt4oMini20240718MyAliasTeamA",
    "qwen2p5coder32binstructlora",
    "123e4567-e89b-12d3-a456-426614174000",
    "basic gpt-5.4",
    "basic routing",
    "ASIA_pacific_gpt4",
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
        ("key AQ.Ab8RN6KxV9-mZ2qL is bad", "key AQ.… is bad"),
    ],
)
def test_a_sentence_stays_readable_around_what_is_left_out(said, shown):
    assert masked(said) == shown

import pytest

from proxy.codecs.anthropic.models import capability
from proxy.codecs.bedrock.models import base_id, family_of, maker_of

ARN = "arn:aws:bedrock:us-east-1:123456789012:"


@pytest.mark.parametrize(
    ("model", "base", "family"),
    [
        ("anthropic.claude-3-sonnet-20240229-v1:0", "anthropic.claude-3-sonnet-20240229-v1:0", "claude"),
        ("us.anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6-v1", "claude"),
        ("us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0", "anthropic.claude-3-5-sonnet-20240620-v1:0", "claude"),
        ("global.amazon.nova-2-lite-v1:0", "amazon.nova-2-lite-v1:0", "nova"),
        ("apac.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0", "nova"),
        (f"{ARN}inference-profile/eu.meta.llama3-2-1b-instruct-v1:0", "meta.llama3-2-1b-instruct-v1:0", "llama"),
        ("arn:aws:bedrock:us-east-1::foundation-model/deepseek.r1-v1:0", "deepseek.r1-v1:0", "deepseek"),
        (f"{ARN}custom-model/amazon.titan-text-lite-v1/abc", "amazon.titan-text-lite-v1", "titan"),
        (f"{ARN}application-inference-profile/a1b2c3", "a1b2c3", ""),
        ("qwen.qwen3-32b-v1:0", "qwen.qwen3-32b-v1:0", "qwen"),
        ("mistral.mistral-large-3-675b-instruct", "mistral.mistral-large-3-675b-instruct", "mistral"),
    ],
)  # fmt: skip
def test_an_id_tells_its_family(model, base, family):
    assert base_id(model) == base
    assert family_of(model, {}).name == family


def test_a_claude_takes_what_claude_takes():
    row = family_of("eu.anthropic.claude-opus-5-5", {})

    assert row.claude == capability("claude-opus-5-5")
    assert row.schemas
    assert not row.prefill
    assert row.choices == {"auto"}
    assert "tool" in family_of("anthropic.claude-3-haiku-20240307-v1:0", {}).choices


def test_an_option_tells_the_family_of_an_id_that_does_not():
    model = f"{ARN}application-inference-profile/a1b2c3"
    row = family_of(model, {"family": "anthropic.claude-sonnet-4-5"})

    assert row.claude == capability("claude-sonnet-4-5")
    assert family_of(model, {"family": "amazon.nova-2"}).reasoning == "nova"


def test_claude_is_the_same_maker_wherever_it_runs():
    model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"

    assert maker_of(model, family_of(model, {})) == "anthropic/claude-sonnet-4-5"
    assert maker_of("us.amazon.nova-2-lite-v1:0", family_of("amazon.nova-2", {})) == (
        "bedrock/amazon.nova-2-lite-v1:0"
    )

import re
from pathlib import Path

import pytest
import yaml

from proxy.config.load import load
from proxy.config.shown import as_yaml, shown

CANARY = "canary-0123456789"
EXAMPLES = sorted((Path(__file__).parents[2] / "config").glob("example.*.yaml"))


def config(text, environ=None):
    return load("c.yaml", environ=environ or {"KEY": CANARY}, read=lambda _: text.encode())


def test_a_key_is_shown_by_its_end():
    said = shown(config('providers: {openai: {api_key: "${KEY}"}}'))

    assert said["providers"]["openai"]["api_keys"] == ["…6789"]


@pytest.mark.parametrize(
    "text",
    [
        'providers: {openai: {api_key: "${KEY}"}}',
        'providers: {openai: {api_key: k, headers: {x-key: "${KEY}"}}}',
        'providers: {b: {protocol: bedrock, region: r, access_key_id: a, secret_access_key: "${KEY}", session_token: "${KEY}"}}',
        'providers: {v: {protocol: vertex, project: p, access_token: "${KEY}"}}',
        'auth: {admin_key: "${KEY}"}',
        'auth: {required: true, keys: [{key: "${KEY}"}]}',
        'models: {a: [{target: mock/echo, params: {user: "${KEY}"}}]}',
        "log: {format: json}\ndefault_model: mock/echo\nprices: {mock/echo: {input: 1.5, output: 2}}",
    ],
)
def test_no_secret_is_shown(text):
    made = config(text)

    assert CANARY not in as_yaml(made)
    assert yaml.safe_load(as_yaml(made)) == shown(made)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("memory:", "memory:"),
        ("sqlite:/var/lib/f.db", "sqlite:/var/lib/f.db"),
        ("redis://me:${KEY}@h:6379/0", "redis://…@h:6379/0"),
        ("rediss://${KEY}@h:6379/0", "rediss://…@h:6379/0"),
    ],
)
def test_a_store_is_shown_without_its_password(address, said):
    assert shown(config(f'store: "{address}"'))["store"] == said


def test_headers_and_parameters_keep_their_names():
    text = (
        'providers: {openai: {api_key: k, headers: {x-key: "${KEY}"}}}\n'
        "models: {a: [{target: openai/x, params: {max_tokens: 5}}]}\n"
    )
    said = shown(config(text))

    assert said["providers"]["openai"]["headers"] == {"x-key": "…"}
    assert said["models"]["a"]["cascade"][0]["params"] == {"max_tokens": "…"}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_example_can_be_shown(file):
    names = re.findall(r"\$\{([A-Z_]+)", file.read_text())
    names += ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"]
    made = load(str(file), environ=dict.fromkeys(names, "value-0123456789"))

    assert yaml.safe_load(as_yaml(made)) == shown(made)
    assert "value-0123456789" not in "".join(map(str, shown(made)["auth"].values()))

import re
import tomllib

import pytest
import yaml

from proxy.config.snippets import KEY, snippets
from tests.support.commands import shell as shell

TOOLS = [
    "openai-python",
    "openai-node",
    "openai-go",
    "openai-java",
    "anthropic-python",
    "curl",
    "langchain",
    "openai-agents",
    "pydantic-ai",
    "instructor",
    "llama-index",
    "ai-sdk",
    "claude-code",
    "codex",
    "cursor",
    "aider",
    "open-webui",
    "librechat",
    "continue",
    "cline",
]
WITHOUT_V1 = {"anthropic-python", "claude-code"}


def printed(shell, tool, *more):
    status, out, err = shell.run("snippets", tool, *more)

    assert (status, err) == (0, "")
    return out


def test_without_a_tool_they_are_listed(shell):
    status, out, _ = shell.run("snippets")

    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == TOOLS
    assert all(len(line.split()) >= 2 for line in out.splitlines())


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_has_its_address_its_model_and_a_word_in_place_of_a_key(shell, tool):
    out = printed(shell, tool, "--base-url", "https://llm.example", "--model", "acme/large")

    addresses = re.findall(r"https://llm\.example[\w/]*", out)
    assert addresses
    assert all(("/v1" in address) is (tool not in WITHOUT_V1) for address in addresses)
    assert "acme/large" in out or tool == "open-webui"
    assert KEY in out
    assert "{{" not in out


@pytest.mark.parametrize(
    "tool",
    [
        "openai-python",
        "anthropic-python",
        "langchain",
        "openai-agents",
        "pydantic-ai",
        "instructor",
        "llama-index",
    ],
)
def test_what_is_python_compiles(shell, tool):
    compile(printed(shell, tool), tool, "exec")


def test_what_goes_into_a_file_can_be_read_there(shell):
    codex = tomllib.loads(printed(shell, "codex"))
    librechat = yaml.safe_load(printed(shell, "librechat"))
    continued = yaml.safe_load(printed(shell, "continue"))

    assert codex["model_providers"][codex["model_provider"]]["wire_api"] == "responses"
    assert librechat["endpoints"]["custom"][0]["baseURL"] == "http://127.0.0.1:8080/v1"
    assert continued["models"][0]["model"] == "mock/echo"


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("{}", "http://127.0.0.1:8080/v1"),
        ("{listen: 'localhost:80'}", "http://localhost:80/v1"),
        ("{listen: '10.0.0.7:80'}", "http://10.0.0.7:80/v1"),
        ("{listen: '0.0.0.0:9000'}", "http://127.0.0.1:9000/v1"),
        ("{listen: '[::]:9000'}", "http://[::1]:9000/v1"),
        ("{tls: {cert: c, key: k}}", "https://127.0.0.1:8080/v1"),
    ],
)
def test_the_address_is_the_configured_one(shell, server, address):
    shell.write(f"server: {server}\nauth: {{required: false}}\n")

    assert f'base_url="{address}"' in printed(shell, "openai-python")


@pytest.mark.parametrize(
    "given", ["http://a.example:1", "http://a.example:1/", "http://a.example:1/v1/"]
)
def test_a_given_address_may_have_v1_or_not(shell, given):
    assert 'base_url="http://a.example:1/v1"' in printed(
        shell, "openai-python", "--base-url", given
    )


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("models: {chat: [mock/echo]}", "chat"),
        ("default_model: fast\nmodels: {chat: [mock/echo], fast: [mock/echo]}", "fast"),
        ("models: {'*': [mock/echo]}", "mock/echo"),
        ("models: {'say \"x\"': [mock/echo], plain: [mock/echo]}", "plain"),
    ],
)
def test_the_model_is_one_that_the_configuration_has(shell, text, model):
    shell.write(text)

    assert f'model="{model}"' in printed(shell, "openai-python")


def test_no_key_of_the_configuration_is_printed(shell):
    shell.write("auth: {required: true, keys: [{key: fb-canary}]}\n")

    assert all("fb-canary" not in printed(shell, tool) for tool in snippets())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["claude_code"], "did you mean 'claude-code'?"),
        (["nothing-like-it"], "`firstbyte snippets` lists the tools"),
        (["curl", "--base-url", "llm.example"], "expected --base-url like http://"),
        (["curl", "--base-url", "http://a'b"], "expected --base-url like http://"),
        (["curl", "--model", "a'; b"], "expected a model's name"),
    ],
)
def test_what_cannot_be_printed_is_a_sentence(shell, arguments, words):
    status, out, err = shell.run("snippets", *arguments)

    assert (status, out) == (2, "")
    assert words in err

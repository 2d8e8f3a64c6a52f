from tests.support.commands import shell as shell

GOOD = """
providers:
  openai: {api_key: "${OPENAI_API_KEY}"}
  local: {protocol: openai, base_url: "http://127.0.0.1:9/v1"}
models:
  chat: [openai/gpt-6, local/qwen]
  cloud: [openai/gpt-6]
"""


def test_a_configuration_that_can_serve_is_0(shell):
    shell.write(GOOD)
    shell.set("OPENAI_API_KEY", "sk-0123456789abcdef")

    status, out, _ = shell.run("check")

    assert status == 0
    assert "2 of 2 providers usable, 2 models" in out


def test_an_alias_that_cannot_serve_is_1(shell):
    shell.write(GOOD)

    status, out, _ = shell.run("check")

    assert status == 1
    assert "models.cloud: no target of it can be used now" in out
    assert "models.chat" not in out
    assert "warning: " in out


def test_an_alias_of_one_pool_can_serve_while_one_of_it_can(shell):
    shell.write(
        "providers: {openai: {}}\n"
        "models: {some: [{pool: [openai/a, mock/echo]}], none: [{pool: [openai/a, openai/b]}]}\n"
    )

    status, out, _ = shell.run("check")

    assert status == 1
    assert "models.none: no target of it can be used now" in out
    assert "models.some" not in out


def test_without_a_file_the_environment_is_checked(shell):
    status, out, _ = shell.run("check")

    assert status == 0
    assert "no configuration file" in out


def test_a_key_is_never_printed(shell):
    shell.write(GOOD)
    shell.set("OPENAI_API_KEY", "sk-canary-0123456789")

    _, out, err = shell.run("check")

    assert "canary" not in out + err

import json

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


def test_programs_get_what_is_wrong_by_place_and_path(shell):
    shell.write("models:\n  chat: [nobody/x]\nservr: {}\n")

    status, out, err = shell.run("check", "--format", "json")
    said = json.loads(out)

    assert (status, err) == (78, "")
    assert said["ok"] is False
    assert [(each["line"], each["path"]) for each in said["errors"]] == [
        (2, "models.chat[0]"),
        (3, "servr"),
    ]
    assert "did you mean 'server'" in said["errors"][1]["message"]


def test_programs_get_what_cannot_serve(shell):
    shell.write(GOOD)

    status, out, _ = shell.run("check", "--format", "json")
    said = json.loads(out)

    assert status == 1
    assert said["unusable"] == ["cloud"]
    assert said["providers"]["local"] == "usable"
    assert "OPENAI_API_KEY" in said["providers"]["openai"]
    assert said["models"] == ["chat", "cloud"]
    assert said["live"] == []


def test_every_target_is_asked_where_that_was_wanted(shell):
    shell.write(
        "server: {listen: '127.0.0.1:0'}\n"
        "models: {chat: [mock/fail-500, mock/echo], gone: [mock/bad-key]}\n"
    )

    status, out, _ = shell.run("check", "--live")

    assert status == 1
    assert "ok    mock/echo: answers in " in out
    assert "fail  mock/fail-500: " in out
    assert "models.gone: no target of it answers" in out
    assert "models.chat" not in out


def test_what_was_heard_is_in_the_record_too(shell):
    shell.write("models: {chat: [mock/echo]}\n")

    status, out, _ = shell.run("check", "--live", "--format", "json")
    (heard,) = json.loads(out)["live"]

    assert status == 0
    assert (heard["target"], heard["ok"]) == ("mock/echo", True)

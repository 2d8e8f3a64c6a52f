import json

import yaml

from tests.support.commands import shell as shell

CANARY = "sk-canary-0123456789abcdef"
TEXT = """
auth: {required: true, admin_key: "${ADMIN}", keys: [{key: "${ADMIN}x", team: blue}]}
providers:
  openai: {api_key: "${ADMIN}", headers: {x-secret: "${ADMIN}"}}
models: {chat: [openai/gpt-6]}
"""


def test_what_is_in_force_is_shown_with_its_defaults(shell):
    shell.write("defaults: {retries: 2}\nmodels: {chat: [mock/echo]}\n")

    status, out, err = shell.run("config", "show")
    said = yaml.safe_load(out)

    assert (status, err) == (0, "")
    assert said["source"] == "firstbyte.yaml"
    assert said["server"]["port"] == 8080
    assert said["limits"]["retries"] == 2
    assert said["models"]["chat"]["cascade"][0]["provider"] == "mock"


def test_both_forms_say_the_same_and_neither_a_secret(shell):
    shell.set("ADMIN", CANARY)
    shell.write(TEXT)

    as_yaml = shell.run("config", "show")[1]
    as_json = shell.run("config", "show", "--format", "json")[1]

    assert yaml.safe_load(as_yaml) == json.loads(as_json)
    assert "canary" not in as_yaml + as_json
    assert "…cdef" in as_yaml


def test_a_wrong_configuration_is_told_as_everywhere(shell):
    shell.write("servr: {}\n")

    status, out, err = shell.run("config", "show")

    assert (status, out) == (78, "")
    assert "did you mean 'server'" in err

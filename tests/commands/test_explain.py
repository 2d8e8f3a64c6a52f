import pytest

from tests.support.commands import shell as shell

CONFIG = """
providers:
  openai: {api_key: "sk-abcdefghijkl9876"}
  groq: {}
  own: {protocol: openai, base_url: "http://127.0.0.1:9/v1", api_key: passthrough}
models:
  chat:
    cascade:
      - {target: openai/gpt-6, first_byte_timeout: 8s, retries: 2, params: {max_tokens: 100}}
      - groq/llama
      - own/m
    fallback_on: [context_length]
  one: {cascade: [openai/gpt-6], first_byte_timeout: 5s}
"""


def test_the_plan_is_told_in_order_with_its_clocks(shell):
    shell.write(CONFIG)

    status, out, _ = shell.run("explain", "chat")

    assert status == 0
    assert out.index("openai/gpt-6") < out.index("own/m")
    assert "key …9876" in out
    assert "first output 8 s" in out
    assert "2 further tries" in out
    assert "with max_tokens set" in out
    assert "the caller's own key" in out
    assert "the rest of the time" in out
    assert "also moves on for: context_length" in out


def test_what_is_missing_is_told(shell):
    shell.write(CONFIG)

    _, out, _ = shell.run("explain", "chat")

    assert "groq/llama: skipped" in out
    assert "GROQ_API_KEY" in out


def test_the_worst_case_is_the_sum_of_the_waits(shell):
    shell.write(CONFIG)

    _, chat, _ = shell.run("explain", "chat")
    _, one, _ = shell.run("explain", "one")

    assert "worst case without an answer: 600 s" in chat
    assert "worst case without an answer: 5 s" in one


def test_a_catch_all_says_so(shell):
    shell.write("providers: {openai: {api_key: k}}\nmodels: {'*': [openai/gpt-6]}\n")

    _, out, _ = shell.run("explain", "anything")

    assert "anything (by *)" in out


def test_what_a_target_is_called_with_and_what_is_known_of_it_are_told(shell):
    shell.write(
        "providers:\n  b: {protocol: bedrock, region: eu-west-1}\n  g: {protocol: vertex, project: p}\n"
        "models: {c: [b/m, {target: g/m, capabilities: {tools: false, context: 9}}]}\n"
    )

    _, out, _ = shell.run("explain", "c")

    assert "bedrock at https://bedrock-runtime.eu-west-1.amazonaws.com, AWS credentials" in out
    assert "vertex at https://aiplatform.googleapis.com, Google credentials" in out
    assert "known of it: tools: false, context: 9" in out
    assert out.count("known of it") == 1


def test_an_unknown_name_is_one_sentence_with_the_nearest(shell):
    shell.write(CONFIG)

    status, _, err = shell.run("explain", "chatt")

    assert status == 1
    assert "'chat'" in err
    assert "`firstbyte models` lists the models" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["openai/gpt-4o", "openai:gpt-4o", "gpt-4o"])
def test_a_model_whose_vendor_is_known_is_told_with_what_is_left_to_do(shell, name):
    _, _, without = shell.run("explain", name)
    shell.write("providers: {groq: {api_key: k}}\n")
    _, _, beside = shell.run("explain", name)

    assert without.endswith("lists the models. For OpenAI, set OPENAI_API_KEY.\n")
    assert beside.endswith(
        "For OpenAI, add `openai: {}` under `providers` and set OPENAI_API_KEY.\n"
    )


def test_what_is_done_already_is_not_asked_for_again(shell, monkeypatch):
    shell.write("providers: {groq: {api_key: k}}\n")
    monkeypatch.setenv("OPENAI_API_KEY", "k")

    _, _, err = shell.run("explain", "openai/gpt-4o")

    assert err.endswith("For OpenAI, add `openai: {}` under `providers`.\n")


@pytest.mark.parametrize(
    ("name", "variable"), [("ollama", "OLLAMA_HOST"), ("vllm", "VLLM_API_KEY")]
)
def test_a_server_of_ones_own_needs_no_key(shell, name, variable):
    _, _, without = shell.run("explain", f"{name}/llama3")
    shell.write("providers: {groq: {api_key: k}}\n")
    _, _, beside = shell.run("explain", f"{name}/llama3")

    assert without.endswith(f", set {variable}.\n")
    assert beside.endswith(f", add `{name}: {{}}` under `providers`.\n")


def test_a_server_that_no_variable_speaks_for_is_not_told_of_without_a_file(shell):
    _, _, err = shell.run("explain", "lmstudio/m")

    assert err.endswith("`firstbyte models` lists the models.\n")


@pytest.mark.parametrize("name", ["nobody/m", "google/gemini-3", "vertex/gemini-3"])
def test_where_nothing_is_left_to_do_nothing_more_is_told(shell, name):
    shell.write("providers: {gemini: {api_key: k}}\n")

    _, _, err = shell.run("explain", name)

    assert err.endswith("`firstbyte models` lists the models.\n")

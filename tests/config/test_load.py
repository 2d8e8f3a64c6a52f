"""The whole way from a file and an environment to the configuration in force."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proxy.config.limits import resolve
from proxy.config.load import ConfigError, load, read_file
from proxy.config.outside import Outside
from proxy.config.schema import Config, Limits, Server
from proxy.core.errors import Kind
from tests.support.configs import (
    BAD_FORM,
    BAD_SENSE,
    CANARY,
    ENVIRON,
    GOOD,
    loaded,
    no_file,
    problems,
    reader,
)

AGAIN = Outside(again=True)


@pytest.mark.parametrize("text", GOOD)
def test_good_configurations_load(text):
    config = loaded(text)

    assert config.source == "firstbyte.yaml"
    assert CANARY not in repr(config)


@pytest.mark.parametrize(("text", "said"), BAD_FORM + BAD_SENSE)
def test_bad_configurations_are_refused_with_place_and_remedy(text, said):
    found = problems(text)

    assert any(said in line for line in found), found
    assert all(line.startswith("firstbyte.yaml:") for line in found)
    assert CANARY not in "".join(found)


def test_the_defaults_are_those_of_the_records():
    config = loaded("")

    assert config.server == Server()
    assert config.limits == Limits()
    assert (config.max_attempts, config.model_in_answer, config.fallback_on) == (
        0,
        "served",
        frozenset(),
    )


def test_all_errors_are_told_at_once_in_the_order_of_the_file():
    text = (
        "models:\n  fast: [{target: openai/a, parms: {}}]\nserver: {listn: 1}\nlog: {format: x}\n"
    )

    assert problems(text) == [
        "firstbyte.yaml:2:29: models.fast[0].parms: unknown key; did you mean 'params'?",
        "firstbyte.yaml:3:10: server.listn: unknown key; did you mean 'listen'?",
        "firstbyte.yaml:4:15: log.format: expected `auto`, `json` or `text`, got 'x'",
    ]


def test_an_alias_given_twice_is_an_error_that_names_the_first():
    text = "models:\n  fast: [mock/echo]\n  fast: [mock/slow]\n"

    assert problems(text) == ["firstbyte.yaml:3:3: models.fast: given twice, first on line 2"]


def test_the_values_of_a_file_reach_the_records():
    config = loaded(
        "server: {listen: '[::1]:9000', hosts: [a.b], tls: {cert: c, key: k}, max_body: 1MiB,\n"
        "  cors: {origins: ['https://app.example', 'tauri://localhost']}}\n"
        "auth: {required: true, keys: [{key: '${WORD}', team: blue, allowed_models: [chat]}]}\n"
        "defaults: {retries: 1, idle_timeout: 1.5m, fallback_on: [context_length]}\n"
        "default_model: chat\n"
        "models:\n  chat:\n    cascade: [{target: openai/a/b, params: {n: 1}, retries: 3}]\n"
        "    description: words\n    max_attempts: 2\n"
    )

    assert (config.server.host, config.server.port) == ("::1", 9000)
    assert (config.server.hosts, config.server.tls.key) == (("a.b",), "k")
    assert config.server.cors.origins == ("https://app.example", "tauri://localhost")
    assert config.server.max_body == 1024**2
    assert config.auth.stated
    assert config.auth.keys[0].key.matches(CANARY)
    assert config.auth.keys[0].allowed_models == ("chat",)
    assert (config.limits.retries, config.limits.idle_timeout) == (1, 90.0)
    alias = config.models["chat"]
    assert alias.fallback_on == frozenset({Kind.CONTEXT_LENGTH})
    assert (alias.max_attempts, alias.description) == (2, "words")
    ref = alias.cascade[0]
    assert (ref.provider, ref.model, dict(ref.limits)) == ("openai", "a/b", {"retries": 3})
    assert config.default_model == "chat"


def test_the_search_goes_variable_then_here_then_the_folder():
    files = {"v.yaml": "", "firstbyte.yaml": "", "config/firstbyte.yaml": ""}

    assert load(None, environ={"FIRSTBYTE_CONFIG": "v.yaml"}, read=reader(files)).source == "v.yaml"
    assert load(None, environ={}, read=reader(files)).source == "firstbyte.yaml"
    del files["firstbyte.yaml"]
    assert load(None, environ={}, read=reader(files)).source == "config/firstbyte.yaml"
    assert load(None, environ={}, read=no_file).source == ""


def test_what_goes_by_a_file_is_read_again_from_that_one_alone():
    files = {"firstbyte.yaml": "log: {format: json}", "config/firstbyte.yaml": "log: {}"}

    def again(source):
        return load(source, environ={"FIRSTBYTE_CONFIG": "v"}, read=reader(files), outside=AGAIN)

    assert again("config/firstbyte.yaml").source == "config/firstbyte.yaml"
    del files["config/firstbyte.yaml"]
    with pytest.raises(ConfigError) as caught:
        again("config/firstbyte.yaml")
    assert str(caught.value) == (
        "config/firstbyte.yaml: the file cannot be read: no such file or directory; put it back where it can be read, "
        "or stop this process and start it anew without it"
    )


@pytest.mark.parametrize("text", ["", " \n\n", "# auth: {required: true}\n", "---\n", "null\n"])
def test_a_file_that_says_nothing_any_more_is_refused_when_it_is_read_again(text):
    assert loaded(text).auth == Config().auth
    with pytest.raises(ConfigError) as caught:
        load("firstbyte.yaml", environ={}, read=reader({"firstbyte.yaml": text}), outside=AGAIN)

    assert str(caught.value) == (
        "firstbyte.yaml:1:1: the file says nothing; write what shall hold, or `{}` where nothing of it shall"
    )


def test_a_file_that_says_with_a_word_that_nothing_holds_is_read_again():
    read = reader({"firstbyte.yaml": "{}"})

    assert load("firstbyte.yaml", environ={}, read=read, outside=AGAIN).source == "firstbyte.yaml"


def test_what_is_wrong_with_a_file_is_said_once_when_it_is_read_again():
    with pytest.raises(ConfigError) as caught:
        load("f", environ={}, read=reader({"f": "a: [\n"}), outside=AGAIN)

    assert len(caught.value.problems) == 1


def test_a_folder_that_is_a_file_is_no_configuration():
    def read(path):
        if path.startswith("config"):
            raise NotADirectoryError(20, "Not a directory")
        return no_file(path)

    assert load(None, environ={}, read=read).source == ""


@pytest.mark.parametrize("environ", [{}, {"FIRSTBYTE_CONFIG": "gone.yaml"}])
def test_a_named_file_must_be_there(environ):
    path = None if environ else "gone.yaml"
    with pytest.raises(ConfigError) as caught:
        load(path, environ=environ, read=no_file)

    assert str(caught.value) == "gone.yaml: the file cannot be read: no such file or directory"


def test_a_file_that_may_not_be_read_is_told(tmp_path):
    def read(path):
        raise PermissionError(13, "Permission denied")

    with pytest.raises(ConfigError, match=r"^firstbyte.yaml: the file cannot be read: permission"):
        load(None, environ={}, read=read)
    with pytest.raises(ConfigError, match=r"cannot be read: not a path"):
        load("a\0b", environ={}, read=read_file)


def test_a_file_is_read_from_disk(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("log: {format: text}")

    assert load(str(file), environ={}).log.format == "text"


def test_a_referenced_file_is_found_beside_the_configuration(tmp_path):
    (tmp_path / "key").write_text(f"{CANARY}\n")
    file = tmp_path / "x.yaml"
    file.write_text("providers:\n  openai:\n    api_key: ${file:key}\n")

    config = load(str(file), environ={})

    assert config.providers["openai"].api_keys[0].reveal() == CANARY


def test_a_profile_is_merged_over_the_rest():
    text = (
        "server: {max_body: 1MiB, drain_timeout: 1s}\n"
        "models: {chat: {cascade: [openai/a], description: d}, keep: [openai/k]}\n"
        "profiles:\n  dev: {server: {max_body: 2MiB}, models: {chat: {cascade: [mock/echo]}}}\n"
        "  bare:\n"
    )
    config = loaded(text, profile="dev")

    assert (config.server.max_body, config.server.drain_timeout) == (2 * 1024**2, 1.0)
    assert [ref.provider for ref in config.models["chat"].cascade] == ["mock"]
    assert config.models["chat"].description == "d"
    assert "keep" in config.models
    assert loaded(text, profile="bare") == loaded(text)
    assert loaded(text, environ={**ENVIRON, "FIRSTBYTE_PROFILE": "dev"}) == config
    assert loaded(text, environ={**ENVIRON, "FIRSTBYTE_PROFILE": "dev"}, profile="") == loaded(text)


def test_an_unknown_profile_is_an_error_with_a_suggestion():
    text = "profiles: {develop: {}}"

    assert problems(text, profile="devlop") == [
        "--profile: the profile 'devlop' does not exist; did you mean 'develop'?"
    ]
    assert problems(text, environ={"FIRSTBYTE_PROFILE": "qqq"}) == [
        "$FIRSTBYTE_PROFILE: the profile 'qqq' does not exist; known here: 'develop'"
    ]
    assert problems("", profile="dev") == [
        "--profile: the profile 'dev' does not exist; there are no profiles"
    ]


def test_slips_in_the_profile_in_force_are_told_where_they_stand():
    text = "profiles:\n  dev: {log: {format: jsn}}\n  other: {log: {x: 1}}\n"

    assert problems(text, profile="dev") == [
        (
            "firstbyte.yaml:2:23: log.format: expected `auto`, `json` or `text`, got 'jsn'; "
            "did you mean 'json'?"
        ),
        "firstbyte.yaml:3:17: profiles.other.log.x: unknown key; known here: format, content",
    ]
    assert problems("profiles: {dev: [a]}", profile="dev") == [
        "firstbyte.yaml:1:17: profiles.dev: expected a map of sections, got a list"
    ]


def test_a_variable_that_only_an_idle_profile_names_is_not_asked_for():
    text = 'profiles: {dev: {server: {max_body: "${NONE}"}, auth: {keys: [{key: "${NONE}"}]}}}'

    assert problems(text) == []
    assert problems(text, profile="dev") != []


def test_a_listener_from_the_command_line_is_checked_like_the_files():
    assert loaded("", listen="127.0.0.1:1").server.port == 1
    assert "--listen: server.listen: 0.0.0.0:1 is reached" in problems("", listen="0.0.0.0:1")[0]
    assert problems("", listen="no") == [
        "--listen: expected host:port like 127.0.0.1:8080, got 'no'"
    ]


def test_without_a_file_the_environment_makes_the_providers():
    config = load(None, environ={"GROQ_API_KEY": CANARY}, read=no_file)

    assert list(config.providers) == ["groq"]
    assert CANARY not in repr(config)


def test_with_a_file_the_environment_adds_no_provider_of_its_own():
    assert loaded("providers: {openai: {}}").providers.keys() == {"openai"}


def test_a_vendor_named_in_a_cascade_needs_no_entry_where_its_key_is_set():
    config = loaded("models: {chat: [groq/a, mock/echo]}")

    assert config.providers["groq"].api_keys[0].matches(CANARY)


KEYS = ["server", "listen", "auth", "keys", "key", "providers", "models", "profiles", "openai"]
KEYS += ["defaults", "api_key", "base_url", "headers", "cascade", "target", "params", "retries"]
KEYS += ["protocol", "region", "access_key_id", "secret_access_key", "profile", "project"]
KEYS += ["access_token", "account", "base_model", "capabilities", "context", "prices", "input"]
KEYS += ["bedrock", "vertex", "azure", "cloudflare", "mock/echo"]
WORDS = ["${WORD}", "${NONE:-x}", "${NONE}", "${file:/s}", "${", "$${WORD}", "passthrough", "x"]
WORDS += ["bedrock", "vertex", "azure", "eu-west-1", "0.5"]
WORDS += ["openai/gpt", "mock/echo", "3s", "", "http://h/v1", "0.0.0.0:1", "\x00", "\ud7ff", "é"]
LEAVES = st.one_of(
    st.sampled_from(WORDS),
    st.text(max_size=8),
    st.booleans(),
    st.floats(),
    st.integers(),
    st.none(),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=4)), inner, max_size=4),
    ),
    max_leaves=20,
)


def rendered(tree):
    """A tree as flow YAML."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{rendered(k)}: {rendered(v)}" for k, v in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(rendered(item) for item in tree) + "]"
    if isinstance(tree, str):
        return '"' + "".join(f"\\U{ord(char):08x}" for char in tree) + '"'
    return "null" if tree is None else str(tree).lower()


def outcome_of(data, profile=None):
    """Everything that is printable of what `load` does with these bytes."""
    files = {"firstbyte.yaml": data, "/s": CANARY}
    try:
        config = load("firstbyte.yaml", environ=ENVIRON, profile=profile, read=reader(files))
    except ConfigError as error:
        return str(error) or pytest.fail("an error must say what is wrong")
    assert isinstance(config, Config)
    shown = [repr(config.providers), repr(config.auth), *config.warnings]
    return "\n".join(shown)


@settings(max_examples=300)
@given(st.one_of(st.text(), st.text(alphabet="{}[]:,-?&*!|>'\"%@`# \n\tab0<$")))
@example("&a [*a]")
@example("a: &b {c: d}\n<<: *b\n<<: [*b, 3]")
@example("? [a]\n: b")
@example("retries: " + "1" * 5000)
@example("%YAML 1.1\n---\n!!python/object/apply:os.system [x]")
@example("\x01")
@example("default_model: ${WORD}")
def test_any_text_gives_a_configuration_or_a_config_error(text):
    assert CANARY not in outcome_of(text.encode(errors="surrogatepass"))


@settings(max_examples=200)
@given(st.binary())
def test_any_bytes_give_a_configuration_or_a_config_error(data):
    assert CANARY not in outcome_of(data)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(KEYS), TREES, max_size=4))
def test_any_tree_gives_a_configuration_or_a_config_error(tree):
    text = rendered(tree)

    assert CANARY not in outcome_of(text.encode())
    assert CANARY not in outcome_of(text.encode(), profile="x")


HOLDING = ["${WORD}", "${WORD}/x", "openai/${WORD}", "http://${WORD}", "http://${WORD}@h"]
HOLDING += ["${WORD}:80", "${file:/s}", "0.0.0.0:1", "x"]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(HOLDING), min_size=8, max_size=8))
def test_what_a_reference_holds_is_shown_nowhere(held):
    a, b, c, d, e, f, g, h = held
    tree = {
        "server": {"listen": a, "hosts": [b], "max_body": b, "cors": {"origins": [c]}},
        "auth": {"keys": [{"key": c, "team": d}]},
        "default_model": e,
        "log": {"format": f},
        "defaults": {"retries": g, "fallback_on": [h]},
        "providers": {
            "openai": {"vendor": a, "base_url": b, "api_key": c, "headers": {"a": d}},
            "q": {"base_url": h, "protocol": e},
            "bedrock": {"secret_access_key": c, "session_token": d, "access_key_id": "x"},
            "vertex": {"access_token": f, "project": "p"},
        },
        "prices": {"openai/x": {"input": a, "output": b}},
        "models": {"c": [e, {"target": f, "params": {"x": g}}]},
    }

    assert CANARY not in outcome_of(rendered(tree).encode())


@pytest.mark.parametrize(
    ("text", "option", "address"),
    [
        ("", "", ("127.0.0.1", 8081)),
        ("server: {ops_listen: 'off'}", "", ("", 0)),
        ("server: {ops_listen: '[::1]:9'}", "", ("::1", 9)),
        ("server: {ops_listen: '[::1]:9'}", "off", ("", 0)),
        ("server: {ops_listen: off}", "0.0.0.0:9", ("0.0.0.0", 9)),
    ],
)
def test_operators_have_an_address_of_their_own_or_none(text, option, address):
    server = load("f", environ={}, read=lambda _: text.encode(), ops_listen=option).server

    assert (server.ops_host, server.ops_port) == address


def test_an_address_for_operators_from_the_command_line_is_checked_too():
    with pytest.raises(ConfigError, match=r"--ops-listen: expected `off` or host:port .* got 'no'"):
        load("f", environ={}, read=lambda _: b"", ops_listen="no")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "fb-environment"),
        ("auth: {admin_key: fb-file}", "fb-file"),
        ("auth: {admin_key: '${OTHER:-}'}", ""),
    ],
)
def test_the_admin_key_is_the_files_else_the_environments(text, key):
    environ = {"FIRSTBYTE_ADMIN_KEY": " fb-environment\n"}
    auth = load("f", environ=environ, read=lambda _: text.encode()).auth

    assert auth.admin_key.reveal() == key
    assert "fb-" not in repr(auth)


@pytest.mark.parametrize("written", ["${BLANK}", "${file:key}"])
def test_an_admin_key_that_came_out_empty_opens_nothing_to_everybody(written):
    files = {"f": f"auth: {{admin_key: '{written}'}}".encode(), "key": b"\n"}
    with pytest.raises(ConfigError) as caught:
        load("f", environ={"BLANK": ""}, read=files.__getitem__)

    assert caught.value.problems[0].path == "auth.admin_key"
    assert f"got what '{written}' holds, which is empty" in str(caught.value)


def test_who_has_no_admin_key_on_purpose_is_told_how_that_is_written():
    with pytest.raises(ConfigError) as caught:
        load("f", environ={"BLANK": ""}, read=lambda _: b"auth: {admin_key: '${BLANK}'}")

    assert str(caught.value).endswith("; ${BLANK:-} says that there may be none")


@pytest.mark.parametrize(
    ("text", "source", "store"),
    [
        ("", "firstbyte.yaml", "memory:"),
        ("auth: {required: true}", "firstbyte.yaml", "sqlite:firstbyte.db"),
        ("auth: {required: true}", "/etc/proxy/firstbyte.yaml", "sqlite:/etc/proxy/firstbyte.db"),
        ("auth: {required: true}\nstore: memory", "firstbyte.yaml", "memory:"),
        ("store: 'memory:'", "firstbyte.yaml", "memory:"),
        ("store: sqlite:data/calls.db", "config/firstbyte.yaml", "sqlite:config/data/calls.db"),
        ("store: sqlite:/var/lib/calls.db", "config/firstbyte.yaml", "sqlite:/var/lib/calls.db"),
        ("store: 'rediss://user:secret@host:6380/2'", "a.yaml", "rediss://user:secret@host:6380/2"),
        ("store: 'redis+sentinel://a:1,b:2/main'", "a.yaml", "redis+sentinel://a:1,b:2/main"),
    ],
)
def test_a_store_is_where_it_is_written_and_a_file_where_callers_need_keys(text, source, store):
    config = load(source, environ={}, read=lambda _: text.encode())

    assert config.store.reveal() == store
    assert "secret" not in repr(config)


@pytest.mark.parametrize(("text", "seconds"), [("", 0.3), ("store_timeout: 2s", 2.0)])
def test_a_call_waits_300_ms_for_the_store_or_what_is_written(text, seconds):
    assert load("f", environ={}, read=lambda _: text.encode()).store_timeout == seconds


def test_without_a_file_everything_is_in_memory():
    def nothing(_):
        raise FileNotFoundError

    assert load(None, environ={}, read=nothing).store.reveal() == "memory:"


def test_a_targets_own_rates_are_over_its_providers():
    config = loaded(
        "providers: {local: {base_url: 'http://h/v1', rpm: 600, tpm: 9000}}\n"
        "models: {chat: [{target: local/m, rpm: 60}, local/n]}"
    )
    first, second = (
        resolve(config, config.models["chat"], ref) for ref in config.models["chat"].refs
    )

    assert [(limits.rpm, limits.tpm) for limits in (first, second)] == [(60, 9000), (600, 9000)]


def test_how_long_answers_can_be_gone_on_from():
    assert loaded("responses: {keep_days: 7}").responses.keep_days == 7
    assert loaded("responses: {keep_days: 0}").responses.keep_days == 0
    assert loaded("{}").responses.keep_days == 30


PASTED = "sk-proj-0123456789abcdefSECRET"


@pytest.mark.parametrize(
    "text",
    [
        PASTED,
        f"auth: {PASTED}",
        f"auth: {{keys: [{PASTED}]}}",
        f"auth: {{{PASTED}: x}}",
        f"providers: {{openai: {PASTED}}}",
        f"providers: {{openai: {{headers: {PASTED}}}}}",
        f"providers: {{openai: {{vendor: {PASTED}}}}}",
        f"providers: {{openai: {{base_url: {PASTED}}}}}",
        f"providers: {{{PASTED}: {{}}}}",
        f"providers: {{'{PASTED} ': {{}}}}",
        f"models: {{chat: [{PASTED}]}}",
        f"models: {{chat: [{PASTED}/x]}}",
        f"models: {{{PASTED}: 1}}",
        f"prices: {{{PASTED}/x: {{input: 1}}}}",
        f"default_model: {PASTED}",
        f"log: {{format: {PASTED}}}",
        f"server: {{listen: {PASTED}}}",
        f"defaults: {{idle_timeout: {PASTED}}}",
        f"a: *{PASTED}",
        f"{PASTED}: 1",
        "auth: {admin_key: '${file:" + PASTED + "}'}",
        "providers: {openai: {api_key: '${" + PASTED.replace("-", "_") + "}'}}",
    ],
)
def test_a_key_that_was_pasted_in_the_wrong_place_is_not_shown(text):
    found = problems(text)

    assert found
    assert "SECRET" not in "".join(found)


def test_a_key_that_was_pasted_for_a_provider_is_described():
    assert problems(f"providers: {{openai: {PASTED}}}") == [
        "firstbyte.yaml:1:21: providers.openai: expected a map, got a text of 30 characters that looks like a key"
    ]

import pytest

from proxy.commands.banner import banner
from proxy.config.schema import Alias, Auth, Config, Provider, StaticKey, TargetRef, Tls
from proxy.config.schema import Server as ServerSettings
from proxy.config.snippets import KEY
from proxy.core.secret import Secret


def test_the_banner_says_what_was_found():
    config = Config(
        source="firstbyte.yaml",
        server=ServerSettings(tls=Tls("c.pem", "k.pem")),
        providers={
            "openai": Provider(
                "openai", "openai", "openai", "https://o", (Secret("sk-0123456789abcd"),)
            ),
            "own": Provider("own", "", "openai", "http://x", passthrough=True),
            "local": Provider("local", "", "openai", "http://y"),
            "groq": Provider("groq", "groq", "openai", "https://g", off="GROQ_API_KEY is not set"),
        },
        models={"chat": Alias("chat", (TargetRef("openai", "gpt-6"), TargetRef("local", "q")))},
        warnings=("mind the gap",),
    )

    said = "\n".join(banner(config, "::1", 8080))

    assert "https://[::1]:8080/v1" in said
    assert "openai (openai, key …abcd)" in said
    assert "own (openai, the caller's own key)" in said
    assert "local (openai, no key)" in said
    assert "groq: off, GROQ_API_KEY is not set" in said
    assert "chat: openai/gpt-6 > local/q" in said
    assert "warning        mind the gap" in said
    assert '"model": "chat"' in said
    assert "sk-0123" not in said


def test_the_banner_says_where_operators_ask():
    tls = ServerSettings(tls=Tls("c.pem", "k.pem"))

    local = list(banner(Config(server=tls), "0.0.0.0", 443, ("::1", 8081)))
    open_ops = list(banner(Config(server=tls), "0.0.0.0", 443, ("0.0.0.0", 8081)))
    nowhere = "\n".join(banner(Config(), "127.0.0.1", 8080))

    assert local[1] == "  operations     http://[::1]:8081"
    assert open_ops[1] == "  operations     https://0.0.0.0:8081"
    assert "operations" not in nowhere


def test_the_banner_warns_where_the_system_allows_too_few_connections():
    said = "\n".join(banner(Config(server=ServerSettings(max_in_flight=10**8)), "::1", 8080))

    assert "warning        the system allows" in said


def test_the_banner_says_how_many_workers_there_are():
    config = Config(server=ServerSettings(workers=4))

    assert "  workers        4" in list(banner(config, "127.0.0.1", 8080))


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/v1/"),
        ("0.0.0.0", "http://127.0.0.1:80/v1/"),
        ("::", "http://[::1]:80/v1/"),
        ("10.0.0.7", "http://10.0.0.7:80/v1/"),
    ],
)
def test_the_line_to_paste_works_on_this_machine(host, here):
    *_, line = banner(Config(), host, 80)

    assert line.startswith(f"  try it         curl -N {here}chat/completions -H 'content-type")


def test_the_line_to_paste_has_a_place_for_a_key_where_one_is_needed():
    secret = StaticKey(Secret("fb-secret-secret"), "t")
    *_, line = banner(Config(auth=Auth(required=True, keys=(secret,))), "127.0.0.1", 80)

    assert f" -H 'authorization: Bearer {KEY}' " in line
    assert "fb-secret" not in line

import pytest

from proxy.commands import live
from proxy.commands.live import Heard, ask_all, targets
from proxy.config.load import load
from proxy.core.errors import Kind, ProxyError


def config(text):
    return load("c.yaml", environ={}, read=lambda _: text.encode())


def test_each_target_is_asked_once_and_none_that_cannot_be():
    found = config(
        "providers:\n"
        "  local: {base_url: 'http://127.0.0.1:9/v1'}\n"
        "  theirs: {base_url: 'http://127.0.0.1:9/v1', api_key: passthrough}\n"
        "  groq: {}\n"
        "models:\n"
        "  a: [local/x, groq/y, mock/echo]\n"
        "  b: [{pool: [local/x, local/z]}]\n"
        "  c: [theirs/x]\n"
        "  '*': [local/*]\n"
    )

    assert targets(found) == ["local/x", "mock/echo", "local/z"]


async def test_keys_for_callers_and_addresses_do_not_stand_in_the_way():
    found = config(
        "server: {listen: '0.0.0.0:1', tls: {cert: none, key: none}}\n"
        "auth: {required: true, keys: [{key: fb-0123456789}]}\n"
        "models: {a: [mock/echo]}\n"
    )

    (heard,) = await ask_all(found)

    assert heard.ok


async def test_the_store_of_the_configuration_is_left_alone(tmp_path):
    found = load(
        str(tmp_path / "c.yaml"),
        environ={},
        read=lambda _: b"auth: {required: true}\nmodels: {a: [mock/echo]}\n",
    )

    (heard,) = await ask_all(found)

    assert heard.ok
    assert found.store.reveal() == f"sqlite:{tmp_path / 'firstbyte.db'}"
    assert list(tmp_path.iterdir()) == []


async def test_a_target_that_fails_says_why():
    (heard,) = await ask_all(config("models: {a: [mock/overloaded]}\n"))

    assert not heard.ok
    assert "mock/overloaded" in heard.message or "overloaded" in heard.message


class Mute:
    def __init__(self, trouble):
        self.trouble = trouble

    async def send(self, *_, **__):
        raise self.trouble


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (TimeoutError(), "nothing within 60 s"),
        (ProxyError(Kind.CONNECT, "could not connect"), "could not connect"),
    ],
)
async def test_a_proxy_that_says_nothing_is_a_failure(trouble, message):
    assert await live._ask(Mute(trouble), "http://h/v1", "a/b") == Heard("a/b", False, message)

"""What others know of a value is said with its place, and never with what it holds."""

import pytest

from proxy.config.load import load
from proxy.config.outside import Outside
from proxy.config.problems import ConfigError
from tests.support.configs import CANARY, ENVIRON

OUTSIDE = Outside(
    lambda address: "expected a port" if "bad" in address else "",
    lambda cert, key: next(
        ((n, f"no {n}") for n in ("cert", "key") if n + "?" in cert + key), ("", "")
    ),
    ("echo", "lorem"),
)


def problems(text, environ=ENVIRON):
    with pytest.raises(ConfigError) as caught:
        load("f", environ=environ, read=lambda _: text.encode(), outside=OUTSIDE)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "store: redis://h",
        "server: {tls: {cert: a, key: b}}",
        "models: {chat: [mock/echo, groq/llama]}",
        "default_model: mock/lorem",
        "default_model: mock:lorem",
    ],
)
def test_what_is_known_to_be_right_is_taken(text):
    assert load("f", environ=ENVIRON, read=lambda _: text.encode(), outside=OUTSIDE).source == "f"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nstore: redis://:PW@bad", "f:2:8: store: expected a port"),
        ("server: {tls: {cert: cert?, key: b}}", "f:1:22: server.tls.cert: no cert"),
        ("server: {tls: {cert: a, key: key?}}", "f:1:30: server.tls.key: no key"),
        (
            "models: {chat: [mock/nope]}",
            "f:1:17: models.chat[0]: 'nope' is no simulated model; there are echo, lorem",
        ),
        (
            "models: {chat: [{target: mock/lorme}]}",
            "f:1:26: models.chat[0].target: 'lorme' is no simulated model; did you mean 'lorem'?",
        ),
        (
            "models: {chat: [mock/lorem\xa0]}",
            "f:1:17: models.chat[0]: 'lorem\\xa0' is no simulated model; did you mean 'lorem'?",
        ),
        (
            "default_model: mock/nope",
            "f:1:16: default_model: expected an alias or a target, got 'mock/nope', which is neither; 'nope' is no simulated model; there are echo, lorem",
        ),
    ],
)
def test_what_others_know_to_be_wrong_is_said_at_its_place(text, said):
    assert problems(text) == [said]


def test_what_a_reference_held_is_not_shown():
    environ = {"S": f"redis://:{CANARY}@bad", "C": "cert?", "M": f"mock/{CANARY}"}
    text = 'store: "${S}"\nserver: {tls: {cert: "${C}", key: b}}\nmodels: {chat: ["${M}"]}\n'

    assert problems(text, environ) == [
        "f:1:8: store: expected a port; it is what '${S}' holds",
        "f:2:22: server.tls.cert: no cert; it is what '${C}' holds",
        "f:3:17: models.chat[0]: what '${M}' holds is no simulated model; there are echo, lorem",
    ]


def test_by_itself_a_file_is_taken_at_its_word():
    text = "store: redis://bad\nserver: {tls: {cert: cert?, key: b}}\nmodels: {chat: [mock/nope]}\n"

    assert (
        load("f", environ={}, read=lambda _: text.encode()).models["chat"].refs[0].model == "nope"
    )

import socket
import ssl

import httpx
import pytest

from proxy.core.errors import Kind
from proxy.upstream.faults import named
from proxy.upstream.framing import Disconnected, Garbled

SECRET = "sk-canary-123 https://host/v1?key=canary"


def because(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectTimeout(SECRET), Kind.CONNECT_TIMEOUT),
        (httpx.PoolTimeout(SECRET), Kind.CONNECT_TIMEOUT),
        (httpx.ReadTimeout(SECRET), Kind.FIRST_BYTE_TIMEOUT),
        (httpx.WriteTimeout(SECRET), Kind.FIRST_BYTE_TIMEOUT),
        (httpx.ConnectError(SECRET), Kind.CONNECT),
        (httpx.ReadError(SECRET), Kind.RESET),
        (httpx.WriteError(SECRET), Kind.RESET),
        (httpx.CloseError(SECRET), Kind.RESET),
        (httpx.ProxyError(SECRET), Kind.CONNECT),
        (httpx.UnsupportedProtocol(SECRET), Kind.MISCONFIGURED),
        (httpx.LocalProtocolError(SECRET), Kind.MISCONFIGURED),
        (httpx.RemoteProtocolError(SECRET), Kind.MALFORMED),
        (httpx.DecodingError(SECRET), Kind.MALFORMED),
        (httpx.TooManyRedirects(SECRET), Kind.RESET),
        (httpx.HTTPError(SECRET), Kind.RESET),
    ],
)
def test_every_exception_has_a_name_and_none_is_quoted(error, kind):
    failure = named(error, "api.test")

    assert failure.kind is kind
    assert "api.test" in failure.message
    assert "canary" not in failure.message


def test_the_wires_own_words_are_told():
    assert named(Disconnected("the server closed"), "h").kind is Kind.RESET
    assert named(Disconnected("the server closed"), "h").message == (
        "the connection to h was cut: the server closed"
    )
    assert named(Garbled("a bad chunk"), "h").kind is Kind.MALFORMED
    assert named(Garbled("a bad chunk"), "h").message.endswith(": a bad chunk")


def test_silence_in_mid_answer_is_idleness():
    assert named(httpx.ReadTimeout(""), "h", answering=True).kind is Kind.IDLE_TIMEOUT
    assert named(httpx.ReadError(""), "h", answering=True).kind is Kind.RESET


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('10.0.0.1', 80)"), "connection refused"),
        (socket.gaierror(socket.EAI_NONAME, "x"), "the name does not resolve"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "the name server does not answer"),
        (socket.gaierror(socket.EAI_FAIL, "x"), "the name does not resolve"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] x (_ssl.c:1006)"), "TLS failed"),
    ],
)
def test_the_systems_reason_is_told_without_its_ornaments(cause, words):
    message = named(because(httpx.ConnectError(SECRET), cause), "h").message

    assert message.startswith("could not connect to h: ")
    assert words in message
    assert "10.0.0.1" not in message
    assert "_ssl.c" not in message


def test_a_cause_without_a_reason_adds_nothing():
    for cause in (OSError("canary"), ValueError("canary")):
        failure = named(because(httpx.ConnectError(SECRET), cause), "h")

        assert failure.message == "could not connect to h"

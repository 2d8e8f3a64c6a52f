"""What a try that failed is said to have failed of."""

from proxy.config.schema import Limits
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.engine.failing import late, scrubbed, stalled

KEY = "a-key-that-nobody-may-read"


def failure(message):
    return ProxyError(Kind.AUTH, message, type=message, code=message, param=message)


def test_a_key_is_taken_out_of_every_word():
    error = scrubbed(failure(f"no {KEY}"), Secret(KEY))

    assert KEY not in f"{error.message}{error.type}{error.code}{error.param}"


def test_a_placeholder_is_left_in_honest_words():
    assert scrubbed(failure("no key"), Secret("key")).message == "no key"
    assert scrubbed(failure("no key"), None).message == "no key"


def test_the_clock_that_ran_out_is_named():
    said = [error.message for error in (stalled(Limits(), idle=True), late(whole=True))]
    said += [error.message for error in (stalled(Limits(), idle=False), late(whole=False))]

    assert [text.rpartition("(")[2] for text in said] == [
        "idle_timeout)",
        "total_timeout)",
        "output_idle_timeout)",
        "first_byte_timeout)",
    ]

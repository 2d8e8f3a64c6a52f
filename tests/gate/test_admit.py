import hmac
import time
from statistics import median

import pytest

from proxy.config.schema import Auth, StaticKey
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.gate.admit import Caller, Gate

KEY = "fb-0123456789abcdefghijklmnopqrstuvwxyzABCDEF"
OTHER = "fb-ZZZZ456789abcdefghijklmnopqrstuvwxyzABCDEF"
KEYS = (
    StaticKey(Secret(KEY), team="acme", allowed_models=("chat", "openai/gpt-5")),
    StaticKey(Secret(OTHER)),
)
CLOSED = Gate(Auth(required=True, stated=True, keys=KEYS))
OPEN = Gate(Auth())


def bearer(key):
    return (b"authorization", b"Bearer " + key.encode())


def refusal(gate, *headers):
    with pytest.raises(ProxyError) as caught:
        gate.admit(headers)
    return caught.value


@pytest.mark.parametrize(
    "header",
    [
        bearer(KEY),
        (b"authorization", b"bearer   " + KEY.encode() + b" "),
        (b"x-api-key", KEY.encode()),
        (b"api-key", KEY.encode()),
        (b"x-firstbyte-key", KEY.encode()),
    ],
)
def test_a_known_key_is_known_under_each_of_its_names(header):
    caller = CLOSED.admit([(b"host", b"a"), header])

    assert (caller.team, caller.credential) == ("acme", None)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [bearer("fb-unknown")],
        [bearer("")],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Basic " + KEY.encode())],
        [(b"authorization", KEY.encode())],
        [(b"x-api-key", b"")],
        [(b"x-api-key", KEY[:-1].encode())],
        [(b"x-api-key", b"\xff\xfe")],
        [(b"x-firstbyte-key", b"fb-unknown"), bearer(KEY)],
    ],
)
def test_no_key_an_unknown_key_and_a_malformed_one_get_the_same_words(headers):
    error = refusal(CLOSED, *headers)

    assert error.kind is Kind.UNAUTHENTICATED
    assert error.message == refusal(CLOSED).message
    assert error.meaning.status == 401


def test_a_refusal_never_shows_the_key_that_came():
    assert "fb-unknown" not in repr(refusal(CLOSED, bearer("fb-unknown")))


def test_two_credentials_that_differ_are_refused_where_a_key_is_required():
    error = refusal(CLOSED, bearer(KEY), (b"x-api-key", OTHER.encode()))

    assert error.kind is Kind.INVALID_REQUEST
    assert CLOSED.admit([bearer(KEY), (b"x-api-key", KEY.encode())]).team == "acme"


def test_two_virtual_keys_that_differ_are_refused():
    error = refusal(
        CLOSED, (b"x-firstbyte-key", KEY.encode()), (b"x-firstbyte-key", OTHER.encode())
    )

    assert error.kind is Kind.INVALID_REQUEST


def test_beside_a_virtual_key_the_credential_is_the_callers_own_provider_key():
    caller = CLOSED.admit([(b"x-firstbyte-key", KEY.encode()), bearer("sk-of-the-caller")])

    assert caller.team == "acme"
    assert caller.credential == Secret("sk-of-the-caller")


def test_a_virtual_key_never_becomes_the_provider_credential():
    twice = CLOSED.admit([(b"x-firstbyte-key", KEY.encode()), bearer(KEY)])
    other = CLOSED.admit([(b"x-firstbyte-key", KEY.encode()), bearer(OTHER)])
    unasked = Gate(Auth(keys=KEYS)).admit([bearer(KEY)])

    assert (twice.credential, other.credential, unasked.credential) == (None, None, None)


def test_without_auth_anybody_comes_in_with_a_credential_of_their_own():
    caller = OPEN.admit([(b"api-key", b"second"), bearer("sk-first"), (b"x-api-key", b"third")])

    assert caller == Caller(credential=Secret("sk-first"))
    assert OPEN.admit([]) == Caller()


def test_without_auth_a_known_key_still_says_who_calls():
    assert Gate(Auth(keys=KEYS)).admit([bearer(KEY)]).team == "acme"


def test_an_empty_configured_key_opens_nothing():
    gate = Gate(Auth(required=True, keys=(StaticKey(Secret(""), team="ghost"),)))

    assert refusal(gate).kind is Kind.UNAUTHENTICATED
    assert refusal(gate, (b"x-api-key", b"")).kind is Kind.UNAUTHENTICATED


def test_a_caller_may_use_what_its_key_lists_and_everything_where_it_lists_nothing():
    listed = CLOSED.admit([bearer(KEY)])
    free = CLOSED.admit([bearer(OTHER)])

    assert listed.may_use("chat")
    assert not listed.may_use("chat2")
    assert free.may_use("anything")


def test_a_caller_shows_no_credential_in_print():
    assert "sk-of-the-caller" not in repr(OPEN.admit([bearer("sk-of-the-caller")]))


def test_a_missing_and_an_unknown_key_do_the_same_work(monkeypatch):
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(
        "proxy.gate.admit.hmac.compare_digest", lambda a, b: compared.append(a) or real(a, b)
    )
    refusal(CLOSED)
    missing = len(compared)
    refusal(CLOSED, bearer("fb-unknown"))

    assert (missing, len(compared) - missing) == (1, 1)


def test_time_does_not_tell_a_missing_key_from_an_unknown_one():
    def once(headers):
        begun = time.perf_counter()
        with pytest.raises(ProxyError):
            CLOSED.admit(headers)
        return time.perf_counter() - begun

    tries = [(once([]), once([bearer("fb-unknown")])) for _ in range(500)]

    assert abs(median(a for a, _ in tries) - median(b for _, b in tries)) < 50e-6


def test_a_key_that_was_taken_away_lets_nobody_in_and_a_new_one_does():
    def keyed(key):
        return Auth(required=True, keys=(StaticKey(Secret(key), team=key),))

    gate = Gate(keyed("fb-old"))
    before = gate.admit([(b"x-api-key", b"fb-old")])
    gate.adopt(keyed("fb-new"))

    assert (before.team, gate.admit([(b"x-api-key", b"fb-new")]).team) == ("fb-old", "fb-new")
    with pytest.raises(ProxyError) as caught:
        gate.admit([(b"x-api-key", b"fb-old")])
    assert caught.value.kind is Kind.UNAUTHENTICATED


def test_keys_are_asked_for_as_soon_as_they_are_required():
    gate = Gate(Auth())
    gate.admit([])
    gate.adopt(Auth(required=True))

    with pytest.raises(ProxyError):
        gate.admit([])

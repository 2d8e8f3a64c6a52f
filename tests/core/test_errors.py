import pytest

from proxy.core.errors import MEANINGS, Blame, Kind, Meaning, ProxyError


def test_every_kind_has_exactly_one_meaning():
    assert set(MEANINGS) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_a_meaning_is_an_error_in_openais_terms(kind):
    meaning = MEANINGS[kind]

    assert isinstance(meaning, Meaning)
    assert 400 <= meaning.status < 600
    assert meaning.type in {
        "invalid_request_error",
        "server_error",
        "rate_limit_error",
        "insufficient_quota",
    }


@pytest.mark.parametrize("kind", [k for k in Kind if MEANINGS[k].blame is Blame.CALLER])
def test_what_the_caller_did_is_a_4xx_and_not_to_be_repeated(kind):
    assert MEANINGS[kind].status < 500
    assert not MEANINGS[kind].should_retry


@pytest.mark.parametrize("kind", [k for k in Kind if MEANINGS[k].should_retry])
def test_what_may_be_repeated_has_a_status_that_sdks_repeat(kind):
    status = MEANINGS[kind].status

    assert status in {408, 409, 429} or status >= 500


def test_an_error_says_its_kind_message_and_status():
    error = ProxyError(Kind.RATE_LIMIT, "slow down", status=429, retry_after=2.0)

    assert repr(error) == "ProxyError(rate_limit, 'slow down', status=429)"
    assert str(error) == "slow down"
    assert error.meaning is MEANINGS[Kind.RATE_LIMIT]
    assert error.attempts == ()
    assert error.retry_after == 2.0

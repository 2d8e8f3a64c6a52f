import pytest

from proxy.core.errors import ProxyError
from proxy.gate.caller import Caller
from proxy.web.jobs.caller import id_of, payer, see_team
from tests.support.jobs import BY_JOB


def scope(caller):
    return {"firstbyte.caller": caller, "path_params": {"id": "job_1"}}


def test_who_has_a_key_of_a_team_may_have_jobs():
    caller = Caller(team="acme", key="key_1", tariff=BY_JOB)

    assert payer(scope(caller)) == (caller, BY_JOB)
    assert id_of(scope(caller)) == "job_1"


@pytest.mark.parametrize(
    ("caller", "status", "code"),
    [(Caller(), 401, None), (Caller(team="static"), 403, "team_required")],
)
def test_who_has_none_may_not(caller, status, code):
    with pytest.raises(ProxyError) as caught:
        payer(scope(caller))

    assert (caught.value.meaning.status, caught.value.code) == (status, code)


def test_another_team_is_not_ones_own():
    see_team(Caller(team="acme"), "acme")
    with pytest.raises(ProxyError) as caught:
        see_team(Caller(team="acme"), "zeta")

    assert (caught.value.meaning.status, caught.value.code) == (403, "wrong_team")

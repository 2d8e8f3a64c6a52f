import pytest

from proxy.core.errors import ProxyError
from proxy.gate.jobs.job import State
from proxy.gate.jobs.trouble import closed_already, named, no_job, no_team, not_yours
from proxy.store.store import StoreError
from tests.support.jobs import job
from tests.support.tenants import NOW


def test_each_trouble_has_its_status_and_its_code():
    over = job().closed(State.FAILED, NOW, {}, "job_timeout")
    found = [closed_already(over), no_job("x"), not_yours("zeta"), no_team()]

    assert [(error.meaning.status, error.code) for error in found] == [
        (409, "job_failed"),
        (404, "job_not_found"),
        (403, "wrong_team"),
        (403, "team_required"),
    ]
    assert "job_timeout" in found[0].message


def test_a_store_that_is_away_is_a_503_that_says_when_to_come_again():
    with pytest.raises(ProxyError) as caught, named():
        raise StoreError("away")

    assert (caught.value.meaning.status, caught.value.retry_after) == (503, 2.0)

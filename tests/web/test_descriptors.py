import resource

import pytest

from proxy.web.descriptors import SPARE, raise_limit, shortage


@pytest.fixture
def limit():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_is_raised_to_what_the_system_grants(limit):
    _, hard = limit
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))

    raise_limit()

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)


def test_a_limit_below_two_for_each_call_is_told_with_both_numbers_and_the_remedy(limit):
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limit[1]))

    said = shortage(100)

    assert said.startswith("the system allows 256 open files, and 100 calls at once may need 264;")
    assert "server.max_in_flight" in said


def test_a_limit_that_will_do_is_not_mentioned(limit):
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limit[1]))

    assert shortage((256 - SPARE) // 2) == ""


def test_no_limit_at_all_will_do(monkeypatch):
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda _: unlimited)

    assert shortage(10**9) == ""

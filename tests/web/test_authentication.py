import pytest

from proxy.config.schema import Auth, StaticKey
from proxy.core.errors import ProxyError
from proxy.core.secret import Secret
from proxy.gate.admit import Gate
from proxy.web.authentication import Authentication, caller_of

GATE = Gate(Auth(required=True, keys=(StaticKey(Secret("fb-key"), team="acme"),)))


async def test_an_admitted_caller_is_known_inside():
    teams = []

    async def app(scope, _, __):
        teams.append(caller_of(scope).team)

    await Authentication(app, GATE)({"headers": [(b"x-api-key", b"fb-key")]}, None, None)

    assert teams == ["acme"]


async def test_nobody_else_gets_inside():
    async def app(*_):
        raise AssertionError

    with pytest.raises(ProxyError):
        await Authentication(app, GATE)({"headers": []}, None, None)


def test_a_route_that_does_not_admit_knows_no_caller():
    with pytest.raises(KeyError):
        caller_of({"headers": []})

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate.desk.asked import Asked
from proxy.gate.desk.desk import answered
from proxy.gate.registry import ContestedError
from proxy.store.store import StoreError
from tests.support.tenants import Office


async def test_a_place_is_found_by_method_and_path():
    office = Office()
    await office.desk.ask("POST", "/admin/teams", body={"id": "acme"})

    assert (await office.desk.ask("GET", "/admin/teams/acme"))["id"] == "acme"


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/admin/teams/acme"), ("GET", "/admin"), ("GET", "/admin/teams/a/b"), ("GET", "")],
)
async def test_what_cannot_be_asked_is_a_mistake_of_the_program(method, path):
    with pytest.raises(LookupError):
        await Office().desk.ask(method, path)


@pytest.mark.parametrize(
    ("raised", "kind", "status"),
    [
        (StoreError("the store x is away"), Kind.SATURATED, 503),
        (ContestedError("teams: somebody"), Kind.CONFLICT, 409),
    ],
)
async def test_what_the_store_cannot_do_is_a_named_failure(raised, kind, status):
    async def verb(_):
        raise raised

    with pytest.raises(ProxyError) as caught:
        await answered(verb, Asked())

    assert (caught.value.kind, caught.value.meaning.status) == (kind, status)
    assert str(raised) in caught.value.message

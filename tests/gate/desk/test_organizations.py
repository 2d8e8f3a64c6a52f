import pytest

from proxy.core.errors import Kind, ProxyError
from tests.support.tenants import NOW, Office

PATH = "/admin/organizations"


async def test_an_organization_is_made_and_listed():
    office = Office()
    made = await office.post(PATH, id="org", name="Org")

    listed = await office.get(PATH)

    assert made == {
        "id": "org",
        "object": "organization",
        "name": "Org",
        "created_at": int(NOW),
    }
    assert listed == {"object": "list", "data": [made], "has_more": False, "next_cursor": None}


async def test_an_id_is_taken_once():
    office = Office()
    await office.post(PATH, id="org")

    with pytest.raises(ProxyError) as caught:
        await office.post(PATH, id="org")

    assert caught.value.kind is Kind.CONFLICT


async def test_a_long_list_goes_on_after_its_cursor():
    office = Office()
    for number in range(5):
        await office.post(PATH, id=f"o{number}")

    first = await office.get(PATH, limit="3")
    rest = await office.get(PATH, limit="3", cursor=first["next_cursor"])

    assert [each["id"] for each in first["data"] + rest["data"]] == [f"o{n}" for n in range(5)]
    assert (first["has_more"], rest["has_more"]) == (True, False)

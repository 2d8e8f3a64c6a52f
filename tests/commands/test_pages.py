from proxy.commands.pages import whole
from tests.support.tenants import Office


async def test_a_list_is_read_to_its_end_page_after_page():
    office = Office()
    for number in range(7):
        await office.post("/admin/organizations", id=f"o{number}")
    asked = []

    async def ask(method, path, query):
        asked.append(query)
        return await office.desk.ask(method, path, {**query, "limit": "3"})

    found = await whole(ask, "/admin/organizations", {"unsaid": ""})

    assert [each["id"] for each in found] == [f"o{n}" for n in range(7)]
    assert [set(query) for query in asked] == [{"limit"}, {"limit", "cursor"}, {"limit", "cursor"}]

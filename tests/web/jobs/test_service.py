from tests.support.jobhouse import config, guild


async def test_what_calls_had_to_tell_is_told_before_the_store_is_closed(tmp_path):
    address = f"sqlite:{tmp_path / 'jobs.db'}"
    async with guild(config(address)) as house, await house.team() as client:
        job = await client.create()
        await client.call(job)
    async with guild(config(address)) as house, await house.team("zeta") as client:
        page = await house.app.office.store.page("jobs")
        rows = page.documents[0].data

    assert rows["totals"][0] == 1
    assert rows["running"] == []

import re

import httpx
import pytest

from proxy.config.schema import StaticKey
from proxy.core.secret import Secret
from proxy.web.jobs.rows import rows
from proxy.web.routes import Credential, spellings
from tests.support.jobhouse import config, guild

TABLE = rows(lambda name: name)


def test_every_endpoint_of_the_design_is_a_row():
    assert [row.line for row in TABLE] == [
        "POST /api/jobs/create",
        "POST /api/jobs/create-and-call",
        "POST /api/jobs/create-and-call-stream",
        "POST /api/jobs/{id}/llm-call",
        "POST /api/jobs/{id}/llm-call-stream",
        "POST /api/jobs/{id}/complete",
        "GET /api/jobs/{id}",
        "PATCH /api/jobs/{id}/metadata",
        "GET /api/jobs/{id}/costs",
        "GET /api/teams/{id}/usage",
        "GET /api/teams/{id}/jobs",
    ]


def test_every_row_admits_before_its_endpoint_runs():
    assert {row.credential for row in TABLE} == {Credential.REQUIRED}


def static():
    """A key of the configuration, which has no team in the store."""
    settings = config()
    key = StaticKey(Secret("fb-static-0123456789"), team="acme")
    return type(settings)(
        **{
            name: getattr(settings, name)
            for name in settings.__dataclass_fields__
            if name != "auth"
        },
        auth=type(settings.auth)(required=True, stated=True, keys=(key,)),
    )


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.line)
async def test_each_row_demands_a_key_of_a_team_under_every_spelling(row):
    async with guild(static()) as house, await house.team() as client:
        key = client.http.headers["authorization"]
        for path in (re.sub(r"\{id\}", "acme", each) for each in spellings(row.path)):
            told = {}
            for name, headers in {
                "nobody": {},
                "wrong": {"authorization": "Bearer fb-wrong"},
                "static": {"authorization": "Bearer fb-static-0123456789"},
                "right": {"authorization": key},
            }.items():
                async with httpx.AsyncClient(base_url=house.base_url, timeout=60) as http:
                    told[name] = await http.request(row.method, path, json={}, headers=headers)

            assert told["nobody"].status_code == told["wrong"].status_code == 401, path
            assert (
                told["nobody"].json()["error"]["message"]
                == told["wrong"].json()["error"]["message"]
            )
            assert told["static"].json()["error"]["code"] == "team_required", path
            assert told["right"].status_code in (200, 400, 404), path

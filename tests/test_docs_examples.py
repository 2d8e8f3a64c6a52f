"""The examples of docs/examples run: the typed client against a real server, the page by what browsers ask first."""

import asyncio
import os
import re
import sys
from dataclasses import replace
from importlib import util
from pathlib import Path

import httpx
import pytest

from proxy.config.schema import Cors
from tests.support.jobhouse import NEW, config, guild, said
from tests.support.turns import HANGS

FOLDER = Path(__file__).parents[1] / "docs" / "examples"
PAGE = (FOLDER / "browser_stream.html").read_text()
ORIGIN = "https://app.example"


def module():
    spec = util.spec_from_file_location("jobs_client", FOLDER / "jobs_client.py")
    found = util.module_from_spec(spec)
    sys.modules["jobs_client"] = found
    spec.loader.exec_module(found)
    return found


def key_of(client):
    return client.http.headers["authorization"].removeprefix("Bearer ")


async def test_the_typed_client_runs_as_a_program():
    async with guild() as house, await house.team() as client:
        environ = {**os.environ, "FIRSTBYTE_URL": house.base_url, "FIRSTBYTE_KEY": key_of(client)}
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, str(FOLDER / "jobs_client.py"), "acme"),
            env=environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await child.communicate()
        balance = await house.credits()

    assert (child.returncode, err) == (0, b"")
    assert out.decode().splitlines() == [
        "In one sentence: Why is the sky blue?",
        "2 calls, 26 tokens, 1 credits; 9 left",
    ]
    assert balance == (0, 1, 9)


async def test_the_typed_client_has_every_verb():
    jobs_client = module()
    ask = [{"role": "user", "content": "one two"}]

    def use(url, key):
        with jobs_client.Jobs(url, key, "acme") as jobs:
            alone = [jobs.create_and_call("x", ask, idempotency_key="k") for _ in range(2)]
            stream = jobs.create_and_stream("x", ask)
            words = "".join(stream)
            cut = jobs.create_and_stream("x", ask, model="cut")
            with pytest.raises(jobs_client.CutError):
                list(cut)
            with pytest.raises(jobs_client.JobError) as refused:
                jobs.call("job_no", ask)
            with pytest.raises(jobs_client.JobError) as dead:
                list(jobs.create_and_stream("x", ask, model="dead"))
            failed = jobs.complete(jobs.create("x")["job_id"], "failed", error_message="no need")
            return alone, stream, words, refused.value, dead.value, failed

    async with guild() as house, await house.team() as client:
        alone, stream, words, refused, dead, failed = await asyncio.to_thread(
            use, house.base_url, key_of(client)
        )
        balance = await house.credits()

    assert alone[0] == alone[1]
    assert alone[0]["response"]["content"] == words == "one two"
    assert (stream.costs["credit_applied"], stream.job_id[:4]) == (1, "job_")
    assert (refused.status, refused.code, dead.status) == (404, "job_not_found", 502)
    assert failed["status"] == "failed"
    assert balance == (0, 2, 8)


def with_origin():
    settings = config()
    return replace(settings, server=replace(settings.server, cors=Cors((ORIGIN,))))


async def test_a_browser_may_send_what_the_page_sends_from_its_own_origin_and_no_other():
    path = "/api/jobs/create-and-call-stream"
    async with guild(with_origin()) as house, await house.team() as client:
        asked = {
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        }
        async with httpx.AsyncClient(base_url=house.base_url, timeout=HANGS) as http:
            first = await http.options(path, headers={"origin": ORIGIN, **asked})
            evil = await http.options(path, headers={"origin": "https://evil.example", **asked})
        answer = await client.http.post(path, json={**NEW, **said()}, headers={"origin": ORIGIN})

    assert (first.status_code, first.headers["access-control-allow-origin"]) == (204, ORIGIN)
    assert "POST" in first.headers["access-control-allow-methods"]
    assert first.headers["access-control-allow-headers"] == "authorization,content-type"
    assert "access-control-allow-origin" not in evil.headers
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-expose-headers"] == "*"
    assert answer.headers["x-job-id"]


def test_the_page_fetches_from_nowhere_else_and_writes_no_html():
    assert re.findall(r"""(?:src|href)\s*=""", PAGE) == []
    assert not {"innerHTML", "outerHTML", "document.write", "eval("} & set(
        re.findall(r"[\w.]+\(?", PAGE)
    )
    assert re.findall(r"https?://[^\s\"'<]+", PAGE) == ["http://127.0.0.1:8080"]
    assert "/api/jobs/create-and-call-stream" in PAGE

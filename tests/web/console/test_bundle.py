"""The page is small, is whole, may run its own scripts alone, and is asked for again only where it changed."""

import re
from pathlib import Path

import pytest

import proxy.web.console.bundle as served
from proxy.config.schema import Auth, Server
from proxy.core.secret import Secret
from proxy.gate.admit import Gate
from proxy.web.admin import AdminKey
from proxy.web.console.bundle import HEADERS, POLICY, TYPES, Bundle, parts
from proxy.web.routes import Credential, Keepers, Row, build
from tests.support.rawclient import RawClient, request
from tests.support.webserver import serving

STATIC = Path(served.__file__).parent / "static"
MOST = 150 * 1024


async def asked(path="/console", *headers, method="GET"):
    page = Bundle()
    table = (
        Row("GET", "/console", page, Credential.NONE),
        Row("GET", "/console/{name}", page, Credential.NONE),
    )
    keepers = Keepers(Gate(Auth()), AdminKey(lambda: Secret("x"), on_loopback=True))
    app = build(table, keepers, Server(), "here")
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        return await client.ask(request(method, path, *headers), method=method)


def test_it_is_small_and_holds_nothing_that_is_not_served():
    assert sum(len(part.body) for part in parts().values()) <= MOST
    assert {file.name for file in STATIC.iterdir()} == set(parts())


@pytest.mark.parametrize("name", sorted(parts()))
async def test_each_file_comes_with_its_type_and_the_policy(name):
    response = await asked(f"/console/{name}")

    assert response.status == 200
    assert response.body == (STATIC / name).read_bytes()
    assert response.header("content-type").encode() == TYPES[Path(name).suffix]
    for header, value in HEADERS:
        assert response.header(header.decode()) == value.decode()


@pytest.mark.parametrize("path", ["/console", "/console/", "/console/index.html"])
async def test_the_page_is_where_people_look_for_it(path):
    response = await asked(path)

    assert response.body == parts()["index.html"].body


async def test_who_has_a_file_is_told_so():
    first = await asked("/console/app.js")
    tag = first.header("etag")
    for said in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await asked("/console/app.js", f"if-none-match: {said}")

        assert (again.status, again.body) == (304, b"")
        assert again.header("etag") == tag
        assert again.header("content-security-policy") == POLICY.decode()
    assert (await asked("/console/app.js", 'if-none-match: "other"')).status == 200


async def test_a_part_of_a_file_is_not_served():
    response = await asked("/console/app.js", "range: bytes=0-9")

    assert (response.status, response.body) == (200, parts()["app.js"].body)
    assert response.header("content-range") is None


async def test_a_head_says_as_much_as_an_answer():
    response = await asked("/console/app.js", method="HEAD")

    assert response.status == 200
    assert int(response.header("content-length")) == len(parts()["app.js"].body)


@pytest.mark.parametrize("name", ["nope.js", "..%2fbundle.py", "%2e%2e", ".", "__init__.py"])
async def test_nothing_else_is_there(name):
    response = await asked(f"/console/{name}")

    assert response.status == 404


def test_the_policy_lets_nothing_in_from_elsewhere():
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.decode().split(";"))

    assert rules.pop("default-src") == "'none'"
    assert rules.pop("require-trusted-types-for") == "'script'"
    assert set(rules.values()) <= {"'self'", "'none'"}
    assert rules["script-src"] == rules["connect-src"] == "'self'"


def test_no_file_reaches_out_or_parses_markup():
    elsewhere = re.compile(r"https?://(?!www\.w3\.org/2000/svg)", re.IGNORECASE)
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(")
    kept = re.compile(r"sessionStorage|document\.cookie|indexedDB")
    for name, part in parts().items():
        text = part.body.decode()

        assert not markup.search(text), name
        assert not kept.search(text), name
        assert not elsewhere.search(text.replace('`${tls ? "https" : "http"}://', "")), name
    page = parts()["index.html"].body.decode()
    assert not re.search(r"<style|\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)", page)


def test_what_a_file_names_is_there():
    for part in parts().values():
        named = re.findall(r'(?:from "\./|(?:src|href)="/console/)([\w.]+)"', part.body.decode())

        assert set(named) <= set(parts())

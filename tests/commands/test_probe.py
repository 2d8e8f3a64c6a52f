import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from proxy.commands import probe
from proxy.config.schema import Server, Tls
from proxy.web.answer import answer
from proxy.web.ops import Live, Readiness, Ready
from tests.support.commands import shell as shell
from tests.support.rawserver import closed_port
from tests.support.turns import HANGS
from tests.support.webserver import serving

ROOT = Path(__file__).parents[2]


class Ops:
    """What the ops listener answers to probes."""

    def __init__(self):
        self.readiness = Readiness(lambda: True)
        self.heard = []

    async def __call__(self, scope, receive, send):
        self.heard.append(scope["path"])
        where = {"/livez": Live(), "/readyz": Ready(self.readiness)}
        if scope["path"] in where:
            await where[scope["path"]](scope, receive, send)
        else:
            await answer(send, 404, b"not ours")


async def asked(shell, *argv):
    return await asyncio.to_thread(shell.run, "probe", *argv, "--timeout", str(HANGS))


@pytest.mark.parametrize("question", ["ready", "live"])
async def test_a_yes_is_0(shell, question):
    async with serving(Ops()) as ((host, port), _):
        status, out, err = await asked(shell, question, "--url", f"http://{host}:{port}")

    assert (status, out, err) == (0, f"{question}\n", "")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/"])
async def test_a_base_url_will_do(shell, path):
    ops = Ops()
    async with serving(ops) as ((host, port), _):
        status, _, _ = await asked(shell, "ready", "--url", f"http://{host}:{port}{path}")

    assert (status, ops.heard) == (0, ["/readyz"])


async def test_a_proxy_that_stops_is_alive_and_not_ready(shell):
    ops = Ops()
    ops.readiness.drain()
    async with serving(ops) as ((host, port), _):
        url = f"http://{host}:{port}"
        ready = await asked(shell, "ready", "--url", url)
        live = await asked(shell, "live", "--url", url)

    assert live[0] == 0
    assert ready[:2] == (1, "")
    assert f"not ready: {url} answers 503: shutting down" in ready[2]


@pytest.mark.parametrize("body", [b"not ours", b'{"reasons": 7}', b"{}"])
async def test_whoever_else_answers_there_is_a_no(shell, body):
    async def other(_scope, _receive, send):
        await answer(send, 302, body, ((b"location", b"/livez"),))

    async with serving(other) as ((host, port), _):
        status, out, err = await asked(shell, "live", "--url", f"http://{host}:{port}")

    assert (status, out) == (1, "")
    assert err.endswith("answers 302\n")


async def test_the_address_is_that_of_the_configuration(shell):
    async with serving(Ops()) as ((host, port), _):
        shell.write(f"server: {{ops_listen: '{host}:{port}'}}\n")
        status, _, _ = await asked(shell, "ready")

    assert status == 0


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (Server(), "http://127.0.0.1:8081"),
        (Server(ops_host=""), "http://127.0.0.1:8080"),
        (Server(ops_host="", host="0.0.0.0", tls=Tls("c", "k")), "https://127.0.0.1:8080"),
        (Server(ops_host="0.0.0.0", ops_port=9, tls=Tls("c", "k")), "https://127.0.0.1:9"),
        (Server(tls=Tls("c", "k")), "http://127.0.0.1:8081"),
    ],
)
def test_operators_are_asked_where_they_listen_else_callers(server, expected):
    assert probe.address(server) == expected


def test_nobody_there_is_a_no(shell):
    with closed_port() as url:
        status, out, err = shell.run("probe", "ready", "--url", url)

    assert (status, out) == (1, "")
    assert "does not answer: connection refused\n" in err
    assert err.count("\n") == 1


def test_whoever_is_silent_is_a_no_after_the_timeout(shell):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        status, _, err = shell.run("probe", "live", "--url", url, "--timeout", "0.05")

    assert status == 1
    assert "timed out" in err


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8081", "ftp://a:1", "http://", "http://a:0", "http://a:b"]
)
def test_what_is_no_address_is_a_sentence(shell, url):
    status, _, err = shell.run("probe", "ready", "--url", url)

    assert status == 2
    assert "expected --url like http://127.0.0.1:8081" in err


async def test_a_certificate_need_not_name_loopback(shell, tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued = trustme.CA().issue_cert("llm.example")
    cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(key)
    async with serving(Ops(), tls=Tls(str(cert), str(key))) as ((host, port), _):
        status, _, err = await asked(shell, "live", "--url", f"https://{host}:{port}")

    assert (status, err) == (0, "")


async def test_the_module_alone_is_the_same_command():
    command = [sys.executable, "-m", "proxy.commands.probe", "ready", "--timeout", str(HANGS)]
    async with serving(Ops()) as ((host, port), _):
        url = f"http://{host}:{port}"
        yes = await asyncio.to_thread(
            subprocess.run, [*command, "--url", url], cwd=ROOT, capture_output=True
        )
    with closed_port() as url:
        no = subprocess.run(
            [*command, "--url", url], cwd=ROOT, capture_output=True, check=False, timeout=HANGS
        )

    assert (yes.returncode, yes.stdout) == (0, b"ready\n")
    assert no.returncode == 1
    assert no.stderr.startswith(b"firstbyte probe: not ready")


def test_the_module_alone_loads_no_server():
    code = "import sys, proxy.commands.probe; print([m for m in ('uvicorn', 'starlette', 'httpx') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)

    assert ran.stdout == b"[]\n"


def test_by_itself_it_ends_as_the_command_does(shell, capsys):
    statuses = [
        probe.main(["ready", "--url", "bogus"]),
        probe.main(["ready", "--config", "nowhere.yaml"]),
        probe.main(["ready", "--profile", "nope"]),
    ]

    assert statuses == [2, 78, 2]
    assert capsys.readouterr().err.count("firstbyte probe: ") == 3

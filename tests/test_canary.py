"""A secret goes to the provider it is for and nowhere else: not into an answer, an error, a log line or a traceback."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.core import jsons
from proxy.sim.script import Behaviour, Fault, Mode
from proxy.sim.server import Simulator
from tests.support.canary import CALLERS_KEY, CANARY, PROVIDER_KEY, VIRTUAL_KEY
from tests.support.turns import HANGS

ROOT = str(Path(__file__).resolve().parents[1])

CONFIG = """
server: {{listen: "127.0.0.1:0", ops_listen: "127.0.0.1:0"}}
auth:
  required: true
  keys: [{{key: "${{VIRTUAL_KEY}}", team: blue}}]
providers:
  gpt: {{protocol: openai, base_url: "{sim}/v1", api_key: "${{PROVIDER_KEY}}"}}
  claude: {{protocol: anthropic, base_url: "{sim}", api_key: "${{PROVIDER_KEY}}"}}
  own: {{protocol: openai, base_url: "{sim}/v1", api_key: passthrough}}
  good: {{protocol: openai, base_url: "{sim}/v1", api_key: "${{PROVIDER_KEY}}"}}
  dead: {{protocol: openai, base_url: "http://127.0.0.1:9/v1", api_key: "${{PROVIDER_KEY}}"}}
models:
  chat: [gpt/tells, claude/tells, dead/x, good/echo]
  all-fail: [gpt/tells, claude/tells, dead/x]
"""

TELLS = Behaviour(
    fault=Fault(Mode.STATUS, 401, message=f"Incorrect API key provided: {PROVIDER_KEY}.")
)
ECHOES_OWN = Behaviour(
    fault=Fault(Mode.STATUS, 401, message=f"Incorrect API key provided: {CALLERS_KEY}.")
)


def call(model, key=VIRTUAL_KEY, **more):
    body = jsons.encode({"model": model, "messages": [{"role": "user", "content": "hi"}], **more})
    return body, [
        (b"content-type", b"application/json"),
        (b"x-firstbyte-key", key.encode()),
        (b"authorization", f"Bearer {CALLERS_KEY}".encode()),
    ]


async def test_a_secret_is_in_no_output(tmp_path):
    async with Simulator(keep_calls=50) as sim:
        sim.add("tells", TELLS)
        sim.add("tells-own", ECHOES_OWN)
        (tmp_path / "firstbyte.yaml").write_text(CONFIG.format(sim=sim.base_url))
        said, answers = await asyncio.to_thread(
            serve_and_call, tmp_path, asyncio.get_running_loop()
        )
        sent = [dict(c.headers) for c in sim.calls]

    assert {headers.get("authorization") or headers["x-api-key"] for headers in sent} >= {
        f"Bearer {PROVIDER_KEY}",
        f"Bearer {CALLERS_KEY}",
    }
    assert not [headers for headers in sent if VIRTUAL_KEY in str(headers)]
    assert len(answers) == 6
    for text in (*answers, said):
        assert CANARY not in text, "a secret was told"


def serve_and_call(folder, loop):
    environ = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "proxy", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env={
            **environ,
            "PYTHONPATH": ROOT,
            "PROVIDER_KEY": PROVIDER_KEY,
            "VIRTUAL_KEY": VIRTUAL_KEY,
        },
    )
    try:
        banner = []
        while not banner or "try it" not in banner[-1]:
            banner.append(process.stdout.readline())
            assert banner[-1], banner
        port = int(banner[0].rsplit(":", 1)[1].split("/")[0])
        answers = asyncio.run(every_kind_of_call(port))
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=HANGS)
    finally:
        process.kill()
    return "".join(banner) + rest, answers


async def every_kind_of_call(port):
    """Served, failed, refused, passed through, malformed: each answer whole, heads included."""
    calls = [
        call("chat", stream=True),
        call("all-fail"),
        call("own/tells-own"),
        call("chat", key=VIRTUAL_KEY + "x"),
        call(f"nothing-like-{'x' * 40}"),
        (b"{" + VIRTUAL_KEY.encode(), call("chat")[1]),
    ]
    return [await post(port, body, headers) for body, headers in calls]


async def post(port, body, headers):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    writer.write(
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
        b"content-length: %d\r\n%s\r\n%s" % (len(body), lines, body)
    )
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 ")
    return answer.decode()


@pytest.mark.parametrize("argv", [["check"], ["models"], ["explain", "chat"]])
def test_no_command_prints_one(tmp_path, argv):
    (tmp_path / "firstbyte.yaml").write_text(CONFIG.format(sim="http://127.0.0.1:9"))

    done = subprocess.run(
        [sys.executable, "-m", "proxy", *argv],
        capture_output=True,
        text=True,
        timeout=HANGS,
        check=True,
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": ROOT,
            "PROVIDER_KEY": PROVIDER_KEY,
            "VIRTUAL_KEY": VIRTUAL_KEY,
        },
    )

    assert done.stdout
    assert CANARY not in done.stdout + done.stderr

"""What a proxy that nobody has called yet does not load: each of these rooms is loaded for whoever first needs it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LATER = (
    "proxy.codecs.anthropic.codec",
    "proxy.codecs.completions.codec",
    "proxy.codecs.responses.codec",
    "proxy.commands.supervisor",
    "proxy.config.snippets",
    "proxy.gate.desk.desk",
    "proxy.gate.jobs.jobs",
    "proxy.sim.server",
    "proxy.store.redis.store",
    "proxy.store.sqlite.store",
    "proxy.upstream.aws",
    "proxy.upstream.google",
    "proxy.watch.exposition",
    "proxy.web.jobs.service",
    "proxy.web.operations",
    "difflib",
    "prometheus_client",
    "redis",
    "sqlite3",
    "zipfile",
)
PROGRAM = """
import asyncio, sys
from proxy.app import App
from proxy.commands import serve
from proxy.config.load import load

async def idle():
    app = App(load(None, environ={}, listen="127.0.0.1:0", ops_listen="off"))
    app.bind()
    await app.start()
    print(sorted(sys.modules.keys() & set(sys.argv[1:])), app.upstream._own._ssl)
    await app.aclose()

asyncio.run(idle())
"""


def test_an_idle_proxy_has_loaded_what_it_needs_and_trusts_nobody_yet(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *LATER],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[] None\n"


def test_every_room_that_is_loaded_later_is_there():
    ours = [name for name in LATER if name.startswith("proxy.")]

    assert not [name for name in ours if not (ROOT / f"{name.replace('.', '/')}.py").exists()]

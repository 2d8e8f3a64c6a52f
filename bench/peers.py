"""Other gateways beside Firstbyte, where somebody has installed them; nothing is ever installed from here.

    python3 -m venv build/peers/litellm && build/peers/litellm/bin/pip install 'litellm[proxy]'
    mkdir -p build/peers/portkey && cp bench/peers.package.json build/peers/portkey/package.json
    npm install --prefix build/peers/portkey

Each runs as its own documents say for production: one process, keys checked where it can, no database, no verbose log.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench.contestants import HEADERS, KEY, PROVIDER_KEY, SPARE, Ask, Contestant, Request, body
from bench.programs import BUILD, ROOT, await_port, free_port, start, stop

HOME = Path(os.environ.get("BENCH_PEERS", ROOT / "build" / "peers"))
"""Where they are looked for."""
PATIENCE = 120.0
"""Seconds until they must listen."""


class LiteLLM:
    """One worker, with a master key and two targets for each model."""

    name = "litellm"
    program = HOME / "litellm" / "bin" / "litellm"

    def __init__(self, mock: int, cpus: set[int]) -> None:
        folder = BUILD / "litellm"
        folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        config = folder / "config.yaml"
        config.write_text(json.dumps(self._configuration(mock)))
        command = [str(self.program), "--config", str(config), "--host", "127.0.0.1"]
        self._process = start(
            [*command, "--port", str(self._port), "--num_workers", "1"],
            cpus,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            extra={
                "PYTHONPATH": "",
                "LITELLM_LOG": "ERROR",
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            },
        )
        self.pid = self._process.pid
        await_port(self._port, self._process, PATIENCE)

    def _configuration(self, mock: int) -> dict[str, object]:
        models = [
            {
                "model_name": name,
                "litellm_params": {
                    "model": "openai/bench-1",
                    "api_base": f"http://127.0.0.1:{mock}/{name}/v1",
                    "api_key": PROVIDER_KEY,
                },
            }
            for name in ("json", "relay", "paced", "spare")
        ]
        return {
            "model_list": models,
            "general_settings": {"master_key": KEY},
            "litellm_settings": {"fallbacks": [{name: ["spare"]} for name in ("json", "relay")]},
        }

    def request(self, ask: Ask) -> Request:
        """The call with its master key."""
        return Request(self._port, "/v1/chat/completions", HEADERS, body(ask, ask.answer))

    def stop(self) -> None:
        """End it."""
        stop(self._process)


class Portkey:
    """Its open-source gateway: it keeps nothing of its own, and is told its two targets by every call."""

    name = "portkey"
    program = (
        HOME / "portkey" / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    )

    def __init__(self, mock: int, cpus: set[int]) -> None:
        self._mock, self._port = mock, free_port()
        command = ["node", str(self.program), f"--port={self._port}", "--headless"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = start(command, cpus, extra={"NODE_ENV": "production"}, **quiet)
        self.pid = self._process.pid
        await_port(self._port, self._process, PATIENCE)

    def request(self, ask: Ask) -> Request:
        """The call with its configuration in the head: like the others it has a spare, should the first target fail."""
        targets = [self._target(name) for name in (ask.answer, SPARE)]
        configuration = {"strategy": {"mode": "fallback"}, "targets": targets}
        headers = {**HEADERS, "x-portkey-config": json.dumps(configuration)}
        return Request(self._port, "/v1/chat/completions", headers, body(ask, "bench-1"))

    def _target(self, name: str) -> dict[str, str]:
        host = f"http://127.0.0.1:{self._mock}/{name}/v1"
        return {"provider": "openai", "custom_host": host, "api_key": PROVIDER_KEY}

    def stop(self) -> None:
        """End it."""
        stop(self._process)


def versions() -> dict[str, str]:
    """Of those that are installed."""
    packages = [*HOME.glob("litellm/lib/*/site-packages/litellm-*.dist-info")]
    found = {"LiteLLM": packages[0].name.split("-")[1].removesuffix(".dist")} if packages else {}
    package = Portkey.program.parents[1] / "package.json"
    if package.exists():
        found["Portkey"] = json.loads(package.read_text())["version"]
    return found


def installed() -> list[Callable[[int, set[int]], Contestant]]:
    """Those that are there; says how to install the others."""
    found: list[Callable[[int, set[int]], Contestant]] = []
    if LiteLLM.program.exists():
        found.append(LiteLLM)
    if Portkey.program.exists() and shutil.which("node"):
        found.append(Portkey)
    if len(found) < 2:
        how = (__doc__ or "").split("\n\n")[1]
        print(f"Not all peers are installed. In the repository's folder:\n{how}", file=sys.stderr)
    return found

"""Who is measured: Firstbyte with everything on, nginx as the yardstick, and the mock itself without anybody between."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol

from bench.accounts import cpu
from bench.programs import BUILD, await_port, free_port, signal_all, start, stop
from proxy.config import schema

KEY = "fb-bench-0123456789abcdef0123456789abcdef"
PROVIDER_KEY = "sk-bench-0123456789abcdef"
SPARE = "spare"
"""The target that every cascade ends with and that is never needed."""


@dataclass(frozen=True)
class Ask:
    """What the caller wants, whoever is asked."""

    answer: str
    """The mock's answer, which is also the alias."""
    size: int = 1024
    """Bytes of the request's body."""
    stream: bool = False


@dataclass(frozen=True)
class Request:
    """One HTTP request, ready to be sent."""

    port: int
    path: str
    headers: dict[str, str]
    body: str

    def raw(self) -> bytes:
        """Its bytes."""
        lines = [f"POST {self.path} HTTP/1.1", f"host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines.append(f"content-length: {len(self.body)}")
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()


class Contestant(Protocol):
    """Somebody who answers calls."""

    name: str
    pid: int

    def request(self, ask: Ask) -> Request:
        """The call in the form that it takes."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


SLOW = {"litellm", "portkey"}
"""Who serves so few calls that each must be counted, and is busy also when nobody calls."""


@contextmanager
def awake(contestant: Contestant) -> Iterator[None]:
    """Let it run; who is busy also when it is not its turn is held still for the rest of the time."""
    if contestant.name not in SLOW:
        yield
        return
    signal_all(contestant.pid, signal.SIGCONT)
    try:
        yield
    finally:
        signal_all(contestant.pid, signal.SIGSTOP)


def calm(contestant: Contestant, seconds: float = 3.0) -> None:
    """Wait until it has done what the calls left to do: less than a twentieth of a core, or the time is over."""
    until = time.monotonic() + seconds
    used, before = cpu(contestant.pid), -1.0
    while contestant.pid and used - before > 0.005 and time.monotonic() < until:
        time.sleep(0.1)
        used, before = cpu(contestant.pid), used


def body(ask: Ask, model: str) -> str:
    """A chat request of so many bytes: a system prompt, a short conversation and a question."""
    messages = [{"role": "system", "content": ""}, {"role": "user", "content": "And then?"}]
    value: dict[str, Any] = {"model": model, "messages": messages, "temperature": 0.7}
    if ask.stream:
        value |= {"stream": True, "stream_options": {"include_usage": True}}
    missing = max(0, ask.size - len(json.dumps(value)))
    text = "The tide comes in over the flat sand. " * (missing // 38 + 1)
    messages[0]["content"] = text[:missing]
    return json.dumps(value)


HEADERS = {
    "content-type": "application/json",
    "authorization": f"Bearer {KEY}",
    "accept": "application/json",
    "user-agent": "OpenAI/Python 3.52.0",
}


class Direct:
    """Nobody: the mock provider itself."""

    name = "direct"

    def __init__(self, mock: int) -> None:
        self.pid = 0
        self._port = mock

    def request(self, ask: Ask) -> Request:
        """The call to the mock."""
        path = f"/{ask.answer}/v1/chat/completions"
        return Request(self._port, path, HEADERS, body(ask, "bench-1"))

    def stop(self) -> None:
        """There is nothing to end."""


class Firstbyte:
    """One process, started as users start it, with every feature on that this checkout has."""

    name = "firstbyte"
    module: ClassVar = "proxy"
    """What is run."""

    def __init__(self, mock: int, cpus: set[int], workers: int = 1) -> None:
        folder = BUILD / "firstbyte"
        folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        self._log = (folder / f"log-{self._port}.jsonl").open("w")
        config = folder / f"config-{self._port}.yaml"
        config.write_text(json.dumps(configuration(mock, self._port, workers)))
        self._files = [config, Path(self._log.name)]
        command = [sys.executable, "-m", self.module, "serve", "--config", str(config)]
        self._process = start(command, cpus, stderr=self._log, stdout=subprocess.DEVNULL)
        self.pid = self._process.pid
        try:
            await_port(self._port, self._process)
        except RuntimeError as error:
            said = Path(self._log.name).read_text().strip()[-600:]
            self.stop()
            raise RuntimeError(f"firstbyte does not serve: {error}\n{said}") from None

    def request(self, ask: Ask) -> Request:
        """The call with a key of ours, to an alias."""
        return Request(self._port, "/v1/chat/completions", HEADERS, body(ask, ask.answer))

    def stop(self) -> None:
        """End it and take its files away."""
        stop(self._process)
        self._log.close()
        for file in self._files:
            file.unlink(missing_ok=True)


def has(part: type, name: str) -> bool:
    """Whether this checkout knows a setting."""
    return any(field.name == name for field in fields(part))


def configuration(mock: int, port: int, workers: int) -> dict[str, Any]:
    """Firstbyte's: keys, aliases with a cascade of two, JSON log, and what else there is. JSON is YAML, too."""
    base = f"http://127.0.0.1:{mock}"
    openai = {"protocol": "openai", "api_key": PROVIDER_KEY}
    aws = {"region": "eu-west-1", "access_key_id": "AKIDBENCH", "secret_access_key": "0123456789ab"}
    providers: dict[str, Any] = {
        name: {**openai, "base_url": f"{base}/{name}/v1"}
        for name in ("json", "relay", "paced", SPARE)
    }
    providers |= {
        "anthropic": {
            "protocol": "anthropic",
            "api_key": PROVIDER_KEY,
            "base_url": f"{base}/anthropic",
        },
        "gemini": {
            "protocol": "gemini",
            "api_key": PROVIDER_KEY,
            "base_url": f"{base}/gemini/v1beta",
        },
        "bedrock": {"protocol": "bedrock", "base_url": f"{base}/bedrock", **aws},
    }
    models = {"gemini": "gemini-2.5-flash", "bedrock": "anthropic.claude-sonnet-4-5"}
    server: dict[str, Any] = {"listen": f"127.0.0.1:{port}", "max_in_flight": 8192}
    server["ops_listen"] = f"127.0.0.1:{free_port()}"
    if has(schema.Server, "workers"):
        server["workers"] = workers
    config: dict[str, Any] = {
        "server": server,
        "auth": {"required": True, "keys": [{"key": KEY, "team": "bench"}]},
        "log": {"format": "json"},
        "providers": providers,
        "models": {
            name: [f"{name}/{models.get(name, 'claude-sonnet-4-5')}", f"{SPARE}/bench-1"]
            for name in providers
            if name != SPARE
        },
    }
    if has(schema.Config, "store"):
        config["store"] = "memory:"
    return config


class Nginx:
    """The yardstick: one worker that passes everything on, keeping its connections, and logs nothing."""

    name = "nginx"

    def __init__(self, mock: int, cpus: set[int], workers: int = 1) -> None:
        folder = BUILD / "nginx"
        folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        config = folder / "nginx.conf"
        config.write_text(
            NGINX.replace("FOLDER", str(folder))
            .replace("WORKERS", str(workers))
            .replace("PORT", str(self._port))
            .replace("MOCK", str(mock))
        )
        command = [nginx_command() or "nginx", "-p", str(folder), "-c", str(config)]
        self._process = start(command, cpus, stderr=subprocess.DEVNULL)
        self.pid = self._process.pid
        await_port(self._port, self._process)

    def request(self, ask: Ask) -> Request:
        """The call as the mock wants it."""
        path = f"/{ask.answer}/v1/chat/completions"
        return Request(self._port, path, HEADERS, body(ask, "bench-1"))

    def stop(self) -> None:
        """End it."""
        stop(self._process)


def nginx_command() -> str | None:
    """Where nginx is, if it is there."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


NGINX = """
daemon off;
worker_processes WORKERS;
pid FOLDER/nginx.pid;
error_log FOLDER/error.log crit;
worker_rlimit_nofile 65536;
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  client_body_buffer_size 1m;
  client_max_body_size 20m;
  keepalive_requests 1000000000;
  upstream mock {
    server 127.0.0.1:MOCK;
    keepalive 1024;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:PORT backlog=4096;
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
    location ~ ^/(relay|paced)/ {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
"""

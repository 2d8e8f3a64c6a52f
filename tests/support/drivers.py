"""Scripts that drive a client of its own environment, one process each: a case goes in, what became of it comes out."""

import json
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from tests.support.turns import HANGS

TESTS = Path(__file__).parents[1]
BUILD = TESTS.parent / "build" / "clients"
NODE = BUILD / "node"
PATIENCE = 90
"""Seconds for one case; the first of a script has its start in it."""


class Driver:
    """A running script.

    Args:
        command: What runs it.
        folder: Where it runs.
    """

    def __init__(self, command, folder):
        environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OPENAI_", "ANTHROPIC_", "LANGCHAIN_", "COVERAGE_"))
        }
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ask(self, case, base, model):
        """What became of a case; raises where the script dies or says nothing."""
        noise = []
        bell = threading.Timer(PATIENCE, self._process.kill)
        bell.start()
        try:
            self._process.stdin.write(f"{case} {base} {model}\n")
            self._process.stdin.flush()
            for line in self._process.stdout:
                if line.startswith("= "):
                    return json.loads(line[2:])
                noise.append(line)
        finally:
            bell.cancel()
        raise AssertionError(f"{case} {model}: the script ended: {''.join(noise)}")

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(HANGS)


def node(script):
    """A script of `tests/node`, run where its packages are, by the Node that is among them."""
    for file in (TESTS / "node").glob("*.mjs"):
        # Other tests' scripts start meanwhile, and none may find half a file.
        beside = NODE / f"{file.name}.{os.getpid()}"
        shutil.copy(file, beside)
        beside.replace(NODE / file.name)
    (runtime,) = (NODE / "node_modules").glob("node-linux-*/bin/node")
    return Driver([runtime, f"{script}.mjs"], NODE)


def python(script, home):
    """A script of `tests/clients`, run by the environment that its tool is in."""
    return Driver([interpreter(home), "-u", TESTS / "clients" / f"drive_{script}.py"], TESTS)


def interpreter(home):
    """The Python of an environment that `make clients` made."""
    return BUILD / home / "bin" / "python"


@dataclass(frozen=True)
class Voice:
    """One client as it speaks one API."""

    tool: str
    """As `docs/clients.md` names it."""
    api: str
    """The API, or what the client calls its way to it."""
    script: str
    package: str
    """Whose version is told."""
    shows_reasoning: bool = True
    tries: int = 3
    """How often it calls where it may try again."""
    shared: str = ""
    """The environment, where it is not the script's own: tools whose pins agree share one."""

    @property
    def name(self):
        return f"{self.tool}/{self.api}"

    @property
    def alone(self):
        """The name of a model that nobody else calls: what is remembered of others' failures says nothing of it."""
        return self.name.replace("/", "-")

    @property
    def home(self):
        return self.shared or self.script

    @property
    def is_node(self):
        return (TESTS / "node" / f"{self.script}.mjs").exists()

    def start(self):
        return node(self.script) if self.is_node else python(self.script, self.home)

    @property
    def version(self):
        """The version that the lock names."""
        if self.is_node:
            packages = json.loads((TESTS / "node" / "package-lock.json").read_text())["packages"]
            return packages[f"node_modules/{self.package}"]["version"]
        lock = (TESTS / "clients" / f"{self.home}.lock").read_text()
        return lock.split(f"\n{self.package}==")[1].split()[0]


LLAMA = {"shared": "instructor", "tries": 2}
VOICES = [
    Voice("openai-node", "chat", "openai", "openai"),
    Voice("openai-node", "responses", "openai", "openai"),
    Voice("anthropic-node", "messages", "anthropic", "@anthropic-ai/sdk"),
    Voice("ai-sdk", "responses", "ai-sdk", "@ai-sdk/openai"),
    Voice("ai-sdk", "chat", "ai-sdk", "@ai-sdk/openai", shows_reasoning=False),
    Voice("ai-sdk", "compatible", "ai-sdk", "@ai-sdk/openai-compatible"),
    Voice("ai-sdk", "messages", "ai-sdk", "@ai-sdk/anthropic"),
    Voice("langchain", "chat", "langchain", "langchain-openai", shows_reasoning=False),
    Voice("langchain", "responses", "langchain", "langchain-openai"),
    Voice("litellm", "openai", "litellm", "litellm"),
    Voice("litellm", "anthropic", "litellm", "litellm", tries=1),
    Voice("openai-agents", "responses", "agents", "openai-agents"),
    Voice("openai-agents", "chat", "agents", "openai-agents"),
    Voice("pydantic-ai", "responses", "pydantic_ai", "pydantic-ai-slim", shared="agents"),
    Voice("pydantic-ai", "chat", "pydantic_ai", "pydantic-ai-slim", shared="agents"),
    Voice("pydantic-ai", "messages", "pydantic_ai", "pydantic-ai-slim", shared="agents"),
    Voice("instructor", "chat", "instructor", "instructor"),
    Voice("instructor", "messages", "instructor", "instructor"),
    Voice("llama-index", "chat", "llama_index", "llama-index-llms-openai-like", **LLAMA),
    Voice("llama-index", "responses", "llama_index", "llama-index-llms-openai", **LLAMA),
]

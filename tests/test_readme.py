"""The README's first five minutes, run as they stand there: every shell block and the Python one, in their order.

The checkout is a fresh folder with an environment of its own; only what make would download is taken from the one
that the tests run in.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
TEXT = (REPO / "README.md").read_text().split("\n## Five minutes")[1].split("\n## ")[0]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
LINKED = ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock", "proxy")
USUAL = ("127.0.0.1:8080", "127.0.0.1:8081")
SECONDS = 120


class Newcomer:
    """Somebody with a checkout and a shell."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []
        keep = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
        self.environ = {**keep, "HOME": str(folder), "PYTHON": sys.executable}

    def run(self, block):
        """A block that ends; what it says."""
        ran = subprocess.run(
            ["bash", "-ec", block],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def start(self, block, until):
        """A block that goes on serving; what it says until a line has these words."""
        process = subprocess.Popen(
            ["bash", "-ec", block],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        stuck = threading.Timer(SECONDS, process.kill)
        stuck.start()
        said = []
        for line in process.stdout:
            said.append(line)
            if until in line:
                break
        stuck.cancel()

        assert until in "".join(said), "".join(said)
        return "".join(said)

    def stop(self):
        """Ctrl-C for the last block; how it ended."""
        process = self.running.pop()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=SECONDS)
        return process.returncode


@pytest.fixture
def newcomer(tmp_path):
    for name in LINKED:
        (tmp_path / name).symlink_to(REPO / name)
    venv = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    site = next((venv / "lib").glob("python*/site-packages"))
    (site / "installed.pth").write_text(f"{sysconfig.get_path('purelib')}\n{tmp_path}\n")
    command = venv / "bin/firstbyte"
    command.write_text(
        f"#!{venv}/bin/python\nimport sys\nfrom proxy.cli import main\nsys.exit(main())\n"
    )
    command.chmod(0o755)
    for name in (".runtime", ".dev"):
        (venv / name).touch()
    someone = Newcomer(tmp_path)
    yield someone
    for process in someone.running:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def free(address):
    host, _, port = address.partition(":")
    with socket.socket() as tried:
        return tried.connect_ex((host, int(port))) != 0


def test_the_blocks_are_those_that_are_run_here():
    assert [language for language, _ in BLOCKS] == ["sh", "sh", "python", "sh", "sh"]


def test_the_first_five_minutes_are_as_the_readme_says(newcomer):
    demo, curl, python, install, serve = (text for _, text in BLOCKS)

    told = newcomer.start(demo, "Serving until Ctrl-C")
    # Where the usual port is taken the demo says which one it has.
    address = re.search(r"http://(127\.0\.0\.1:\d+)/v1", told)[1]
    streamed = newcomer.run(curl.replace(USUAL[0], address))
    script = newcomer.folder / "hello.py"
    script.write_text(python.replace(USUAL[0], address))
    worded = newcomer.run(".venv/bin/python hello.py")
    newcomer.stop()

    assert re.search(r"first/overloaded +failed before its first byte: overloaded", told)
    assert re.search(r"second/lorem +served", told)
    assert streamed.rstrip().endswith("data: [DONE]")
    assert len(worded.split()) > 5

    begun = newcomer.run(install)
    busy = not all(map(free, USUAL))
    elsewhere = " --listen 127.0.0.1:0 --ops-listen off" if busy else ""
    keys = re.search(r"^export .*$", install, re.MULTILINE)[0]
    serving = newcomer.start(f"{keys}\nexec {serve.strip()}{elsewhere}", "try it")
    line = re.search(r"try it +(curl .*)", serving)[1]
    ended = newcomer.run(line.replace('"chat"', '"mock/echo"'))
    status = newcomer.stop()

    assert "Wrote firstbyte.yaml" in begun
    assert "chat: tried in this order until one speaks" in begun
    assert "anthropic/claude" in serving
    assert ended.rstrip().endswith("data: [DONE]")
    assert status == 0


def test_make_is_there_for_the_newcomer():
    assert shutil.which("make")
    assert shutil.which("curl")

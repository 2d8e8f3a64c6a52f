import os
import subprocess
import sys
from pathlib import Path

from tests.support.commands import shell as shell
from tests.support.turns import HANGS

ROOT = str(Path(__file__).resolve().parents[2])


def test_it_shows_a_failover_and_exits(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "proxy", "demo", "--once", "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=HANGS,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ROOT},
    )

    assert done.returncode == 0, done.stderr
    assert "failed before its first byte: overloaded" in done.stdout
    assert "second/lorem" in done.stdout
    assert "served" in done.stdout
    assert "time to first token" in done.stdout
    assert "curl -N http://127.0.0.1:" in done.stdout
    assert "from openai import OpenAI" in done.stdout
    assert "Traceback" not in done.stderr


def test_an_address_that_is_none_is_one_sentence(shell):
    status, _, err = shell.run("demo", "--once", "--listen", "nowhere")

    assert status == 2
    assert "expected HOST:PORT" in err

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import openai
import pytest

from proxy.commands.chaos import address, banner, started
from proxy.commands.verb import Unusable
from proxy.sim.scenarios import TEXT, scenarios
from tests.support.commands import shell as shell
from tests.support.turns import HANGS

ROOT = str(Path(__file__).resolve().parents[2])


def test_it_serves_until_it_is_interrupted(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "proxy", "chaos", "--listen", "127.0.0.1:0", "--huge-event", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    try:
        lines = []
        while not lines or "Ctrl-C" not in lines[-1]:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            lines.append(line)
        said = "".join(lines)
        base = re.search(r"base URL (\S+/v1)", said)[1]
        with openai.OpenAI(base_url=base, api_key="any", max_retries=0) as client:
            ask = client.chat.completions.create
            messages = [{"role": "user", "content": "hello"}]
            answer = ask(model="healthy", messages=messages)
            with pytest.raises(openai.InternalServerError):
                ask(model="503_persistent", messages=messages)
            huge = ask(model="huge_event", messages=messages, stream=True)
            first = next(iter(huge))
            huge.close()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=HANGS)
    finally:
        process.kill()
        process.communicate()

    assert answer.choices[0].message.content == TEXT
    assert len(first.padding) == 1024 * 1024
    assert "an event of 1 MiB" in said
    assert (process.returncode, err) == (0, "")


def test_the_banner_has_a_line_for_every_scenario():
    rows = scenarios()
    said = "\n".join(banner("http://127.0.0.1:1", rows))

    assert all(f"  {name} " in said and row.story in said for name, row in rows.items())


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_one_sentence(shell, listen):
    status, _, err = shell.run("chaos", "--listen", listen)

    assert (status, err.count("\n")) == (2, 1)
    assert "expected HOST:PORT" in err


async def test_a_taken_address_is_one_sentence():
    first = await started("127.0.0.1:0", {})
    taken = first.base_url.removeprefix("http://")
    with pytest.raises(Unusable, match=f"cannot listen on {taken}: .*--listen"):
        await started(taken, {})
    await first.stop()


def test_an_address_has_a_host_and_a_port():
    assert address("[::1]:80") == ("::1", 80)

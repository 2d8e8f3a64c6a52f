import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import shell as shell
from tests.support.turns import HANGS

ROOT = str(Path(__file__).resolve().parents[2])


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(shell, name):
    status, out, err = shell.run("completion", name)

    assert (status, err) == (0, "")
    assert "firstbyte" in out
    assert "doctor" in out


def test_another_shell_is_refused_with_those_that_there_are(shell, capsys):
    with pytest.raises(SystemExit):
        shell.run("completion", "tcsh")

    assert "bash" in capsys.readouterr().err


def test_a_press_of_tab_completes_in_a_real_bash(tmp_path):
    """An interactive bash on a terminal of its own: the script is sourced, and a line is completed and run."""
    environ = {**os.environ, "PYTHONPATH": ROOT, "PS1": "", "TERM": "dumb", "HISTFILE": ""}
    master, slave = pty.openpty()
    bash = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
        env=environ,
        cwd=tmp_path,
        start_new_session=True,
    )
    os.close(slave)
    typed = (
        "bind 'set enable-bracketed-paste off'\n"
        f"source <({sys.executable} -m proxy completion bash)\n"
        "firstbyte() { echo ran: $*; }\n"
        "firstbyte snip\tlibre\t\n"
        "exit\n"
    )
    os.write(master, typed.encode())
    said = bash.communicate(timeout=HANGS)[0].decode()
    os.close(master)

    assert "ran: snippets librechat" in said

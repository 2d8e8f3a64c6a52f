import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOOK = """
import os, sys
from proxy.commands.streams import open_missing
open_missing()
print("out"); print("err", file=sys.stderr)
taken = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.write(taken, b"%d %s" % (taken, os.readlink("/proc/self/fd/2").encode()))
sys.exit(0 if sys.stdin.read() == "" else 1)
"""


@pytest.mark.parametrize(
    ("closed", "err"), [("<&- >&- 2>&-", b"/dev/null"), ("</dev/null 2>&-", b"/dev/null")]
)
def test_what_is_closed_is_opened_to_nowhere_so_that_no_other_file_gets_its_number(
    tmp_path, closed, err
):
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" "$2" {closed}', sys.executable, LOOK, tmp_path / "file"],
        cwd=ROOT,
        check=False,
        stdout=subprocess.DEVNULL,
    )

    assert (done.returncode, (tmp_path / "file").read_bytes()) == (0, b"3 " + err)


def test_what_is_there_stays(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LOOK, tmp_path / "file"],
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )

    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 0)

"""What becomes of workers that do not do as they should; tests/test_workers.py has those that do."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.turns import HANGS

ROOT = str(Path(__file__).resolve().parents[2])
BEGIN = """
import os, select, sys
from pathlib import Path
from proxy.commands import supervisor
from proxy.commands.channel import Word, pack
from tests.support.crew_script import main, serve
folder = Path(sys.argv[1])

def noted(berth):
    with (folder / "starts").open("a") as file:
        file.write(berth.name + "\\n")
"""
END = """
sys.exit(main(folder, work))
"""


@pytest.fixture
def start(tmp_path):
    """Start a supervisor by this plan; gives the process, and once it is open its port."""
    running = []

    def _start(plan, *, opens=True):
        process = subprocess.Popen(
            [sys.executable, "-c", BEGIN + plan + END, str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process, int(process.stdout.readline().split()[-1]) if opens else 0

    yield _start
    for process in running:
        process.kill()
        process.communicate()


def starts(folder):
    return (folder / "starts").read_text().split()


def who_answers(port):
    with socket.create_connection(("127.0.0.1", port), HANGS) as caller:
        return caller.makefile().read()


def test_the_first_worker_starts_alone_and_the_others_once_it_is_there(start, tmp_path):
    process, _ = start(
        """
def work(config, berth, line):
    noted(berth)
    return serve(berth, line)
"""
    )
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=HANGS)

    assert starts(tmp_path) == ["0-1", "1-1"]
    assert (process.returncode, said) == (0, "")


@pytest.mark.parametrize(("ending", "status"), [("return 78", 78), ("os.kill(os.getpid(), 9)", 1)])
def test_what_ends_the_first_worker_before_it_serves_ends_it_all(start, tmp_path, ending, status):
    process, _ = start(
        f"""
def work(config, berth, line):
    noted(berth)
    {ending}
""",
        opens=False,
    )
    _, said = process.communicate(timeout=HANGS)

    assert starts(tmp_path) == ["0-1"]
    assert process.returncode == status
    assert ("was killed by SIGKILL" in said) == (status == 1)


def test_what_ends_another_before_it_serves_ends_the_first_well(start, tmp_path):
    process, _ = start(
        """
def work(config, berth, line):
    noted(berth)
    return serve(berth, line) if berth.name[0] == "0" else 1
""",
        opens=False,
    )
    process.communicate(timeout=HANGS)

    assert starts(tmp_path) == ["0-1", "1-1"]
    assert process.returncode == 1


def test_where_none_is_left_and_none_starts_it_gives_up_and_says_so(start, tmp_path):
    process, port = start(
        """
supervisor.PAUSES = (0.0,)
def work(config, berth, line):
    noted(berth)
    return serve(berth, line) if berth.name.endswith("-1") else 3
"""
    )
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in workers:
        os.kill(int(pid), signal.SIGKILL)
    _, said = process.communicate(timeout=HANGS)

    assert process.returncode == 1
    assert said.count("giving up") == 1
    assert "no worker is left, and the last 5 did not start: giving up" in said
    assert 6 <= len(starts(tmp_path)) <= 12
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_many_that_began_and_were_killed_are_no_reason_to_give_up_at_one_that_does_not_begin(start):
    process, port = start(
        """
from tests.support.crew_script import tell
supervisor.PAUSES = (0.0,)
def work(config, berth, line):
    noted(berth)
    place, number = map(int, berth.name.split("-"))
    if (place, number) == (1, 2):
        # Not there yet, so that no other is left.
        while "0-7" not in (folder / "starts").read_text().split():
            select.select([line], [], [], 0.01)
    if place == 0 and number > supervisor.HOPELESS + 1:
        tell("begins")
    if place == 1 or number > supervisor.HOPELESS + 1:
        return serve(berth, line)
    if number > supervisor.HOPELESS:
        return 3
    line.sendall(pack(Word.READY))
    if number == 1:
        line.recv(1)
    os.kill(os.getpid(), 9)
"""
    )
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(workers[1]), signal.SIGKILL)
    os.kill(int(workers[0]), signal.SIGKILL)
    begins = process.stdout.readline()
    answers = {who_answers(port) for _ in range(24)}
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=HANGS)

    assert begins == "begins\n"
    assert answers == {"0-7", "1-2"}


def test_one_that_is_there_and_does_nothing_any_more_is_killed_and_followed_by_another(start):
    process, port = start(
        """
supervisor.ASKED = 0.02
ask = supervisor.Offspring.ask

def asked(child):
    # However little time it gets, who can answer has done so before anybody is asked again.
    ask(child)
    state = Path(f"/proc/{child.pid}/stat")
    while not select.select([child.line], [], [], 0.01)[0]:
        if child.number == 1 and " T " in state.read_text():
            return

supervisor.Offspring.ask = asked

def work(config, berth, line):
    if berth.name != "1-1":
        return serve(berth, line)
    line.sendall(pack(Word.READY))
    os.kill(os.getpid(), 19)
"""
    )
    # It is told of anew at each look, until the system has ended it.
    said = [process.stderr.readline()]
    while "hangs" in said[-1]:
        said.append(process.stderr.readline())
    answers = {who_answers(port) for _ in range(24)}
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=HANGS)

    assert set(said[:-1]) == {"worker 2 hangs, and is killed\n"}
    assert said[-1].endswith("was killed by SIGKILL\n")
    assert answers == {"0-1", "1-2"}
    assert process.returncode == 0


def test_while_one_cannot_start_callers_are_sent_to_the_others(start, tmp_path):
    process, port = start(
        """
supervisor.PAUSES = (0.0, 0.0, 600.0)
def work(config, berth, line):
    noted(berth)
    return 3 if berth.name in ("1-2", "1-3") else serve(berth, line)
"""
    )
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(workers[1]), signal.SIGKILL)
    said = [process.stderr.readline() for _ in range(3)]
    answers = {who_answers(port) for _ in range(24)}
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=HANGS)

    assert [line.partition(") ")[2] for line in said] == [
        "was killed by SIGKILL\n",
        "ended with status 3\n",
        "ended with status 3\n",
    ]
    assert answers == {"0-1"}
    assert process.returncode == 0


def test_what_the_kernel_holds_for_a_worker_is_there_for_the_next(start):
    process, port = start(
        """
def work(config, berth, line):
    if berth.name == "0-1":
        line.sendall(pack(Word.READY))
        line.recv(1)
    return serve(berth, line)
"""
    )
    callers = [socket.create_connection(("127.0.0.1", port), HANGS) for _ in range(24)]
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(workers[0]), signal.SIGKILL)
    answers = set()
    for caller in callers:
        with caller, caller.makefile() as file:
            answers.add(file.read())

    assert answers == {"0-2", "1-1"}


def test_who_does_not_end_is_killed_in_the_end(start):
    process, _ = start(
        """
supervisor.GRACE = 0.1
def work(config, berth, line):
    if berth.name == "0-1":
        return serve(berth, line)
    line.sendall(pack(Word.READY))
    while True:
        line.recv(1)
"""
    )
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=HANGS)

    assert "worker 2 does not end, and is killed\n" in said
    assert "was killed by SIGKILL\n" in said
    assert process.returncode == 1


def test_a_worker_that_fails_at_the_end_is_told_by_the_exit_status(start):
    process, _ = start(
        """
def work(config, berth, line):
    return serve(berth, line) or (4 if berth.name == "1-1" else 0)
"""
    )
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=HANGS)

    assert said.count("\n") == 1
    assert "ended with status 4" in said
    assert process.returncode == 1


def what_it_hears(caller):
    """Everything; None where it was told nothing, and that in no good order."""
    with caller, caller.makefile() as file:
        try:
            return file.read()
        except ConnectionResetError:
            return None


GIVES_AWAY = """
from tests.support.crew_script import tell

class Giver:
    '''Hands its first caller over, and then tells who is there.'''

    def __init__(self, berth):
        self.calls, self.member = berth.calls, berth.member

    @property
    def name(self):
        return "".join("+" if self.member._spread.is_there(n) else "-" for n in (0, 1))

def work(config, berth, line):
    if berth.name == "0-1":
        berth.member.join(9)
        line.sendall(pack(Word.READY))
        caller, _ = berth.calls.accept()
        assert berth.member.hand(caller)
        caller.close()
        tell("handed over")
        return serve(Giver(berth), line)
    if berth.name == "1-1":
        berth.calls.close()
        berth.member.join(0)
        line.sendall(pack(Word.READY))
        line.recv(1)
    return following(berth, line)
"""
TAKES = """
def following(berth, line):
    caller = berth.member.take()
    caller.sendall(b"taken")
    caller.close()
    return serve(berth, line)
"""
FAILS = """
supervisor.PAUSES = (0.0, 600.0)
def following(berth, line):
    return 3
"""


@pytest.mark.parametrize(
    ("following", "answer"), [(TAKES, "taken"), (FAILS, "")], ids=["one comes", "none comes"]
)
def test_what_was_handed_to_one_that_died_waits_for_the_next_if_there_is_one(
    start, following, answer
):
    process, port = start(GIVES_AWAY + following)
    callers = [socket.create_connection(("127.0.0.1", port), HANGS) for _ in range(24)]
    assert process.stdout.readline() == "handed over\n"
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(workers[1]), signal.SIGKILL)
    heard = [what_it_hears(caller) for caller in callers]

    assert answer in heard


def test_who_died_is_known_to_be_away(start):
    process, port = start(GIVES_AWAY + FAILS)
    # Of so many one comes to the first, but for one time in sixteen millions.
    callers = [socket.create_connection(("127.0.0.1", port), HANGS) for _ in range(24)]
    assert process.stdout.readline() == "handed over\n"
    for caller in callers:
        caller.close()
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(workers[1]), signal.SIGKILL)
    said = [process.stderr.readline() for _ in range(2)]

    assert [line.partition(") ")[2] for line in said] == [
        "was killed by SIGKILL\n",
        "ended with status 3\n",
    ]
    assert who_answers(port) == "+-"

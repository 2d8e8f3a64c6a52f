import signal
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.watch.families import IN_FLIGHT, REQUESTS
from proxy.watch.fleet import Fleet
from proxy.watch.shared_cells import LIST
from tests.support.turns import HANGS

ROOT = Path(__file__).parents[2]
SERVED = ("chat", "a", "t", "served")
KEY = (REQUESTS.name, SERVED)
UNDER_WAY = (IN_FLIGHT.name, ("chat",))
OPEN = []

WORKER = """
import sys
from pathlib import Path
from proxy.core.clock import SystemClock
from proxy.watch.fleet import Fleet
from proxy.watch.metrics import Metrics
from tests.support.told import ended

metrics = Metrics(Fleet(Path(sys.argv[1])).join(sys.argv[2]), exemplars=False)
metrics.adopt(["chat"], ["b/m"])
for line in sys.stdin:
    for _ in range(int(line)):
        metrics.on(ended())
    print("counted", flush=True)
"""


@pytest.fixture
def fleet(tmp_path):
    found = Fleet(tmp_path / "numbers")
    found.prepare()
    return found


@pytest.fixture
def start(fleet):
    workers = []

    def begin(name):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, fleet.folder, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        workers.append(worker)
        return worker

    yield begin
    for worker in workers:
        worker.kill()
        worker.communicate()


def count(worker, calls):
    worker.stdin.write(f"{calls}\n")
    worker.stdin.flush()
    assert worker.stdout.readline() == "counted\n"


def calls(reading):
    return sum(numbers[0] for (name, _), numbers in reading.items() if name == REQUESTS.name)


def test_two_workers_say_the_same_sum_at_every_scrape_also_when_one_is_killed(fleet, start):
    one, two = start("1"), start("2")
    count(one, 60)
    count(two, 40)

    assert [calls(fleet.reading()) for _ in range(10)] == [100.0] * 10

    two.send_signal(signal.SIGKILL)
    two.wait(HANGS)

    assert [calls(fleet.reading()) for _ in range(10)] == [100.0] * 10

    count(start("3"), 5)
    one.send_signal(signal.SIGKILL)
    one.wait(HANGS)

    assert [calls(fleet.reading()) for _ in range(10)] == [105.0] * 10


@pytest.fixture(autouse=True)
def open_cells():
    OPEN.clear()
    yield
    for cells in OPEN:
        cells.close()


def counted(fleet, name, calls_, under_way=0.0):
    cells = fleet.join(name)
    OPEN.append(cells)
    cells.numbers[cells.take(REQUESTS, SERVED)] = calls_
    cells.numbers[cells.take(IN_FLIGHT, ("chat",))] = under_way
    return cells


def test_who_is_gone_has_calls_and_none_under_way(fleet):
    gone = counted(fleet, "1", 3.0, under_way=2.0)
    counted(fleet, "2", 4.0, under_way=1.0)

    assert fleet.reading() == {KEY: [7.0], UNDER_WAY: [3.0]}

    gone.close()

    assert fleet.reading() == {KEY: [7.0], UNDER_WAY: [1.0]}


def test_the_files_of_those_who_are_gone_are_taken_over_into_one(fleet):
    for name in "123":
        counted(fleet, name, 1.0).close()
        fleet.reading()

    assert [path.name for path in fleet.folder.iterdir()] == ["left.json"]
    assert Fleet(fleet.folder).reading() == {KEY: [3.0]}


def test_what_was_taken_over_and_not_yet_removed_is_not_counted_twice(fleet):
    counted(fleet, "1", 3.0).close()
    file, listed = (fleet.folder / f"1.numbers{end}" for end in ("", LIST))
    kept = file.read_bytes(), listed.read_bytes()
    fleet.reading()
    file.write_bytes(kept[0])
    listed.write_bytes(kept[1])
    counted(fleet, "2", 1.0).close()

    assert [calls(fleet.reading()) for _ in range(3)] == [4.0] * 3
    assert not file.exists()


def test_a_process_that_has_only_just_begun_says_nothing_yet(fleet):
    (fleet.folder / "1.numbers").write_bytes(b"")

    assert fleet.reading() == {}


def test_a_server_that_begins_counts_from_nothing(fleet):
    counted(fleet, "1", 3.0).close()
    fleet.prepare()

    assert fleet.reading() == {}

import importlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from proxy.core import names
from proxy.core.names import BLOCK, DIGITS, new_name
from tests.support.turns import HANGS

FORKED = """
import os
from proxy.core.names import new_name
new_name()
read, write = os.pipe()
child = os.fork()
if not child:
    os.write(write, new_name().encode())
    os._exit(0)
os.waitpid(child, 0)
print(new_name(), os.read(read, 100).decode())
"""


def test_a_name_is_24_hexadecimal_digits():
    assert re.fullmatch(r"[0-9a-f]{24}", new_name())


def test_no_name_comes_twice_over_several_blocks():
    many = 5 * BLOCK * 2 // DIGITS

    assert len({new_name() for _ in range(many)}) == many


def test_two_threads_are_never_given_the_same():
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda _: new_name(), range(4000)))

    assert len(set(drawn)) == 4000


def test_the_system_is_asked_once_for_many(monkeypatch):
    asked = []
    urandom = os.urandom
    monkeypatch.setattr(os, "urandom", lambda size: asked.append(size) or urandom(size))
    names._drawn.clear()
    for _ in range(BLOCK * 2 // DIGITS):
        new_name()

    assert asked == [BLOCK]


def test_a_forked_process_draws_names_of_its_own():
    run = subprocess.run(
        [sys.executable, "-c", FORKED], capture_output=True, text=True, check=True, timeout=HANGS
    )
    ours, theirs = run.stdout.split()

    assert len(ours) == len(theirs) == DIGITS
    assert ours != theirs


def test_where_nothing_forks_names_are_drawn_all_the_same(monkeypatch):
    monkeypatch.delattr(os, "register_at_fork", raising=False)
    try:
        again = importlib.reload(names)

        assert len(again.new_name()) == DIGITS
    finally:
        monkeypatch.undo()
        importlib.reload(names)

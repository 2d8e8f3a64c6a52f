import os

from bench.accounts import children, cpu, memory, parse_busy, parse_rollup, parse_stat

STAT = "71 (a (b) c) S 7 71 71 0 -1 4194304 118 0 0 0 12 3 40 5 20 0 1 0 1168740 3133440 380"


def test_a_name_with_parentheses_does_not_shift_the_fields():
    assert parse_stat(STAT) == (7, 60)


def test_children_of_children_belong_to_a_process():
    assert children({1: 0, 7: 1, 71: 7, 72: 71, 9: 1}, 7) == [7, 71, 72]


def test_a_rollup_gives_kilobytes_by_kind():
    text = "55-7f ---p 00000000 00:00 0 [rollup]\nRss:     4064 kB\nPss:      900 kB\n"

    assert parse_rollup(text) == {"Rss": 4064, "Pss": 900}


def test_idle_and_waiting_cores_are_not_busy():
    text = "cpu  10 1 20 1000 50 2 3 4 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"

    assert parse_busy(text) == 40


def test_this_process_uses_cpu_and_memory():
    assert cpu(os.getpid()) > 0
    assert memory(os.getpid())["Pss"] > 0

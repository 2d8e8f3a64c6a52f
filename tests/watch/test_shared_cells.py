import pytest

from proxy.watch.families import REQUESTS, TTFT
from proxy.watch.shared_cells import FIRST_SIZE, LIST, SharedCells, is_abandoned, read


@pytest.fixture
def path(tmp_path):
    return tmp_path / "1.numbers"


@pytest.fixture
def cells(path):
    found = SharedCells(path)
    yield found
    found.close()


def labels(number):
    return ("chat", f'alias {number}, "quoted" é', "t", "served")


def test_another_reader_sees_what_is_counted_at_once(path, cells):
    at = cells.take(REQUESTS, labels(1))
    cells.numbers[at] += 1.0

    assert read(path) == {(REQUESTS.name, labels(1)): [1.0]} == cells.reading()

    cells.numbers[at] += 1.0

    assert read(path) == {(REQUESTS.name, labels(1)): [2.0]}


def test_a_file_that_is_full_grows_and_keeps_what_it_has(path, cells):
    for number in range(FIRST_SIZE // TTFT.width + 2):
        at = cells.take(TTFT, ("alias", str(number)))
        cells.numbers[at + TTFT.width - 1] = float(number)
    held = cells.reading()

    assert len(cells.numbers) == 2 * FIRST_SIZE
    assert read(path) == held
    assert [numbers[-1] for numbers in held.values()] == [float(n) for n in range(len(held))]


def test_a_file_is_abandoned_when_its_process_let_go_of_it(path, cells):
    assert not is_abandoned(path)

    cells.close()

    assert is_abandoned(path)
    assert read(path) == {}


def test_what_is_closed_still_counts_for_itself(path, cells):
    at = cells.take(REQUESTS, labels(1))
    cells.numbers[at] += 1.0
    cells.close()
    cells.numbers[at] += 1.0
    cells.take(REQUESTS, labels(2))

    assert list(cells.reading().values()) == [[2.0], [0.0]]
    assert list(read(path).values()) == [[1.0]]


def test_a_line_that_is_being_written_is_not_read(path, cells):
    cells.take(REQUESTS, labels(1))
    with path.with_name(path.name + LIST).open("ab") as file:
        file.write(b'["firstbyte_requests_total",["chat"')

    assert len(read(path)) == 1


def test_nobody_takes_the_file_of_another(path, cells):
    with pytest.raises(FileExistsError):
        SharedCells(path)

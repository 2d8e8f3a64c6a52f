import pytest

from proxy.store.sqlite.connection import connect, connect_to_read
from proxy.store.sqlite.reader import Reader
from proxy.store.store import StoreError


@pytest.fixture
def path(tmp_path):
    connection = connect(str(tmp_path / "store.db"))
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    return str(tmp_path / "store.db")


async def test_a_step_sees_one_moment(path):
    reader, writing = Reader(path, connect_to_read(path)), connect(path)

    def twice(of):
        first = of.execute("SELECT count(*) FROM t").fetchone()
        writing.execute("INSERT INTO t VALUES (1)")
        return first, of.execute("SELECT count(*) FROM t").fetchone()

    assert await reader.do(twice) == ((0,), (0,))
    assert await reader.do(lambda of: of.execute("SELECT count(*) FROM t").fetchone()) == (1,)
    await reader.close()
    writing.close()


async def test_a_step_that_fails_is_an_error_and_the_next_goes_on(path):
    reader = Reader(path, connect_to_read(path))
    with pytest.raises(StoreError, match="no such table"):
        await reader.do(lambda of: of.execute("SELECT * FROM nowhere"))
    with pytest.raises(StoreError, match="readonly"):
        await reader.do(lambda of: of.execute("INSERT INTO t VALUES (1)"))

    assert await reader.do(lambda of: of.execute("SELECT 1").fetchone()) == (1,)
    await reader.close()

import pytest

from proxy.core.secret import Secret
from proxy.store.redis.address import ROWS, RedisAddress, parse
from tests.support.canary import CANARY


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("redis://localhost", RedisAddress("single", (("localhost", 6379),))),
        ("redis://[::1]:7000/2", RedisAddress("single", (("::1", 7000),), number=2)),
        ("redis://h/", RedisAddress("single", (("h", 6379),))),
        (
            "rediss://user:p%40ss@h:6380/0",
            RedisAddress("single", (("h", 6380),), True, Secret("user"), Secret("p@ss")),
        ),
        ("redis://:pass@h", RedisAddress("single", (("h", 6379),), password=Secret("pass"))),
        (
            "redis+sentinel://:pass@one,two:27000/mymaster/1",
            RedisAddress(
                "sentinel",
                (("one", 26379), ("two", 27000)),
                password=Secret("pass"),
                service="mymaster",
                number=1,
            ),
        ),
        (
            "rediss+cluster://one,two:7001",
            RedisAddress("cluster", (("one", 6379), ("two", 7001)), True),
        ),
        (
            "redis://h?prefix=staging&rows=12h",
            RedisAddress("single", (("h", 6379),), prefix="staging", rows=43200.0),
        ),
    ],
)
def test_an_address_is_read_in_parts(text, address):
    assert parse(text) == address
    assert parse(text).rows in (ROWS, 43200.0)


@pytest.mark.parametrize(
    "text",
    [
        "redis:h",
        "rediss+x://h",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:x",
        "redis://h/one",
        "redis://h/1/2",
        "redis://h#x",
        "redis://h 1",
        "redis://a,b",
        "redis+sentinel://a",
        "redis+sentinel://a/one/two",
        "redis+sentinel://a,/one",
        "redis+cluster://a/1",
        "redis://h?prefix={x}",
        "redis://h?prefix=",
        "redis://h?rows=0",
        "redis://h?rows=soon",
        "redis://h?ssl_cert_reqs=none",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match=r"^expected "):
        parse(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"redis://user:{CANARY}@h", "redis://h:6379"),
        (f"rediss+sentinel://{CANARY}:x@a,b/s", "rediss+sentinel://a:26379,b:26379/s"),
        (f"redis+cluster://:{CANARY}@a:1", "redis+cluster://a:1"),
    ],
)
def test_an_address_is_shown_without_its_credentials(text, shown):
    assert str(parse(text)) == shown
    assert CANARY not in repr(parse(text))

import subprocess
import sys

import pytest

from proxy.store.address import AddressError, check, shown, store_at
from tests.support.canary import CANARY


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("memory:", "memory"),
        ("sqlite:firstbyte.db", "sqlite"),
        ("sqlite:/var/lib/firstbyte.db", "sqlite"),
        ("redis://localhost", "redis"),
        ("rediss://user:secret@redis.example:6380/3", "redis"),
        ("redis+sentinel://one,two/mymaster", "redis"),
        ("redis+cluster://one:7000,two:7001", "redis"),
    ],
)
def test_an_address_is_a_store(address, name):
    check(address)

    assert store_at(address).name == name


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", "expected memory:, sqlite:PATH, redis://HOST"),
        ("memory", "expected memory:"),
        ("memory:x", "nothing after `memory:`"),
        ("sqlite:", "a path after `sqlite:`"),
        ("sqlite:///firstbyte.db", "a path after `sqlite:`"),
        ("postgres://localhost/x", "expected memory:"),
        ("redis:", "expected redis://"),
        ("redis://", "host or host:port"),
        ("redis://a,b", "expected one host"),
    ],
)
def test_what_is_no_address_says_what_was_expected(address, expected):
    for read in (check, store_at):
        with pytest.raises(AddressError, match=expected):
            read(address)


@pytest.mark.parametrize(
    "address",
    [
        f"redis://user:{CANARY}@host:port",
        f"redis://user:{CANARY}@host/x?y",
        f"redis://:{CANARY}@a,b",
        f"redis+sentinel://{CANARY}@a",
        f"redis://host?password={CANARY}",
        f"redid://user:{CANARY}@host",
    ],
)
def test_a_message_repeats_no_credential(address):
    with pytest.raises(AddressError) as caught:
        store_at(address)

    assert CANARY not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_library_is_loaded_only_where_it_is_used():
    code = (
        "import sys; from proxy.store.address import check, store_at; "
        "check('redis://h'); check('sqlite:x.db'); store_at('memory:'); print('redis' in sys.modules); "
        "store_at('redis://h'); print('redis' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("memory:", "memory:"),
        ("sqlite:firstbyte.db", "sqlite:firstbyte.db"),
        (f"rediss://user:{CANARY}@redis.example/3", "rediss://redis.example:6379"),
    ],
)
def test_an_address_is_shown_without_credentials(address, seen):
    assert shown(address) == seen


def test_what_is_no_address_is_not_shown():
    with pytest.raises(AddressError):
        shown("postgres://user:secret@host")

import re
from hashlib import sha256

import pytest

from proxy.gate.virtual_key import digest, is_key, new_key


def test_a_key_is_a_prefix_and_43_url_safe_characters_of_256_bits():
    key = new_key(lambda size: bytes(range(size)))

    assert key.reveal() == "fb-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert re.fullmatch(r"fb-[A-Za-z0-9_-]{43}", new_key().reveal())


def test_no_two_keys_are_alike_and_none_shows_itself():
    keys = [new_key() for _ in range(100)]

    assert len({key.reveal() for key in keys}) == 100
    assert keys[0].reveal() not in repr(keys[0])


@pytest.mark.parametrize(
    "value", [b"", b"fb-", b"fb-short", b"sk-" + b"a" * 43, b"fb-" + b"+" * 43]
)
def test_what_has_another_form_is_no_key(value):
    assert not is_key(value)


def test_a_key_has_the_form_of_one():
    key = new_key().reveal().encode()

    assert is_key(key)
    assert not is_key(key + b"a")


def test_a_key_is_known_by_its_sha256():
    assert digest(b"fb-x") == sha256(b"fb-x").hexdigest()

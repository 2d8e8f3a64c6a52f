import hashlib
from importlib.resources import files

from proxy.store.redis import scripts
from proxy.store.redis.scripts import Script

ALL = {name: value for name, value in vars(scripts).items() if isinstance(value, Script)}


def test_a_script_is_known_by_the_digest_of_its_whole_text():
    for script in ALL.values():
        assert (
            script.digest == hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()
        )
        assert script.text.startswith("-- What every script begins with")


def test_every_file_is_part_of_a_script():
    texts = [script.text for script in ALL.values()]
    unused = [
        file.name
        for file in files("proxy.store.redis").joinpath("lua").iterdir()
        if not any(file.read_text() in text for text in texts)
    ]

    assert len(ALL) == 18
    assert unused == []


def test_no_script_writes_a_number_as_lua_would():
    """`tostring` and `..` give 14 digits: every number that is written goes through `int` or has its own format."""
    for script in ALL.values():
        assert "tostring" not in script.text

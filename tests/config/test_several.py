import pytest

from proxy.config.load import load
from proxy.config.problems import ConfigError

TWO = "server: {workers: 2}\n"


def loaded(text, **more):
    return load("f.yaml", environ={}, read=lambda _: text.encode(), **more)


def test_issued_keys_need_a_store_that_all_workers_share():
    with pytest.raises(ConfigError) as caught:
        loaded(f"{TWO}auth: {{required: true}}\nstore: memory\n")

    assert str(caught.value) == (
        "f.yaml:3:8: store: 2 workers cannot share keys that are issued while each keeps its own in memory; "
        "write `store: sqlite:firstbyte.db` or the address of a Redis, or static keys in `auth.keys`"
    )


@pytest.mark.parametrize(
    "auth", ["", "auth: {required: true, keys: [{key: fb-one}]}\nstore: memory\n"]
)
def test_where_each_can_do_without_the_others_it_is_a_warning(auth):
    (warning,) = loaded(TWO + auth).warnings

    assert warning.startswith("with 2 workers and `store: memory` each worker knows only its own")


@pytest.mark.parametrize(
    "text",
    [
        TWO + "store: sqlite:a.db\n",
        TWO + "store: redis://localhost\n",
        TWO + "auth: {required: true}\n",
        "server: {workers: 1}\n",
    ],
)
def test_with_a_store_or_a_single_worker_there_is_nothing_to_say(text):
    assert loaded(text).warnings == ()


def test_the_command_line_is_looked_at_as_the_file_is():
    config = loaded("", workers=3)

    assert config.server.workers == 3
    assert len(config.warnings) == 1

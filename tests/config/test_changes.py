from dataclasses import replace

import pytest

from proxy.config.changes import AT_START, check_exposure, too_late
from proxy.config.problems import ConfigError
from proxy.config.schema import Auth, Config, Cors, Log, Provider, Responses, Server
from proxy.core.secret import Secret

FILE = Config(source="firstbyte.yaml")
OPEN = Config(server=Server(host="0.0.0.0"), auth=Auth(stated=True))


def test_what_can_be_taken_at_once_is_not_named():
    other = Config(
        auth=Auth(required=True, admin_key=Secret("k")),
        providers={"p": Provider("p", "", "openai", "http://x")},
        default_model="chat",
    )

    assert too_late(FILE, other) == ()


def test_what_is_read_at_start_only_is_named_in_order():
    server = Server(port=1, ops_host="", hosts=("a",), max_body=1, max_in_flight=1, max_queue=1)
    server = replace(server, queue_timeout=2.0, drain_delay=2.0, drain_timeout=2.0)
    server = replace(server, workers=2)
    server = replace(server, cors=Cors(("https://app.example",)))
    store = Secret("sqlite:other.db")
    other = Config(
        server=server,
        log=Log("json"),
        store=store,
        store_timeout=1.0,
        console=False,
        responses=Responses(0),
    )

    assert too_late(FILE, other) == tuple(key for key in AT_START if key != "server.tls")


def test_on_loopback_nobody_need_say_who_may_call():
    check_exposure(FILE, FILE)


def test_where_others_reach_the_process_it_must_go_on_being_said():
    check_exposure(OPEN, OPEN)
    with pytest.raises(
        ConfigError, match=r"firstbyte\.yaml: auth\.required: this process listens on 0"
    ):
        check_exposure(OPEN, FILE)

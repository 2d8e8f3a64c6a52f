from dataclasses import replace

from proxy.config.problems import ConfigError, Problem
from proxy.config.renewal import Reloaded, Renewal
from proxy.config.schema import Auth, Config, Server

BEGAN = Config("firstbyte.yaml")


def test_what_cannot_take_effect_now_is_said_beside_its_own_warnings():
    new = replace(BEGAN, server=Server(workers=4, max_queue=7), warnings=("mind the gap",))

    assert Renewal(BEGAN, lambda: new).read() == (
        new,
        Reloaded(
            "firstbyte.yaml",
            warnings=(
                "mind the gap",
                "server.workers, server.max_queue: what changed here takes effect at the next start",
            ),
        ),
    )


def test_what_cannot_be_used_is_told_problem_by_problem():
    def load():
        raise ConfigError(Problem("f", line, 1, "models", "wrong") for line in (1, 2))

    assert Renewal(BEGAN, load).read() == (
        None,
        Reloaded(problems=("f:1:1: models: wrong", "f:2:1: models: wrong")),
    )


def test_a_listener_that_others_reach_is_not_opened_to_all_by_leaving_a_line_out():
    open_to_all = Config(server=Server(host="0.0.0.0"), auth=Auth(stated=True))
    config, reloaded = Renewal(open_to_all, Config).read()

    assert config is None
    assert "write who may call" in reloaded.problems[0]


def test_what_came_of_it_is_told_in_the_log(caplog):
    Reloaded("a.yaml", warnings=("mind",)).tell()
    Reloaded().tell()
    Reloaded(problems=("wrong",), warnings=("never said",)).tell()

    assert caplog.messages == [
        "reloaded a.yaml",
        "mind",
        "reloaded from the environment",
        "not reloaded: wrong",
    ]

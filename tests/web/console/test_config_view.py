"""An operator sees what is in force, and no secret of it."""

from dataclasses import replace
from decimal import Decimal

from proxy.config.load import load
from proxy.config.schema import Alias, Auth, Config, PoolRef, Provider, StaticKey, TargetRef
from proxy.core import jsons
from proxy.core.credential import AwsAuth
from proxy.core.price import Price
from proxy.core.secret import Secret
from proxy.web.console.config_view import HIDDEN, view
from tests.support.canary import CALLERS_KEY, CANARY, PROVIDER_KEY, VIRTUAL_KEY


def provider(**more):
    return Provider(
        **{
            "name": "p",
            "vendor": "",
            "protocol": "openai",
            "base_url": "https://p.example/v1",
            **more,
        }
    )


def full():
    return Config(
        source="firstbyte.yaml",
        auth=Auth(
            required=True,
            keys=(StaticKey(Secret(VIRTUAL_KEY), "blue", ("chat",)),),
            admin_key=Secret(CALLERS_KEY),
        ),
        store=Secret(f"redis://:{CANARY}@cache.example:6379/0"),
        default_model="chat",
        providers={
            "p": provider(
                base_url=f"https://user:{CANARY}@p.example/v1?key={CANARY}",
                api_keys=(Secret(PROVIDER_KEY),),
                headers=(("x-team", CANARY),),
                options={"region": "eu-west-1"},
                limits={"retries": 2, "commit": CANARY},
            ),
            "cloud": provider(auth=AwsAuth("eu", secret_access_key=Secret(CANARY))),
            "own": provider(passthrough=True),
            "bare": provider(off="its key is not set"),
        },
        models={
            "chat": Alias(
                "chat",
                (
                    TargetRef(
                        "p", "m", params={"max_tokens": 7, "user": CANARY}, limits={"retries": 1}
                    ),
                    PoolRef((TargetRef("p", "a", weight=3.0), TargetRef("own", "b"))),
                ),
            )
        },
        prices={"p/m": Price(Decimal("0.5"), Decimal(2))},
        warnings=("mind the gap",),
    )


def test_no_secret_is_in_it():
    assert CANARY not in jsons.encode(view(full())).decode()


def test_credentials_are_told_apart_and_not_told():
    shown = view(full())

    assert shown["auth"] == {
        "required": True,
        "admin_key": "…0003",
        "keys": [{"key": "…0002", "team": "blue", "allowed_models": ["chat"]}],
    }
    assert {name: each["credential"] for name, each in shown["providers"].items()} == {
        "p": "…0001",
        "cloud": "AwsAuth",
        "own": "passthrough",
        "bare": "none",
    }
    assert shown["store"] == "redis"
    assert view(Config())["auth"]["admin_key"] is None


def test_a_provider_is_shown_without_what_an_address_or_header_may_hold():
    shown = view(full())["providers"]

    assert shown["p"]["base_url"] == "https://p.example/v1"
    assert shown["p"]["headers"] == {"x-team": HIDDEN}
    assert shown["p"]["options"] == {"region": "eu-west-1"}
    assert shown["p"]["limits"] == {"retries": 2, "commit": HIDDEN}
    assert shown["bare"]["off"] == "its key is not set"
    assert "off" not in shown["p"]


def test_a_cascade_is_shown_step_by_step():
    (first, pool) = view(full())["models"]["chat"]["cascade"]

    assert first == {
        "target": "p/m",
        "limits": {"retries": 1},
        "params": {"max_tokens": 7, "user": HIDDEN},
    }
    assert pool == {
        "pool": [{"target": "p/a", "weight": 3.0}, {"target": "own/b"}],
        "balance": "least_busy",
    }


def test_what_is_in_force_by_default_is_shown_too():
    shown = view(load(None, environ={}))

    assert shown["server"]["listen"] == "127.0.0.1:8080"
    assert shown["server"]["ops_listen"] == "127.0.0.1:8081"
    assert shown["defaults"]["first_byte_timeout"] == 60.0
    assert shown["defaults"]["hedge_after"] == "off"
    assert shown["defaults"]["max_attempts"] == "auto"
    assert shown["source"] is None


def test_a_listener_that_is_nowhere_has_no_address():
    config = Config()

    assert (
        view(replace(config, server=replace(config.server, ops_host="")))["server"]["ops_listen"]
        is None
    )
    assert view(full())["prices"] == {"p/m": {"input": 0.5, "output": 2.0}}
    assert view(full())["warnings"] == ["mind the gap"]

import pytest

from proxy.config.problems import ConfigError
from proxy.config.schema import Auth, Config
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.usage import Usage
from proxy.gate.office import Office
from proxy.gate.registry import Registry
from proxy.gate.tenants import Key, Team
from proxy.store.records import Finding
from proxy.store.store import StoreError
from tests.support.ended import ended
from tests.support.moods import LoopTime, MoodyStore, Time
from tests.support.patience import PATIENT


def office(store, source="", name="a", store_timeout=PATIENT, clock=None, **more):
    config = Config(source, store=Secret(store), store_timeout=store_timeout, **more)
    return Office(config, clock or Time(), name, lambda *_: None)


async def test_a_call_is_in_the_books_of_the_next_process(tmp_path):
    first = office(f"sqlite:{tmp_path}/calls.db")
    await first.open()
    charge = first.gate.open(await first.gate.admit([]))
    charge.end(ended(usage=Usage(1, 2)))
    await first.close()
    second = office(f"sqlite:{tmp_path}/calls.db")
    await second.open()
    rows = await second.store.rows(Finding())
    await second.close()

    assert [row.id for row in rows] == [charge.id]
    assert not list(tmp_path.glob("*.untold*"))


async def test_a_key_that_one_process_made_opens_the_gate_of_another(tmp_path):
    store = f"sqlite:{tmp_path}/calls.db"
    offices = [office(store, name=name, auth=Auth(required=True)) for name in "ab"]
    for each in offices:
        await each.open()
    registry = Registry(offices[0].store, Time(), offices[0].gate.forget)
    await registry.add_team(Team("acme"))
    _, secret = await registry.issue(Key("", "acme", ""))
    caller = await offices[1].gate.admit([(b"x-api-key", secret.reveal().encode())])
    for each in offices:
        await each.close()

    assert caller.team == "acme"


async def test_who_is_alone_has_no_board_and_others_count_each_other(tmp_path):
    alone = office("memory:")
    await alone.open()
    shared = office(f"sqlite:{tmp_path}/calls.db")
    await shared.open()

    assert (alone.board._task, alone.board.replicas) == (None, 1)
    assert shared.board._task is not None
    assert set(alone.degraded()) == {("keys",), ("limits",), ("credits",), ("ledger",)}
    assert set(alone.degraded().values()) == {0.0}
    await alone.close()
    await shared.close()


@pytest.mark.virtual_time
async def test_a_call_waits_for_the_store_as_long_as_is_configured(monkeypatch):
    clock = LoopTime()
    store, given = MoodyStore(clock), []
    monkeypatch.setattr("proxy.gate.office.store_at", lambda *args: given.append(args) or store)
    made = office("sqlite:x", store_timeout=7.0, clock=clock, auth=Auth(required=True))
    store.hangs = True
    began = clock.now()
    with pytest.raises(ProxyError) as caught:
        await made.gate.admit([(b"x-api-key", b"fb-unknown")])

    assert given == [("sqlite:x", clock, 7.0)]
    assert caught.value.kind is Kind.SATURATED
    assert clock.now() - began == pytest.approx(7)


def test_an_address_that_is_none_is_a_fault_of_the_configuration():
    with pytest.raises(ConfigError) as named:
        office("redis://user:secret@", "firstbyte.yaml")
    with pytest.raises(ConfigError) as bare:
        office("nowhere:")

    assert str(named.value.problems[0]).startswith("firstbyte.yaml: store: ")
    assert "secret" not in str(named.value.problems[0])
    assert str(bare.value.problems[0]).startswith("the environment: store: ")


async def test_a_store_that_cannot_be_opened_says_so_at_start(tmp_path):
    closed = office(f"sqlite:{tmp_path}")

    with pytest.raises(StoreError):
        await closed.open()
    await closed.close()

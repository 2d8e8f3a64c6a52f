import asyncio
import hmac
import statistics
import time
from dataclasses import replace

import pytest

from proxy.config.schema import Auth, StaticKey
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.usage import Usage
from proxy.gate.admit import SWEEP, Gate, Visitor
from proxy.gate.caller import Caller, Tariff
from proxy.gate.credentials import credentials_in
from proxy.gate.registry import Registry
from proxy.gate.tenants import Key, Mode, Status, Team
from proxy.store.memory import MemoryStore
from proxy.store.records import Ask, Finding, Hold
from tests.support.canary import CANARY
from tests.support.ended import ended
from tests.support.moods import LoopTime, MoodyStore, Time

KEY = "fb-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
OTHER = "fb-ZZZZ456789abcdefghijklmnopqrstuvwxyzABCDEFG"
KEYS = (
    StaticKey(Secret(KEY), team="acme", allowed_models=("chat", "openai/gpt-5")),
    StaticKey(Secret(OTHER)),
)
REQUIRED = Auth(required=True, stated=True)


@pytest.fixture
def closed():
    return Gate(Auth(required=True, stated=True, keys=KEYS))


@pytest.fixture
def open_():
    return Gate(Auth())


def bearer(key):
    return (b"authorization", b"Bearer " + key.encode())


async def refusal(gate, *headers):
    with pytest.raises(ProxyError) as caught:
        await gate.admit(headers)
    return caught.value


@pytest.mark.parametrize(
    "header",
    [
        bearer(KEY),
        (b"authorization", b"bearer   " + KEY.encode() + b" "),
        (b"x-api-key", KEY.encode()),
        (b"api-key", KEY.encode()),
        (b"x-firstbyte-key", KEY.encode()),
    ],
)
async def test_a_known_key_is_known_under_each_of_its_names(closed, header):
    caller = await closed.admit([(b"host", b"a"), header])

    assert (caller.team, caller.credential) == ("acme", None)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [bearer("fb-unknown")],
        [bearer("")],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Basic " + KEY.encode())],
        [(b"authorization", KEY.encode())],
        [(b"x-api-key", b"")],
        [(b"x-api-key", KEY[:-1].encode())],
        [(b"x-api-key", b"\xff\xfe")],
        [(b"x-firstbyte-key", b"fb-unknown"), bearer(KEY)],
    ],
)
async def test_no_key_an_unknown_key_and_a_malformed_one_get_the_same_words(closed, headers):
    error = await refusal(closed, *headers)

    assert error.kind is Kind.UNAUTHENTICATED
    assert error.message == (await refusal(closed)).message
    assert error.meaning.status == 401


async def test_a_refusal_never_shows_the_key_that_came(closed):
    assert CANARY not in repr(await refusal(closed, bearer(CANARY)))


async def test_two_credentials_that_differ_are_refused_where_a_key_is_required(closed):
    error = await refusal(closed, bearer(KEY), (b"x-api-key", OTHER.encode()))

    assert error.kind is Kind.INVALID_REQUEST
    assert (await closed.admit([bearer(KEY), (b"x-api-key", KEY.encode())])).team == "acme"


async def test_two_virtual_keys_that_differ_are_refused(closed):
    error = await refusal(
        closed, (b"x-firstbyte-key", KEY.encode()), (b"x-firstbyte-key", OTHER.encode())
    )

    assert error.kind is Kind.INVALID_REQUEST


async def test_beside_a_virtual_key_the_credential_is_the_callers_own_provider_key(closed):
    caller = await closed.admit([(b"x-firstbyte-key", KEY.encode()), bearer("sk-of-the-caller")])

    assert caller.team == "acme"
    assert caller.credential == Secret("sk-of-the-caller")


async def test_a_virtual_key_never_becomes_the_provider_credential(closed):
    virtual = (b"x-firstbyte-key", KEY.encode())
    stranger = "fb-" + "s" * 43
    callers = [
        await closed.admit([virtual, bearer(KEY)]),
        await closed.admit([virtual, bearer(OTHER)]),
        await closed.admit([virtual, bearer(stranger)]),
        await Gate(Auth(keys=KEYS)).admit([bearer(KEY)]),
        await Gate(Auth()).admit([bearer(stranger)]),
    ]

    assert [caller.credential for caller in callers] == [None] * 5


async def test_without_auth_anybody_comes_in_with_a_credential_of_their_own(open_):
    caller = await open_.admit(
        [(b"api-key", b"second"), bearer("sk-first"), (b"x-api-key", b"third")]
    )

    assert caller == Caller(credential=Secret("sk-first"))
    assert await open_.admit([]) == Caller()


async def test_without_auth_a_known_key_still_says_who_calls():
    assert (await Gate(Auth(keys=KEYS)).admit([bearer(KEY)])).team == "acme"


async def test_an_empty_configured_key_opens_nothing():
    gate = Gate(Auth(required=True, keys=(StaticKey(Secret(""), team="ghost"),)))

    assert (await refusal(gate)).kind is Kind.UNAUTHENTICATED
    assert (await refusal(gate, (b"x-api-key", b""))).kind is Kind.UNAUTHENTICATED


async def test_a_caller_may_use_what_its_key_lists_and_everything_where_it_lists_nothing(closed):
    listed = await closed.admit([bearer(KEY)])
    free = await closed.admit([bearer(OTHER)])

    assert listed.may_use("chat")
    assert not listed.may_use("chat2")
    assert free.may_use("anything")


async def test_a_caller_shows_no_credential_in_print(open_):
    assert CANARY not in repr(await open_.admit([bearer(CANARY)]))


async def test_a_missing_and_an_unknown_key_do_the_same_work(closed, monkeypatch):
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(
        "proxy.gate.admit.hmac.compare_digest", lambda a, b: compared.append(a) or real(a, b)
    )
    await refusal(closed)
    missing = len(compared)
    await refusal(closed, bearer("fb-unknown"))

    assert (missing, len(compared) - missing) == (1, 1)


async def test_a_key_that_was_taken_away_lets_nobody_in_and_a_new_one_does():
    def keyed(key):
        return Auth(required=True, keys=(StaticKey(Secret(key), team=key),))

    gate = Gate(keyed("fb-old"))
    before = await gate.admit([(b"x-api-key", b"fb-old")])
    gate.adopt(keyed("fb-new"))

    assert (before.team, (await gate.admit([(b"x-api-key", b"fb-new")])).team) == (
        "fb-old",
        "fb-new",
    )
    assert (await refusal(gate, (b"x-api-key", b"fb-old"))).kind is Kind.UNAUTHENTICATED


async def test_keys_are_asked_for_as_soon_as_they_are_required(open_):
    await open_.admit([])
    open_.adopt(Auth(required=True))

    assert (await refusal(open_)).kind is Kind.UNAUTHENTICATED


class House:
    """A gate over a store with a team and a key of it."""

    def __init__(self, auth=REQUIRED, clock=None):
        self.clock = clock or Time()
        self.store = MoodyStore(self.clock)
        self.gate = Gate(auth, self.store, self.clock)
        self.registry = Registry(self.store, self.clock, self.gate.forget)

    async def key(self, team=None, **said):
        await self.registry.add_team(team or Team("acme"))
        key, secret = await self.registry.issue(Key("", "acme", "", **said))
        return key, bearer(secret.reveal())


async def test_a_key_of_the_store_opens_the_gate_and_is_asked_for_once():
    house = House()
    key, header = await house.key(Team("acme", "org", mode=Mode.CONSUMPTION_USD))
    first = await house.gate.admit([header])
    second = await house.gate.admit([header])

    assert first == Caller("acme", key=key.id, organization="org", tariff=first.tariff)
    assert first.tariff == Tariff(Mode.CONSUMPTION_USD, 10, 10_000)
    assert second is first
    assert house.store.asked.count("marked") == 1


async def test_a_key_of_the_store_says_who_calls_where_none_is_required():
    house = House(Auth())
    _, header = await house.key()

    assert (await house.gate.admit([header])).team == "acme"
    assert (await house.gate.admit([bearer("sk-" + "x" * 43)])).team == ""
    assert house.store.asked.count("marked") == 1


async def test_a_revoked_key_is_refused_at_the_next_call_like_an_unknown_one():
    house = House()
    key, header = await house.key()
    await house.gate.admit([header])
    await house.registry.revoke(key.id)
    revoked = await refusal(house.gate, header)
    unknown = await refusal(house.gate, bearer("fb-unknown"))

    assert (revoked.kind, revoked.message) == (unknown.kind, unknown.message)


async def test_a_key_opens_nothing_from_the_moment_it_expires():
    house = House()
    _, header = await house.key(expires_at=house.clock.wall() + 5)
    await house.gate.admit([header])
    house.clock.at += 5

    assert (await refusal(house.gate, header)).kind is Kind.UNAUTHENTICATED


async def test_a_suspended_team_is_told_that_it_is():
    house = House()
    _, header = await house.key()
    await house.registry.change_team("acme", lambda team: replace(team, status=Status.SUSPENDED))
    error = await refusal(house.gate, header)

    assert (error.kind, error.meaning.status, error.code) == (Kind.FORBIDDEN, 403, "team_suspended")


async def test_no_key_at_all_is_no_question_to_the_store():
    house = House()
    await refusal(house.gate)
    await refusal(house.gate, (b"x-api-key", b""))

    assert house.store.asked == []


async def test_a_key_that_cannot_be_looked_up_is_not_called_wrong():
    house = House()
    _, header = await house.key()
    house.store.away = True
    error = await refusal(house.gate, header)

    assert (error.kind, error.meaning.status, error.retry_after) == (Kind.SATURATED, 503, 1.0)


async def test_static_keys_need_no_store():
    house = House(Auth(required=True, keys=KEYS))
    house.store.away = True

    assert (await house.gate.admit([bearer(KEY)])).team == "acme"


async def test_what_does_without_the_store_is_told():
    house = House()
    well = dict(house.gate.degraded)
    house.store.away = True
    await refusal(house.gate, bearer("fb-unknown"))

    assert set(well.values()) == {False}
    assert house.gate.degraded == {"keys": True, "limits": True, "credits": True, "ledger": False}


@pytest.mark.virtual_time
async def test_that_the_store_is_back_is_told_though_nobody_calls():
    house = House(clock=LoopTime())
    house.gate.start()
    house.store.away = True
    await refusal(house.gate, bearer("fb-unknown"))
    house.store.away = False
    away = house.gate.degraded["keys"]
    await asyncio.sleep(1.1)
    back = house.gate.degraded["keys"]
    await house.gate.close()

    assert (away, back) == (True, False)


async def test_names_of_calls_sort_by_their_time_and_are_never_the_same():
    house = House()
    early = [house.gate.new_id() for _ in range(100)]
    house.clock.at += 1
    late = house.gate.new_id()

    assert len(set(early)) == 100
    assert max(early) < late
    assert {len(name) for name in early} == {37}


@pytest.mark.virtual_time
async def test_a_call_is_in_the_books_when_the_gate_is_closed():
    house = House(Auth(), LoopTime())
    house.gate.start()
    caller = await house.gate.admit([])
    charge = house.gate.open(caller)
    charge.end(ended(usage=Usage(1, 2)))
    await house.gate.close()

    assert [row.id for row in await house.store.rows(Finding())] == [charge.id]


async def test_a_gate_that_never_started_can_be_closed():
    await Gate(Auth()).close()


def seconds_of(gate, *headers):
    """What a refusal takes, in CPU time of this very coroutine: it never waits."""
    step = gate.admit(headers)
    begun = time.perf_counter_ns()
    with pytest.raises(ProxyError):
        step.send(None)
    return (time.perf_counter_ns() - begun) / 1e9


async def test_time_does_not_tell_an_unknown_a_revoked_a_malformed_and_a_missing_key_apart():
    gate = Gate(REQUIRED, store := MemoryStore(Time()), Time())
    registry = Registry(store, Time(), gate.forget)
    await registry.add_team(Team("acme"))
    key, secret = await registry.issue(Key("", "acme", ""))
    await registry.revoke(key.id)
    kinds = {
        "unknown": [bearer("fb-" + "u" * 43)],
        "revoked": [bearer(secret.reveal())],
        "malformed": [bearer("fb-" + "m" * 42 + "!")],
        "missing": [],
    }
    for headers in kinds.values():
        await refusal(gate, *headers)
    took = {name: [] for name in kinds}
    for _ in range(2000):
        # Whatever else runs here delays all of them alike.
        for name, headers in kinds.items():
            took[name].append(seconds_of(gate, *headers))
    medians = [statistics.median(times) for times in took.values()]

    assert max(medians) - min(medians) < 50e-6


async def test_a_flood_of_callers_with_one_new_key_is_one_question():
    house = House()
    _, header = await house.key()
    callers = await asyncio.gather(*(house.gate.admit([header]) for _ in range(50)))

    assert {caller.team for caller in callers} == {"acme"}
    assert house.store.asked.count("marked") == 1


@pytest.mark.virtual_time
async def test_whom_nobody_asks_for_a_key_is_in_the_same_books():
    house = House(REQUIRED, LoopTime())
    house.gate.start()
    other = house.gate.open_to_all()
    charge = other.open(await other.admit([]))
    charge.end(ended(usage=Usage(1, 2)))
    await house.gate.close()

    assert [row.id for row in await house.store.rows(Finding())] == [charge.id]
    assert (await refusal(house.gate)).kind is Kind.UNAUTHENTICATED


@pytest.mark.virtual_time
async def test_what_nobody_settled_is_released():
    house = House(REQUIRED, LoopTime())
    await house.store.grant("credits:t", 10, "g")
    await house.store.admit(Ask(holds=(Hold("h", "credits:t", 4, 5.0),)))
    house.gate.start()
    before = await house.store.balance("credits:t")
    await asyncio.sleep(SWEEP + 1)
    await house.gate.close()

    assert (before.held, (await house.store.balance("credits:t")).held) == (4, 0)
    assert house.store.did("sweep") == 2


VISITS = {
    "nobody": [],
    "static": [bearer(KEY)],
    "static-elsewhere": [(b"x-api-key", OTHER.encode())],
    "unknown": [bearer("fb-" + "u" * 43)],
    "provider-key": [bearer("sk-provider-0123456789")],
    "both": [bearer(KEY), (b"x-api-key", b"sk-provider-0123456789")],
    "two-keys": [bearer(KEY), (b"x-api-key", OTHER.encode())],
    "same-twice": [bearer(KEY), (b"x-api-key", KEY.encode())],
}


@pytest.mark.parametrize("name", VISITS)
@pytest.mark.parametrize("auth", [Auth(), Auth(keys=KEYS), Auth(True, True, KEYS)])
async def test_who_is_at_hand_is_who_would_be_admitted(auth, name):
    gate = Gate(auth)
    sent = credentials_in(VISITS[name])
    visitor = Visitor(sent)
    at_hand = [gate.at_hand(visitor) for _ in range(2)]
    try:
        admitted = await gate.admit_with(sent)
    except ProxyError:
        admitted = None

    assert at_hand[0] is at_hand[1]
    assert at_hand[0] in (None, admitted)
    if name in ("static", "static-elsewhere", "same-twice") and auth.keys:
        assert at_hand[0] == admitted is not None


async def test_a_visitor_is_looked_at_anew_when_the_keys_change(closed):
    visitor = Visitor(credentials_in([bearer(KEY)]))
    before = closed.at_hand(visitor)
    closed.adopt(Auth(required=True, stated=True, keys=KEYS[1:]))

    assert before.team == "acme"
    assert closed.at_hand(visitor) is None


async def test_a_key_of_the_store_is_at_hand_while_what_was_learned_of_it_holds():
    clock = Time()
    store = MemoryStore(clock)
    gate = Gate(REQUIRED, store, clock)
    registry = Registry(store, clock, gate.forget)
    await registry.add_team(Team("blue"))
    key, secret = await registry.issue(Key("", "blue", "", expires_at=clock.wall() + 1000.0))
    sent = credentials_in([bearer(secret.reveal())])
    visitor = Visitor(sent)
    unlearned = gate.at_hand(visitor)
    caller = await gate.admit_with(sent)
    learned = gate.at_hand(visitor)
    with_another = Visitor(
        credentials_in([bearer(secret.reveal()), (b"x-api-key", b"sk-provider-0123456789")])
    )

    assert (unlearned, learned) == (None, caller)
    assert gate.at_hand(with_another) is None

    await registry.change_team("blue", lambda team: replace(team, status=Status.SUSPENDED))
    forgotten = gate.at_hand(visitor)
    with pytest.raises(ProxyError):
        await gate.admit_with(sent)

    assert (forgotten, gate.at_hand(visitor)) == (None, None)

    await registry.change_team("blue", lambda team: replace(team, status=Status.ACTIVE))
    await gate.admit_with(sent)
    active = gate.at_hand(visitor)
    await registry.change_key(key.id, lambda key: replace(key, expires_at=clock.wall() - 1.0))
    with pytest.raises(ProxyError):
        await gate.admit_with(sent)

    assert (active, gate.at_hand(visitor)) == (caller, None)

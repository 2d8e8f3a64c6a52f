import asyncio

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate.jobs.once import AGAIN, CLAIMED, KEPT, MOST_ANSWER, WAIT, Claim, Once, Result, Told
from proxy.store.memory import MemoryStore
from proxy.store.store import StoreError
from tests.support.virtual import LoopClock


class Moving(LoopClock):
    """Both of its hands move with the loop."""

    def wall(self):
        return 1_000.0 + self.now()


ANSWER = Told((("content-type", "application/json"), ("x-job-id", "job_1")), b"\xff{}")

pytestmark = pytest.mark.virtual_time


@pytest.fixture
def store():
    return MemoryStore(Moving())


@pytest.fixture
def once(store):
    return Once(store, Moving(), asyncio.ensure_future)


async def refusal(coroutine):
    with pytest.raises(ProxyError) as caught:
        await coroutine
    return caught.value


async def answered(once, key="k", asked=b"body", answer=ANSWER, result=Result.WHOLE):
    claim = await once.begin("acme", key, asked)
    assert isinstance(claim, Claim)
    async with claim:
        claim.result, claim.told = result, answer


async def test_what_was_answered_is_answered_again(once):
    await answered(once)

    assert await once.begin("acme", "k", b"body") == ANSWER


async def test_a_key_is_kept_for_a_day(once):
    await answered(once)
    await asyncio.sleep(KEPT - 1)
    still = await once.begin("acme", "k", b"body")
    await asyncio.sleep(2)

    assert still == ANSWER
    assert isinstance(await once.begin("acme", "k", b"body"), Claim)


async def test_a_key_with_another_body_is_refused(once):
    await answered(once)
    error = await refusal(once.begin("acme", "k", b"other"))

    assert (error.kind, error.code) == (Kind.CONFLICT, "idempotency_key_reused")


async def test_a_key_that_is_in_use_for_another_body_is_refused_at_once(once):
    async with await once.begin("acme", "k", b"body"):
        error = await refusal(once.begin("acme", "k", b"other"))

    assert error.code == "idempotency_key_reused"


async def test_keys_are_a_teams_own(once):
    await answered(once)

    assert isinstance(await once.begin("zeta", "k", b"body"), Claim)
    assert isinstance(await once.begin("acme", "k2", b"body"), Claim)


async def test_what_ended_badly_may_be_tried_again(once):
    await answered(once, answer=None, result=Result.FAILED)

    assert isinstance(await once.begin("acme", "k", b"body"), Claim)


async def test_who_comes_meanwhile_waits_for_the_answer_and_does_nothing(once):
    claims = []

    async def ask():
        found = await once.begin("acme", "k", b"body")
        if isinstance(found, Told):
            return found
        claims.append(found)
        async with found:
            await asyncio.sleep(5)
            found.result, found.told = Result.WHOLE, ANSWER
        return found.told

    answers = await asyncio.gather(*(ask() for _ in range(20)))

    assert len(claims) == 1
    assert answers == [ANSWER] * 20


async def test_who_waits_goes_on_himself_where_the_first_ended_badly(once):
    first = await once.begin("acme", "k", b"body")
    async with first:
        waiting = asyncio.ensure_future(once.begin("acme", "k", b"body"))
        await asyncio.sleep(3)

    assert isinstance(await waiting, Claim)


async def test_nobody_waits_for_ever(once):
    async with await once.begin("acme", "k", b"body"):
        began = asyncio.get_running_loop().time()
        error = await refusal(once.begin("acme", "k", b"body"))
        waited = asyncio.get_running_loop().time() - began

    assert (error.code, error.retry_after) == ("idempotency_in_progress", 20.0)
    assert WAIT <= waited <= WAIT + 1


async def test_a_claim_holds_as_long_as_its_block_lasts(once):
    async with await once.begin("acme", "k", b"body"):
        await asyncio.sleep(20 * CLAIMED)
        error = await refusal(once.begin("acme", "k", b"body"))

    assert error.code == "idempotency_in_progress"


async def test_a_claim_of_a_process_that_died_is_free_within_a_minute(once):
    await once.begin("acme", "k", b"body")
    began = asyncio.get_running_loop().time()
    second = await once.begin("acme", "k", b"body")

    assert isinstance(second, Claim)
    assert asyncio.get_running_loop().time() - began <= CLAIMED + 1


async def test_what_was_charged_and_lost_is_not_made_again(once):
    await answered(once, answer=None, result=Result.LOST)
    error = await refusal(once.begin("acme", "k", b"body"))

    assert (error.kind, error.code) == (Kind.CONFLICT, "idempotency_answer_lost")


async def test_an_answer_that_is_too_long_is_not_given_again_and_not_made_again(once):
    await answered(once, answer=Told((), b"x" * (MOST_ANSWER + 1)))
    error = await refusal(once.begin("acme", "k", b"body"))

    assert (error.kind, error.code) == (Kind.CONFLICT, "idempotency_answer_too_long")


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "ä"])
async def test_what_is_no_key_is_refused(once, key):
    error = await refusal(once.begin("acme", key, b"body"))

    assert (error.kind, error.param) == (Kind.INVALID_REQUEST, "Idempotency-Key")


async def test_a_store_that_is_away_refuses_since_it_cannot_be_once(once, store, monkeypatch):
    async def away(*_):
        raise StoreError("away")

    monkeypatch.setattr(store, "claim", away)

    assert (await refusal(once.begin("acme", "k", b"body"))).kind is Kind.SATURATED


async def test_a_store_that_goes_away_costs_nobody_an_answer(once, store, monkeypatch):
    async def away(*_):
        raise StoreError("away")

    claim = await once.begin("acme", "k", b"body")
    async with claim:
        monkeypatch.setattr(store, "put", away)
        await asyncio.sleep(30)
        claim.result, claim.told = Result.WHOLE, ANSWER
    monkeypatch.undo()
    error = await refusal(once.begin("acme", "k", b"other"))

    assert error.code == "idempotency_key_reused"


async def away(*_):
    raise StoreError("away")


@pytest.mark.parametrize("result", [Result.WHOLE, Result.LOST])
async def test_nobody_is_charged_twice_where_the_store_was_away_as_it_ended(
    once, store, monkeypatch, result
):
    claim = await once.begin("acme", "k", b"body")
    async with claim:
        monkeypatch.setattr(store, "put", away)
        claim.result, claim.told = result, ANSWER if result is Result.WHOLE else None
    await asyncio.sleep(2 * CLAIMED)
    monkeypatch.undo()
    await asyncio.sleep(AGAIN)
    if result is Result.WHOLE:
        assert await once.begin("acme", "k", b"body") == ANSWER
    else:
        error = await refusal(once.begin("acme", "k", b"body"))

        assert error.code == "idempotency_answer_lost"


async def test_what_failed_while_the_store_was_away_may_be_tried_again_once_it_is_back(
    once, store, monkeypatch
):
    claim = await once.begin("acme", "k", b"body")
    async with claim:
        monkeypatch.setattr(store, "drop", away)
    await asyncio.sleep(5)
    monkeypatch.undo()
    await asyncio.sleep(AGAIN)
    began = asyncio.get_running_loop().time()

    assert isinstance(await once.begin("acme", "k", b"body"), Claim)
    assert asyncio.get_running_loop().time() == began


async def test_what_failed_frees_no_claim_that_another_made_meanwhile(once, store, monkeypatch):
    first = await once.begin("acme", "k", b"body")
    async with first:
        monkeypatch.setattr(store, "drop", away)
    # It has run out by itself.
    second = await once.begin("acme", "k", b"body")
    monkeypatch.undo()
    async with second:
        await asyncio.sleep(2 * CLAIMED)
        error = await refusal(once.begin("acme", "k", b"other"))

    assert error.code == "idempotency_key_reused"


@pytest.mark.parametrize("lasts", [CLAIMED - 10, CLAIMED + 5])
async def test_what_failed_long_after_it_could_claim_for_the_last_time_frees_no_claim_of_another(
    once, store, monkeypatch, lasts
):
    first = await once.begin("acme", "k", b"body")
    async with first:
        # From here the store cannot be reached; from elsewhere it can.
        for verb in ("put", "drop"):
            monkeypatch.setattr(store, verb, away)
        waiting = asyncio.ensure_future(once.begin("acme", "k", b"body"))
        await asyncio.sleep(lasts)
        if waiting.done():
            monkeypatch.undo()
    second = await waiting
    monkeypatch.undo()
    async with second:
        await asyncio.sleep(5)
        error = await refusal(once.begin("acme", "k", b"other"))

    assert error.code == "idempotency_key_reused"


async def test_an_answer_is_not_printed_with_its_body():
    assert "secret" not in repr(Told((), b"secret"))

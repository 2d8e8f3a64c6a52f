"""Jobs over a store in memory, at a time that a test moves."""

from proxy.gate.caller import Caller, Tariff
from proxy.gate.credits import account_of
from proxy.gate.jobs.bodies import New
from proxy.gate.jobs.job import Done, Job, Running
from proxy.gate.jobs.jobs import Jobs
from proxy.gate.tenants import Mode
from proxy.store.memory import MemoryStore
from proxy.store.store import StoreError
from tests.support.tenants import NOW, Wall

BY_JOB = Tariff(Mode.JOB_BASED, 10, 10_000)
BY_USD = Tariff(Mode.CONSUMPTION_USD, 10, 10_000)
BY_TOKENS = Tariff(Mode.CONSUMPTION_TOKENS, 10, 1_000)
CALLER = Caller(team="acme", organization="org", key="key_1")
SUMMARY = New("acme", "summary", "u1", {"a": 1})


class Patient(Wall):
    """A clock that never lets anybody wait for long."""

    def __init__(self):
        super().__init__()
        self.slept = []

    async def sleep(self, seconds):
        self.slept.append(seconds)


class Flaky(MemoryStore):
    """Answers as a test says, verb by verb: well, or it is `away`, or what it did is `lost` on the way back."""

    def __init__(self, clock):
        super().__init__(clock)
        self.mood = lambda _verb: ""

    def once(self, verb, mood):
        """Fail at the next call of a verb."""
        moods = [mood]
        self.mood = lambda each: moods.pop() if moods and each == verb else ""


def _flaky(verb):
    plain = getattr(MemoryStore, verb)

    async def asked(self, *arguments):
        mood = self.mood(verb)
        answer = None if mood == "away" else await plain(self, *arguments)
        if mood:
            raise StoreError(mood)
        return answer

    return asked


for _verb in ("get", "replace", "admit", "settle", "balance"):
    setattr(Flaky, _verb, _flaky(_verb))


class Shop:
    """Jobs of the team `acme`, which has some credits."""

    def __init__(self, store=None):
        self.clock = Patient()
        self.store = store or MemoryStore(self.clock)
        self.jobs = Jobs(self.store, self.clock, lambda: 0.5)

    async def funded(self, amount):
        await self.store.grant(account_of("acme"), amount, f"grant-{amount}")
        return self

    async def create(self, tariff=BY_JOB, new=SUMMARY):
        return (await self.jobs.create(new, CALLER, tariff)).id

    async def credits(self):
        """Held, spent and remaining."""
        found = await self.store.balance(account_of("acme"))
        return found.held, found.spent, found.remaining

    async def called(self, name, call, tokens=0, micros=0, *, estimate=None, error=""):
        """A call that begins and ends."""
        expected = estimate or (tokens, micros)
        await self.jobs.begin("acme", name, Running(call, *expected))
        return await self.jobs.end("acme", name, done(call, tokens, micros, error=error))


def done(call, tokens=0, micros=0, **more):
    """A call that ended."""
    return Done(
        call,
        NOW,
        model="chat",
        prompt_tokens=tokens,
        cost_micros=micros,
        priced=True,
        latency_ms=10.0,
        **more,
    )


def job(tariff=BY_JOB, **more):
    """A job of the test's making."""
    return Job("job_1", "acme", "summary", tariff, NOW, **more)

"""What `firstbyte doctor` asks of providers: can they be reached, what time is it there, and do they take our keys.

A provider is asked for its list of models, which costs nothing: first by a stranger, whose answer shows that name,
network and TLS are well, then, if the operator wants that, once with each key. Everything goes the way that calls go.

Invariant: keys travel only where calls with them go, and only where `keys` was asked for.
Source: the model lists in the public API references of OpenAI, Anthropic and Google; Bedrock's and Vertex's from memory, and not tried.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Final
from urllib.parse import urlsplit

from proxy.codecs.by_protocol import CODECS
from proxy.commands.finding import Finding, Level, fail, ok, warn
from proxy.commands.origin import is_local
from proxy.config.schema import Config, Provider
from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, HttpCall, Target
from proxy.route.planner import Planner
from proxy.upstream.client import Upstream

SECONDS: Final = 5.0
"""For one answer, the connection included."""
NOTABLE: Final = 5.0
GRAVE: Final = 60.0
"""Seconds by which our clock may be off before it is worth a word, and before it breaks things."""
MAX_LIST: Final = 8 * 1024 * 1024
MODEL: Final = "doctor"
"""Stands for a model in a call that is never made."""

_LISTS: Final = {
    "openai": "/models",
    "responses": "/models",
    "mistral": "/models",
    "gemini": "/models?pageSize=1",
    "anthropic": "/v1/models?limit=1",
    "cohere": "/v1/models?page_size=1",
    "ollama": "/api/tags",
    "azure": "/openai/v1/models",
    "vertex": "/v1beta1/publishers/google/models?pageSize=1",
    "bedrock": "/foundation-models?byOutputModality=TEXT",
}
"""What is asked for."""
_AT_THE_HOST: Final = frozenset({"anthropic", "cohere", "ollama", "azure", "vertex", "bedrock"})
"""Protocols whose lists stand below the host, whatever path the base URL has; the others', below the base URL."""
_CONTROL: Final = ("//bedrock-runtime.", "//bedrock.")
"""Bedrock lists its models at another host than they are called at."""
_NO_LIST: Final = frozenset({404, 405, 501})
_UNREACHED: Final = frozenset({Kind.CONNECT, Kind.CONNECT_TIMEOUT})
_LIVE: Final = "`firstbyte check --live` makes a real call to each target"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a failure says of a key."""

    level: Level
    message: str
    hint: str = ""


_VERDICTS: Final = {
    Kind.AUTH: _Verdict("fail", "is refused", "look at {variable}"),
    Kind.QUOTA: _Verdict(
        "fail", "is known, but the account has no credit left", "look at its billing"
    ),
    Kind.RATE_LIMIT: _Verdict("warn", "is known, and at its rate limit now"),
    Kind.PERMISSION: _Verdict("warn", "is known, but may not list models", _LIVE),
}


@dataclass(frozen=True, slots=True)
class Reached:
    """One provider as a stranger found it."""

    provider: Provider
    finding: Finding
    skew: float | None = None
    """Seconds by which the clock there is ahead of ours; None where it said no time."""
    public: bool = False
    """Whether its list is for everybody, so that it proves nothing of a key."""
    unreached: bool = False


class Reach:
    """Asks providers.

    Args:
        config: What is in force.
        upstream: The way out.
        clock: Time.
    """

    def __init__(self, config: Config, upstream: Upstream, clock: Clock) -> None:
        self._config = config
        self._upstream = upstream
        self._clock = clock
        self._planner = Planner(config)

    async def examine(self, *, keys: bool) -> list[Finding]:
        """Every provider that is switched on, all at once.

        Args:
            keys: Whether each key is tried.
        """
        usable = [each for each in self._config.providers.values() if not each.off]
        reached = await asyncio.gather(*map(self._reach, usable))
        findings = [each.finding for each in reached]
        findings += network(reached, off=len(self._config.providers) - len(usable))
        findings += clock_of(reached)
        if keys:
            tried = await asyncio.gather(*(self._keys(each) for each in reached))
            findings += [finding for some in tried for finding in some]
        return findings

    async def _reach(self, provider: Provider) -> Reached:
        began = self._clock.now()
        wall = self._clock.wall()
        name = provider.name
        try:
            status, date = await self._ask(HttpCall(doorstep(provider), (), b"", "GET"))
        except (ProxyError, TimeoutError) as error:
            said = _sentence(error, provider)
            return Reached(provider, fail(name, said, _remedy(error, provider)), unreached=True)
        took = self._clock.now() - began
        skew = ahead(date, wall + took / 2)
        finding = _answered(provider, status, took)
        return Reached(provider, finding, skew, public=status < 300)

    async def _ask(self, call: HttpCall) -> tuple[int, str]:
        """Status and `Date` of an answer."""
        by = self._clock.now() + SECONDS
        reply = await self._upstream.send(call, connect_timeout=SECONDS, by=by)
        await reply.aclose()
        return reply.status, reply.headers.get("date", "")

    async def _keys(self, reached: Reached) -> list[Finding]:
        provider = reached.provider
        if reached.unreached or provider.passthrough or not (provider.api_keys or provider.auth):
            return []
        return [await self._key(reached, target) for target in self._targets(provider)]

    def _targets(self, provider: Provider) -> Iterator[Target]:
        request = ChatRequest(body={}, model=f"{provider.name}/{MODEL}")
        plan = self._planner.plan(request, credential=Secret(""))
        for step in plan.steps:
            for candidate in step.candidates:
                yield candidate.target

    async def _key(self, reached: Reached, target: Target) -> Finding:
        provider = reached.provider
        subject = f"{provider.name} key"
        shown = f"key {target.api_key.hint}" if target.api_key else "the credential"
        try:
            status, failure = await self._asked_with(provider, target)
        except (ProxyError, TimeoutError) as error:
            return fail(subject, f"{shown}: {_sentence(error, provider)}")
        return _judged(subject, shown, reached, status, failure)

    async def _asked_with(self, provider: Provider, target: Target) -> tuple[int, Kind | None]:
        """The status of the list asked for with a key, and what it means where it is none of success."""
        codec = CODECS[target.protocol]
        body = {"model": target.model, "messages": [{"role": "user", "content": "Hello"}]}
        call = codec.encode(ChatRequest(body=body, model=target.model), target)
        headers = tuple(line for line in call.headers if line[0].lower() != "content-type")
        url = listing(provider)
        call = replace(call, url=url, headers=headers, body=b"", method="GET")
        by = self._clock.now() + SECONDS
        reply = await self._upstream.send(call, connect_timeout=SECONDS, by=by)
        try:
            if reply.status < 300:
                return reply.status, None
            said = await reply.read(MAX_LIST, by)
        finally:
            await reply.aclose()
        return reply.status, codec.fault(reply.status, reply.headers, said).kind


def doorstep(provider: Provider) -> str:
    """Where a stranger knocks: at the host that calls go to."""
    url = listing(provider)
    return url.replace(_CONTROL[1], _CONTROL[0]) if provider.protocol == "bedrock" else url


def listing(provider: Provider) -> str:
    """Where a provider lists its models."""
    base = provider.base_url.rstrip("/")
    if provider.protocol in _AT_THE_HOST:
        parts = urlsplit(base)
        base = f"{parts.scheme}://{parts.netloc}"
    if provider.protocol == "bedrock":
        base = base.replace(*_CONTROL)
    return f"{base}{_LISTS[provider.protocol]}"


def ahead(date: str, ours: float) -> float | None:
    """Seconds by which a `Date` header is ahead of our clock; None where it is none.

    Args:
        date: The header, in whole seconds.
        ours: Seconds since 1970 by our clock, when it was written.
    """
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
    return theirs + 0.5 - ours


def network(reached: Sequence[Reached], *, off: int = 0) -> list[Finding]:
    """What it means where nobody was reached.

    Args:
        reached: Everybody who was asked.
        off: How many stand in the configuration and are switched off.
    """
    if off and not reached:
        hint = "set the key variables that are named above, or take out those providers"
        return [warn("providers", "all are off; only the simulated mock/* answer", hint)]
    if not reached:
        hint = "set a key variable such as OPENAI_API_KEY, or write a configuration with `firstbyte init`"
        return [warn("providers", "none is configured; only the simulated mock/* answer", hint)]
    abroad = [each for each in reached if not _is_here(each.provider)]
    if len(abroad) > 1 and all(each.unreached for each in abroad):
        message = (
            f"none of {len(abroad)} providers could be reached: this machine seems to be offline"
        )
        return [fail("network", message, "the simulated mock/* models need no network")]
    return []


def clock_of(reached: Sequence[Reached]) -> list[Finding]:
    """How our clock stands beside those of the providers; nothing where none told the time."""
    skews = [each.skew for each in reached if each.skew is not None]
    if not skews:
        return []
    off = median(skews)
    if abs(off) <= NOTABLE:
        return [ok("clock", "agrees with the providers' clocks")]
    make = fail if abs(off) > GRAVE else warn
    side = "behind" if off > 0 else "ahead of"
    message = f"{abs(off):.0f} s {side} the providers' clocks"
    return [
        make("clock", message, "synchronise it (NTP): signatures of AWS and Google depend on it")
    ]


def _answered(provider: Provider, status: int, took: float) -> Finding:
    """What a stranger's answer says of a provider."""
    host = urlsplit(provider.base_url).netloc
    message = f"{host} answers in {took * 1000:.0f} ms"
    if status >= 500:
        return warn(provider.name, f"{message}, with status {status}", "it may be down")
    own = not provider.vendor and provider.protocol == "openai"
    if status == 404 and own and not urlsplit(provider.base_url).path.strip("/"):
        return warn(
            provider.name,
            f"{message}, but has no {_LISTS[provider.protocol]} there",
            "base_url holds the version: does /v1 belong at its end?",
        )
    return ok(provider.name, message)


def _judged(
    subject: str, shown: str, reached: Reached, status: int, failure: Kind | None
) -> Finding:
    """What the answer to a key says of it."""
    if failure is None:
        if not reached.public:
            return ok(subject, f"{shown} is taken")
        why = "anybody may read the list of models"
        return warn(subject, f"{shown}: not judged, because {why}", _LIVE)
    if failure in _VERDICTS:
        verdict = _VERDICTS[failure]
        variable = reached.provider.key_variable or "the provider's api_key"
        hint = verdict.hint.format(variable=variable)
        return Finding(verdict.level, subject, f"{shown} {verdict.message}", hint)
    why = "there is no list of models" if status in _NO_LIST else f"the answer was {status}"
    return warn(subject, f"{shown}: not judged, because {why}", _LIVE)


def _is_here(provider: Provider) -> bool:
    return is_local(urlsplit(provider.base_url).hostname or "")


def _remedy(error: ProxyError | TimeoutError, provider: Provider) -> str:
    if isinstance(error, ProxyError) and error.kind not in _UNREACHED:
        return ""
    if _is_here(provider):
        return "is that server running, and listening there?"
    return "look at its base_url, at DNS and at what may leave this network"


def _sentence(error: ProxyError | TimeoutError, provider: Provider) -> str:
    if isinstance(error, ProxyError):
        return error.message
    return f"{urlsplit(provider.base_url).netloc} sent nothing within {SECONDS:g} s"

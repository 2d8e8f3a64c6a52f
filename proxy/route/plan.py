"""From a model's name to the targets that will be tried, in order. No I/O.

A name is resolved as alias, then `provider/model` (or `provider:model`), then a bare name of a known family, then the
alias `*`; a request may bring its own list. Each entry stands for its targets wherever it is named, so an alias inside
`models: [...]` brings its whole cascade.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from proxy.codecs.completions.need import as_completions, takes_completions
from proxy.codecs.responses.need import as_responses, needs_responses, takes_responses
from proxy.config import capabilities
from proxy.config.limits import resolve
from proxy.config.schema import CATCH_ALL, Alias, Config, Limits, Live, PoolRef, Provider, TargetRef
from proxy.core.errors import Kind, ProxyError
from proxy.core.nearest import nearest
from proxy.core.secret import Secret
from proxy.core.shape import CallOptions, ChatRequest, Target
from proxy.route.fit import room_for_texts, unfit

MIN_AUTO_ATTEMPTS: Final = 4
_MORE_APIS: Final = frozenset({"openai", "azure"})
"""Protocols whose providers may have further APIs of their own."""
MAX_PLANS: Final = 1024
"""Plans that are remembered; callers name them, so their number must be bounded."""
MAX_NAME: Final = 2048
"""Characters of a model's name: as many as an ARN may have, and what is kept under names stays small."""
MAX_KEPT_NAMES: Final = 512
"""Characters of all the names together under which a plan is remembered."""
MAX_SHOWN: Final = 200
"""Characters of a caller's name that a message repeats."""

Balance: TypeAlias = Literal["least_busy", "weighted", "fastest"]
"""How a step chooses among its equals."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One target that may be tried, and the limits in force for it."""

    target: Target
    limits: Limits
    weight: float = 1.0
    """Its share among the equals of its step."""


@dataclass(frozen=True, slots=True)
class Step:
    """Equals, of which each call tries one first; most steps have one."""

    candidates: tuple[Candidate, ...]
    balance: Balance = "least_busy"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a call may do: the targets in order, and how long and how often."""

    alias: str
    """The alias, or the name itself where there is none: the label of logs and metrics."""
    asked: str
    """The name that the caller sent."""
    steps: tuple[Step, ...]
    total_timeout: float
    """Seconds for the whole answer; of a stream, for the time to the commit."""
    max_attempts: int
    fallback_on: frozenset[Kind]
    model_in_answer: str
    live: Live = field(default_factory=Live)
    off: tuple[tuple[str, str], ...] = ()
    """Targets that are switched off, each with the reason."""
    is_rated: bool = False
    """Whether a target of it has a limit of requests or tokens a minute."""
    over: frozenset[str] = frozenset()
    """Targets that have no more of theirs for this call."""
    cache: float = 0.0
    """Seconds for which the answer may be given again; 0: not at all."""
    holds_streams: bool = False
    """Whether a target of it gives streams only once they are whole."""
    is_settled: bool = False
    """Whether a call of nothing but texts finds nothing in it to choose: no equals, and no other API for it."""
    room: int = 0
    """Bytes that a call of nothing but texts may have without asking its targets whether it fits."""

    def is_plain(self, *, stream: bool) -> bool:
        """Whether a call of nothing but texts only has to be sent: nothing is chosen or kept for it."""
        if not self.is_settled or self.cache:
            return False
        return not stream or (self.live.recover == "off" and not self.holds_streams)

    def suits(self, request: ChatRequest) -> bool:
        """Whether each step can serve a call; one that cannot is told of, be it the last or the first."""
        return all(unfit(request, step.candidates[0].target) is None for step in self.steps)


def model_of(plan: Plan) -> str | None:
    """The name that an answer gives the model, in the place of the provider's."""
    return plan.asked if plan.model_in_answer == "asked" else None


_TEXTS: Final = (
    ChatRequest(body={"messages": []}, only_texts=True),
    ChatRequest(body={"messages": [], "reasoning_effort": "high"}, only_texts=True),
)
"""Stand for every call of nothing but texts: a target's API hangs on none of them, but on effort where it adds tools."""


class Planner:
    """Resolves names against one configuration.

    Args:
        config: What is in force.
        local: Providers that are there without being configured, such as the simulated ones.
    """

    def __init__(self, config: Config, local: Mapping[str, Provider] | None = None) -> None:
        self._config = config
        self._local = frozenset(local or ())
        self.providers: dict[str, Provider] = {**(local or {}), **config.providers}
        self._plans: dict[tuple[str, ...], Plan] = {}
        """By the names that were asked for. Plans hang on the configuration, which this object sees one state of."""
        self._plain: tuple[dict[str, Plan], dict[str, Plan]] = {}, {}
        """Those of them that are plain for whole answers, and for streams, by their one name."""
        self._turns: dict[tuple[str, int], Iterator[int]] = {}
        self._named_keys = {name: _named(entry) for name, entry in self.providers.items()}

    def has(self, target: str, credential: str) -> bool:
        """Whether a target, by name, may be called with the credential of this name."""
        provider = target.partition("/")[0]
        keys = self._named_keys.get(provider, ())
        return provider in self._local or any(own == credential for _, own in keys)

    def plan(
        self,
        request: ChatRequest,
        *,
        may_use: Callable[[str], bool] = lambda _: True,
        credential: Secret | None = None,
        default_model: str = "",
    ) -> Plan:
        """The plan for a call.

        Args:
            request: The parsed call.
            may_use: Whether the caller's key may use an alias or target by this name.
            credential: The caller's own provider key, for providers that pass it through.
            default_model: For a call that names none; empty: the configuration's.

        Raises:
            ProxyError: UNKNOWN_MODEL, FORBIDDEN, UNAUTHENTICATED (a pass-through provider and no key),
                INVALID_REQUEST (pass-through providers of several companies), or MISCONFIGURED (every target is
                switched off).
        """
        plan = self._of_names(request, may_use, credential, default_model)
        if request.only_texts and plan.is_settled:
            return plan
        return self._for_this_call(plan, request)

    def _of_names(
        self,
        request: ChatRequest,
        may_use: Callable[[str], bool],
        credential: Secret | None,
        default_model: str,
    ) -> Plan:
        """The plan before its equals have their turn: whoever only looks at it takes nobody's. The rest is as for `plan`."""
        names = self._names(request, default_model or self._config.default_model)
        for name in names:
            if not may_use(name):
                raise ProxyError(
                    Kind.FORBIDDEN,
                    f"This key may not use the model {_shown(name)}. GET /v1/models lists what it may use.",
                    param="model",
                )
        options = request.options
        plain = options.first_byte_timeout is None and options.hedge_after is None
        key = tuple(names)
        plan = self._plans.get(key) if plain else None
        if plan is None:
            plan = self._fresh(names, options, credential)
            if plain and not _takes_callers_key(plan):
                plan = replace(plan, is_settled=self._is_settled(plan), room=_room(plan))
                self._remember(key, plan)
        return plan

    def plain(
        self, request: ChatRequest, may_use: Callable[[str], bool], default_model: str
    ) -> Plan | None:
        """The plan for a call of nothing but texts, where it is plain; the arguments are those of `plan`."""
        plan = self._plain[request.stream].get(request.model)
        if plan is not None and may_use(request.model):
            return plan
        try:
            plan = self._of_names(request, may_use, None, default_model)
        except ProxyError:
            return None
        return plan if plan.is_plain(stream=request.stream) else None

    def _is_settled(self, plan: Plan) -> bool:
        alone = all(len(step.candidates) == 1 for step in plan.steps)
        return alone and all(self._for_this_call(plan, each) is plan for each in _TEXTS)

    def _fresh(self, names: list[str], options: CallOptions, credential: Secret | None) -> Plan:
        """The plan for names, as far as it hangs on nothing else that a call says."""
        alias = self.alias(names[0])
        refs = [(ref, owner) for name in names for ref, owner in self._refs(name)]
        steps, off = self._steps(refs, options, credential)
        if not steps:
            reasons = "; ".join(f"{name}: {why}" for name, why in off)
            raise ProxyError(
                Kind.MISCONFIGURED, f"No target of {_shown(names[0])} can be used. {reasons}"
            )
        _check_one_company(steps)
        return self._plan(names[0], alias, tuple(steps), tuple(off))

    def _remember(self, key: tuple[str, ...], plan: Plan) -> None:
        if sum(map(len, key)) > MAX_KEPT_NAMES:
            return
        if len(self._plans) >= MAX_PLANS:
            self._plans.clear()
            for plain in self._plain:
                plain.clear()
        self._plans[key] = plan
        for stream in (False, True):
            if len(key) == 1 and plan.is_plain(stream=stream):
                self._plain[stream][key[0]] = plan

    def _for_this_call(self, plan: Plan, request: ChatRequest) -> Plan:
        """Equals in their turn, and targets over the API that takes this request."""
        steps = [self._step(step, plan.alias, at, request) for at, step in enumerate(plan.steps)]
        for new, old in zip(steps, plan.steps, strict=True):
            if new is not old:
                return replace(plan, steps=tuple(steps))
        return plan

    def _step(self, step: Step, alias: str, at: int, request: ChatRequest) -> Step:
        if len(step.candidates) == 1:
            (only,) = step.candidates
            candidate = self._over_its_api(only, request)
            return step if candidate is only else Step((candidate,), step.balance)
        # Callers make names up without end; aliases and providers are as many as are configured.
        owner = alias if alias in self._config.models else step.candidates[0].target.provider
        turned = self._turned(step.candidates, owner, at)
        candidates = tuple(self._over_its_api(candidate, request) for candidate in turned)
        return Step(candidates, step.balance)

    def _over_its_api(self, candidate: Candidate, request: ChatRequest) -> Candidate:
        """The candidate, over the provider's own API for this request, or the one that its chat API would send it to."""
        target = candidate.target
        if target.protocol not in _MORE_APIS:
            return candidate
        surfaces = self.providers[target.provider].surfaces
        if takes_completions(request, target, surfaces):
            return replace(candidate, target=as_completions(target))
        if takes_responses(request, target, surfaces) or needs_responses(request, target):
            return replace(candidate, target=as_responses(target))
        return candidate

    def alias(self, name: str) -> Alias | None:
        """The alias that answers to a name, the catch-all included."""
        models = self._config.models
        if name in models:
            return models[name]
        return None if self._ref(name) else models.get(CATCH_ALL)

    def nearest(self, name: str) -> list[str]:
        """The three known names that look most like this one."""
        known = [alias for alias in self._config.models if alias != CATCH_ALL]
        known += [
            f"{ref.provider}/{ref.model}"
            for alias in self._config.models.values()
            for ref in alias.refs
        ]
        for separator in "/:":
            provider, _, model = name.partition(separator)
            if model:
                known += [f"{near}/{model}" for near in nearest(provider.lower(), self.providers)]
                # Whose model it is may be plain where the provider has another name here: `google` for `gemini`.
                known += [f"{ref.provider}/{model}" for ref in self._family(model)]
        return nearest(name, dict.fromkeys(known), most=3, cutoff=0.3)

    def _names(self, request: ChatRequest, default_model: str) -> list[str]:
        model = request.model or ("" if request.models else default_model)
        names = list(dict.fromkeys(name for name in (model, *request.models) if name))
        if not names:
            raise ProxyError(
                Kind.INVALID_REQUEST,
                "You must provide a model parameter. GET /v1/models lists the models here.",
                param="model",
                code="missing_required_parameter",
            )
        for name in names:
            if len(name) > MAX_NAME:
                raise self._unknown(name)
        return names

    def _refs(self, name: str) -> Iterator[tuple[PoolRef, Alias | None]]:
        alias = self.alias(name)
        if alias is not None:
            for written in alias.cascade:
                pool = written if isinstance(written, PoolRef) else PoolRef((written,))
                # Under the catch-all, a step `provider/*` passes the caller's name on.
                targets = (
                    replace(ref, model=name) if ref.model == CATCH_ALL else ref
                    for ref in pool.targets
                )
                yield replace(pool, targets=tuple(targets)), alias
            return
        found = self._ref(name)
        if found is None:
            raise self._unknown(name)
        yield PoolRef((found,)), None

    def _ref(self, name: str) -> TargetRef | None:
        for separator in "/:":
            provider, found, model = name.partition(separator)
            if found and model and provider in self.providers:
                return TargetRef(provider, model)
        return next(self._family(name), None)

    def _family(self, name: str) -> Iterator[TargetRef]:
        """The targets that a bare name may mean, by what it begins with."""
        for provider, entry in self.providers.items():
            if any(name.startswith(family) for family in entry.families):
                yield TargetRef(provider, name)

    def _unknown(self, name: str) -> ProxyError:
        near = self.nearest(name[:MAX_SHOWN])
        hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
        return ProxyError(
            Kind.UNKNOWN_MODEL,
            f"The model {_shown(name)} does not exist here.{hint} GET /v1/models lists the models.",
            param="model",
        )

    def _steps(
        self,
        pools: list[tuple[PoolRef, Alias | None]],
        options: CallOptions,
        credential: Secret | None,
    ) -> tuple[list[Step], list[tuple[str, str]]]:
        steps: list[Step] = []
        off: list[tuple[str, str]] = []
        alone = sum(len(pool.targets) for pool, _ in pools) == 1
        for pool, alias in pools:
            candidates: list[Candidate] = []
            for ref in pool.targets:
                provider = self.providers[ref.provider]
                if provider.off:
                    off.append((f"{ref.provider}/{ref.model}", provider.off))
                    continue
                limits = resolve(self._config, alias, ref, alone=alone)
                limits = _own(limits, options)
                candidates += self._candidates(provider, ref, limits, credential)
            if candidates:
                steps.append(Step(tuple(candidates), pool.balance))
        return steps, off

    def _turned(
        self, candidates: tuple[Candidate, ...], owner: str, at: int
    ) -> tuple[Candidate, ...]:
        """Equals begin with another one at each call, so that where nothing tells them apart all have their turn."""
        turn = next(self._turns.setdefault((owner, at), itertools.count())) % len(candidates)
        return candidates[turn:] + candidates[:turn]

    def _candidates(
        self, provider: Provider, ref: TargetRef, limits: Limits, credential: Secret | None
    ) -> Iterator[Candidate]:
        """One for each of the provider's keys: they are a pool of their own, each with its own circuit."""
        keys = self._keys(provider, credential)
        for key, name in keys:
            # A simulated model that plays a refused key is to rest by itself: the others behind it have none in common.
            own = ref.model if provider.name in self._local else name
            target = replace(self._target(provider, ref, limits, key), credential=own)
            yield Candidate(target, limits, ref.weight / len(keys))

    def _target(
        self, provider: Provider, ref: TargetRef, limits: Limits, key: Secret | None
    ) -> Target:
        return Target(
            provider=provider.name,
            model=ref.model,
            protocol=provider.protocol,
            base_url=provider.base_url,
            api_key=key,
            passthrough=provider.passthrough,
            auth=provider.auth,
            options={**provider.options, **ref.options},
            headers=provider.headers,
            params=ref.params,
            quirks=provider.quirks,
            capabilities=capabilities.resolve(provider, ref),
            max_event=limits.max_event,
            max_answer=limits.max_answer,
        )

    def _keys(
        self, provider: Provider, credential: Secret | None
    ) -> list[tuple[Secret | None, str]]:
        """The provider's keys with their names; the caller's own where it passes one through."""
        if not provider.passthrough:
            return self._named_keys[provider.name]
        if credential is None:
            raise ProxyError(
                Kind.UNAUTHENTICATED,
                f"The provider {provider.name!r} takes your own key: send it as `Authorization: Bearer …`.",
            )
        return [(credential, "")]

    def _plan(
        self,
        asked: str,
        alias: Alias | None,
        steps: tuple[Step, ...],
        off: tuple[tuple[str, str], ...],
    ) -> Plan:
        config = self._config
        total = config.limits.total_timeout
        # An alias has the defaults merged in: its `auto` was written, and is not the defaults' number.
        written = alias.max_attempts if alias else config.max_attempts
        limits = [candidate.limits for step in steps for candidate in step.candidates]
        return Plan(
            alias=alias.name if alias else steps[0].candidates[0].target.name,
            asked=asked,
            steps=steps,
            total_timeout=alias.limits.get("total_timeout", total) if alias else total,
            max_attempts=written or max(MIN_AUTO_ATTEMPTS, len(steps)),
            fallback_on=alias.fallback_on if alias else config.fallback_on,
            model_in_answer=alias.model_in_answer if alias else config.model_in_answer,
            live=alias.live if alias else config.live,
            off=off,
            is_rated=any(each.rpm or each.tpm for each in limits),
            holds_streams=any(each.commit == "complete" for each in limits),
            cache=alias.cache if alias else 0.0,
        )


def _room(plan: Plan) -> int:
    return min(
        room_for_texts(candidate.target) for step in plan.steps for candidate in step.candidates
    )


def _shown(name: str) -> str:
    """A caller's name as a message repeats it: quoted, and not longer than a reader needs."""
    return repr(name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}…")


def _takes_callers_key(plan: Plan) -> bool:
    return any(candidate.target.passthrough for step in plan.steps for candidate in step.candidates)


def _own(limits: Limits, options: CallOptions) -> Limits:
    """What the call itself says replaces every target's own."""
    if options.first_byte_timeout is not None:
        limits = replace(
            limits,
            first_byte_timeout=options.first_byte_timeout,
            first_byte_reasoning=options.first_byte_timeout,
            first_byte_written=True,
        )
    if options.hedge_after is not None:
        limits = replace(limits, hedge_after=options.hedge_after)
    return limits


def _named(provider: Provider) -> list[tuple[Secret | None, str]]:
    """The provider's keys, each with a digest that tells it apart; one None where there is none."""
    keys: list[tuple[Secret | None, str]] = [
        (key, sha256(key.reveal().encode()).hexdigest()[:8]) for key in provider.api_keys
    ]
    return keys or [(None, "")]


def _check_one_company(steps: list[Step]) -> None:
    """A caller's own key is for one company; a list of models of its own may not take it to a second.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    targets = [candidate.target for step in steps for candidate in step.candidates]
    hosts = {urlsplit(target.base_url).netloc for target in targets if target.passthrough}
    if len(hosts) > 1:
        raise ProxyError(
            Kind.INVALID_REQUEST,
            "These models are at several providers that take your own key, and it may go to one of them only.",
            param="models",
        )

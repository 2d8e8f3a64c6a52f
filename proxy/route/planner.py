"""From a model's name to the plan of a call, as few times as can be. No I/O.

What the name stands for is found in `model_names.py`, and the targets behind that in `targets.py`; here plans are
remembered, and made a call's own where the call makes a difference: equals have their turn, and a request that chat
would refuse goes over another API of the same provider.

Invariant: what is remembered is bounded, since callers name it; plans of a caller's own key are never kept.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from proxy.codecs.completions.need import as_completions, takes_completions
from proxy.codecs.responses.need import as_responses, needs_responses, takes_responses
from proxy.config.schema import Alias, Config, Provider
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import CallOptions, ChatRequest
from proxy.route.fit import room_for_texts
from proxy.route.model_names import ModelNames, shown
from proxy.route.plan import Candidate, Plan, Step
from proxy.route.targets import Targets

MIN_AUTO_ATTEMPTS: Final = 4
_MORE_APIS: Final = frozenset({"openai", "azure"})
"""Protocols whose providers may have further APIs of their own."""
MAX_PLANS: Final = 1024
"""Plans that are remembered; callers name them, so their number must be bounded."""
MAX_KEPT_NAMES: Final = 512
"""Characters of all the names together under which a plan is remembered."""

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
        self._targets = Targets(config, local or {})
        self.providers = self._targets.providers
        """Those that are there, by name."""
        self._names = ModelNames(config, self.providers)
        self._plans: dict[tuple[str, ...], Plan] = {}
        """By the names that were asked for. Plans hang on the configuration, which this object sees one state of."""
        self._plain: tuple[dict[str, Plan], dict[str, Plan]] = {}, {}
        """Those of them that are plain for whole answers, and for streams, by their one name."""
        self._turns: dict[tuple[str, int], Iterator[int]] = {}

    def has(self, target: str, credential: str) -> bool:
        """Whether a target, by name, may be called with the credential of this name."""
        return self._targets.has(target, credential)

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
        names = self._names.asked(request, default_model or self._config.default_model)
        for name in names:
            if not may_use(name):
                raise ProxyError(
                    Kind.FORBIDDEN,
                    f"This key may not use the model {shown(name)}. GET /v1/models lists what it may use.",
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
        alias = self._names.alias(names[0])
        refs = [(ref, owner) for name in names for ref, owner in self._names.refs(name)]
        steps, off = self._targets.steps(refs, options, credential)
        if not steps:
            reasons = "; ".join(f"{name}: {why}" for name, why in off)
            raise ProxyError(
                Kind.MISCONFIGURED, f"No target of {shown(names[0])} can be used. {reasons}"
            )
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

    def _turned(
        self, candidates: tuple[Candidate, ...], owner: str, at: int
    ) -> tuple[Candidate, ...]:
        """Equals begin with another one at each call, so that where nothing tells them apart all have their turn."""
        turn = next(self._turns.setdefault((owner, at), itertools.count())) % len(candidates)
        return candidates[turn:] + candidates[:turn]

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


def _takes_callers_key(plan: Plan) -> bool:
    return any(candidate.target.passthrough for step in plan.steps for candidate in step.candidates)

"""From what is written in the configuration to the targets themselves: with their keys, and the limits in force for them.

Invariant: a provider that is switched off gives no target, and is told with its reason; a caller's own key is for the
providers of one company.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlsplit

from proxy.config import capabilities
from proxy.config.limits import resolve
from proxy.config.schema import Alias, Config, Limits, PoolRef, Provider, TargetRef
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import CallOptions, Target
from proxy.route.plan import Candidate, Step


class Targets:
    """Of one configuration.

    Args:
        config: What is in force.
        local: Providers that are there without being configured, such as the simulated ones.
    """

    def __init__(self, config: Config, local: Mapping[str, Provider]) -> None:
        self._config = config
        self._local = frozenset(local)
        self.providers: dict[str, Provider] = {**local, **config.providers}
        """By name."""
        self._named_keys = {name: _named(entry) for name, entry in self.providers.items()}

    def has(self, target: str, credential: str) -> bool:
        """Whether a target, by name, may be called with the credential of this name."""
        provider = target.partition("/")[0]
        keys = self._named_keys.get(provider, ())
        return provider in self._local or any(own == credential for _, own in keys)

    def steps(
        self,
        pools: list[tuple[PoolRef, Alias | None]],
        options: CallOptions,
        credential: Secret | None,
    ) -> tuple[list[Step], list[tuple[str, str]]]:
        """The steps of a plan.

        Args:
            pools: What is written, with the alias that it is written in, if there is one.
            options: What the call itself says.
            credential: The caller's own provider key.

        Returns:
            The steps that have a target, and the targets that are switched off, each with the reason.

        Raises:
            ProxyError: UNAUTHENTICATED (a pass-through provider and no key), or INVALID_REQUEST (pass-through
                providers of several companies).
        """
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
        _check_one_company(steps)
        return steps, off

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
        limits = replace(limits, hedge_after=options.hedge_after or None)
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

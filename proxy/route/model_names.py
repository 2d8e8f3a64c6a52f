"""What a model's name stands for, as it is written in the configuration.

A name is resolved as alias, then `provider/model` (or `provider:model`), then a bare name of a known family, then the
alias `*`; a request may bring its own list. Each entry stands for its targets wherever it is named, so an alias inside
`models: [...]` brings its whole cascade.

Invariant: a name that stands for nothing is told with the known names that look most like it, and never at length.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from proxy.config.schema import CATCH_ALL, Alias, Config, PoolRef, Provider, TargetRef
from proxy.core.errors import Kind, ProxyError
from proxy.core.nearest import nearest
from proxy.core.shape import ChatRequest

MAX_NAME: Final = 2048
"""Characters of a model's name: as many as an ARN may have, and what is kept under names stays small."""
MAX_SHOWN: Final = 200
"""Characters of a caller's name that a message repeats."""


class ModelNames:
    """Of one configuration.

    Args:
        config: What is in force.
        providers: Those that are there, by name.
    """

    def __init__(self, config: Config, providers: Mapping[str, Provider]) -> None:
        self._config = config
        self._providers = providers

    def asked(self, request: ChatRequest, default_model: str) -> list[str]:
        """The names that a call gives, each once.

        Args:
            request: The parsed call.
            default_model: For a call that names none.

        Raises:
            ProxyError: INVALID_REQUEST where there is none, UNKNOWN_MODEL for one that is too long to be known.
        """
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

    def alias(self, name: str) -> Alias | None:
        """The alias that answers to a name, the catch-all included."""
        models = self._config.models
        if name in models:
            return models[name]
        return None if self._ref(name) else models.get(CATCH_ALL)

    def refs(self, name: str) -> Iterator[tuple[PoolRef, Alias | None]]:
        """What a name stands for: the steps of an alias, or one target.

        Raises:
            ProxyError: UNKNOWN_MODEL.
        """
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
                known += [f"{near}/{model}" for near in nearest(provider.lower(), self._providers)]
                # Whose model it is may be plain where the provider has another name here: `google` for `gemini`.
                known += [f"{ref.provider}/{model}" for ref in self._family(model)]
        return nearest(name, dict.fromkeys(known), most=3, cutoff=0.3)

    def _ref(self, name: str) -> TargetRef | None:
        for separator in "/:":
            provider, found, model = name.partition(separator)
            if found and model and provider in self._providers:
                return TargetRef(provider, model)
        return next(self._family(name), None)

    def _family(self, name: str) -> Iterator[TargetRef]:
        """The targets that a bare name may mean, by what it begins with."""
        for provider, entry in self._providers.items():
            if any(name.startswith(family) for family in entry.families):
                yield TargetRef(provider, name)

    def _unknown(self, name: str) -> ProxyError:
        near = self.nearest(name[:MAX_SHOWN])
        hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
        return ProxyError(
            Kind.UNKNOWN_MODEL,
            f"The model {shown(name)} does not exist here.{hint} GET /v1/models lists the models.",
            param="model",
        )


def shown(name: str) -> str:
    """A caller's name as a message repeats it: quoted, and not longer than a reader needs."""
    return repr(name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}…")

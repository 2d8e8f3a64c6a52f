"""The aliases under `models:`, and whether every target in them has a provider.

A vendor of the catalogue may be named without an entry where nothing more is needed to call it: its key variable
is set, or it takes no key. It then becomes a provider as it would without a file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final
from urllib.parse import urlsplit

from proxy.config import capabilities, environment
from proxy.config.catalog import MOCK, Catalog
from proxy.config.entries import limits_of
from proxy.config.positions import Scalar
from proxy.config.problems import Findings, quoted, suggestion, under
from proxy.config.protocols import KNOWN
from proxy.config.schema import CATCH_ALL, Alias, Live, PoolRef, Provider, Server, TargetRef
from proxy.config.sections import Section
from proxy.core.errors import Kind

_LIVE: Final = tuple(field.name for field in fields(Live))


@dataclass(slots=True)
class Cascades:
    """Makes aliases; `providers` grows by the vendors that they name without an entry."""

    providers: dict[str, Provider]
    broken: Iterable[str]
    """Entries that had problems of their own: naming them is no second one."""
    catalog: Catalog
    environ: Mapping[str, str]
    server: Server
    findings: Findings
    simulated: Collection[str] = ()
    """Models that the simulated provider has; empty where that is not known."""

    def alias(self, name: str, section: Section, defaults: Section) -> Alias:
        """The alias in force."""
        steps: tuple[Section, ...] = section.get("cascade", ())
        alias = Alias(
            name=name,
            cascade=tuple(made for step in steps if (made := self._step(step)) is not None),
            description=section.get("description", ""),
            limits=limits_of(section),
            cache=section.section("cache").get("ttl", 0.0),
            **cascading(section, defaults),
        )
        self._one_passthrough(alias, section)
        if alias.refs and all(self._off(ref) for ref in alias.refs):
            self.findings.warn(f"The alias {name} cannot answer: all its providers are off.")
        self._some_prefill(alias)
        self._no_patterns(alias)
        return alias

    def knows(self, name: str) -> bool:
        """Whether a provider of that name can be called, made from the environment if need be."""
        if name in self.providers or name == MOCK or name in self.broken:
            return True
        vendor = self.catalog.find(name)
        if vendor is None or not (vendor.keyless or environment.is_set_up(vendor, self.environ)):
            return False
        found = environment.provider(vendor, name, self.environ, self.server, self.findings)
        if environment.points_at(found.base_url, self.server):
            return False
        if found.off:
            self.findings.warn(f"The provider {name} is off: {found.off}.")
        self.providers[name] = found
        return True

    def names(self) -> frozenset[str]:
        """Every provider that a target may begin with, whether it can be called now or not."""
        return frozenset((*self.providers, *self.broken, *self.catalog.by_name, MOCK))

    def wrong(self, provider: str, model: str, written: str) -> str:
        """Why a target can never answer; empty where it may.

        Args:
            provider: Its name.
            model: The model's, for the provider.
            written: As `unknown` takes it.
        """
        if not self.knows(provider):
            return self.unknown(provider, written)
        if provider != MOCK or not self.simulated or model in self.simulated:
            return ""
        near = suggestion(model, self.simulated) or f"; there are {', '.join(self.simulated)}"
        return f"{written or quoted(model)} is no simulated model{near}"

    def unknown(self, name: str, written: str) -> str:
        """Why a provider's name means nothing, and what may have been meant.

        Args:
            name: The provider's.
            written: The target for a message, where it came from a reference; else empty.
        """
        vendor = self.catalog.find(name)
        if vendor is None:
            near = suggestion(name, {*self.providers, *self.catalog.by_name, MOCK})
            return f"the provider {written or quoted(name)} is not configured{near}"
        if vendor.keyless:
            return (
                f"the provider {quoted(name)} is not configured, and {vendor.name}'s usual address "
                "is this server's own listener; add it under `providers` with its `base_url`"
            )
        variable = vendor.env[0] if vendor.env else " with ".join(vendor.login_env[0])
        return (
            f"the provider {quoted(name)} is not configured and {variable} is not set; "
            "set it, or add the provider under `providers`"
        )

    def _step(self, step: Section) -> TargetRef | PoolRef | None:
        """A step in force, None where what it names was wrong and has been told."""
        if "pool" not in step.values:
            return self._ref(step) if "target" in step.values else None
        equals = tuple(
            self._ref(equal) for equal in step.values["pool"] if "target" in equal.values
        )
        return PoolRef(equals, step.get("balance", PoolRef(()).balance)) if equals else None

    def _ref(self, step: Section) -> TargetRef:
        provider, _, model = step.values["target"].partition("/")
        wrong = self.wrong(provider, model, written_by(step, "target"))
        if wrong:
            path = step.path if step.at("target") == step.place else under(step.path, "target")
            self.findings.blame(step.at("target"), path, wrong)
        return TargetRef(
            provider,
            model,
            step.get("params", {}),
            limits_of(step),
            capabilities.read(step.section("capabilities")),
            self._options(step, provider),
            step.get("weight", 1.0),
        )

    def _options(self, step: Section, provider: str) -> dict[str, str]:
        """What the target says of itself to its codec."""
        base_model, found = step.get("base_model"), self.providers.get(provider)
        if base_model is None or found is None:
            return {}
        option = KNOWN[found.protocol].base_model
        if option:
            return {option: base_model}
        others = " or ".join(name for name, known in KNOWN.items() if known.base_model)
        self.findings.blame(
            step.at("base_model"),
            under(step.path, "base_model"),
            f"is for a provider that speaks {others}; this one speaks {found.protocol}",
        )
        return {}

    def _off(self, ref: TargetRef) -> bool:
        provider = self.providers.get(ref.provider)
        return provider is not None and bool(provider.off)

    def _one_passthrough(self, alias: Alias, section: Section) -> None:
        """The caller's own key must not reach a second company because the first one failed."""
        named = (self.providers.get(ref.provider) for ref in alias.refs)
        hosts = {urlsplit(found.base_url).netloc for found in named if found and found.passthrough}
        if len(hosts) > 1:
            self.findings.blame(
                section.at("cascade"),
                under(section.path, "cascade"),
                "expected at most one provider host with `api_key: passthrough`, got "
                f"{len(hosts)}: the caller's key would go to each of them",
            )

    def _some_prefill(self, alias: Alias) -> None:
        """To go on from half an answer is asked only of targets that are known to do it."""
        if alias.live.recover != "prefill" or any(map(self._prefills, alias.refs)):
            return
        self.findings.warn(
            f"The alias {alias.name} recovers by prefill, and none of its targets is known to take one: "
            "each is asked as with user_turn. Those that do can say `capabilities: {prefill: true}`."
        )

    def _no_patterns(self, alias: Alias) -> None:
        """Other gateways take a star in a name for any letters."""
        if alias.name == CATCH_ALL:
            return
        if CATCH_ALL in alias.name:
            self.findings.warn(
                f"The alias {alias.name} answers to exactly this name: a star stands for others only where it is the "
                "whole name."
            )
        for ref in alias.refs:
            if ref.model == CATCH_ALL:
                self.findings.warn(
                    f"The target {ref.provider}/* of the alias {alias.name} is a model named '*': it stands for the "
                    "model that was asked for only under the alias '*'."
                )

    def _prefills(self, ref: TargetRef) -> bool:
        provider = self.providers.get(ref.provider)
        known = capabilities.resolve(provider, ref) if provider is not None else ref.capabilities
        return known.prefill is True


def cascading(section: Section, defaults: Section | None = None) -> dict[str, Any]:
    """What an alias or the defaults say of a call as a whole, by the names of the record's fields."""

    def said(name: str, otherwise: Any) -> Any:
        below = defaults.get(name, otherwise) if defaults is not None else otherwise
        return section.get(name, below)

    return {
        "fallback_on": frozenset(Kind(word) for word in said("fallback_on", ())),
        "max_attempts": said("max_attempts", 0),
        "model_in_answer": said("model_in_answer", "served"),
        "live": Live(**{name: said(name, getattr(Live(), name)) for name in _LIVE}),
    }


def written_by(section: Section, name: str) -> str:
    """`what ${X} holds` for a value that came from a reference, else empty: what it holds may be a secret."""
    node = section.nodes.get(name)
    return section.shown(name) if isinstance(node, Scalar) and node.references else ""


def check_default(root: Section, models: Mapping[str, Alias], cascades: Cascades) -> None:
    """Whether `default_model` is an alias, a target, or a model whose family a provider serves."""
    name = root.get("default_model", "")
    if not name:
        return
    parts = [name.partition(separator) for separator in "/:"]
    if name in models or CATCH_ALL in models:
        return
    written = written_by(root, "default_model")
    if any(model and not cascades.wrong(provider, model, written) for provider, _, model in parts):
        return
    families = [family for found in cascades.providers.values() for family in found.families]
    if any(name.startswith(family) for family in families):
        return
    near = suggestion(name, models)
    provider, slash, model = parts[0]
    reason = near
    if slash and model and not near:
        reason = f"; {cascades.wrong(provider, model, written)}"
    cascades.findings.blame(
        root.at("default_model"),
        "default_model",
        f"expected an alias or a target, got {root.shown('default_model')}, "
        f"which is neither{reason}",
    )

"""The configuration in force, as an operator may see it on a page.

Invariant: what is shown is named here, one by one. A credential is shown as its last characters at the most; headers, and
parameters that are texts, by their names alone; so a key of the configuration that is new is not shown until somebody has
decided how.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from proxy.config.schema import Alias, Config, Limits, PoolRef, Provider, Server, TargetRef
from proxy.core.price import Price, number
from proxy.core.secret import Secret
from proxy.core.shape import Json

HIDDEN: Final = "…"
"""In the place of a value that is not shown."""


def view(config: Config) -> Json:
    """All of it, as JSON."""
    return {
        "source": config.source or None,
        "server": _server(config.server),
        "auth": {
            "required": config.auth.required,
            "admin_key": _key(config.auth.admin_key),
            "keys": [
                {"key": _key(each.key), "team": each.team, "allowed_models": _names(each)}
                for each in config.auth.keys
            ],
        },
        "store": config.store.reveal().partition(":")[0],
        "log": {"format": config.log.format},
        "default_model": config.default_model or None,
        "defaults": {**_limits(config.limits), **_cascading(config)},
        "providers": {name: _provider(each) for name, each in config.providers.items()},
        "models": {name: _alias(each) for name, each in config.models.items()},
        "prices": {name: _price(each) for name, each in config.prices.items()},
        "warnings": list(config.warnings),
    }


def _server(server: Server) -> Json:
    return {
        "listen": f"{server.host}:{server.port}",
        "ops_listen": f"{server.ops_host}:{server.ops_port}" if server.ops_host else None,
        "hosts": list(server.hosts),
        "tls": bool(server.tls.cert),
        "cors": {"origins": list(server.cors.origins)},
        "workers": server.workers,
        "max_body": server.max_body,
        "max_in_flight": server.max_in_flight,
        "max_queue": server.max_queue,
        "queue_timeout": server.queue_timeout,
        "drain_delay": server.drain_delay,
        "drain_timeout": server.drain_timeout,
    }


def _limits(limits: Limits) -> Json:
    return {
        "connect_timeout": limits.connect_timeout,
        "first_byte_timeout": limits.first_byte_timeout,
        "idle_timeout": limits.idle_timeout,
        "output_idle_timeout": limits.output_idle_timeout,
        "total_timeout": limits.total_timeout,
        "retries": limits.retries,
        "retry_after_max": limits.retry_after_max,
        "hedge_after": "off" if limits.hedge_after is None else limits.hedge_after,
        "commit": limits.commit,
        "max_event": limits.max_event,
        "max_answer": limits.max_answer,
    }


def _cascading(of: Config | Alias) -> Json:
    return {
        "max_attempts": of.max_attempts or "auto",
        "fallback_on": sorted(kind.value for kind in of.fallback_on),
        "model_in_answer": of.model_in_answer,
        "warm_after": of.live.warm_after,
        "heartbeat": of.live.heartbeat,
        "recover": of.live.recover,
    }


def _provider(provider: Provider) -> Json:
    shown: Json = {
        "protocol": provider.protocol,
        "vendor": provider.vendor or None,
        "base_url": _address(provider.base_url),
        "credential": _credential(provider),
        "headers": {name: HIDDEN for name, _ in provider.headers},
        "options": dict(provider.options),
        "limits": _plain(provider.limits),
        "surfaces": list(provider.surfaces),
        "off": provider.off or None,
    }
    return {name: value for name, value in shown.items() if value not in (None, {}, [])}


def _credential(provider: Provider) -> str:
    if provider.passthrough:
        return "passthrough"
    if provider.api_keys:
        return ", ".join(key.hint for key in provider.api_keys)
    return type(provider.auth).__name__ if provider.auth is not None else "none"


def _alias(alias: Alias) -> Json:
    return {
        "description": alias.description,
        "cascade": [_step(step) for step in alias.cascade],
        "limits": _plain(alias.limits),
        **_cascading(alias),
    }


def _step(step: TargetRef | PoolRef) -> Json:
    if isinstance(step, PoolRef):
        return {"pool": [_target(each) for each in step.targets], "balance": step.balance}
    return _target(step)


def _target(ref: TargetRef) -> Json:
    shown: Json = {"target": f"{ref.provider}/{ref.model}"}
    if ref.weight != 1.0:
        shown["weight"] = ref.weight
    if ref.limits:
        shown["limits"] = _plain(ref.limits)
    if ref.params:
        shown["params"] = _plain(ref.params)
    return shown


def _price(price: Price) -> Json:
    return {"input": number(price.input), "output": number(price.output)}


def _plain(values: Mapping[str, Any]) -> Json:
    """Numbers as they are; anything else may quote a secret."""
    return {
        name: value if isinstance(value, int | float) or value is None else HIDDEN
        for name, value in values.items()
    }


def _names(key: Any) -> list[str]:
    return list(key.allowed_models)


def _key(key: Secret) -> str | None:
    return key.hint if key else None


def _address(url: str) -> str:
    """Without the user and password, and without the query, that some addresses hold."""
    parts = urlsplit(url)
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
    return shown.geturl()

"""Keys that are no keys here, but in other gateways or one section away: what an operator who writes one is told.

A name that only looks like one of ours is no help where it means something else: `timeout` is not `idle_timeout`, nor
`api_base` a mistyped `api_key`. So these words come before any likeness.

Invariant: no key that is known to a section stands in its table (a test looks).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

LIVE: Final = (
    "fallback_on", "heartbeat", "max_attempts", "model_in_answer", "recover", "resume_prompt", "warm_after",
)  # fmt: skip
"""What is said for a whole call, not for one target."""
CLOCKS: Final = (
    "commit", "connect_timeout", "first_byte_per_100k_tokens", "first_byte_timeout", "hedge_after", "idle_timeout",
    "max_answer", "max_event", "output_idle_timeout", "retries", "retry_after_max", "total_timeout",
)  # fmt: skip
"""What may be said for everything, a provider, an alias or a target."""

_PARAMS: Final = (
    "extra_body", "frequency_penalty", "max_completion_tokens", "max_output_tokens", "max_tokens", "presence_penalty",
    "reasoning", "reasoning_effort", "response_format", "seed", "service_tier", "stop", "temperature", "thinking",
    "tool_choice", "tools", "top_k", "top_p", "verbosity",
)  # fmt: skip
_TIMEOUTS: Final = (
    "default_timeout_secs", "request_timeout", "request_timeout_secs", "stream_timeout", "timeout", "timeout_ms",
    "timeout_s", "timeout_secs", "timeout_seconds",
)  # fmt: skip
_RETRIES: Final = ("max_retries", "num_retries", "retry", "retry_count")
_FALLBACKS: Final = (
    "fallback", "fallback_chain", "fallback_models", "fallbacks", "context_window_fallbacks", "default_fallbacks",
)  # fmt: skip
_ACCESS: Final = (
    "api_base", "api_key", "api_version", "base_url", "headers", "protocol", "vendor",
)  # fmt: skip
_HEALTH: Final = (
    "allowed_fails", "circuit_breaker", "cooldown", "cooldown_time", "health", "health_check", "health_checks",
)  # fmt: skip
_OTHERS: Final = (
    "credential_list", "general", "general_settings", "litellm_settings", "model_list", "router",
    "router_settings",
)  # fmt: skip
_ABSENT: Final = (
    "assistant_settings", "callback_settings", "callbacks", "files", "files_settings", "finetune_settings", "guardrails",
    "hooks", "mcp", "mcp_servers", "middleware", "plugins", "search_tools", "vector_store_registry",
)  # fmt: skip
_BOUNDS: Final = (
    "budget", "budget_limit", "budget_usd", "expires_at", "max_budget", "rate_limit", "rate_limits", "rpm", "tpm",
)  # fmt: skip

_BESIDE: Final = "it stands beside a target: `{target: …, params: {…}}`"
_EACH_WAIT: Final = (
    "each wait has its clock: `first_byte_timeout` until it speaks, `idle_timeout` where a stream stalls, "
    "`total_timeout` for a whole answer"
)
_ENTRY: Final = "it stands in the provider's entry, under `providers`"
_NEXT: Final = "write them as further steps of the `cascade`"
_NOTHING: Final = "nothing to write: a target that fails, or asks to be left alone, rests by itself"
_STORED: Final = "it is for keys of the store: `firstbyte keys create --rpm 60 --budget-usd 5`"
_TARGET: Final = "the key is `target`, with both names in one: `provider/model`"
_WHOLE_CALL: Final = "it is said for an alias, beside its `cascade`, or for all under `defaults`"


def _told(*rows: tuple[Iterable[str], str]) -> Mapping[str, str]:
    return MappingProxyType({key: words for keys, words in rows for key in keys})


_LIMITS: Final = ((_TIMEOUTS, _EACH_WAIT), (_RETRIES, "the key is `retries`"))

_ROOT: Final = _told(
    (_OTHERS, "it is another gateway's: `providers` has the keys, `models` the cascades; docs/migrating.md tells the rest"),
    (("aliases", "model_group_alias", "model_groups", "routes"), "`models` maps each name to its cascade"),
    (_FALLBACKS, "write them as further steps of a `cascade` under `models`"),
    ((*CLOCKS, *LIVE), "it stands under `defaults`"),
    (_TIMEOUTS, f"under `defaults` {_EACH_WAIT}"),
    (_RETRIES, "the key is `defaults.retries`"),
    (("cors", "drain_timeout", "host", "hosts", "listen", "max_body", "ops_listen", "port", "tls", "workers"), "it stands under `server`; `listen: HOST:PORT` is the address"),
    (("admin_key", "api_keys", "keys", "master_key", "virtual_keys"), "it stands under `auth`: `admin_key` is for operators, `keys` are callers'; `firstbyte keys create` makes further ones"),
    (("cache", "cache_params"), "it is said for an alias: `cache: {ttl: 10m}` beside its `cascade`"),
    (_BOUNDS, "it is for keys and teams: `firstbyte keys create --rpm 60 --budget-usd 5`; `rpm` and `tpm` of a provider or a target hold for all callers together"),
    (("database", "database_url", "redis", "redis_url"), "the key is `store`: sqlite:PATH or redis://HOST"),
    (("env", "environment_variables"), "variables are those of the process; a value refers to one as ${NAME}"),
    (("pricing", "model_prices", "costs"), "the key is `prices`"),
    (_HEALTH, _NOTHING),
    (_ABSENT, "there is none here; docs/migrating.md tells what else is not"),
)  # fmt: skip

_STEP: Final = _told(
    *_LIMITS,
    (("model", "model_name", "name", "provider", "provider_model", "litellm_params"), _TARGET),
    (_PARAMS, "it stands in `params`: `params: {…}`"),
    ((*LIVE, "cache", "description"), _WHOLE_CALL),
    (_ACCESS, _ENTRY),
    (_FALLBACKS, _NEXT),
    (_HEALTH, _NOTHING),
)

TABLES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "configuration": _ROOT,
        "profile": _ROOT,
        "server": _told(
            (("address", "bind", "host", "port"), "the key is `listen`: HOST:PORT"),
            (("body_limit", "body_limit_bytes", "max_body_size"), "the key is `max_body`"),
            (("cors_origins", "allowed_origins"), "the key is `cors`: `{origins: […]}`"),
            (("admin_key", "api_keys", "keys", "master_key"), "it stands under `auth`"),
            (_TIMEOUTS, f"under `defaults` {_EACH_WAIT}"),
            ((*CLOCKS, *LIVE), "it stands under `defaults`"),
        ),
        "auth": _told(
            (("master_key",), "the key is `admin_key`, for operators; it opens no inference"),
            (("api_key", "api_keys", "tokens", "virtual_keys"), "the key is `keys`: a list of `{key: …}`"),
        ),
        "static-key": _told((_BOUNDS, _STORED)),
        "provider": _told(
            *_LIMITS,
            (("address", "api_base", "api_url", "endpoint", "host", "url"), "the key is `base_url`"),
            (("api", "api_type", "kind", "provider", "type"), "the key is `protocol`, or `vendor` for one that is known by name"),
            (("api_keys", "keys"), "the key is `api_key`, which takes a list too"),
            (("model", "models"), "a provider needs no list: `provider/model` is always a name, and names of your own stand under `models`"),
            (("org_id", "organization"), "it is a header: `headers: {openai-organization: …}`"),
            (("default_headers", "extra_headers"), "the key is `headers`"),
            (("aws_access_key_id",), "the key is `access_key_id`"),
            (("aws_secret_access_key",), "the key is `secret_access_key`"),
            (("aws_region", "aws_region_name"), "the key is `region`"),
            (("vertex_credentials",), "the key is `service_account_file`"),
            (("vertex_location",), "the key is `location`"),
            (("vertex_project",), "the key is `project`"),
            ((*_PARAMS, "capabilities", "params"), _BESIDE),
            (LIVE, _WHOLE_CALL),
            (_FALLBACKS, "write them as further steps of a `cascade` under `models`"),
            (_HEALTH, _NOTHING),
        ),
        "step": _STEP,
        "pool-target": _STEP,
        "alias": _told(
            *_LIMITS,
            (("chain", "model", "models", "primary", "provider_model", "providers", "steps", "target", "targets"), "the key is `cascade`: a list of targets"),
            (_FALLBACKS, _NEXT),
            (("stream_fallback_mode",), "the key is `recover`"),
            (("stream_resume_prompt",), "the key is `resume_prompt`"),
            (("balance", "load_balancing", "pool", "routing_strategy", "strategy", "weight"), "it stands in a step of the `cascade`: `{pool: […], balance: …}`"),
            ((*_PARAMS, "base_model", "capabilities", "params"), _BESIDE),
            (("budget_usd", "max_budget"), _STORED),
            (("rpm", "tpm"), "it stands beside a target or in a provider's entry, for all callers together; of one caller it is its key's: `firstbyte keys create --rpm 60`"),
            (_ACCESS, _ENTRY),
            (_HEALTH, _NOTHING),
        ),
        "defaults": _told(
            *_LIMITS,
            (_FALLBACKS, "write them as further steps of a `cascade` under `models`"),
            ((*_PARAMS, "params"), _BESIDE),
            (("cache",), "it is said for an alias: `cache: {ttl: 10m}` beside its `cascade`"),
            (_HEALTH, _NOTHING),
        ),
        "price": _told(
            (("cached_input", "cached_input_cost", "cache_read_input_token_cost"), "the key is `cache_read`, in USD per million tokens"),
            (("input_cost", "input_cost_per_token", "prompt"), "the key is `input`, in USD per million tokens"),
            (("completion", "output_cost", "output_cost_per_token"), "the key is `output`, in USD per million tokens"),
        ),
    }
)  # fmt: skip
"""By the name of a record, what is said of keys that it has not."""


def meant(record: str, key: str) -> str:
    """What to write in place of a key; empty where that is not known.

    Args:
        record: The record's name among the schema's definitions; that of a profile's part ends in `-part`.
        key: As it was written.
    """
    table = TABLES.get(record.removesuffix("-part"))
    return table.get(key, "") if table else ""

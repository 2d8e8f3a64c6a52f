"""The configuration as frozen records: what every other floor may know of it.

`config/load.py` makes these from YAML. A record holds what is in force: defaults are merged in, durations are seconds,
sizes are bytes, references are replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.core import credential
from proxy.core.errors import Kind
from proxy.core.price import Price
from proxy.core.secret import Secret
from proxy.core.shape import DEFAULT_MAX_ANSWER, DEFAULT_MAX_EVENT, Capabilities, Headers, Quirks

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of a PEM certificate chain and its key; both empty for plain HTTP."""

    cert: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """`server:`"""

    host: str = "127.0.0.1"
    port: int = 8080
    hosts: tuple[str, ...] = ()
    """Further Host names that a loopback listener answers to."""
    tls: Tls = field(default_factory=Tls)
    max_body: int = 20 * MIB
    drain_timeout: float = 300.0
    """Seconds that live streams get after SIGTERM."""


@dataclass(frozen=True, slots=True)
class StaticKey:
    """One of `auth.keys`."""

    key: Secret
    team: str = ""
    allowed_models: tuple[str, ...] = ()
    """Empty: every alias and target."""


@dataclass(frozen=True, slots=True)
class Auth:
    """`auth:`"""

    required: bool = False
    stated: bool = False
    """Whether `required` was written: a listener beyond loopback insists on it."""
    keys: tuple[StaticKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Log:
    """`log:`"""

    format: str = "auto"
    """`json`, `text`, or `auto`: text on a terminal."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`defaults:`, as each alias and target may override it. Seconds, bytes and counts."""

    connect_timeout: float = 3.0
    first_byte_timeout: float = 60.0
    first_byte_written: bool = False
    """Whether `first_byte_timeout` was written for this very target (or a cascade of one)."""
    first_byte_reasoning: float = 300.0
    """In place of `first_byte_timeout`, where that was written nowhere and the request asks for reasoning."""
    idle_timeout: float = 60.0
    output_idle_timeout: float = 120.0
    total_timeout: float = 600.0
    retries: int = 0
    retry_after_max: float = 10.0
    max_event: int = DEFAULT_MAX_EVENT
    max_answer: int = DEFAULT_MAX_ANSWER


@dataclass(frozen=True, slots=True)
class Provider:
    """One of `providers:`, its vendor's row merged in."""

    name: str
    vendor: str
    """The row it came from, empty for an entry of the user's own."""
    protocol: str
    base_url: str
    api_keys: tuple[Secret, ...] = ()
    key_variable: str = ""
    """Where the key was looked for, for messages."""
    passthrough: bool = False
    auth: credential.Auth | None = None
    """The credential where it is more than a key."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What else its protocol needs to know: `region`, `project`, `location`, `api_version`."""
    headers: Headers = field(default=(), repr=False)
    """Added to every request; values may be credentials."""
    quirks: Quirks = field(default_factory=Quirks)
    families: tuple[str, ...] = ()
    """Prefixes of bare model names that this provider serves: `gpt-`, `claude-`."""
    capabilities: Capabilities = field(default_factory=Capabilities)
    """What is known of all its models."""
    models: Mapping[str, Capabilities] = field(default_factory=dict)
    """What is known of models by the beginning of their names."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """Overrides of `Limits` by field name."""
    off: str = ""
    """Why it cannot be used (its key variable is unset), empty where it can."""


@dataclass(frozen=True, slots=True)
class TargetRef:
    """One step of a cascade, as written."""

    provider: str
    model: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    limits: Mapping[str, Any] = field(default_factory=dict)
    capabilities: Capabilities = field(default_factory=Capabilities)
    """What was written of it; `config/capabilities.py` merges the rest in."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Over the provider's own."""


@dataclass(frozen=True, slots=True)
class Alias:
    """One of `models:`."""

    name: str
    cascade: tuple[TargetRef, ...]
    fallback_on: frozenset[Kind] = frozenset()
    description: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    model_in_answer: str = "served"
    max_attempts: int = 0
    """0: `auto`."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything."""

    source: str = ""
    """The file it came from, empty where there was none."""
    server: Server = field(default_factory=Server)
    auth: Auth = field(default_factory=Auth)
    log: Log = field(default_factory=Log)
    default_model: str = ""
    limits: Limits = field(default_factory=Limits)
    fallback_on: frozenset[Kind] = frozenset()
    model_in_answer: str = "served"
    max_attempts: int = 0
    """0: `auto`, 4 or the number of steps, the larger."""
    providers: Mapping[str, Provider] = field(default_factory=dict)
    models: Mapping[str, Alias] = field(default_factory=dict)
    prices: Mapping[str, Price] = field(default_factory=dict)
    """By target, over the built-in table."""
    warnings: tuple[str, ...] = ()
    """What an operator should know, as sentences."""

"""The configuration as frozen records: what every other floor may know of it.

`config/load.py` makes these from YAML. A record holds what is in force: defaults are merged in, durations are seconds,
sizes are bytes, references are replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from proxy.core import credential
from proxy.core.errors import Kind
from proxy.core.price import Price
from proxy.core.secret import Secret
from proxy.core.shape import DEFAULT_MAX_ANSWER, DEFAULT_MAX_EVENT, Capabilities, Headers, Quirks

MIB = 1024 * 1024

CATCH_ALL: Final = "*"
"""The alias for what nothing else answers to; as a target's model under it, the name that was asked for."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of a PEM certificate chain and its key; both empty for plain HTTP."""

    cert: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Cors:
    """Which web pages may call from a browser."""

    origins: tuple[str, ...] = ()
    """`https://app.example`, as browsers write them; empty: none."""


@dataclass(frozen=True, slots=True)
class Server:
    """`server:`"""

    host: str = "127.0.0.1"
    port: int = 8080
    ops_host: str = "127.0.0.1"
    """Where probes, metrics and the admin API are served apart from calls; empty for nowhere."""
    ops_port: int = 8081
    hosts: tuple[str, ...] = ()
    """Further Host names that a loopback listener answers to."""
    tls: Tls = field(default_factory=Tls)
    cors: Cors = field(default_factory=Cors)
    workers: int = 1
    """Processes that answer calls."""
    max_body: int = 20 * MIB
    max_in_flight: int = 512
    """Calls under way at once in one worker; further ones wait."""
    max_queue: int = 64
    """Calls that may wait; further ones are refused."""
    queue_timeout: float = 1.0
    """Seconds that one waits."""
    drain_delay: float = 0.0
    """Seconds after SIGTERM in which new calls are still taken, while readiness is already down."""
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
    admin_key: Secret = field(default_factory=lambda: Secret(""))
    """What the admin API asks for; empty: it is open on loopback and shut elsewhere."""


@dataclass(frozen=True, slots=True)
class Log:
    """`log:`"""

    format: str = "auto"
    """`json`, `text`, or `auto`: text on a terminal."""
    content: bool = False
    """Whether what is said in calls is logged, too."""


@dataclass(frozen=True, slots=True)
class Responses:
    """`responses:`"""

    keep_days: int = 30
    """Days for which answers can be gone on from; 0: none is kept."""


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
    first_byte_per_100k_tokens: float = 0.0
    """Added to the first-byte timeout for long prompts, in proportion."""
    retries: int = 0
    retry_after_max: float = 10.0
    hedge_after: float | Literal["p95"] | None = None
    """Seconds without output after which the next fit target is tried beside this one; None for never."""
    rpm: int = 0
    """Requests a minute that a target takes, all callers together; 0: no bound. Written of providers and targets alone."""
    tpm: int = 0
    """Tokens a minute, likewise."""
    commit: Literal["first_byte", "complete"] = "first_byte"
    """`complete`: hold the answer back until the provider has finished it."""
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
    surfaces: tuple[str, ...] = ()
    """APIs that it has itself beside that of its protocol, so that calls of them are relayed."""
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
    weight: float = 1.0
    """Its share among the equals of a pool."""


@dataclass(frozen=True, slots=True)
class PoolRef:
    """A step of equals, as written: each call goes to one of them."""

    targets: tuple[TargetRef, ...]
    balance: Literal["least_busy", "weighted", "fastest"] = "least_busy"


@dataclass(frozen=True, slots=True)
class Live:
    """How a stream is kept alive and continued. Seconds."""

    warm_after: float = 30.0
    """Without output for so long, the head and heartbeats go out."""
    heartbeat: float = 15.0
    """A comment whenever nothing was said for so long."""
    recover: Literal["off", "restart", "prefill", "user_turn"] = "off"
    """What is done when an answer is cut after its first byte."""
    resume_prompt: str = "Continue exactly where you left off."


@dataclass(frozen=True, slots=True)
class Alias:
    """One of `models:`."""

    name: str
    cascade: tuple[TargetRef | PoolRef, ...]
    fallback_on: frozenset[Kind] = frozenset()
    description: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    model_in_answer: str = "served"
    max_attempts: int = 0
    """0: `auto`."""
    live: Live = field(default_factory=Live)
    cache: float = 0.0
    """Seconds for which its answers are given again to whoever asks the same; 0: not at all."""

    @property
    def refs(self) -> tuple[TargetRef, ...]:
        """Every target that the cascade names, in order."""
        steps = (s.targets if isinstance(s, PoolRef) else (s,) for s in self.cascade)
        return tuple(ref for targets in steps for ref in targets)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything."""

    source: str = ""
    """The file it came from, empty where there was none."""
    server: Server = field(default_factory=Server)
    auth: Auth = field(default_factory=Auth)
    store: Secret = field(default_factory=lambda: Secret("memory:"))
    """Where keys, limits, credits and calls are kept; its address may hold a password."""
    store_timeout: float = 0.3
    """Seconds that a call waits for the store."""
    log: Log = field(default_factory=Log)
    responses: Responses = field(default_factory=Responses)
    default_model: str = ""
    console: bool = True
    """Whether the ops listener has the console, and what it shows."""
    limits: Limits = field(default_factory=Limits)
    fallback_on: frozenset[Kind] = frozenset()
    model_in_answer: str = "served"
    max_attempts: int = 0
    """0: `auto`, 4 or the number of steps, the larger."""
    live: Live = field(default_factory=Live)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    models: Mapping[str, Alias] = field(default_factory=dict)
    prices: Mapping[str, Price] = field(default_factory=dict)
    """By target, over the built-in table."""
    warnings: tuple[str, ...] = ()
    """What an operator should know, as sentences."""

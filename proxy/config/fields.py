"""The whole configuration, declared once: every key with its kind, its default and what it does.

From these tables come the check (`load.py`), the JSON Schema (`json_schema.py`) and the reference in the docs
(`make docs` holds the page to it). To add a key is to add a row here and to give it its effect.

Invariant: every default written here is the default of the frozen record that holds it (a test compares them).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from proxy.config import capabilities, prices
from proxy.config.credentials import Keys
from proxy.config.kinds import Choice, Count, Duration, Flag, Listen, Size, Text, Url, Weight
from proxy.config.protocols import FIELDS as PROTOCOL_KEYS
from proxy.config.protocols import PROTOCOLS, SURFACES
from proxy.config.schema import Live
from proxy.config.sections import (
    Either,
    Field,
    ListOf,
    MapOf,
    Open,
    Record,
    Shorthand,
    as_partial,
)
from proxy.config.several import MOST as MOST_WORKERS
from proxy.core.errors import Kind

FALLBACK: Final = (Kind.CONTEXT_LENGTH, Kind.CONTENT_FILTER, Kind.UNSUPPORTED)
"""The caller's own errors that another target may still answer."""

NAME: Final = r"[^\x00-\x1f\x7f]{1,256}"
"""An alias or a model: anything on one line."""

PROVIDER: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""A provider: it stands before the slash of a target and in metrics."""

_VALUE: Final = r"[\t -~]*"
_ORIGIN: Final = r"[a-z][a-z0-9+.-]*://[a-z0-9._:\[\]-]+"
_HEADER: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PRINTABLE: Final = "a key of printable characters without spaces"
_NAME: Final = Text("a name on one line", NAME)
_TARGET: Final = Text("provider/model", rf"{PROVIDER}/[^\x00-\x1f\x7f]{{1,256}}")

LIMITS: Final = {
    "connect_timeout": Field(Duration(), "Time for TCP and TLS to a provider.", "3s"),
    "first_byte_timeout": Field(
        Duration(),
        "From the request sent to the first output; where it is written nowhere, 300s for a request that asks for reasoning.",
        "60s",
    ),
    "first_byte_per_100k_tokens": Field(
        Duration(positive=False),
        "Added to the first-byte timeout for each 100,000 tokens of the prompt, in proportion.",
        "0s",
    ),
    "idle_timeout": Field(Duration(), "After the commit, between two events of a provider.", "60s"),
    "output_idle_timeout": Field(Duration(), "After the commit, between two outputs.", "120s"),
    "total_timeout": Field(
        Duration(),
        "The whole call: a whole answer; of a stream, only the time until the commit.",
        "600s",
    ),
    "retries": Field(Count(0, 100), "Further tries at the same target before the next one.", "0"),
    "retry_after_max": Field(
        Duration(positive=False),
        "A provider's Retry-After is waited for up to this long, else the next target is tried.",
        "10s",
    ),
    "hedge_after": Field(
        Duration(words=("off", "p95")),
        "Without output for so long, the next fit target is tried beside this one, and the first to speak wins; p95 is what 95 of 100 recent answers of this target took.",
        "off",
        "1500ms",
    ),
    "commit": Field(
        Choice(("first_byte", "complete")),
        "When an answer goes out: with its first output, or held back until the provider has finished it, so that one that is cut fails over too.",
        "first_byte",
    ),
    "max_event": Field(Size(), "The largest event of a stream.", "16MiB"),
    "max_answer": Field(Size(), "The largest whole answer.", "64MiB"),
}
"""What `defaults` says and every provider, alias and target may say otherwise."""

RATES: Final = {
    "rpm": Field(
        Count(1, 1_000_000_000),
        "Requests a minute that a target takes, all callers together; one that has no more is passed over.",
        example="600",
    ),
    "tpm": Field(
        Count(1, 1_000_000_000),
        "Tokens a minute that a target takes, likewise: prompt and answer, by estimate until the answer is there.",
        example="200000",
    ),
}
"""What a provider says of each of its targets, and a target of itself."""

OVERRIDES: Final = {name: replace(known, default="") for name, known in LIMITS.items()}

_ATTEMPT: Final = {
    "total_timeout": Field(
        Duration(),
        "One attempt here, within what the call has left: a whole answer; of a stream, only the time until the commit.",
    )
}
"""What a limit bounds where it is written of a provider or a target: one attempt, not the call."""

CASCADING: Final = {
    "max_attempts": Field(
        Count(1, 100, word="auto"),
        "Attempts per call, all targets together; auto is 4 or the number of steps, the larger.",
        "auto",
    ),
    "fallback_on": Field(
        ListOf(Choice(tuple(kind.value for kind in FALLBACK)), "a list of error classes"),
        "Errors of the request itself that may also move on to the next target.",
        "[]",
        "[context_length]",
    ),
    "model_in_answer": Field(
        Choice(("served", "asked")),
        "The model that an answer names: served as the provider does, or asked as the caller did.",
        "served",
    ),
    "warm_after": Field(
        Duration(positive=False),
        "Without output for so long, a stream's head and heartbeats go out; the cascade still goes on.",
        "30s",
    ),
    "heartbeat": Field(
        Duration(), "A comment goes out whenever a stream was still for so long.", "15s"
    ),
    "recover": Field(
        Choice(("off", "restart", "prefill", "user_turn")),
        "When a stream is cut after its first output: off ends it with an error; restart asks the next target anew; prefill and user_turn have it go on from what was said.",
        "off",
    ),
    "resume_prompt": Field(
        Text("text that is not blank", r"[\s\S]*\S[\s\S]*"),
        "What user_turn says to the next target, as the user.",
        Live().resume_prompt,
    ),
}
"""What `defaults` says and every alias may say otherwise."""

_SERVER: Final = Record(
    "server",
    {
        "listen": Field(
            Listen(),
            "Address and port; beyond loopback `auth.required` must be written.",
            "127.0.0.1:8080",
        ),
        "ops_listen": Field(
            Listen(word="off"),
            "Where operators and probes ask: `/livez`, `/readyz`, `/admin`; plain HTTP on loopback, else as `tls` says.",
            "127.0.0.1:8081",
        ),
        "hosts": Field(
            ListOf(Text("a host name", r"[A-Za-z0-9._-]+"), "a list of host names"),
            "Further Host names that a loopback listener answers to.",
            "[]",
            "[llm.internal]",
        ),
        "tls": Field(
            Record(
                "tls",
                {
                    "cert": Field(Text("a path"), "PEM file with the certificate chain."),
                    "key": Field(Text("a path"), "PEM file with the private key."),
                },
            ),
            "HTTPS; both files, or neither for plain HTTP.",
        ),
        "cors": Field(
            Record(
                "cors",
                {
                    "origins": Field(
                        ListOf(
                            Text("an origin like https://app.example", _ORIGIN), "a list of origins"
                        ),
                        "Web pages of these origins may call from a browser; without cookies, and with a key where one is required.",
                        "[]",
                        "[https://app.example]",
                    ),
                },
            ),
            "Calls from web pages.",
        ),
        "workers": Field(
            Count(1, MOST_WORKERS),
            "Processes that answer calls, each on a core; operators are answered by one of them. Each has its own `max_in_flight` and `max_queue`.",
            "1",
        ),
        "max_body": Field(Size(), "The largest request body; larger ones are a 413.", "20MiB"),
        "max_in_flight": Field(
            Count(1, 1_000_000),
            "Calls under way at once in a worker; further ones wait for a place.",
            "512",
        ),
        "max_queue": Field(
            Count(0, 1_000_000), "Calls that may wait; further ones are a 503 at once.", "64"
        ),
        "queue_timeout": Field(
            Duration(positive=False), "How long a call may wait before it is a 503.", "1s"
        ),
        "drain_delay": Field(
            Duration(positive=False),
            "After SIGTERM new calls are taken for so long, while `/readyz` already says no.",
            "0s",
        ),
        "drain_timeout": Field(
            Duration(positive=False), "How long live streams may go on after SIGTERM.", "300s"
        ),
    },
)

_KEY: Final = Record(
    "static-key",
    {
        "key": Field(
            Text(_PRINTABLE, "[!-~]+", secret=True),
            "What the caller sends as its credential.",
            example="${FIRSTBYTE_KEY}",
            required=True,
        ),
        "team": Field(_NAME, "The team that its calls are logged under.", example="blue"),
        "allowed_models": Field(
            ListOf(_NAME, "a list of aliases and targets"),
            "What it may call; empty is everything.",
            "[]",
            "[chat]",
        ),
    },
    "a map with `key`",
)

_AUTH: Final = Record(
    "auth",
    {
        "required": Field(
            Flag(),
            "Whether callers must send a key: one of `keys`, or one of the store; listening beyond loopback insists that it is written.",
            "false",
        ),
        "admin_key": Field(
            Text(_PRINTABLE, "[!-~]*", secret=True, stated=True),
            "What the admin API asks for; without it that is open where `ops_listen` is on loopback, and shut elsewhere. By default what FIRSTBYTE_ADMIN_KEY holds.",
            example="${FIRSTBYTE_ADMIN_KEY}",
        ),
        "keys": Field(
            ListOf(_KEY, "a list of keys"), "Callers' keys, beside those of the store.", "[]"
        ),
    },
)

_LOG: Final = Record(
    "log",
    {
        "format": Field(
            Choice(("auto", "json", "text")),
            "One JSON line a call, or text; auto is text on a terminal.",
            "auto",
        ),
        "content": Field(Flag(), "Whether what is said in calls is logged, too.", "false"),
    },
)

_PROVIDER: Final = Record(
    "provider",
    {
        "vendor": Field(
            _NAME,
            "A vendor of the catalogue, whose address, protocol, key variable and quirks hold where the entry says nothing; by default the one of the entry's own name.",
            example="groq",
        ),
        "protocol": Field(
            Choice(PROTOCOLS), "The native protocol; by default the vendor's, else openai."
        ),
        "base_url": Field(
            Url(),
            "Its address: with the version for openai, responses, mistral (`…/v1`) and gemini (`…/v1beta`), the host alone for all others; by default the vendor's.",
            example="http://127.0.0.1:8000/v1",
        ),
        "api_key": Field(
            Keys(),
            "A key, several used in turn, or `passthrough` for the caller's own; by default from the vendor's variable. An unset variable switches the provider off with a warning; \"\" sends none.",
            example="${OPENAI_API_KEY}",
        ),
        "headers": Field(
            MapOf(
                Text("a header value", _VALUE, secret=True),
                "a map of headers",
                _HEADER,
                "a header name",
                lowered=True,
            ),
            "Added to every request to it.",
            example="{x-team: blue}",
        ),
        "surfaces": Field(
            ListOf(Choice(SURFACES), "a list of surfaces"),
            "APIs that an openai-shaped provider has itself beside chat: calls of them are relayed to it instead of translated to chat; by default the vendor's.",
            example="[completions]",
        ),
        **PROTOCOL_KEYS,
        **RATES,
        **OVERRIDES,
        **_ATTEMPT,
    },
)

_STEP: Final = Record(
    "step",
    {
        "target": Field(
            _TARGET,
            "One model at one provider; the first slash divides.",
            example="openai/gpt-5.4-mini",
            required=True,
        ),
        "params": Field(
            Open("a map of request fields", closed=("model", "messages", "stream")),
            "Request fields that replace the caller's.",
            example="{max_tokens: 4096}",
        ),
        "capabilities": Field(
            capabilities.RECORD,
            "What it can do, over what the catalogue knows; a request that it cannot serve goes past it.",
            example="{images: false, context: 32768}",
        ),
        "base_model": Field(
            _NAME,
            "For azure and bedrock: the model behind a deployment's or an ARN's name, where the name does not tell.",
            example="gpt-5.4",
        ),
        **RATES,
        **OVERRIDES,
        **_ATTEMPT,
    },
    "a map with `target`",
    {
        "weight": "is for a target of a `pool`; a step of one has nothing to share",
        "balance": "stands beside a `pool`; a step of one has nothing to choose",
        "pool": "a step is either a `target` or a `pool`",
    },
)

_EQUAL: Final = Record(
    "pool-target",
    {
        **_STEP.fields,
        "weight": Field(Weight(), "Its share of the calls, beside the others'.", "1"),
    },
    "a map with `target`",
    {"pool": "a pool cannot stand within a pool", "balance": "stands beside the `pool`"},
)

_POOL: Final = Record(
    "pool",
    {
        "pool": Field(
            ListOf(Shorthand(_EQUAL, "target"), "a list of targets", least=1),
            "In place of `target`: equals, of which each call goes to one that is fit, and on to another if that fails; each may say all that a target may.",
            example="[local/qwen3, {target: openai/gpt-5.4-mini, weight: 3}]",
            required=True,
        ),
        "balance": Field(
            Choice(("least_busy", "weighted", "fastest")),
            "Who gets a call: of two drawn the one with fewer calls under way, chance by weight, or of two drawn the one that speaks soonest.",
            "least_busy",
        ),
    },
    "a map with `pool`",
    dict.fromkeys(_EQUAL.fields, "is for a target of the pool, not for the pool itself"),
)

_CACHE: Final = Record(
    "cache",
    {
        "ttl": Field(
            Duration(),
            "How long an answer is given again to whoever asks exactly the same.",
            example="10m",
            required=True,
        ),
    },
    "a map with `ttl`",
)

_ALIAS: Final = Record(
    "alias",
    {
        "cascade": Field(
            ListOf(Either(Shorthand(_STEP, "target"), _POOL, "pool"), "a list of targets", least=1),
            "Targets in order, or pools of them, each tried until one speaks.",
            example="[groq/llama-3.3-70b-versatile, openai/gpt-5.4-mini]",
            required=True,
        ),
        "description": Field(Text(), "What `/v1/models` says of it."),
        "cache": Field(
            _CACHE,
            "Whole answers are kept in the store, each for its own team or key, and the same request gets the same answer again without a call to a provider.",
            example="{ttl: 10m}",
        ),
        **{name: replace(known, default="") for name, known in CASCADING.items()},
        **OVERRIDES,
    },
    "a map with `cascade`",
)

_SECTIONS: Final = {
    "server": Field(_SERVER, "The listener."),
    "auth": Field(_AUTH, "Who may call."),
    "store": Field(
        Text(
            "memory, sqlite:PATH or redis://HOST",
            r"memory:?|sqlite:[^\x00-\x1f\x7f]+|rediss?(\+[a-z]+)?://[^\x00-\x20\x7f]+",
            secret=True,
        ),
        "Where keys, limits, credits, calls and kept answers are: in this process, in a file beside the configuration, or in Redis for several machines. With `auth.required` it is sqlite:firstbyte.db by default.",
        "memory",
        "sqlite:firstbyte.db",
    ),
    "store_timeout": Field(
        Duration(least=0.01, most=60),
        "How long a call waits for the store before it goes on without it or, where credits are needed, is a 503; more for a Redis that is far or a disk that is slow.",
        "300ms",
    ),
    "responses": Field(
        Record(
            "responses",
            {
                "keep_days": Field(
                    Count(0, 3650),
                    "Days for which an answer can be gone on from, unless its request says `store: false`; 0 keeps none.",
                    "30",
                ),
            },
        ),
        "What is kept of the Responses API's answers.",
    ),
    "default_model": Field(_NAME, "The alias or target for calls that name none.", example="chat"),
    "log": Field(_LOG, "The log on standard output."),
    "console": Field(
        Flag(),
        "Whether `ops_listen` serves the console at `/console`, and `/admin/recent`, `/admin/latency`, `/admin/events`, `/admin/config` and `/admin/snippets` for it.",
        "true",
    ),
    "defaults": Field(
        Record("defaults", {**LIMITS, **CASCADING}),
        "For every provider, alias and target; each may say otherwise.",
    ),
    "providers": Field(
        MapOf(
            _PROVIDER,
            "a map of providers",
            PROVIDER,
            "a provider name of letters, digits, `.`, `_` and `-`",
        ),
        "Where models live: a vendor's name with `{}` is enough where its key variable is set.",
    ),
    "models": Field(
        MapOf(Shorthand(_ALIAS, "cascade"), "a map of aliases", NAME, "a name on one line"),
        "Public model names, each a cascade of targets.",
    ),
    "prices": Field(
        prices.section(_TARGET),
        "USD per million tokens, by target, over the built-in table.",
        example="{local/qwen3: {input: 0, output: 0}}",
    ),
}

_WITHOUT_PROFILES: Final = Record("profile", _SECTIONS, "a map of sections")

PROFILE: Final = as_partial(_WITHOUT_PROFILES)
"""What one profile may say: anything but profiles, and less than the whole."""

PROFILE_NAME: Final = r"[A-Za-z0-9._-]{1,64}"

ROOT: Final = Record(
    "configuration",
    {
        **_SECTIONS,
        "profiles": Field(
            MapOf(PROFILE, "a map of profiles", PROFILE_NAME, "a profile name"),
            "Named sets of changes: `--profile NAME` merges one over the rest (maps merge, all else replaces).",
            example="{dev: {models: {chat: [ollama/llama3.2]}}}",
        ),
    },
    "a map of sections",
)
"""The file."""

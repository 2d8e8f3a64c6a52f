"""The whole configuration, joined: every section of the file, and the profiles that change it.

From these tables come the check (`load.py`), the JSON Schema (`json_schema.py`) and the reference in the docs
(`make docs` holds the page to it). To add a key is to add a row to the table of its section and to give it its effect.

Invariant: every default written in a table is the default of the frozen record that holds it (a test compares them).
"""

from __future__ import annotations

from typing import Final

from proxy.config import prices
from proxy.config.fields.limits import CASCADING, LIMITS
from proxy.config.fields.models import ALIAS
from proxy.config.fields.names import NAME, ONE_LINE, PROVIDER, TARGET
from proxy.config.fields.provider import PROVIDER_ENTRY
from proxy.config.fields.server import AUTH, LOG, SERVER
from proxy.config.kinds import Count, Duration, Flag, Text
from proxy.config.sections import Field, MapOf, Record, Shorthand, as_partial

_SECTIONS: Final = {
    "server": Field(SERVER, "The listener."),
    "auth": Field(AUTH, "Who may call."),
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
    "default_model": Field(
        ONE_LINE, "The alias or target for calls that name none.", example="chat"
    ),
    "log": Field(LOG, "The log on standard output."),
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
            PROVIDER_ENTRY,
            "a map of providers",
            PROVIDER,
            "a provider name of letters, digits, `.`, `_` and `-`",
        ),
        "Where models live: a vendor's name with `{}` is enough where its key variable is set.",
    ),
    "models": Field(
        MapOf(Shorthand(ALIAS, "cascade"), "a map of aliases", NAME, "a name on one line"),
        "Public model names, each a cascade of targets.",
    ),
    "prices": Field(
        prices.section(TARGET),
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

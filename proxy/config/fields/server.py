"""The keys of what callers meet before any model: the listener, who may call, and the log."""

from __future__ import annotations

from typing import Final

from proxy.config.fields.names import ONE_LINE
from proxy.config.kinds import Choice, Count, Duration, Flag, Listen, Size, Text
from proxy.config.sections import Field, ListOf, Record
from proxy.config.several import MOST as MOST_WORKERS

_ORIGIN: Final = r"[a-z][a-z0-9+.-]*://[a-z0-9._:\[\]-]+"
_PRINTABLE: Final = "a key of printable characters without spaces"

SERVER: Final = Record(
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
        "team": Field(ONE_LINE, "The team that its calls are logged under.", example="blue"),
        "allowed_models": Field(
            ListOf(ONE_LINE, "a list of aliases and targets"),
            "What it may call; empty is everything.",
            "[]",
            "[chat]",
        ),
    },
    "a map with `key`",
)

AUTH: Final = Record(
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

LOG: Final = Record(
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

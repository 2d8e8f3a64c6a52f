"""The keys of a provider: where it is, what it speaks, and what it takes."""

from __future__ import annotations

from typing import Final

from proxy.config.credentials import Keys
from proxy.config.fields.limits import ATTEMPT, OVERRIDES, RATES
from proxy.config.fields.names import ONE_LINE
from proxy.config.kinds import Choice, Text, Url
from proxy.config.protocols import FIELDS as PROTOCOL_KEYS
from proxy.config.protocols import PROTOCOLS, SURFACES
from proxy.config.sections import Field, ListOf, MapOf, Record

_VALUE: Final = r"[\t -~]*"

_HEADER: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"

PROVIDER_ENTRY: Final = Record(
    "provider",
    {
        "vendor": Field(
            ONE_LINE,
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
        **ATTEMPT,
    },
)

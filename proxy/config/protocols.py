"""The protocols that a provider may speak, and the keys of an entry that only some of them know.

From this table come the check of an entry, the sentences about a key at the wrong place, and what a codec is told
in `Target.options`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from proxy.config.kinds import Text
from proxy.config.sections import Field


@dataclass(frozen=True, slots=True)
class Protocol:
    """What one protocol asks of an entry, beyond what all of them do."""

    options: tuple[str, ...] = ()
    """Keys that the codec is told, in `Target.options`."""
    needed: tuple[str, ...] = ()
    """Those of them without which no call can be made."""
    login: tuple[str, ...] = ()
    """Keys of a credential that is more than an API key."""
    base_model: str = ""
    """The option that tells which model stands behind a target's own name, where names are arbitrary."""


KNOWN: Final[Mapping[str, Protocol]] = {
    "openai": Protocol(),
    "anthropic": Protocol(),
    "gemini": Protocol(),
    "vertex": Protocol(
        options=("project", "location"),
        needed=("project", "location"),
        login=("access_token", "service_account_file"),
    ),
    "bedrock": Protocol(
        options=("region",),
        needed=("region",),
        login=("access_key_id", "secret_access_key", "session_token", "profile"),
        base_model="family",
    ),
    "ollama": Protocol(),
    "cohere": Protocol(),
    "azure": Protocol(options=("api_version",), base_model="base_model"),
    "responses": Protocol(),
    "mistral": Protocol(),
}

PROTOCOLS: Final = tuple(KNOWN)
"""Codecs that a provider entry may name."""

SURFACES: Final = ("completions", "responses")
"""APIs that an OpenAI-shaped provider may have beside chat; to one that has it, a call of such an API is relayed."""

CHAT_SHAPED: Final = ("openai", "azure")
"""The protocols whose providers may have them."""

ACCOUNT: Final = "account"
"""The key for a vendor whose address names the caller's account."""

WORD: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
"""What may stand in a host or a path."""

_FORMS: Final = {"project": r"[A-Za-z0-9](?:[A-Za-z0-9._:-]*[A-Za-z0-9])?"}
_PLACE: Final = Text("a name of letters, digits, `.`, `_` and `-`", WORD)
_SECRET: Final = Text("a key of printable characters without spaces", "[!-~]+", secret=True)

FIELDS: Final[Mapping[str, Field]] = {
    ACCOUNT: Field(
        _PLACE,
        "For a vendor whose address names an account (cloudflare, snowflake): yours; by default from the vendor's variable.",
    ),
    "region": Field(
        _PLACE, "For bedrock: the AWS region; by default $AWS_REGION or $AWS_DEFAULT_REGION."
    ),
    "access_key_id": Field(
        Text("an access key id", "[!-~]+"),
        "For bedrock: the key that signs calls; by default the usual AWS variables, files and endpoints.",
    ),
    "secret_access_key": Field(_SECRET, "For bedrock: the secret of `access_key_id`."),
    "session_token": Field(_SECRET, "For bedrock: the token of a temporary `access_key_id`."),
    "profile": Field(
        Text("a name on one line", r"[^\x00-\x1f\x7f]{1,256}"),
        "For bedrock: a profile of the shared AWS files.",
    ),
    "project": Field(
        Text("a Google Cloud project", _FORMS["project"]),
        "For vertex: the project's id; by default $GOOGLE_CLOUD_PROJECT.",
    ),
    "location": Field(
        _PLACE, "For vertex: the location; by default $GOOGLE_CLOUD_LOCATION, else global."
    ),
    "access_token": Field(
        _SECRET,
        "For vertex: an OAuth access token; by default from the service-account file, else from the metadata server.",
    ),
    "service_account_file": Field(
        Text("a path"),
        "For vertex: the key file of a service account; by default $GOOGLE_APPLICATION_CREDENTIALS.",
    ),
    "api_version": Field(
        _PLACE,
        "For azure: the dated API version of the deployments path; by default $OPENAI_API_VERSION, without one the v1 path.",
        example="2024-10-21",
    ),
}
"""The keys, for the definition of a provider entry."""

TOGETHER: Final = (
    ("access_key_id", "secret_access_key"),
    ("secret_access_key", "access_key_id"),
    ("session_token", "access_key_id"),
)
"""The first says nothing without the second."""

APART: Final = (
    ("api_key", "access_key_id"),
    ("api_key", "profile"),
    ("profile", "access_key_id"),
    ("api_key", "access_token"),
    ("api_key", "service_account_file"),
    ("access_token", "service_account_file"),
)
"""Two credentials, of which only one can be meant."""


def fits(option: str, value: str) -> bool:
    """Whether a variable's value can be that option."""
    return re.fullmatch(_FORMS.get(option, WORD), value) is not None


def speakers(key: str) -> tuple[str, ...]:
    """The protocols that know a key."""
    return tuple(
        name for name, known in KNOWN.items() if key in known.options or key in known.login
    )
